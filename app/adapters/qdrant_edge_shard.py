"""Opening a shard, and its errors in our words."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from app.adapters.qdrant_edge_points import DENSE, NAMESPACE, WORDS
from app.core.errors import IndexUnavailable

logger = logging.getLogger(__name__)

_OWN_ENTRIES: Final = frozenset({"edge_config.json", "segments", "wal"})
_PANICS: Final = "pyo3_runtime"
"""The module of what a panic of the engine raises, which is no Exception and cannot be imported."""


def open_shard(folder: Path, *, dims: int, mend: bool = False) -> edge.EdgeShard:
    """The shard of a folder, which is made if it is not there.

    Vectors take a byte per dimension: of the 60 nearest among 100,000 it finds 99.8 % of what full
    floats find, in a sixth of the time (2.7 ms instead of 16), and in a quarter of the memory.

    Args:
        folder: everything in there belongs to the index.
        dims: length of the dense vectors.
        mend: whether a folder that cannot be read is emptied.

    Raises:
        IndexUnavailable: it cannot be opened.
    """
    stored = edge.VectorStorageDatatype.Turbo8
    config = edge.EdgeConfig(
        vectors={
            DENSE: edge.EdgeVectorParams(size=dims, distance=edge.Distance.Cosine, datatype=stored)
        },
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        wal_enabled=True,
    )
    with translated():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        entries = {entry.name for entry in folder.iterdir()}
        if entries - _OWN_ENTRIES:  # the engine would move in, and emptying would delete the rest
            raise IndexUnavailable("The index folder holds something else")
        shard = _loaded(folder, config, mend=mend) if entries else None
        if shard is None:
            shard = edge.EdgeShard.create(str(folder), config)
        if NAMESPACE not in shard.info().payload_schema:
            tenants = edge.KeywordIndexParams(is_tenant=True)
            shard.update(edge.UpdateOperation.create_field_index(NAMESPACE, tenants))
        return shard


def _loaded(folder: Path, config: edge.EdgeConfig, *, mend: bool) -> edge.EdgeShard | None:
    """The shard that is there; None when it could not be read, and the folder is empty by now.

    Raises:
        IndexUnavailable: it could not be read, and is not to be mended.
    """
    try:
        with translated():
            return edge.EdgeShard.load(str(folder), config)
    except IndexUnavailable as error:
        if not mend:
            raise
        reason = type(error.__cause__).__name__
    logger.warning("index cannot be read, and is built anew", extra={"error": reason})
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return None


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
