import asyncio
from uuid import UUID, uuid4

import numpy as np
import pytest

from app.models.memory import MemoryKind
from app.ports.vector_index import Point, SparseVector, VectorIndex
from tests.support.points import SOME_DAY, a_namespace, a_point, a_query, some_facts

WORDS = ("amber", "bicycle", "brook")
HOSTILE_IDS = [UUID(int=0), UUID(int=2**128 - 1), UUID(int=1), uuid4()]


async def test_a_point_is_found_by_the_next_search_with_all_its_facts(index: VectorIndex) -> None:
    namespace = a_namespace()
    facts = some_facts(
        kind=MemoryKind.EVENT,
        session_id=uuid4(),
        position=41,
        speaker=2**63 - 1,
        from_user=False,
        asks=True,
    )
    await index.upsert(namespace, [a_point("the cat sleeps", facts)])

    hits = (await index.search(namespace, a_query("the cat sleeps"), limit=5)).hits

    assert [hit.facts for hit in hits] == [facts]
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-3)
    assert hits[0].lexical > 0


async def test_a_memory_without_a_session_keeps_having_none(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [a_point("likes tea", some_facts(session_id=None))])

    hits = (await index.search(namespace, a_query("tea"), limit=1)).hits

    assert hits[0].facts.session_id is None


async def test_a_search_never_leaves_its_namespace(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    await index.upsert(mine, [a_point("my secret")])
    await index.upsert(yours, [a_point("your secret")])

    hits = (await index.search(mine, a_query("your secret"), limit=100)).hits

    assert {hit.facts.id for hit in hits} == await index.ids(mine)
    assert not await index.ids(mine) & await index.ids(yours)


async def test_points_are_counted_in_all_namespaces_together(index: VectorIndex) -> None:
    assert await index.count() == 0
    first, second = a_namespace(), a_namespace()
    await index.upsert(first, [a_point("one"), a_point("two", some_facts(is_past=True))])
    await index.upsert(second, [a_point("three")])

    assert await index.count() == 3
    await index.delete_namespace(first)
    assert await index.count() == 1


async def test_the_words_of_others_do_not_change_a_score(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    await index.upsert(mine, [a_point("tea with milk"), a_point("tea with lemon")])
    before = (await index.search(mine, a_query("lemon tea"), limit=10)).hits

    await index.upsert(yours, [a_point(f"lemon tea number {number}") for number in range(50)])

    after = (await index.search(mine, a_query("lemon tea"), limit=10)).hits
    assert [hit.lexical for hit in after] == pytest.approx([hit.lexical for hit in before])


@pytest.mark.parametrize("point_id", HOSTILE_IDS, ids=["zero", "ones", "one", "any"])
async def test_an_id_reaches_only_the_point_of_the_same_namespace(
    index: VectorIndex, point_id: UUID
) -> None:
    mine, yours = a_namespace(), a_namespace()
    await index.upsert(mine, [a_point("mine", some_facts(point_id=point_id))])

    await index.upsert(yours, [a_point("yours", some_facts(point_id=point_id))])
    assert await index.delete(yours, [point_id]) == 1
    assert await index.delete(yours, [point_id]) == 0
    assert await index.delete_namespace(yours) == 0

    hits = (await index.search(mine, a_query("mine"), limit=5)).hits
    assert [hit.facts.id for hit in hits] == [point_id]
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-3)


async def test_an_id_that_exists_is_replaced_in_every_respect(index: VectorIndex) -> None:
    namespace = a_namespace()
    point_id = uuid4()
    await index.upsert(namespace, [a_point("red apples", some_facts(point_id=point_id))])

    newer = some_facts(point_id=point_id, position=2)
    await index.upsert(namespace, [a_point("green pears", newer)])

    [hit] = (await index.search(namespace, a_query("red apples"), limit=5)).hits
    assert hit.facts == newer
    assert hit.lexical == 0
    assert hit.cosine < 0.99


async def test_a_point_may_lose_its_words(index: VectorIndex) -> None:
    namespace = a_namespace()
    facts = some_facts()
    await index.upsert(namespace, [a_point("red apples", facts)])

    await index.upsert(namespace, [a_point("of the", facts)])

    [hit] = (await index.search(namespace, a_query("apples"), limit=5)).hits
    assert hit.lexical == 0


async def test_deleting_counts_what_was_there_and_passes_over_the_rest(index: VectorIndex) -> None:
    namespace = a_namespace()
    points = [a_point(f"note {number}") for number in range(3)]
    await index.upsert(namespace, points)
    first, second, third = (point.facts.id for point in points)

    assert await index.delete(namespace, [first, first, second, uuid4()]) == 2
    assert await index.delete(namespace, []) == 0

    assert await index.ids(namespace) == {third}
    hits = (await index.search(namespace, a_query("note 1"), limit=10)).hits
    assert [hit.facts.id for hit in hits] == [third]


async def test_deleting_a_namespace_leaves_the_others(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    await index.upsert(mine, [a_point("one"), a_point("two")])
    await index.upsert(yours, [a_point("three")])

    assert await index.delete_namespace(mine) == 2

    assert await index.ids(mine) == set()
    assert len(await index.ids(yours)) == 1


async def test_clearing_empties_every_namespace_and_writing_goes_on(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    await index.upsert(mine, [a_point("one")])
    await index.upsert(yours, [a_point("two")])

    await index.clear()

    assert await index.ids(mine) == await index.ids(yours) == set()
    await index.upsert(mine, [a_point("three")])
    assert len(await index.ids(mine)) == 1


async def test_an_empty_namespace_has_nothing(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [])

    assert (await index.search(namespace, a_query("anything"), limit=10)).hits == []
    assert await index.ids(namespace) == set()
    assert await index.delete(namespace, [uuid4()]) == 0
    assert await index.delete_namespace(namespace) == 0


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_below_one_finds_nothing(index: VectorIndex, limit: int) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [a_point("one")])

    assert (await index.search(namespace, a_query("one"), limit=limit)).hits == []


async def test_a_question_of_stopwords_searches_by_vector_alone(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [a_point("what is it"), a_point("what was that")])

    hits = (await index.search(namespace, a_query("what is it"), limit=1)).hits

    assert [hit.lexical for hit in hits] == [0]
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-3)


async def test_each_half_brings_its_best_and_both_scores_of_each(index: VectorIndex) -> None:
    namespace = a_namespace()
    by_vector = some_facts()
    by_words = some_facts()
    question = a_query("blue bicycle")
    nothing = SparseVector(np.array([], np.uint32), np.array([], np.float32))
    await index.upsert(
        namespace,
        [
            Point(facts=by_vector, dense=question.dense, sparse=nothing),
            a_point("a blue bicycle in the rain", by_words),
            *(a_point(f"filler {number}") for number in range(20)),
        ],
    )

    hits = {hit.facts.id: hit for hit in (await index.search(namespace, question, limit=1)).hits}

    assert hits.keys() == {by_vector.id, by_words.id}
    assert hits[by_vector.id].lexical == 0
    assert hits[by_words.id].lexical > 0
    assert hits[by_words.id].cosine == pytest.approx(
        float(a_point("a blue bicycle in the rain").dense @ question.dense), abs=0.01
    )


async def test_a_words_rarity_is_one_when_no_point_has_it(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(a_namespace(), [a_point("amber"), a_point("amber jetty")])
    await index.upsert(
        namespace, [a_point("bicycle brook"), *(a_point("brook jetty") for _ in range(7))]
    )

    query = a_query("amber bicycle brook")
    rarity = dict(
        zip(
            query.sparse.indices.tolist(),
            (await index.search(namespace, query, limit=10)).rarity.tolist(),
            strict=True,
        )
    )

    amber, bicycle, brook = (rarity[int(a_query(word).sparse.indices[0])] for word in WORDS)
    assert amber == 1.0
    assert bicycle == pytest.approx(np.log1p(7.5 / 1.5) / np.log1p(8.5 / 0.5), abs=1e-3)
    assert 0 < brook < 0.05


async def test_a_search_tells_how_many_points_its_namespace_has(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(a_namespace(), [a_point(f"theirs {number}") for number in range(50)])
    await index.upsert(namespace, [a_point(f"note {number}") for number in range(30)])

    assert (await index.search(namespace, a_query("note"), limit=5)).points == 30


async def test_in_an_empty_namespace_every_word_is_new(index: VectorIndex) -> None:
    for limit in (0, 10):
        found = await index.search(a_namespace(), a_query("amber bicycle"), limit=limit)
        assert found.rarity.tolist() == [1.0, 1.0]


async def test_the_lexical_share_tells_half_of_the_words_from_all_of_them(
    index: VectorIndex,
) -> None:
    namespace = a_namespace()
    all_words, half, none = some_facts(), some_facts(), some_facts()
    await index.upsert(
        namespace,
        [
            a_point("amber bicycle " + "filler " * 14, all_words),
            a_point("amber jetty " + "filler " * 14, half),
            a_point("brook jetty " + "filler " * 14, none),
        ],
    )

    async def shares(question: str) -> dict[UUID, float]:
        hits = (await index.search(namespace, a_query(question), limit=10)).hits
        return {hit.facts.id: hit.lexical_share for hit in hits}

    known = await shares("amber bicycle")
    assert known[all_words.id] == pytest.approx(1.0, abs=0.05)
    assert 0 < known[half.id] < 0.5
    assert known[none.id] == 0
    assert max((await shares("amber zeppelin")).values()) < 0.5, "a word that occurs nowhere weighs"


async def test_hits_come_best_cosine_first(index: VectorIndex) -> None:
    namespace = a_namespace()
    await index.upsert(namespace, [a_point(f"note {number}") for number in range(30)])

    hits = (await index.search(namespace, a_query("note 7"), limit=10)).hits

    cosines = [hit.cosine for hit in hits]
    assert cosines == sorted(cosines, reverse=True)


async def test_nothing_is_lost_when_many_write_search_and_delete_at_once(
    index: VectorIndex,
) -> None:
    namespaces = [a_namespace() for _ in range(8)]

    async def write(worker: int) -> set[UUID]:
        kept: set[UUID] = set()
        for turn in range(12):
            points = [a_point(f"worker {worker} turn {turn} item {item}") for item in range(5)]
            await index.upsert(namespaces[worker], points)
            ids = [point.facts.id for point in points]
            assert await index.delete(namespaces[worker], ids[:1]) == 1
            kept.update(ids[1:])
            found = (
                await index.search(
                    namespaces[worker], a_query(f"worker {worker} turn {turn} item 3"), limit=3
                )
            ).hits
            assert ids[3] in {hit.facts.id for hit in found}
        return kept

    kept = await asyncio.gather(*map(write, range(8)))

    assert [await index.ids(namespace) for namespace in namespaces] == kept


async def test_it_knows_whether_it_holds_exactly_these_points(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    points = [a_point("one"), a_point("two", some_facts(until=SOME_DAY, is_past=True))]
    await index.upsert(mine, points)
    await index.upsert(yours, [a_point("three")])
    ids = [point.facts.id for point in points]

    assert await index.holds_exactly(mine, ids)
    assert await index.holds_exactly(a_namespace(), [])
    assert not await index.holds_exactly(mine, ids[:1])
    assert not await index.holds_exactly(mine, [*ids, uuid4()])
    assert not await index.holds_exactly(mine, [ids[0], uuid4()])
    assert not await index.holds_exactly(yours, ids)
