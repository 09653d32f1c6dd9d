import pytest

from tests.support.person import Person

QUESTION = "Where do I live?"


@pytest.fixture
def careful(ada: Person) -> str:
    """The id of a profile whose memories are reviewed."""
    return str(ada.post("/memory-profiles", {"name": "careful", "learning": "ask"})["id"])


def learn(ada: Person, profile: str, sentence: str) -> str:
    """The id of the one memory that a sentence becomes."""
    known = {memory["id"] for memory in ada.memories(profile)}
    ada.say(ada.session(profile), sentence)
    ada.settle(profile)
    [memory] = [one for one in ada.memories(profile) if one["id"] not in known]
    return str(memory["id"])


def recalled(ada: Person, profile: str) -> list[str]:
    ada.settle(profile)
    used = ada.say(ada.session(profile, mode="pause_memories"), QUESTION)["memories_used"]
    return [memory["id"] for memory in used]


def test_a_memory_counts_once_it_is_approved(ada: Person, careful: str) -> None:
    memory = learn(ada, careful, "I live in Berlin.")
    assert ada.get(f"/memories/{memory}")["status"] == "pending"
    assert recalled(ada, careful) == []

    ada.post(f"/memories/{memory}/approve")

    assert recalled(ada, careful) == [memory]


def test_a_rejected_memory_is_not_learnt_again_and_can_be_taken_back(
    ada: Person, careful: str
) -> None:
    memory = learn(ada, careful, "I live in Berlin.")
    ada.post(f"/memories/{memory}/reject")
    ada.say(ada.session(careful), "I live in Berlin.")
    ada.settle(careful)

    assert [one["status"] for one in ada.memories(careful)] == ["rejected"]
    assert recalled(ada, careful) == []
    assert ada.post(f"/memories/{memory}/approve")["status"] == "active"
    assert recalled(ada, careful) == [memory]


def test_approving_ends_what_it_contradicts(ada: Person, careful: str) -> None:
    berlin = learn(ada, careful, "I live in Berlin.")
    ada.post(f"/memories/{berlin}/approve")
    munich = learn(ada, careful, "I moved to Munich.")
    assert ada.get(f"/memories/{berlin}")["status"] == "active"

    ada.post(f"/memories/{munich}/approve")

    assert ada.get(f"/memories/{berlin}")["superseded_by"] == munich
    refused = ada.http.post(f"/api/v1/memories/{berlin}/reject")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not-reviewable")


def test_a_memory_that_waits_says_what_it_would_end(ada: Person, careful: str) -> None:
    berlin = learn(ada, careful, "I live in Berlin.")
    ada.post(f"/memories/{berlin}/approve")

    munich = learn(ada, careful, "I moved to Munich.")

    assert ada.get(f"/memories/{munich}")["replaces"] == [berlin]


def test_rejecting_what_was_approved_restores_what_it_had_ended(ada: Person, careful: str) -> None:
    berlin = learn(ada, careful, "I live in Berlin.")
    ada.post(f"/memories/{berlin}/approve")
    munich = learn(ada, careful, "I moved to Munich.")
    ada.post(f"/memories/{munich}/approve")

    ada.post(f"/memories/{munich}/reject")

    restored = ada.get(f"/memories/{berlin}")
    assert (restored["status"], restored["valid_until"]) == ("active", None)
    assert recalled(ada, careful) == [berlin]
    ada.post(f"/memories/{munich}/approve")
    assert ada.get(f"/memories/{berlin}")["superseded_by"] == munich


def test_what_a_forgotten_memory_had_ended_can_be_taken_back(ada: Person) -> None:
    profile = ada.default_profile()
    berlin = learn(ada, profile, "I live in Berlin.")
    munich = learn(ada, profile, "I moved to Munich.")
    refused = ada.http.post(f"/api/v1/memories/{berlin}/approve")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not-reviewable")

    ada.delete(f"/memories/{munich}")

    assert ada.get(f"/memories/{berlin}")["status"] == "superseded"
    assert ada.post(f"/memories/{berlin}/approve")["status"] == "active"
    changes = [one["change"] for one in ada.get(f"/memories/{berlin}/history")["data"]]
    assert changes == ["added", "superseded", "restored"]
    assert recalled(ada, profile), "it, or the message that says so"


def test_nobody_reviews_somebody_elses_memories(ada: Person, bob: Person, careful: str) -> None:
    memory = learn(ada, careful, "I live in Berlin.")
    for verb in ("approve", "reject"):
        assert bob.http.post(f"/api/v1/memories/{memory}/{verb}").status_code == 404
    assert ada.get(f"/memories/{memory}")["status"] == "pending"
