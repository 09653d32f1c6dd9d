"""kill -9 at every step of a move and of a merge: before or after, and the index follows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mortality import Mortality
from tests.support.person import Person

MOST_STEPS = 30
HERE, THERE = "Ada keeps bees.", "Ada keeps goats."


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Mortality]:
    with Mortality(tmp_path) as lives:
        yield lives


def contents(person: Person, profile: str) -> set[str]:
    return {memory["content"] for memory in person.memories(profile)}


def found(person: Person, profile: str) -> set[str]:
    """What a search finds of both, once nothing waits for the index."""
    person.settle(profile)
    body = {"query": "Who keeps bees and goats?"}
    hits = person.post(f"/memory-profiles/{profile}/memories/search", body)["data"]
    return {hit["content"] for hit in hits}


def a_pair(person: Person, step: int) -> tuple[str, str]:
    """Two profiles that know one thing each, the second one with a conversation."""
    here, there = person.profile(f"here {step}"), person.profile(f"there {step}")
    person.post(f"/memory-profiles/{here}/memories", {"content": HERE})
    person.post(f"/memory-profiles/{there}/memories", {"content": THERE})
    person.post(
        f"/sessions/{person.session(there)}/messages",
        {"messages": [{"role": "user", "content": "Hm."}]},
    )
    for profile in (here, there):
        person.settle(profile)
    return here, there


def profiles(person: Person) -> set[str]:
    return {one["id"] for one in person.get("/memory-profiles", limit=100)["data"]}


def test_a_merge_is_whole_or_nothing(lives: Mortality) -> None:
    lives.end()
    lives.begin(1)
    for step in range(1, MOST_STEPS):
        here, there = a_pair(lives.ada, step)

        def act(here: str = here, there: str = there) -> None:
            lives.ada.post(f"/memory-profiles/{here}/merge", {"from_profile_id": there})
            lives.ada.settle(here)

        survived = lives.survives(act)
        lives.end()
        lives.begin(step + 1)
        if there in profiles(lives.ada):
            assert not survived
            assert found(lives.ada, here) == contents(lives.ada, here) == {HERE}
            assert THERE in found(lives.ada, there)
        else:
            assert contents(lives.ada, here) == {HERE, THERE}
            assert found(lives.ada, here) >= {HERE, THERE}
            [session] = lives.ada.get("/sessions", memory_profile_id=here)["data"]
            assert session["message_count"] == 1
        if survived:
            return
    pytest.fail(f"it still dies after {MOST_STEPS} steps")


def test_a_move_is_whole_or_nothing(lives: Mortality) -> None:
    lives.end()
    lives.begin(1)
    for step in range(1, MOST_STEPS):
        here, there = a_pair(lives.ada, step)
        [memory] = lives.ada.memories(there)

        def act(here: str = here, there: str = there, memory: str = memory["id"]) -> None:
            body = {"memory_ids": [memory], "to_profile_id": here}
            lives.ada.post(f"/memory-profiles/{there}/memories/move", body)
            for profile in (here, there):
                lives.ada.settle(profile)

        survived = lives.survives(act)
        lives.end()
        lives.begin(step + 1)
        at_home = contents(lives.ada, there)
        assert at_home in ({THERE}, set())
        assert contents(lives.ada, here) == {HERE} | ({THERE} - at_home)
        for profile in (here, there):
            assert found(lives.ada, profile) - {"Hm."} == contents(lives.ada, profile)
        if survived:
            assert at_home == set()
            return
    pytest.fail(f"it still dies after {MOST_STEPS} steps")
