from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.person import Person
from tests.support.problem import problem_of

PERSONA = {
    "name": "Ida",
    "relationship": "grandmother",
    "biography": "Born in Tromsø.",
    "greeting": "Come in!",
    "instructions": "Never hurry.",
    "tone": {"warmth": 1.0, "humour": 0.5, "formality": 0.0},
}


def defaults(person: Person) -> list[str]:
    """The names of all profiles that are the default."""
    profiles = person.get("/memory-profiles", limit=100)["data"]
    return [profile["name"] for profile in profiles if profile["is_default"]]


def test_a_profile_is_what_was_asked_for(ada: Person) -> None:
    asked = {
        "name": "Grandma",
        "description": "All about her.",
        "persona": PERSONA,
        "learning": "ask",
        "redact_pii": True,
    }
    made = ada.post("/memory-profiles", asked)

    assert made.items() >= asked.items()
    assert made["is_default"] is False
    assert ada.get(f"/memory-profiles/{made['id']}") == made
    assert made in ada.get("/memory-profiles")["data"]


def test_nothing_is_redacted_unless_it_is_asked_for(ada: Person) -> None:
    made = ada.post("/memory-profiles", {"name": "work"})
    assert made["redact_pii"] is False

    assert ada.patch(f"/memory-profiles/{made['id']}", {"redact_pii": True})["redact_pii"] is True
    refused = ada.http.patch(f"/api/v1/memory-profiles/{made['id']}", json={"redact_pii": None})
    problem_of(refused, 422)


def test_a_profile_redacts_once_one_that_does_is_merged_into_it(ada: Person) -> None:
    work = ada.profile("work")
    family = ada.post("/memory-profiles", {"name": "family", "redact_pii": True})["id"]

    merged = ada.post(f"/memory-profiles/{work}/merge", {"from_profile_id": family})

    assert merged["profile"]["redact_pii"] is True
    copied = ada.post(f"/memory-profiles/{work}/copy", {"name": "copy"})
    assert copied["profile"]["redact_pii"] is True


def test_a_change_leaves_alone_what_it_does_not_name(ada: Person) -> None:
    made = ada.post("/memory-profiles", {"name": "work", "persona": PERSONA})

    changed = ada.patch(f"/memory-profiles/{made['id']}", {"description": "9 to 5"})

    assert changed == {**made, "description": "9 to 5", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]


def test_description_and_persona_can_be_taken_away(ada: Person) -> None:
    made = ada.post("/memory-profiles", {"name": "x", "description": "d", "persona": PERSONA})

    changed = ada.patch(f"/memory-profiles/{made['id']}", {"description": None, "persona": None})

    assert (changed["description"], changed["persona"]) == (None, None)


@pytest.mark.parametrize("name", ["Family", "FAMILY", " family ", "fAmIlY"])
def test_names_are_taken_in_any_case(ada: Person, name: str) -> None:
    ada.profile("family")
    other = ada.profile("other")

    problem_of(
        ada.http.post("/api/v1/memory-profiles", json={"name": name}), 409, "profile-name-taken"
    )
    renamed = ada.http.patch(f"/api/v1/memory-profiles/{other}", json={"name": name})
    problem_of(renamed, 409, "profile-name-taken")
    assert renamed.headers["x-should-retry"] == "false"
    assert ada.get(f"/memory-profiles/{other}")["name"] == "other"


def test_case_of_other_alphabets_counts_as_little(ada: Person) -> None:
    ada.profile("Straße ÄÖ")

    taken = ada.http.post("/api/v1/memory-profiles", json={"name": "STRASSE äö"})

    problem_of(taken, 409, "profile-name-taken")


def test_a_profile_may_change_the_case_of_its_own_name(ada: Person) -> None:
    profile = ada.profile("family")

    assert ada.patch(f"/memory-profiles/{profile}", {"name": "Family"})["name"] == "Family"


def test_two_people_may_use_one_name(ada: Person, bob: Person) -> None:
    assert ada.profile("family") != bob.profile("family")


def test_a_new_default_takes_the_place_of_the_old_one(ada: Person) -> None:
    ada.post("/memory-profiles", {"name": "work", "is_default": True})
    assert defaults(ada) == ["work"]

    family = ada.profile("family")
    ada.post(f"/memory-profiles/{family}/set-default")
    assert defaults(ada) == ["family"]

    ada.post(f"/memory-profiles/{family}/set-default")
    assert defaults(ada) == ["family"], "doing it again changes nothing"


def test_sessions_start_on_the_default(ada: Person) -> None:
    work = ada.post("/memory-profiles", {"name": "work", "is_default": True})["id"]

    assert ada.get(f"/sessions/{ada.session()}")["memory_profile_id"] == work


def test_twenty_concurrent_requests_leave_one_default(ada: Person) -> None:
    profiles = [ada.profile(f"p{number}") for number in range(20)]

    def claim(profile: str) -> int:
        return ada.http.post(f"/api/v1/memory-profiles/{profile}/set-default").status_code

    with ThreadPoolExecutor(20) as crowd:
        assert set(crowd.map(claim, profiles)) == {200}

    assert len(defaults(ada)) == 1


def test_concurrent_creations_as_default_leave_one_default(ada: Person) -> None:
    def create(number: int) -> int:
        body = {"name": f"p{number % 10}", "is_default": True}
        return ada.http.post("/api/v1/memory-profiles", json=body).status_code

    with ThreadPoolExecutor(20) as crowd:
        statuses = sorted(crowd.map(create, range(20)))

    assert statuses == [201] * 10 + [409] * 10
    assert len(defaults(ada)) == 1


def test_deleting_the_default_promotes_the_oldest_other(ada: Person) -> None:
    ada.profile("second")
    ada.profile("third")
    first = ada.default_profile()

    receipt = ada.delete(f"/memory-profiles/{first}")

    assert receipt["deleted"]["memory_profiles"] == 1
    assert defaults(ada) == ["second"]
    problem_of(ada.http.get(f"/api/v1/memory-profiles/{first}"), 404, "profile-not-found")


def test_deleting_another_leaves_the_default_alone(ada: Person) -> None:
    before = defaults(ada)
    ada.delete(f"/memory-profiles/{ada.profile('other')}")

    assert defaults(ada) == before


def test_the_last_profile_stays(ada: Person) -> None:
    answer = ada.http.delete(f"/api/v1/memory-profiles/{ada.default_profile()}")

    problem_of(answer, 409, "last-profile")
    assert len(defaults(ada)) == 1


def test_concurrent_deletions_leave_one_profile_and_it_is_the_default(ada: Person) -> None:
    for number in range(4):
        ada.profile(f"p{number}")
    profiles = [profile["id"] for profile in ada.get("/memory-profiles")["data"]]

    def delete(profile: str) -> int:
        return ada.http.delete(f"/api/v1/memory-profiles/{profile}").status_code

    with ThreadPoolExecutor(5) as crowd:
        assert sorted(crowd.map(delete, profiles)) == [200, 200, 200, 200, 409]

    assert len(defaults(ada)) == len(ada.get("/memory-profiles")["data"]) == 1


def test_a_profile_takes_its_sessions_and_memories_with_it(ada: Person) -> None:
    family = ada.profile("family")
    session = ada.session(family)
    ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(family)
    [memory, *_] = ada.memories(family)

    receipt = ada.delete(f"/memory-profiles/{family}")

    assert receipt["deleted"].items() >= {"memory_profiles": 1, "chat_sessions": 1}.items()
    assert receipt["deleted"]["chat_messages"] == 2
    problem_of(ada.http.get(f"/api/v1/sessions/{session}"), 404, "session-not-found")
    problem_of(ada.http.get(f"/api/v1/memories/{memory['id']}"), 404, "memory-not-found")


def test_pages_of_profiles_are_complete_and_without_repeats(ada: Person) -> None:
    names = ["personal", *(f"p{number}" for number in range(6))]
    for name in names[1:]:
        ada.profile(name)

    seen: list[str] = []
    page = ada.get("/memory-profiles", limit=3)
    while True:
        seen += [profile["name"] for profile in page["data"]]
        if page["next_cursor"] is None:
            break
        page = ada.get("/memory-profiles", limit=3, cursor=page["next_cursor"])

    assert seen == names


def test_a_copy_has_the_memories_and_not_the_conversations(ada: Person) -> None:
    source = ada.post("/memory-profiles", {"name": "source", "persona": PERSONA})["id"]
    memory = ada.post(f"/memory-profiles/{source}/memories", {"content": "Anna likes tea."})

    answer = ada.post(f"/memory-profiles/{source}/copy", {"name": "twin"})

    assert answer["copied"] == 1
    assert answer["profile"].items() >= {"name": "twin", "is_default": False}.items()
    assert answer["profile"]["persona"] == PERSONA
    [copied] = ada.memories(answer["profile"]["id"])
    assert (copied["content"], copied["source"]) == ("Anna likes tea.", "copied")
    assert copied["id"] != memory["id"]
    found = ada.post(
        f"/memory-profiles/{answer['profile']['id']}/memories/search", {"query": "tea"}
    )
    assert [one["content"] for one in found["data"]] == ["Anna likes tea."]


def test_a_copy_can_go_into_a_profile_that_exists(ada: Person) -> None:
    source, target = ada.profile("source"), ada.profile("target")
    ada.post(f"/memory-profiles/{source}/memories", {"content": "Anna likes tea."})

    answer = ada.post(f"/memory-profiles/{source}/copy", {"target_profile_id": target})

    assert (answer["profile"]["id"], answer["copied"]) == (target, 1)


def test_a_copy_goes_nowhere_foreign_and_under_no_name_that_is_taken(
    ada: Person, bob: Person
) -> None:
    source = ada.default_profile()
    copy = f"/api/v1/memory-profiles/{source}/copy"

    problem_of(ada.http.post(copy, json={"name": "Personal"}), 409, "profile-name-taken")
    for target in (bob.default_profile(), str(uuid4())):
        problem_of(ada.http.post(copy, json={"target_profile_id": target}), 404)
    for body in ({}, {"name": "a", "target_profile_id": source}):
        problem_of(ada.http.post(copy, json=body), 422, "invalid-input")
    assert bob.memories(bob.default_profile()) == []
