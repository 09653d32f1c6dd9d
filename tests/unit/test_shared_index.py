"""Several processes keep one index true to one database."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.adapters.memory_index import NumpyIndex
from app.adapters.sql.engines import open_engines
from app.adapters.sql.store import SqlStore
from app.models.ids import MemoryId
from app.models.memory import MemoryKind
from app.models.namespace import Namespace
from app.ports.vector_index import Point, QueryVectors
from app.services.indexing import Indexer
from app.services.recall_query import describe_query
from tests.support.house import House, a_house
from tests.support.word_embedder import WordEmbedder

TOLD = "I live in Bergen."


class LateIndex(NumpyIndex):
    """Shares another one's points; what this process writes arrives when it is told to."""

    def __init__(self, shared: NumpyIndex) -> None:
        super().__init__()
        self._shared = shared
        self.has_read = asyncio.Event()
        self.arrive = asyncio.Event()

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """Written when told to."""
        self.has_read.set()
        await self.arrive.wait()
        return await self._shared.upsert(namespace, points)

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """From the shared points."""
        return await self._shared.delete(namespace, ids)


@asynccontextmanager
async def late_process(house: House, folder: Path) -> AsyncIterator[LateIndex]:
    """Another process has read the rows of all that waits, and not written yet."""
    engines = replace(open_engines(f"sqlite:///{folder / 'house.db'}"), exclusive=False)
    database, index = SqlStore(engines), LateIndex(house.index)
    indexer = Indexer(database, index=index, embedder=WordEmbedder())
    catching_up = asyncio.create_task(indexer.catch_up())
    await index.has_read.wait()
    yield index
    index.arrive.set()
    await catching_up
    await database.close()


async def likeness(house: House, text: str) -> float:
    """The cosine of the only memory to a text."""
    query = describe_query(text, profile_id=house.family.id, speakers=())
    [vector] = await WordEmbedder().embed([query.dense_text])
    found = await house.index.search(
        house.family.namespace, QueryVectors(vector, query.stems), limit=10
    )
    [hit] = [hit for hit in found.hits if hit.facts.session_id is None]
    return hit.cosine


async def a_memory_waits(house: House) -> MemoryId:
    memory = await house.mem0.book.add(
        house.ada,
        house.family.id,
        kind=MemoryKind.FACT,
        content=TOLD,
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )
    return memory.id


async def test_a_process_that_writes_late_writes_what_the_rows_say_by_then(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        memory = await a_memory_waits(house)

        async with late_process(house, tmp_path):
            changes = {"content": "I keep seven llamas."}
            await house.mem0.book.update(house.ada, memory, changes=changes)
            await house.mem0.indexer.catch_up()

        assert await likeness(house, "I keep seven llamas.") == pytest.approx(1.0, abs=1e-3)


async def test_a_process_that_writes_late_brings_nothing_forgotten_back(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        memory = await a_memory_waits(house)

        async with late_process(house, tmp_path):
            await house.mem0.forgetting.memory(house.ada, memory)
            assert await house.index.ids(house.family.namespace) == set()

        assert await house.index.ids(house.family.namespace) == set()


async def test_a_shared_index_is_filled_at_the_start_only_when_it_is_empty(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await a_memory_waits(house)
        await house.mem0.indexer.catch_up()
        engines = replace(open_engines(f"sqlite:///{tmp_path / 'house.db'}"), exclusive=False)
        database = SqlStore(engines)

        async def differing(index: NumpyIndex) -> int:
            return await Indexer(database, index=index, embedder=WordEmbedder()).reconcile()

        assert await differing(NumpyIndex()) == 1
        assert await differing(house.index) == 0
        await database.close()
