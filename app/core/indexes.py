"""How the index is opened: part of the composition root, beside `container.py`."""

from pathlib import Path
from typing import Final, assert_never

from app.adapters.data_folder import DataFolder
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.core.config import Settings
from app.core.errors import IndexUnavailable, StartRefused
from app.core.index_settings import (
    EdgeIndexSettings,
    PgvectorIndexSettings,
    QdrantIndexSettings,
)
from app.ports.embedder import Embedder
from app.ports.vector_index import VectorIndex

POINTS_VERSION: Final = 1
"""Of how texts become vectors and stems besides the model. Raise it when that changes: everything is
indexed anew then, and what was indexed before is not searched."""


def open_index(settings: Settings, folder: DataFolder, embedder: Embedder) -> VectorIndex:
    """The index that the settings choose. A Qdrant server may be down.

    Raises:
        StartRefused: the folder cannot be opened, or the database has no pgvector.
    """
    match settings.index:
        case EdgeIndexSettings():
            return _mended(folder.index(embedder.name), dims=embedder.dims)
        case PgvectorIndexSettings() as pgvector:
            return _pgvector(pgvector, embedder)
        case QdrantIndexSettings() as qdrant:
            return _qdrant(qdrant, embedder)
        case never:
            assert_never(never)


def look_into_index(settings: Settings, folder: DataFolder, embedder: Embedder) -> VectorIndex:
    """The index as it is: a folder is neither made nor mended.

    Raises:
        IndexUnavailable: it is not there, or cannot be read.
    """
    if isinstance(settings.index, EdgeIndexSettings):
        path = folder.index(embedder.name)
        if not path.exists():
            raise IndexUnavailable("it is not there")
        return QdrantEdgeIndex(path, dims=embedder.dims)
    try:
        return open_index(settings, folder, embedder)
    except StartRefused as error:
        raise IndexUnavailable(str(error)) from error


def _pgvector(chosen: PgvectorIndexSettings, embedder: Embedder) -> VectorIndex:
    from app.adapters.pgvector_opening import open_pgvector  # noqa: PLC0415 - loads a driver

    return open_pgvector(chosen.url.get_secret_value(), form=_form(embedder))


def _qdrant(chosen: QdrantIndexSettings, embedder: Embedder) -> VectorIndex:
    from app.adapters.qdrant_server_opening import open_qdrant  # noqa: PLC0415 - takes 0.7 s

    return open_qdrant(
        chosen.url,
        api_key=chosen.api_key.get_secret_value() if chosen.api_key else None,
        collection=f"{chosen.collection}-{_form(embedder)}",
        dims=embedder.dims,
    )


def _form(embedder: Embedder) -> str:
    """What points were made by; others are not searched."""
    return f"{embedder.name}-v{POINTS_VERSION}"


def _mended(folder: Path, *, dims: int) -> VectorIndex:
    """The index of a data folder that is locked, so that it may be mended; see `Indexer.reconcile`."""
    try:
        return QdrantEdgeIndex(folder, dims=dims, mend=True)
    except IndexUnavailable as error:
        raise StartRefused(
            f"The index cannot be opened ({error.detail}). Make sure that {folder} can be written "
            "and holds nothing else, or delete it: the next start builds it anew from the "
            "database, and nothing is lost."
        ) from error
