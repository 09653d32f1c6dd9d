import pytest

from tests.support.person import Person


def a_profile(person: Person, learning: str) -> str:
    body = {"name": learning, "learning": learning}
    return str(person.post("/memory-profiles", body)["id"])


def search(person: Person, profile: str, query: str) -> list[str]:
    found = person.post(f"/memory-profiles/{profile}/memories/search", {"query": query})["data"]
    return [one["content"] for one in found]


def test_a_profile_that_asks_recalls_nothing_before_it_was_approved(ada: Person) -> None:
    profile = a_profile(ada, "ask")
    answer = ada.say(ada.session(profile), "My sister Anna lives in Bergen.")
    ada.settle(profile)

    assert answer["privacy"]["learn"]
    assert {memory["status"] for memory in ada.memories(profile)} == {"pending"}
    assert search(ada, profile, "Anna Bergen") == []
    later = ada.say(ada.session(profile), "Where does my sister live?")
    assert later["memories_used"] == []
    assert "Bergen" not in later["content"]


def test_a_profile_that_asks_recalls_what_its_owner_wrote(ada: Person) -> None:
    profile = a_profile(ada, "ask")
    ada.post(f"/memory-profiles/{profile}/memories", {"content": "Anna lives in Bergen."})

    assert search(ada, profile, "Anna") == ["Anna lives in Bergen."]


def test_a_profile_with_learning_off_learns_nothing(ada: Person) -> None:
    profile = a_profile(ada, "off")
    session = ada.session(profile)
    answer = ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(profile)

    assert not answer["privacy"]["learn"]
    assert answer["memory_job_id"] is None
    assert ada.memories(profile) == search(ada, profile, "Anna") == []
    assert len(ada.messages(session)) == 2, "the conversation is kept"


@pytest.mark.parametrize("before", ["off", "ask"])
def test_what_was_said_before_is_not_learnt_when_the_choice_changes(
    ada: Person, before: str
) -> None:
    profile = a_profile(ada, before)
    session = ada.session(profile)
    ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(profile)

    ada.patch(f"/memory-profiles/{profile}", {"learning": "auto"})
    ada.say(session, "My cousin Ida lives in Oslo.")
    ada.settle(profile)

    assert not [
        m for m in ada.memories(profile) if "Bergen" in m["content"] and m["status"] == "active"
    ]
    assert [m for m in ada.memories(profile) if "Oslo" in m["content"] and m["status"] == "active"]
