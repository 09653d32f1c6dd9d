"""Every index scores as the exact one does, so that recall is the same on all."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.adapters.memory_index import NumpyIndex
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Point, VectorIndex
from tests.support.points import SOME_DAY, a_namespace, a_point, a_query, some_facts

WORDS = ["amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty"]
QUESTIONS = ("amber fjord", "jetty", "heath heath inlet", "nothing of these", "")


def scores_by_id(found: Found) -> dict[UUID, tuple[float, float, float]]:
    return {hit.facts.id: (hit.cosine, hit.lexical, hit.lexical_share) for hit in found.hits}


def as_good_as(exact: tuple[float, float, float]) -> tuple[object, object, object]:
    """Equal up to what a byte per dimension costs the cosine."""
    cosine, lexical, share = exact
    return (
        pytest.approx(cosine, abs=0.01),
        pytest.approx(lexical, abs=1e-4),
        pytest.approx(share, abs=1e-4),
    )


def agree(found: Found, exact: Found) -> bool:
    scores = scores_by_id(exact)
    assert found.points == exact.points
    assert found.rarity == pytest.approx(exact.rarity, abs=1e-4)
    assert scores_by_id(found) == {one: as_good_as(scores[one]) for one in scores}
    return True


async def fill(index: VectorIndex, namespace: Namespace, points: list[Point]) -> None:
    """Somebody else has points as well."""
    await index.upsert(a_namespace(), [a_point(f"{one} amber fjord") for one in WORDS])
    await index.upsert(namespace, points)


def some_points() -> list[Point]:
    """300 points of few words, present and past, some without words."""
    texts = [f"{one} {two} {one} {three}" for one in WORDS for two in WORDS for three in WORDS[:3]]
    return [
        a_point(
            "what is it" if day % 17 == 3 else text,
            some_facts(
                days_later=day % 40,
                until=SOME_DAY + timedelta(days=day % 60) if day % 3 else None,
                is_past=day % 4 == 1,
            ),
        )
        for day, text in enumerate(texts)
    ]


async def test_it_scores_as_the_exact_index_does_also_after_deleting(index: VectorIndex) -> None:
    exact, namespace, points = NumpyIndex(), a_namespace(), some_points()
    for one in (index, exact):
        await fill(one, namespace, points)
        await one.delete(namespace, [point.facts.id for point in points[::3]])

    for question in QUESTIONS:
        found, truth = [
            await one.search(namespace, a_query(question), limit=len(points))
            for one in (index, exact)
        ]
        assert agree(found, truth)


async def test_it_scores_another_time_as_the_exact_index_does(index: VectorIndex) -> None:
    exact, namespace, points = NumpyIndex(), a_namespace(), some_points()
    for one in (index, exact):
        await fill(one, namespace, points)

    for day in (0, 7, 39, 1000):
        moment = SOME_DAY + timedelta(days=day)
        found, truth = [
            await one.search(namespace, a_query("amber fjord"), limit=len(points), as_of=moment)
            for one in (index, exact)
        ]
        assert agree(found, truth)
        assert found.points == len(points)


async def test_of_many_points_it_finds_those_that_the_exact_index_does(index: VectorIndex) -> None:
    exact, namespace, points = NumpyIndex(), a_namespace(), some_points()
    for one in (index, exact):
        await fill(one, namespace, points)

    for question in ("amber fjord cedar", "jetty"):
        found, truth = [
            await one.search(namespace, a_query(question), limit=20) for one in (index, exact)
        ]
        by_words = sorted((hit.lexical for hit in truth.hits), reverse=True)[:20]
        assert sorted((hit.lexical for hit in found.hits), reverse=True)[:20] == pytest.approx(
            by_words, abs=1e-4
        )
        nearest = {hit.facts.id for hit in truth.hits[:15]}
        assert nearest <= {hit.facts.id for hit in found.hits}
