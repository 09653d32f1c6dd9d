"""Qdrant through its client: in this process's memory, and on a server when there is one."""

import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from qdrant_client import AsyncQdrantClient

from app.adapters.qdrant_server import QdrantServerIndex
from app.adapters.qdrant_server_opening import open_qdrant
from tests.support.points import DIMS

SERVER = "TEST_QDRANT_URL"


@asynccontextmanager
async def a_qdrant_in_memory(
    *, dims: int = DIMS, deadline_s: float = 20.0
) -> AsyncIterator[QdrantServerIndex]:
    """The client's own imitation of a server, without a point. Not for several threads."""
    index = QdrantServerIndex(
        AsyncQdrantClient(":memory:"), collection="test", dims=dims, deadline_s=deadline_s
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it has no indexes of payload, and says so
        await index.check()
    yield index
    await index.close()


@asynccontextmanager
async def a_qdrant_on_a_server() -> AsyncIterator[QdrantServerIndex]:
    """A collection of its own on a server, without a point, gone afterwards."""
    url = os.environ.get(SERVER)
    if not url:
        pytest.skip(f"NOT TESTED on a Qdrant server: set {SERVER}")
    name = f"memorychat-test-{uuid4()}"
    index = open_qdrant(url, api_key=None, collection=name, dims=DIMS)
    try:
        yield index
    finally:
        await index.close()
        cleaner = AsyncQdrantClient(url=url, check_compatibility=False)
        await cleaner.delete_collection(name)
        await cleaner.close()
