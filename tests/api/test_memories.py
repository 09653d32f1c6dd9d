import pytest

from tests.support.person import Person
from tests.support.problem import problem_of


@pytest.fixture
def family(ada: Person) -> str:
    return ada.profile("family")


def add(person: Person, profile: str, content: str, **fields: object) -> str:
    """The id of a new memory."""
    body = {"content": content, **fields}
    return str(person.post(f"/memory-profiles/{profile}/memories", body)["id"])


def search(person: Person, profile: str, query: str, **fields: object) -> list[str]:
    """The contents of what is found, best first."""
    body = {"query": query, **fields}
    found = person.post(f"/memory-profiles/{profile}/memories/search", body)["data"]
    return [one["content"] for one in found]


def test_a_memory_is_what_was_asked_for(ada: Person, family: str) -> None:
    asked = {
        "content": "Anna's birthday party is in Bergen.",
        "kind": "event",
        "importance": 0.9,
        "valid_from": "2026-12-24T18:00:00+01:00",
        "valid_until": "2026-12-25T00:00:00Z",
    }

    made = ada.post(f"/memory-profiles/{family}/memories", asked)

    assert (
        made.items()
        >= {
            **asked,
            "valid_from": "2026-12-24T17:00:00Z",
            "memory_profile_id": family,
            "confidence": 1.0,
            "status": "active",
            "source": "manual",
            "superseded_by": None,
            "source_message_ids": [],
        }.items()
    )
    assert ada.get(f"/memories/{made['id']}") == made
    assert ada.memories(family) == [made]


def test_a_memory_is_found_at_once_and_recalled(ada: Person, family: str) -> None:
    add(ada, family, "My sister Anna lives in Bergen.")

    assert search(ada, family, "Where does my sister live?") == ["My sister Anna lives in Bergen."]
    answer = ada.say(ada.session(family), "Where does my sister live?")
    assert [used["content"] for used in answer["memories_used"]] == [
        "My sister Anna lives in Bergen."
    ]


def test_a_changed_memory_is_found_by_its_new_words_only(ada: Person, family: str) -> None:
    memory = add(ada, family, "Anna drinks coffee.")

    ada.patch(f"/memories/{memory}", {"content": "Anna plays the cello."})

    assert search(ada, family, "coffee") == search(ada, family, "cello")
    found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": "cello"})["data"]
    assert [one["content"] for one in found] == ["Anna plays the cello."]


def test_history_tells_every_version(ada: Person, family: str) -> None:
    memory = add(ada, family, "Anna drinks coffee.")
    ada.patch(f"/memories/{memory}", {"content": "Anna drinks tea."})
    ada.patch(f"/memories/{memory}", {"kind": "preference", "importance": 1})
    unchanged = ada.patch(f"/memories/{memory}", {})

    history = ada.get(f"/memories/{memory}/history")["data"]

    assert [(one["version"], one["change"], one["content"]) for one in history] == [
        (1, "added", "Anna drinks coffee."),
        (2, "updated", "Anna drinks tea."),
        (3, "updated", "Anna drinks tea."),
    ]
    assert unchanged.items() >= {"kind": "preference", "importance": 1.0}.items()


def test_an_end_can_be_set_and_taken_back(ada: Person, family: str) -> None:
    memory = add(ada, family, "Anna drinks coffee.")

    ended = ada.patch(f"/memories/{memory}", {"valid_until": "2026-01-01T00:00:00Z"})
    assert ended["valid_until"] == "2026-01-01T00:00:00Z"
    assert ada.patch(f"/memories/{memory}", {"valid_until": None})["valid_until"] is None


def test_memories_can_be_listed_by_kind_and_status(ada: Person, family: str) -> None:
    add(ada, family, "Anna drinks tea.", kind="preference")
    add(ada, family, "Anna lives in Bergen.")
    path = f"/memory-profiles/{family}/memories"

    assert [m["kind"] for m in ada.get(path)["data"]] == ["fact", "preference"]
    assert [m["kind"] for m in ada.get(path, kind="preference")["data"]] == ["preference"]
    assert ada.get(path, status="pending")["data"] == []
    assert len(ada.get(path, status="active")["data"]) == 2


def test_pages_of_memories_are_complete_and_without_repeats(ada: Person, family: str) -> None:
    made = [add(ada, family, f"fact {number}") for number in range(7)]

    seen: list[str] = []
    path = f"/memory-profiles/{family}/memories"
    cursor: dict[str, str] = {}
    while True:
        page = ada.get(path, limit=3, **cursor)
        seen += [memory["id"] for memory in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == made[::-1]


def test_search_can_be_narrowed_by_kind_and_number(ada: Person, family: str) -> None:
    add(ada, family, "Anna drinks tea.", kind="preference")
    add(ada, family, "Anna sells tea.")
    add(ada, family, "Anna grows tea.")

    assert search(ada, family, "tea", kinds=["preference"]) == ["Anna drinks tea."]
    assert len(search(ada, family, "tea", limit=2)) == 2


def test_what_was_learnt_names_its_messages_and_its_job(ada: Person, family: str) -> None:
    session = ada.session(family)
    answer = ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(family)

    [memory, *_] = ada.memories(family)
    job = ada.get(f"/memory-jobs/{answer['memory_job_id']}")

    assert memory["source"] == "learnt"
    assert memory["source_message_ids"] == [ada.messages(session)[0]["id"]]
    assert (job["status"], job["error"], job["memory_profile_id"]) == ("done", None, family)
    assert memory["id"] in job["added"]
    [version] = ada.get(f"/memories/{memory['id']}/history")["data"]
    assert version["memory_job_id"] == job["id"]


def test_stats_count_by_kind_and_status(ada: Person, family: str) -> None:
    add(ada, family, "Anna drinks tea.", kind="preference")
    add(ada, family, "Anna lives in Bergen.")
    ada.settle(family)

    assert ada.get(f"/memory-profiles/{family}/memories/stats") == {
        "total": 2,
        "by_kind": {"fact": 1, "preference": 1},
        "by_status": {"active": 2},
        "pending_index_changes": 0,
        "pending_jobs": 0,
    }


def test_a_deleted_memory_is_gone_and_not_learnt_again(ada: Person, family: str) -> None:
    session = ada.session(family)
    ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(family)
    [memory] = [m for m in ada.memories(family) if "Bergen" in m["content"]]

    receipt = ada.delete(f"/memories/{memory['id']}")

    assert receipt["deleted"]["memories"] == 1
    assert receipt["unlearned_messages"] >= 1
    assert "Bergen" not in str(search(ada, family, "Bergen"))
    for path in (f"/memories/{memory['id']}", f"/memories/{memory['id']}/history"):
        problem_of(ada.http.get(f"/api/v1{path}"), 404, "memory-not-found")
    ada.say(session, "Thank you, that is all.")
    ada.settle(family)
    assert not [m for m in ada.memories(family) if "Bergen" in m["content"]]
    assert len(ada.messages(session)) == 4, "the conversation itself stays"


def test_deleting_all_memories_unlearns_the_profile_and_no_other(ada: Person, family: str) -> None:
    work = ada.profile("work")
    add(ada, work, "Anna signs the contracts.")
    add(ada, family, "Anna likes tea.")
    ada.say(ada.session(family), "My sister Anna lives in Bergen.")
    ada.settle(family)

    receipt = ada.delete(f"/memory-profiles/{family}/memories")

    assert receipt["deleted"]["memories"] >= 2
    assert receipt["unlearned_messages"] >= 1
    assert ada.memories(family) == search(ada, family, "Anna Bergen tea") == []
    assert ada.get(f"/memory-profiles/{family}/memories/stats")["total"] == 0
    assert ada.say(ada.session(family), "Where does Anna live?")["memories_used"] == []
    assert search(ada, work, "Anna") == ["Anna signs the contracts."]


def test_deleting_all_of_nothing_is_a_receipt_of_nothing(ada: Person, family: str) -> None:
    receipt = ada.delete(f"/memory-profiles/{family}/memories")

    assert (receipt["deleted"], receipt["unlearned_messages"]) == ({}, 0)
