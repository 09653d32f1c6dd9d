"""The first days: a handful of memories, everyday questions, and much that is beside the point."""

from collections.abc import Iterator

import pytest

from tests.support.person import Person
from tests.support.server import Server

TOLD = (
    "My sister Anna lives in Bergen.",
    "I am allergic to peanuts.",
    "My dog is called Rex, he is a beagle.",
    "I work as a nurse at the city hospital.",
    "We are flying to Lisbon on 3 March.",
    "My favourite colour is green.",
    "I have a meeting with Tom every Monday at nine.",
)
ASKED = {
    "Where does my sister live?": "Bergen",
    "Where does my sister live? My brother Karl lives in Turku.": "Bergen",
    "Hi! I have a question. Where does Anna live again?": "Bergen",
    "Suggest a birthday present for my sister.": "Anna",
    "Recommend a recipe for dinner, please keep my allergies in mind.": "peanuts",
    "Tell me about my pet.": "Rex",
    "What do I do for a living?": "nurse",
    "Any plans for March?": "Lisbon",
    "What is my favorite color?": "green",
    "What time is my Monday meeting?": "nine",
}
BESIDE_THE_POINT = (
    "What is the capital of France?",
    "Write a python function that reverses a list.",
    "Good morning!",
    "Thanks a lot!",
    "How tall is Mount Everest?",
    "Explain quantum entanglement.",
)


@pytest.fixture(scope="module")
def told(server: Server) -> Iterator[tuple[Person, str]]:
    """Somebody who told a few things, and a session in which asking leaves no trace."""
    with Person(server, "new") as person:
        past = [{"role": "user", "content": said} for said in TOLD]
        person.post(f"/sessions/{person.session()}/messages", {"messages": past})
        person.settle(person.default_profile())
        yield person, person.session(mode="pause_memories")


@pytest.mark.parametrize("question", ASKED)
def test_what_was_told_is_at_hand(told: tuple[Person, str], question: str) -> None:
    person, session = told
    used = person.say(session, question)["memories_used"]
    assert any(ASKED[question] in memory["content"] for memory in used[:3])


@pytest.mark.parametrize("question", BESIDE_THE_POINT)
def test_nothing_is_brought_up_that_is_beside_the_point(
    told: tuple[Person, str], question: str
) -> None:
    person, session = told
    assert person.say(session, question)["memories_used"] == []
