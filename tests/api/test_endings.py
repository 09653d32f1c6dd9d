"""What ceases to hold, what is said again in other words, and what is put right."""

from typing import Any

import pytest

from tests.support.person import Person


def learnt(
    ada: Person, *sentences: str, profile: str | None = None, session: str | None = None
) -> dict[str, Any]:
    """The memories of a profile by their content, once each sentence was learnt by itself."""
    profile = profile or ada.default_profile()
    session = session or ada.session(profile)
    for sentence in sentences:
        ada.say(session, sentence)
        ada.settle(profile)
    return {memory["content"]: memory for memory in ada.memories(profile)}


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("I live in Berlin.", "I don't live in Berlin any more."),
        ("I live near Berlin.", "We moved away from Berlin."),
        ("I work as a nurse at Haukeland.", "I quit my job."),
        ("I'm employed at Haukeland.", "I no longer work for Haukeland."),
        ("I'm vegan.", "I'm not vegan any more."),
        ("I'm dating Jonas.", "We broke up."),
        ("I'm allergic to nuts.", "I'm no longer allergic to nuts."),
        ("I'm allergic to cats.", "Just kidding!"),
        ("I'm allergic to cats.", "Turns out I'm not allergic to cats."),
        ("My dog's name is Rex.", "Sorry, I meant my dog's name is Max, not Rex."),
        ("My favourite team is Arsenal.", "No wait, it's Chelsea."),
        ("We have a trip to Tokyo in June.", "The trip to Tokyo is cancelled."),
        ("I have a cat called Luna.", "Luna died last month."),
        ("I'm dating Emma.", "Emma and I broke up."),
        ("I love pizza.", "Please forget that I like pizza."),
        ("Remember that my locker code is 4471.", "You can forget that my locker code is 4471."),
        ("I live in Oslo, Norway.", "Don't remember that I live in Oslo."),
    ],
)
def test_what_is_denied_holds_no_longer_and_its_contrary_is_not_made_up(
    ada: Person, said: str, ends: str
) -> None:
    session = ada.session()
    before = learnt(ada, said, session=session)
    after = learnt(ada, ends, session=session)

    for content in before:
        assert (after[content]["status"], after[content]["superseded_by"]) == ("superseded", None)
        assert after[content]["valid_until"] is not None
    assert not [c for c in after.keys() - before.keys() if " not " in c or "no longer" in c]


def test_one_wife_is_left_once_her_name_was_put_right(ada: Person) -> None:
    memories = learnt(
        ada,
        "My wife Anna is a nurse.",
        "My wife's name is not Anna, it's Hanna.",
        "No, my wife is called Hanna.",
    )

    names = {content: memories[content]["status"] for content in memories if "called" in content}
    assert names == {
        "User's wife is called Anna.": "superseded",
        "User's wife is called Hanna.": "active",
    }


def test_what_ended_on_a_day_ended_then(ada: Person) -> None:
    profile = ada.default_profile()
    session = ada.session()
    said = [
        ("I work at Haukeland.", "2023-03-01T12:00:00Z"),
        ("I lost my job last week.", "2023-05-08T12:00:00Z"),
    ]
    past = [{"role": "user", "content": text, "created_at": at} for text, at in said]
    ada.post(f"/sessions/{session}/messages", {"messages": past})
    ada.settle(profile)

    [job] = [m for m in ada.memories(profile) if m["content"] == "User works at Haukeland."]
    assert (job["status"], job["valid_until"]) == ("superseded", "2023-05-01T00:00:00Z")


def test_it_can_hold_again(ada: Person) -> None:
    learnt(ada, "I live in Berlin.", "I don't live in Berlin any more.", "I live in Berlin again.")

    memories = ada.memories(ada.default_profile())
    assert [memory["status"] for memory in memories] == ["active", "superseded"]


def test_a_denial_of_something_else_ends_nothing(ada: Person) -> None:
    memories = learnt(ada, "I live in Berlin.", "I don't live in Potsdam any more.")

    assert memories["User lives in Berlin."]["status"] == "active"


def test_on_a_profile_that_asks_nothing_ends_unseen(ada: Person) -> None:
    careful = str(ada.post("/memory-profiles", {"name": "careful", "learning": "ask"})["id"])
    learnt(ada, "I live in Berlin.", profile=careful)
    [memory] = ada.memories(careful)
    ada.post(f"/memories/{memory['id']}/approve")

    learnt(ada, "I don't live in Berlin any more.", profile=careful)

    assert ada.get(f"/memories/{memory['id']}")["status"] == "active"


def test_what_is_said_again_in_other_words_is_one_memory_with_both_sources(ada: Person) -> None:
    memories = learnt(ada, "I like hiking.", "I really enjoy hiking.", "I love hiking!")

    assert list(memories) == ["User likes hiking."]
    assert len(memories["User likes hiking."]["source_message_ids"]) == 3


def test_what_differs_in_a_number_a_name_or_a_negation_stays_apart(ada: Person) -> None:
    memories = learnt(
        ada,
        "I have 2 cats.",
        "I have 3 cats.",
        "My sister Anna lives in Oslo.",
        "My sister Ann lives in Oslo.",
        "I like olives.",
        "I don't like olives.",
    )

    assert len(memories) == 8
    assert (
        memories["User likes olives."]["superseded_by"]
        == (memories["User does not like olives."]["id"])
    )


def test_a_correction_takes_the_place_of_what_was_wrong(ada: Person) -> None:
    memories = learnt(ada, "I live in Oslo.", "Actually, it's Bergen, not Oslo.")

    assert memories["User lives in Bergen."]["status"] == "active"
    assert memories["User lives in Oslo."]["status"] == "superseded"


def test_what_was_said_again_is_not_ended_by_what_was_said_in_between(ada: Person) -> None:
    profile = ada.default_profile()
    told = [("I live in Berlin.", "2023-01-01"), ("I live in Berlin.", "2023-06-01")]
    for text, day in [*told, ("I live in Munich.", "2023-03-01")]:
        past = {"role": "user", "content": text, "created_at": f"{day}T12:00:00Z"}
        ada.post(f"/sessions/{ada.session()}/messages", {"messages": [past]})
        ada.settle(profile)

    status = {memory["content"]: memory["status"] for memory in ada.memories(profile)}
    assert status == {"User lives in Berlin.": "active", "User lives in Munich.": "superseded"}
