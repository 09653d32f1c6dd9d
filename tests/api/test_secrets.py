"""A secret stays where it was said, whichever way the conversation came."""

from collections.abc import Sequence

import orjson
import pytest

from app.models.portable import PortableFormat
from tests.support.person import Person
from tests.support.portable_files import SAMPLES

SECRET = "Sesame-figs"
SPLIT = (
    ("user", f"My password is {SECRET}"),
    ("assistant", f"Noted, I will keep {SECRET} in mind."),
    ("user", "I live in Bergen."),
    ("assistant", "Which PIN code do you use for it?"),
    ("user", "sunflowers"),
)


def told(person: Person, profile: str) -> list[str]:
    """All that comes up of it."""
    person.settle(profile)
    found = person.post(
        f"/memory-profiles/{profile}/memories/search",
        {"query": f"{SECRET} in mind, sunflowers, password, Bergen"},
    )
    known = [one["content"] for one in person.memories(profile)]
    return [*known, *(one["content"] for one in found["data"])]


def assert_only_the_rest_is_known(contents: Sequence[str]) -> None:
    assert any("Bergen" in one for one in contents)
    assert [one for one in contents if SECRET in one or "sunflowers" in one] == []


def test_in_an_import(ada: Person) -> None:
    profile = ada.profile("family")
    [conversation] = orjson.loads(SAMPLES[PortableFormat.CLAUDE]())
    conversation["chat_messages"] = [
        {"uuid": f"message-{number}", "sender": "human" if role == "user" else role, "text": text}
        for number, (role, text) in enumerate(SPLIT)
    ]
    ada.imported(profile, orjson.dumps([conversation]))

    assert_only_the_rest_is_known(told(ada, profile))


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_in_messages_that_are_appended(ada: Person, *, at_once: bool) -> None:
    profile = ada.profile("family")
    session = ada.post("/sessions", {"memory_profile_id": profile})["id"]
    said = [{"role": role, "content": text} for role, text in SPLIT]
    for some in [said] if at_once else [[one] for one in said]:
        ada.post(f"/sessions/{session}/messages", {"messages": some})

    assert_only_the_rest_is_known(told(ada, profile))
    assert [one["content"] for one in ada.messages(session)] == [text for _, text in SPLIT]
