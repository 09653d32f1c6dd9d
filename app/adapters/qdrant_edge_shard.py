"""Opening a shard, and its errors in our words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from app.adapters.disk import sync
from app.adapters.qdrant_points import DENSE, NAMESPACE, WORDS
from app.core.errors import IndexUnavailable

logger = logging.getLogger(__name__)

_PANICS: Final = "pyo3_runtime"
"""The module of what a panic of the engine raises, which is no Exception and cannot be imported."""


def create_shard(folder: Path, *, dims: int) -> edge.EdgeShard:
    """An empty shard in a folder that is made for it."""
    folder.mkdir(mode=0o700)
    shard = edge.EdgeShard.create(str(folder), _config(dims))
    settle(folder)
    _index_tenants(shard)
    return shard


def put_away(shard: edge.EdgeShard) -> None:
    """The shard is closed, and flushed, if there is room: its log holds everything anyhow."""
    with translated():
        try:
            shard.flush()
        except Exception as error:  # noqa: BLE001 - the engine raises nothing narrower
            logger.warning("index was not flushed", extra={"error": type(error).__name__})
        shard.close()


def settle(folder: Path) -> None:
    """What was written below the folder is on its disk.

    The engine keeps the interpreter for as long as it waits for the disk, and with it everybody
    else (20 to 280 ms); this does not, and leaves it nothing to wait for (2 ms).
    """
    for file in folder.rglob("*"):
        if file.is_file():
            sync(file)
    sync(folder)


def load_shard(folder: Path, *, dims: int, mend: bool) -> edge.EdgeShard | None:
    """The shard of a folder; None when it could not be read, and is to be mended.

    Raises:
        IndexUnavailable: it could not be read, and is not to be mended.
    """
    try:
        with translated():
            shard = edge.EdgeShard.load(str(folder), _config(dims))
            _index_tenants(shard)
            return shard
    except IndexUnavailable as error:
        if not mend:
            raise
        reason = type(error.__cause__).__name__
    logger.warning("index cannot be read, and is built anew", extra={"error": reason})
    return None


def _config(dims: int) -> edge.EdgeConfig:
    """Vectors take a byte per dimension.

    Of the 60 nearest among 100,000 that finds 99.8 % of what full floats find, in a sixth of the
    time (2.7 ms instead of 16), and in a quarter of the memory. What is read back is stored again
    as the same bytes.
    """
    stored = edge.VectorStorageDatatype.Turbo8
    dense = edge.EdgeVectorParams(size=dims, distance=edge.Distance.Cosine, datatype=stored)
    return edge.EdgeConfig(
        vectors={DENSE: dense},
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        wal_enabled=True,
    )


def _index_tenants(shard: edge.EdgeShard) -> None:
    if NAMESPACE not in shard.info().payload_schema:
        tenants = edge.KeywordIndexParams(is_tenant=True)
        shard.update(edge.UpdateOperation.create_field_index(NAMESPACE, tenants))


@contextmanager
def translated() -> Iterator[None]:
    """Whatever the engine raises, panics included, is IndexUnavailable."""
    try:
        yield
    except IndexUnavailable:
        raise
    except TimeoutError:
        raise IndexUnavailable("The index did not answer in time") from None
    except Exception as error:  # the engine raises nothing narrower
        raise IndexUnavailable("The index failed") from error
    except BaseException as error:
        if type(error).__module__ != _PANICS:
            raise
        raise IndexUnavailable("The index failed") from error
