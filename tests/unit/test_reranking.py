from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.models.ids import MemoryId
from app.models.memory import MemoryKind, Recalled
from app.services.found_words import recalled
from app.services.reranking import NO_KNOBS, Knobs, last_said, reranked
from tests.support.house import House
from tests.support.messages import MONDAY, a_memory
from tests.support.talk import a_recalled


def a_fact(
    content: str = "It is so.",
    *,
    importance: float = 0.5,
    days_ago: float = 0,
    kind: MemoryKind = MemoryKind.FACT,
    score: float = 1.0,
) -> Recalled:
    said_at = MONDAY - timedelta(days=days_ago)
    memory = replace(a_memory(content), importance=importance, kind=kind, said_at=said_at)
    return Recalled(
        id=memory.id,
        profile_id=memory.profile_id,
        kind=kind,
        content=content,
        speaker=None,
        score=score,
        said_at=said_at,
        source_message_ids=(),
        terms={"base": score},
        memory=memory,
    )


def weighed(
    *found: Recalled, knobs: Knobs, last_said: Mapping[MemoryId, datetime] | None = None
) -> list[Recalled]:
    return reranked(found, knobs=knobs, now=MONDAY, last_said=last_said or {})


def test_without_knobs_nothing_changes() -> None:
    found = [a_fact(score=0.2, days_ago=900), a_fact(score=0.9, importance=1.0)]

    assert weighed(*found, knobs=NO_KNOBS) == found


def test_of_equals_the_important_one_comes_first() -> None:
    trivial, vital = a_fact(importance=0.2), a_fact(importance=0.9)

    best, rest = weighed(trivial, vital, knobs=Knobs(importance=0.5))

    assert (best.id, rest.id) == (vital.id, trivial.id)
    assert best.score == pytest.approx(1.2)
    assert rest.score == pytest.approx(0.85)


def test_an_episode_is_weighed_as_of_middling_importance() -> None:
    episode = a_recalled("I said so.", said_at=MONDAY)

    [found] = weighed(episode, knobs=Knobs(importance=2.0))

    assert found == episode


def test_half_of_a_score_is_left_after_the_half_life_of_its_kind() -> None:
    knobs = Knobs(half_life_days={MemoryKind.CONTEXT: 10})
    context = a_fact(days_ago=10, kind=MemoryKind.CONTEXT)
    fact = a_fact(days_ago=10)

    best, rest = weighed(context, fact, knobs=knobs)

    assert best == fact
    assert rest.score == pytest.approx(0.5)


def test_what_was_said_again_is_as_fresh_as_then() -> None:
    knobs = Knobs(half_life_days={MemoryKind.FACT: 10})
    fact = a_fact(days_ago=20)

    [found] = weighed(fact, knobs=knobs, last_said={fact.id: MONDAY - timedelta(days=10)})

    assert found.score == pytest.approx(0.5)


def test_what_is_to_come_does_not_fade() -> None:
    [found] = weighed(a_fact(days_ago=-30), knobs=Knobs(half_life_days={MemoryKind.FACT: 1}))

    assert found.score == 1.0


def test_the_newer_of_equals_comes_first_when_recency_counts() -> None:
    old, new = a_fact(days_ago=30), a_fact(days_ago=0)

    best, rest = weighed(old, new, knobs=Knobs(recency=0.2))

    assert (best.id, rest.id) == (new.id, old.id)
    assert best.score == pytest.approx(1.2)
    assert rest.score == pytest.approx(1.1)


def test_the_terms_still_sum_up_to_the_score() -> None:
    knobs = Knobs(importance=0.7, recency=0.1, half_life_days={MemoryKind.FACT: 40})

    [found] = weighed(a_fact(importance=0.9, days_ago=13, score=1.3), knobs=knobs)

    assert found.terms.keys() == {"base", "importance", "decay", "recency"}
    assert sum(found.terms.values()) == pytest.approx(found.score, abs=0.001)


def test_nothing_is_raised_by_fading() -> None:
    beside_the_point = a_fact(score=-0.2, days_ago=100)

    [found] = weighed(beside_the_point, knobs=Knobs(half_life_days={MemoryKind.FACT: 1}))

    assert found.score == -0.2


def test_ages_of_any_length_have_a_score() -> None:
    knobs = Knobs(recency=1.0, half_life_days={MemoryKind.FACT: 0.001})

    [found] = weighed(a_fact(days_ago=700_000), knobs=knobs)

    assert found.score == pytest.approx(0.0)


FADING = Knobs(half_life_days={MemoryKind.FACT: 10})


async def test_a_memory_was_said_last_when_its_latest_message_was(house: House) -> None:
    session = await house.session()
    for text in ("I live in Bergen.", "As I said: I live in Bergen."):
        await house.say(session, text)
    await house.settle()
    [memory] = await house.memories()
    first, *_, again, _ = await house.messages(session)

    said = await house.database.read(
        lambda tx: last_said(tx, [recalled(memory, score=1.0, terms={})], knobs=FADING),
        by=house.ada,
    )

    assert first.created_at < again.created_at
    assert said == {memory.id: again.created_at}


async def test_nothing_is_looked_up_about_what_never_fades(house: House) -> None:
    await house.say(await house.session(), "I live in Bergen.")
    await house.settle()
    [memory] = await house.memories()

    said = await house.database.read(
        lambda tx: last_said(tx, [recalled(memory, score=1.0, terms={})], knobs=NO_KNOBS),
        by=house.ada,
    )

    assert said == {}
