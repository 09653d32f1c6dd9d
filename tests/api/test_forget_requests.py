"""`Please forget that …`, said in a chat: neither the request nor what it is about comes up again."""

from typing import Any

import pytest

from tests.support.person import Person

SAID = "My hobby is falconry."
REQUEST = "Please forget that my hobby is falconry."


def recalled(ada: Person, profile: str) -> str:
    """What a turn would be told of it, and what searches find."""
    preview = f"/memory-profiles/{profile}/memories/preview"
    found = ada.post(
        f"/memory-profiles/{profile}/memories/search", {"query": "my hobby falconry falcon"}
    )
    shown = ada.post(preview, {"message": "What is my hobby? Falconry?"})
    answer = ada.say(ada.session(profile), "What is my hobby? Is it a bird thing?")
    return f"{found}{shown['memories']}{answer}".lower()


def messages(ada: Person, session: str) -> list[Any]:
    return [one["content"] for one in ada.messages(session) if one["role"] == "user"]


@pytest.mark.parametrize("when", ["at once", "once it is learnt"])
def test_what_is_asked_to_be_forgotten_comes_up_nowhere(ada: Person, when: str) -> None:
    profile = ada.default_profile()
    session = ada.session(profile)
    ada.say(session, SAID)
    if when == "once it is learnt":
        ada.settle(profile)
        assert "falconry" in recalled(ada, profile)
    ada.say(session, REQUEST)
    ada.settle(profile)

    assert "falconry" not in recalled(ada, profile)
    assert messages(ada, session) == [SAID, REQUEST]
    assert all(one["status"] == "superseded" for one in ada.memories(profile))


def test_a_request_is_no_episode_before_it_is_obeyed_either(ada: Person) -> None:
    profile = ada.default_profile()
    session = ada.session(profile)

    ada.say(session, "Please forget that my neighbour keeps a tame falcon.")

    assert "falcon" not in recalled(ada, profile)


def test_what_else_the_message_says_is_learnt(ada: Person) -> None:
    profile = ada.default_profile()
    session = ada.session(profile)
    ada.say(session, SAID)
    ada.say(session, "I work as a nurse.")
    ada.settle(profile)
    ada.say(session, "Please forget that my hobby is falconry. My favourite team is Arsenal.")
    ada.settle(profile)

    known = {one["content"]: one["status"] for one in ada.memories(profile)}
    assert sorted(known.values()) == ["active", "active", "superseded"]
    assert "arsenal" in str([c for c, status in known.items() if status == "active"]).lower()
