from collections.abc import Iterator

import pytest

from tests.support.person import Person, events_of
from tests.support.server import Server

UNRELATED = "How tall are giraffes?"


@pytest.fixture(scope="module")
def layering(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose operator wants vital memories in every prompt, and fresh context first."""
    environment = {
        "MEMORYCHAT_RECALL__LAYERS__IMPORTANT": "2",
        "MEMORYCHAT_RECALL__IMPORTANCE": "0.4",
        "MEMORYCHAT_RECALL__RECENCY": "0.1",
        "MEMORYCHAT_RECALL__HALF_LIFE_DAYS__EPISODE": "30",
    }
    with Server(tmp_path_factory.mktemp("layering"), environment) as running:
        running.answers = server.answers
        yield running


@pytest.fixture
def eve(layering: Server) -> Iterator[Person]:
    with Person(layering, "eve") as person:
        yield person


def allergic(person: Person) -> str:
    """Somebody's default profile, where a vital memory was learnt."""
    profile = person.default_profile()
    person.say(person.session(), "I am allergic to peanuts.")
    person.settle(profile)
    return profile


def test_a_vital_memory_is_in_every_prompt_and_says_by_which_layer(eve: Person) -> None:
    profile = allergic(eve)
    path = f"/memory-profiles/{profile}/memories/preview"
    preview = eve.post(path, {"message": UNRELATED})
    session = eve.session(mode="pause_memories")

    answer = eve.say(session, UNRELATED)

    [memory] = [one["memory"] for one in preview["memories"]]
    assert memory["layer"] == "important"
    assert memory["terms"] == {"important": memory["score"]}
    assert "peanuts" in preview["messages"][0]["content"]
    assert answer["memories_used"] == [memory]
    assert eve.messages(session)[-1]["memories_used"] == [memory]


def test_a_stream_tells_the_layer(eve: Person) -> None:
    allergic(eve)

    with eve.http.stream(
        "POST", f"/api/v1/chat/{eve.session()}/stream", json={"message": UNRELATED}
    ) as response:
        [used] = [one for one in events_of(response) if one["type"] == "memory.used"]

    assert [one["layer"] for one in used["memories"]] == ["important"]


def test_matches_tell_what_importance_and_time_did(eve: Person) -> None:
    profile = allergic(eve)
    path = f"/memory-profiles/{profile}/memories/preview"

    preview = eve.post(path, {"message": "Am I allergic to peanuts?"})

    matches = [one["memory"] for one in preview["memories"]]
    assert {one["layer"] for one in matches} == {"semantic"}
    terms = {name for one in matches for name in one["terms"]}
    assert {"importance", "recency"} <= terms
    for one in matches:
        assert abs(sum(one["terms"].values()) - one["score"]) < 0.001


def test_incognito_has_no_layers(eve: Person) -> None:
    allergic(eve)

    assert eve.say(eve.session(mode="incognito"), UNRELATED)["memories_used"] == []
