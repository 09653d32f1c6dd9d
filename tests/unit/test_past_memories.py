"""What holds no longer: never told to a turn, and found by who asks for its time."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.clock import utc_now
from app.models.memory import Memory, MemoryChange, MemoryKind, MemoryStatus
from app.models.message import Role
from app.ports.vector_index import PointFacts, QueryVectors, VectorIndex
from app.services.appending import PastMessage
from app.services.indexing import Indexer
from app.services.lexicon import query_vector
from app.services.likeness import Likeness
from app.services.points import memory_entry, points_of
from tests.support.house import House
from tests.support.word_embedder import WordEmbedder

IN_BERLIN = datetime(2020, 1, 1, tzinfo=UTC)
IN_MUNICH = datetime(2023, 1, 1, tzinfo=UTC)


async def move(house: House) -> tuple[Memory, Memory]:
    """The home that was, and the home that is."""
    said = (("I live in Berlin.", IN_BERLIN), ("I moved to Munich.", IN_MUNICH))
    past = [PastMessage(role=Role.USER, content=t, name=None, created_at=at) for t, at in said]
    await house.sessions.append(house.ada, await house.session(), past)
    await house.settle()
    homes = {memory.content: memory for memory in await house.memories()}
    return homes["User lives in Berlin."], homes["User lives in Munich."]


async def found(
    house: House, text: str, *, as_of: datetime | None = None, index: VectorIndex | None = None
) -> dict[UUID, PointFacts]:
    [vector] = await WordEmbedder().embed([text])
    query = QueryVectors(vector, query_vector(text))
    hits = await (index or house.index).search(house.family.namespace, query, limit=50, as_of=as_of)
    return {hit.facts.id: hit.facts for hit in hits.hits if hit.facts.session_id is None}


async def searched(house: House, *, as_of: datetime | None = None) -> list[str]:
    results = await house.mem0.recaller.search(
        house.ada, house.family.id, "Where does the user live?", kinds=(), limit=9, as_of=as_of
    )
    return [one.content for one in results if one.memory]


async def test_a_superseded_memory_becomes_a_point_of_the_past(house: House) -> None:
    berlin, munich = await move(house)

    assert (await found(house, berlin.content)).keys() == {munich.id}
    then = await found(house, berlin.content, as_of=IN_BERLIN)
    assert then.keys() == {berlin.id}
    assert (then[berlin.id].until, then[berlin.id].is_past) == (IN_MUNICH, True)


async def test_a_search_finds_what_held_and_a_turn_what_holds(house: House) -> None:
    berlin, munich = await move(house)
    before = IN_BERLIN - timedelta(days=1)

    assert await searched(house) == [munich.content]
    assert await searched(house, as_of=IN_BERLIN) == [berlin.content]
    assert await searched(house, as_of=IN_MUNICH) == [munich.content]
    assert await searched(house, as_of=before) == []
    recalled = await house.recalled("Where does the user live?")
    assert munich.content in recalled
    assert berlin.content not in recalled


async def test_learning_compares_with_what_holds(house: House) -> None:
    berlin, munich = await move(house)
    likeness = Likeness(index=house.index, embedder=WordEmbedder(), indexer=house.mem0.indexer)

    [near] = await likeness.nearest(
        house.family.namespace, [berlin.content], limit=9, min_cosine=-1
    )

    assert list(near) == [munich.id]


async def test_forgetting_a_superseded_memory_takes_its_point(house: House) -> None:
    berlin, _ = await move(house)

    await house.mem0.forgetting.memory(house.ada, berlin.id)

    assert berlin.id not in await house.index.ids(house.family.namespace)
    assert await searched(house, as_of=IN_BERLIN) == []


async def test_what_holds_again_is_present_again(house: House) -> None:
    berlin, _ = await move(house)
    changes = {"status": MemoryStatus.ACTIVE, "valid_until": None, "superseded_by": None}

    await changed(house, berlin, changes)

    assert berlin.id in await found(house, berlin.content)
    assert await house.index.ids(house.family.namespace) >= {berlin.id}


async def changed(house: House, memory: Memory, changes: Mapping[str, object]) -> None:
    await house.mem0.book.update(house.ada, memory.id, changes=changes)
    await house.mem0.indexer.catch_up()


async def test_what_was_said_to_hold_until_now_is_not_told_any_more(house: House) -> None:
    memory = await on_holiday(house, until=utc_now() + timedelta(hours=1))
    assert await house.recalled("Who is on holiday?") == [memory.content]

    await changed(house, memory, {"valid_until": utc_now()})

    assert await house.recalled("Who is on holiday?") == []
    assert await searched(house) == []
    assert await searched(house, as_of=memory.said_at) == [memory.content]
    assert [one.id for one in await house.memories()] == [memory.id]


async def on_holiday(house: House, *, until: datetime) -> Memory:
    memory = await house.mem0.book.add(
        house.ada,
        house.family.id,
        kind=MemoryKind.CONTEXT,
        content="The user is on holiday.",
        importance=0.5,
        valid_from=None,
        valid_until=until,
    )
    await house.mem0.indexer.catch_up()
    return memory


async def test_an_index_that_does_not_know_of_an_end_gives_nothing_away(house: House) -> None:
    memory = await on_holiday(house, until=utc_now())
    await store_as_before(house, memory)

    assert memory.id in await found(house, memory.content)
    assert await house.recalled("Who is on holiday?") == []
    assert await searched(house) == []


async def store_as_before(house: House, memory: Memory) -> None:
    """The index holds the memory as before points had an end."""
    entry = memory_entry(replace(memory, valid_until=None))
    points = points_of([entry], await WordEmbedder().embed([entry.dense_text]))
    await house.index.upsert(house.family.namespace, points)


async def test_superseded_memories_come_into_an_index_from_before_they_were_kept(
    house: House, tmp_path: Path
) -> None:
    berlin, munich = await move(house)
    wanted = await house.index.ids(house.family.namespace)
    await an_old_index(house, tmp_path / "index", lacks=[berlin.id])

    index = QdrantEdgeIndex(tmp_path / "index", dims=WordEmbedder().dims)
    indexer = Indexer(house.database, index=index, embedder=WordEmbedder())
    assert await indexer.reconcile() == 1
    await indexer.catch_up()

    assert await index.ids(house.family.namespace) == wanted
    then = await found(house, berlin.content, as_of=IN_BERLIN, index=index)
    assert then.keys() == {berlin.id}
    assert (await found(house, berlin.content, index=index)).keys() == {munich.id}
    assert await indexer.reconcile() == 0
    await index.close()


async def an_old_index(house: House, folder: Path, *, lacks: Collection[UUID]) -> None:
    index = QdrantEdgeIndex(folder, dims=WordEmbedder().dims)
    indexer = Indexer(house.database, index=index, embedder=WordEmbedder())
    await indexer.rebuild(progress=lambda _: None)
    await index.delete(house.family.namespace, lacks)
    await index.close()


async def test_history_tells_what_superseded_a_memory_and_since_when(house: House) -> None:
    berlin, munich = await move(house)

    added, superseded = await house.mem0.book.history(house.ada, berlin.id)

    assert superseded.change is MemoryChange.SUPERSEDED
    assert (superseded.superseded_by, superseded.valid_until) == (munich.id, IN_MUNICH)
    assert (added.superseded_by, added.valid_until) == (None, None)


async def test_what_had_ended_before_it_was_superseded_keeps_its_end(house: House) -> None:
    said = [
        PastMessage(role=Role.USER, content="I live in Berlin.", name=None, created_at=IN_BERLIN)
    ]
    await house.sessions.append(house.ada, await house.session(), said)
    await house.settle()
    [berlin] = await house.memories()
    end = datetime(2021, 1, 1, tzinfo=UTC)
    await changed(house, berlin, {"valid_until": end})

    await move(house)

    ends = {one.valid_until for one in await house.memories() if one.content == berlin.content}
    assert ends == {end}


async def test_what_holds_again_after_its_end_is_learnt_again(house: House) -> None:
    said = PastMessage(role=Role.USER, content="I live in Berlin.", name=None, created_at=IN_BERLIN)
    await house.sessions.append(house.ada, await house.session(), [said])
    await house.settle()
    [first] = await house.memories()
    await changed(house, first, {"valid_until": datetime(2021, 1, 1, tzinfo=UTC)})

    again = replace(said, created_at=IN_MUNICH)
    await house.sessions.append(house.ada, await house.session(), [again])
    await house.settle()

    assert [one.status for one in await house.memories()] == [
        MemoryStatus.ACTIVE,
        MemoryStatus.SUPERSEDED,
    ]
    assert await searched(house) == [first.content]
