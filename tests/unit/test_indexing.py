import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from app.models.ids import ProfileId
from app.models.memory import MemoryKind
from app.models.message import Role
from app.models.namespace import Namespace
from app.ports.vector_index import Point
from app.services.appending import PastMessage
from app.services.indexing import BATCH, Indexer
from app.services.lexicon import document_vector
from tests.support.house import House, eventually
from tests.support.points import some_facts
from tests.support.word_embedder import WordEmbedder


def some_past(*texts: str) -> Sequence[PastMessage]:
    return [PastMessage(role=Role.USER, content=t, name=None, created_at=None) for t in texts]


async def say_and_learn(house: House) -> set[object]:
    """The ids that the index should hold."""
    session = await house.session()
    said = await house.sessions.append(
        house.ada, session, some_past("My sister Anna lives in Bergen.", "I like figs.")
    )
    await house.settle()
    memories = await house.memories()
    assert memories
    return {*(m.id for m in said), *(m.id for m in memories)}


async def stray_point(house: House) -> Point:
    [vector] = await WordEmbedder().embed(["stray"])
    return Point(facts=some_facts(), dense=vector, sparse=document_vector("stray"))


async def test_the_index_follows_what_is_said_and_learnt(house: House) -> None:
    wanted = await say_and_learn(house)

    assert await house.index.ids(house.family.namespace) == wanted
    assert await house.pending() == 0
    assert await house.mem0.indexer.catch_up() == 0


async def test_applying_a_change_again_changes_nothing(house: House) -> None:
    wanted = await say_and_learn(house)
    [memory] = [m.id for m in await house.memories()][:1]
    for _ in range(2):
        await house.database.write(
            lambda tx: tx.index_changes.mark(
                house.family.namespace,
                [memory],
                tenant_id=house.ada.tenant_id,
                is_episode=False,
            ),
            by=house.ada,
        )
    await house.mem0.indexer.catch_up()

    assert await house.index.ids(house.family.namespace) == wanted


async def test_a_point_without_a_row_goes(house: House) -> None:
    wanted = await say_and_learn(house)
    stray = await stray_point(house)
    await house.index.upsert(house.family.namespace, [stray])
    await house.database.write(
        lambda tx: tx.index_changes.mark(
            house.family.namespace,
            [stray.facts.id],
            tenant_id=house.ada.tenant_id,
            is_episode=True,
        ),
        by=house.ada,
    )
    await house.mem0.indexer.catch_up()

    assert await house.index.ids(house.family.namespace) == wanted


async def test_a_change_of_everything_looks_at_everything_again(house: House) -> None:
    wanted = await say_and_learn(house)
    await house.index.upsert(house.family.namespace, [await stray_point(house)])
    await house.database.write(
        lambda tx: tx.index_changes.mark_all(house.family.namespace, tenant_id=house.ada.tenant_id),
        by=house.ada,
    )
    await house.mem0.indexer.catch_up()

    assert await house.index.ids(house.family.namespace) == wanted


async def test_reconciling_puts_right_what_is_missing_and_what_is_too_much(house: House) -> None:
    wanted = await say_and_learn(house)
    [some, *_] = wanted
    await house.index.delete(house.family.namespace, [some])  # type: ignore[list-item]
    await house.index.upsert(house.family.namespace, [await stray_point(house)])

    assert await house.mem0.indexer.reconcile() == 2
    await house.mem0.indexer.catch_up()

    assert await house.index.ids(house.family.namespace) == wanted
    assert await house.mem0.indexer.reconcile() == 0


async def test_reconciling_marks_nothing_once_more_that_waits_already(house: House) -> None:
    """As after a move, when a server starts with an empty index."""
    wanted = await say_and_learn(house)
    await house.index.clear()
    family = house.family
    await house.database.write(
        lambda tx: tx.index_changes.mark_arrivals(
            family.namespace, of=family.id, tenant_id=house.ada.tenant_id
        ),
        by=house.ada,
    )

    await house.mem0.indexer.reconcile()

    assert await house.pending() == len(wanted)
    await house.mem0.indexer.catch_up()
    assert await house.index.ids(family.namespace) == wanted


async def test_a_rebuild_holds_what_sql_says_and_nothing_else(house: House) -> None:
    wanted = await say_and_learn(house)
    nobody = Namespace(house.ada.user_id, ProfileId(uuid4()))
    await house.index.upsert(nobody, [await stray_point(house)])
    steps: list[int] = []

    total = await house.mem0.indexer.rebuild(progress=steps.append)

    assert total == sum(steps) == len(wanted) == await house.mem0.indexer.count_wanted()
    assert await house.index.ids(house.family.namespace) == wanted
    assert await house.index.ids(nobody) == set()


async def test_what_was_only_applied_is_applied_again_after_a_crash(house: House) -> None:
    wanted = await say_and_learn(house)
    await house.index.clear()

    crashed = Indexer(house.database, index=house.index, embedder=WordEmbedder())
    await crashed.recover()
    await crashed.catch_up()

    assert await house.index.ids(house.family.namespace) == wanted


async def test_what_the_loop_has_flushed_is_not_applied_again(house: House) -> None:
    await say_and_learn(house)
    assert await house.database.read(lambda tx: tx.index_changes.applied(), by=house.ada)

    loop = asyncio.create_task(house.mem0.indexer.run())
    await eventually(
        lambda: house.database.read(lambda tx: not tx.index_changes.applied(), by=house.ada)
    )
    loop.cancel()
    await asyncio.wait({loop})

    await house.mem0.indexer.recover()
    assert await house.mem0.indexer.catch_up() == 0


@pytest.mark.parametrize("learnt", [False, True], ids=["before", "after"])
async def test_what_was_said_is_found_before_and_after_it_is_learnt(
    house: House, *, learnt: bool
) -> None:
    await house.sessions.append(
        house.ada, await house.session(), some_past("My sister Anna lives in Bergen.")
    )
    if learnt:
        await house.settle()

    found = await house.mem0.recaller.search(
        house.ada, house.family.id, "Where does my sister live?", kinds=(), limit=5
    )

    kinds = {one.kind for one in found}
    assert MemoryKind.EPISODE in kinds
    assert (kinds > {MemoryKind.EPISODE}) is learnt


MANY = 3 * BATCH
"""More than are applied at a time."""


async def many_wait(house: House) -> None:
    texts = [f"I have seen the number {number}." for number in range(MANY)]
    await house.sessions.append(house.ada, await house.session(), some_past(*texts))


async def test_nobody_waits_for_what_another_profile_still_has_to_index(house: House) -> None:
    await many_wait(house)
    work = await house.profile("work")
    session = await house.session(profile=work)
    await house.sessions.append(house.ada, session, some_past("I sell lamps."))

    found = await house.mem0.recaller.search(house.ada, work.id, "lamps", kinds=(), limit=5)

    assert [one.content for one in found] == ["I sell lamps."]
    assert await house.pending() == MANY


async def test_profiles_take_turns(house: House) -> None:
    await many_wait(house)
    work = await house.profile("work")
    session = await house.session(profile=work)
    await house.sessions.append(house.ada, session, some_past("I sell lamps."))
    first, second = house.family.namespace, work.namespace

    catching_up = asyncio.create_task(house.mem0.indexer.catch_up())
    await eventually(lambda: house.index.ids(second))

    assert len(await house.index.ids(first)) < MANY
    assert await catching_up == MANY + 1


async def test_what_is_forgotten_leaves_the_index_before_what_waits_to_come_in(
    house: House,
) -> None:
    session = await house.session()
    await house.sessions.append(house.ada, session, some_past("I sell lamps."))
    await house.mem0.indexer.catch_up()
    await many_wait(house)

    await house.mem0.forgetting.session(house.ada, session)

    assert await house.index.ids(house.family.namespace) == set()
    assert await house.pending() == MANY
