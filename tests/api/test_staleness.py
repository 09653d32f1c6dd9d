"""What the model is told of what has changed since it was said."""

from typing import Any

import pytest

from tests.support.person import Person


def prompt(person: Person, profile: str, message: str) -> str:
    """The system message that the model would get."""
    path = f"/memory-profiles/{profile}/memories/preview"
    preview = person.post(path, {"message": message})
    return str(preview["messages"][0]["content"])


def tell(person: Person, profile: str, *past: dict[str, Any] | str) -> None:
    """Each is said in a session of its own, and learnt."""
    for one in past:
        said = {"role": "user", **({"content": one} if isinstance(one, str) else one)}
        person.post(f"/sessions/{person.session(profile)}/messages", {"messages": [said]})
        person.settle(profile)


@pytest.mark.parametrize(
    ("before", "now", "question", "old", "new"),
    [
        ("I work at Lidl.", "I work at Aldi now.", "Where do I work?", "Lidl", "Aldi"),
        ("I live in Leeds.", "I moved to York.", "Where do I live?", "Leeds", "York"),
    ],
)
def test_words_of_what_is_over_are_not_told(
    ada: Person, before: str, now: str, question: str, old: str, new: str
) -> None:
    profile = ada.default_profile()
    tell(ada, profile, before)
    assert old in prompt(ada, profile, question)

    tell(ada, profile, now)

    told = prompt(ada, profile, question)
    assert old not in told
    assert new in told


def test_a_message_of_which_a_part_is_over_says_which(ada: Person) -> None:
    profile = ada.default_profile()
    tell(ada, profile, "I live in Leeds. My sister Anna is a nurse.", "I moved to York.")

    told = prompt(ada, profile, "Where do I live, and what does my sister do?")

    assert "My sister Anna is a nurse. (Holds no longer: User lives in Leeds.)" in told


def test_what_began_before_it_was_said_is_dated_by_when_it_was_said(ada: Person) -> None:
    profile = ada.default_profile()
    ada.post(
        f"/memory-profiles/{profile}/memories",
        {"content": "User lives in York.", "kind": "fact", "valid_from": "2026-09-01T00:00:00Z"},
    )
    ada.settle(profile)
    told = prompt(ada, profile, "Where do I live?")

    assert "User lives in York. (Since 1 September 2026.)" in told
    assert "[1 September 2026]" not in told


def test_days_are_those_of_the_user(ada: Person) -> None:
    profile = ada.default_profile()
    said = {"content": "My sister Anna is a nurse.", "created_at": "2026-03-01T20:00:00Z"}
    tell(ada, profile, said)
    assert "[1 March 2026]" in prompt(ada, profile, "What does my sister do?")

    ada.patch("/me", {"time_zone": "Pacific/Auckland"})

    told = prompt(ada, profile, "What does my sister do?")
    assert "[2 March 2026]" in told
    assert " NZ" in told.rpartition("It is ")[2]
