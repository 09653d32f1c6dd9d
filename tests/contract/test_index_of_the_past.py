from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.models.namespace import Namespace
from app.ports.vector_index import VectorIndex
from tests.support.points import SOME_DAY, a_namespace, a_point, a_query, rounded, some_facts

DAY = timedelta(days=1)


async def found_by(
    index: VectorIndex, namespace: Namespace, *, as_of: datetime | None = None
) -> set[UUID]:
    found = await index.search(namespace, a_query("home is berlin"), limit=10, as_of=as_of)
    return {hit.facts.id for hit in found.hits}


async def test_the_past_is_found_by_who_asks_for_it_with_all_its_facts(index: VectorIndex) -> None:
    namespace = a_namespace()
    past = some_facts(until=SOME_DAY + 30 * DAY, is_past=True)
    present = some_facts(days_later=30)
    await index.upsert(
        namespace, [a_point("home is berlin", past), a_point("home is munich", present)]
    )

    assert await found_by(index, namespace) == {present.id}
    assert await found_by(index, namespace, as_of=SOME_DAY - DAY) == set()
    assert await found_by(index, namespace, as_of=SOME_DAY + 30 * DAY) == {present.id}
    [hit] = (
        await index.search(namespace, a_query("home is berlin"), limit=10, as_of=SOME_DAY)
    ).hits
    assert hit.facts == past
    assert hit.cosine == pytest.approx(1.0, abs=1e-3)
    assert hit.lexical > 0


async def test_a_present_point_that_ends_is_found_now_and_until_its_end(
    index: VectorIndex,
) -> None:
    namespace, end = a_namespace(), SOME_DAY + DAY
    facts = some_facts(until=end)
    await index.upsert(namespace, [a_point("home is berlin", facts)])

    assert await found_by(index, namespace) == {facts.id}
    assert await found_by(index, namespace, as_of=end - timedelta.resolution) == {facts.id}
    assert await found_by(index, namespace, as_of=end) == set()


@pytest.mark.parametrize("year", [1, 1969, 2254, 9999])
async def test_an_end_is_exact_in_any_year(index: VectorIndex, year: int) -> None:
    namespace, moment = a_namespace(), datetime(year, 6, 1, tzinfo=UTC)
    tick = timedelta.resolution
    ended = replace(some_facts(until=moment), said_at=moment - DAY)
    holds = replace(some_facts(until=moment + tick), said_at=moment)
    comes = replace(some_facts(), said_at=moment + tick)
    await index.upsert(
        namespace, [a_point("home is berlin", facts) for facts in (ended, holds, comes)]
    )

    assert await found_by(index, namespace, as_of=moment) == {holds.id}


async def test_the_past_changes_no_score_of_the_present(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [a_point("tea with milk"), a_point("tea with lemon")])
    before = await index.search(namespace, a_query("lemon tea"), limit=10)

    await index.upsert(
        namespace, [a_point("lemon tea", some_facts(is_past=True)) for _ in range(50)]
    )

    after = await index.search(namespace, a_query("lemon tea"), limit=10)
    assert (rounded(after.hits), after.points) == (rounded(before.hits), before.points)
    assert after.rarity.tolist() == pytest.approx(before.rarity.tolist())


async def test_what_came_later_takes_no_place_from_what_held(index: VectorIndex) -> None:
    namespace, held = a_namespace(), some_facts()
    later = [
        a_point("home is berlin", some_facts(days_later=9, is_past=bool(number % 2)))
        for number in range(30)
    ]
    await index.upsert(namespace, [a_point("somewhere else", held), *later])

    found = await index.search(namespace, a_query("home is berlin"), limit=3, as_of=SOME_DAY)

    assert {hit.facts.id for hit in found.hits} == {held.id}


async def test_a_point_becomes_past_and_present_again_in_its_place(index: VectorIndex) -> None:
    namespace, present = a_namespace(), some_facts()
    past = replace(present, until=SOME_DAY + DAY, is_past=True)
    for facts, now, later in ((present, 1, 1), (past, 0, 0), (present, 1, 1)):
        await index.upsert(namespace, [a_point("home is berlin", facts)])

        assert await index.ids(namespace) == {present.id}
        assert len(await found_by(index, namespace)) == now
        assert len(await found_by(index, namespace, as_of=SOME_DAY)) == 1
        assert len(await found_by(index, namespace, as_of=SOME_DAY + DAY)) == later
    await index.upsert(namespace, [a_point("home is berlin", past)])
    assert await index.delete(namespace, [past.id]) == 1
    assert await found_by(index, namespace, as_of=SOME_DAY) == set()


async def test_a_namespace_goes_with_its_past_and_leaves_that_of_others(
    index: VectorIndex,
) -> None:
    mine, yours = a_namespace(), a_namespace()
    for namespace in (mine, yours):
        await index.upsert(
            namespace, [a_point("home is berlin"), a_point("home", some_facts(is_past=True))]
        )

    assert not await found_by(index, mine, as_of=SOME_DAY) & await index.ids(yours)
    assert await index.delete_namespace(mine) == 2

    assert await index.ids(mine) == set()
    assert await found_by(index, mine, as_of=SOME_DAY) == set()
    assert len(await found_by(index, yours, as_of=SOME_DAY)) == 2


async def test_a_namespace_of_the_past_alone_has_no_present(index: VectorIndex) -> None:
    namespace, facts = a_namespace(), some_facts(is_past=True)
    await index.upsert(namespace, [a_point("home is berlin", facts)])

    found = await index.search(namespace, a_query("berlin"), limit=5)

    assert (found.hits, found.points, found.rarity.tolist()) == ([], 0, [1.0])
    assert await found_by(index, namespace, as_of=SOME_DAY) == {facts.id}
