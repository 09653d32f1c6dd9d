"""Nobody reaches what is not theirs: every operation, with every credential that is not the owner's."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.documented import Document
from tests.support.operations import Operation, operations
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

CANARY = "Zyrafa7731"
MALFORMED = ["zebra", "7", "-1", "null", "%00", "%ff", "..%2f..", "a" * 500, "00000000-0000"]


@pytest.fixture(scope="module")
def document(server: Server) -> Document:
    with server.client() as client:
        return Document(client.get("/openapi.json").json())


@pytest.fixture(scope="module")
def about_one(document: Document) -> list[Operation]:
    found = [operation for operation in operations(document) if operation.has_id]
    assert len(found) >= 28
    return found


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[Person]:
    with Person(server, "olga") as person:
        yield person


@pytest.fixture(scope="module")
def ids(owner: Person) -> Mapping[str, str]:
    """One of everything, all of it with the canary in its words."""
    return everything(owner)


def everything(person: Person) -> Mapping[str, str]:
    profile = person.profile(CANARY)
    session = person.session(profile)
    answer = person.say(session, f"My sister Anna {CANARY} lives in Bergen.")
    person.settle(profile)
    return {
        "profile_id": profile,
        "session_id": session,
        "message_id": person.messages(session)[0]["id"],
        "memory_id": person.memories(profile)[0]["id"],
        "run_id": answer["run_id"],
        "job_id": answer["memory_job_id"],
        "import_id": person.imported(profile, f"I like {CANARY}.".encode())["id"],
    }


def all_of(person: Person, ids: Mapping[str, str]) -> Any:
    """Everything that a person can see of these."""
    return [
        person.get("/me"),
        person.get("/memory-profiles"),
        person.get("/sessions"),
        person.get(f"/sessions/{ids['session_id']}/messages"),
        person.get(f"/memory-profiles/{ids['profile_id']}/memories"),
        person.get(f"/memories/{ids['memory_id']}/history"),
        person.get(f"/runs/{ids['run_id']}"),
        person.get(f"/memory-jobs/{ids['job_id']}"),
        person.get(f"/imports/{ids['import_id']}"),
    ]


def test_another_user_finds_nothing(
    about_one: list[Operation], owner: Person, ids: Mapping[str, str], ada: Person
) -> None:
    before = all_of(owner, ids)

    for operation in about_one:
        answer = operation.request(ada.http, ids)
        problem_of(answer, 404)
        assert CANARY not in answer.text, operation

    assert all_of(owner, ids) == before


def test_what_is_foreign_looks_as_what_is_absent(
    about_one: list[Operation], ids: Mapping[str, str], ada: Person
) -> None:
    absent = {name: value[:-6] + "abcdef" for name, value in ids.items()}

    for operation in about_one:
        foreign = operation.request(ada.http, ids).json()
        unknown = operation.request(ada.http, absent).json()
        for body in (foreign, unknown):
            del body["instance"], body["request_id"]
        assert foreign == unknown, operation


def test_a_message_of_another_user_is_not_in_ones_own_session(
    ids: Mapping[str, str], owner: Person, ada: Person
) -> None:
    path = f"/api/v1/sessions/{ada.session()}/messages/{ids['message_id']}"

    problem_of(ada.http.delete(path), 404, "message-not-found")
    assert len(owner.messages(ids["session_id"])) == 2


def test_no_list_shows_what_is_anothers(
    document: Document, ids: Mapping[str, str], ada: Person
) -> None:
    lists = [
        operation
        for operation in operations(document)
        if operation.method == "GET" and not operation.has_id and operation.name != "follow_events"
    ]
    for operation in lists:
        assert CANARY not in operation.request(ada.http, {}).text, operation
    assert CANARY not in str(ada.get("/sessions", q=CANARY))


def test_recall_never_leaves_its_owner_and_profile(
    ids: Mapping[str, str], owner: Person, ada: Person
) -> None:
    for stranger, profile in ((ada, ada.default_profile()), (owner, owner.default_profile())):
        answer = stranger.say(stranger.session(profile), f"Where does Anna {CANARY} live?")
        assert answer["memories_used"] == []
        assert "Bergen" not in answer["content"]
        found = stranger.post(f"/memory-profiles/{profile}/memories/search", {"query": CANARY})
        assert "Bergen" not in str(found)


@pytest.mark.parametrize("whose", ["nobody's", "a deleted user's"])
def test_without_a_credential_that_holds_there_is_nothing(
    server: Server, document: Document, ids: Mapping[str, str], owner: Person, whose: str
) -> None:
    before = all_of(owner, ids)
    with Person(server, "dora") as deleted:
        own = everything(deleted)
        deleted.delete("/me")
        if whose == "nobody's":
            del deleted.http.headers["Authorization"]

        for operation in operations(document):
            if not operation.needs_credential:
                continue
            for things in (ids, own):
                answer = operation.request(deleted.http, things)
                problem_of(answer, 401, "unauthenticated")
                assert answer.headers["www-authenticate"] == "Bearer"

    assert all_of(owner, ids) == before


def test_what_was_deleted_is_absent_to_its_owner(about_one: list[Operation], ada: Person) -> None:
    ids = everything(ada)
    ada.delete(f"/memory-profiles/{ids['profile_id']}")

    for operation in about_one:
        answer = operation.request(ada.http, ids)
        problem_of(answer, 404)
        assert CANARY not in answer.text, operation


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_id_is_refused_without_echo(
    about_one: list[Operation], ids: Mapping[str, str], owner: Person, malformed: str
) -> None:
    before = all_of(owner, ids)
    for operation in about_one:
        answer = operation.request(owner.http, dict.fromkeys(ids, malformed))
        if answer.json()["error"]["code"] == "not-found":  # the path became another one
            assert "%2f" in malformed
            continue
        problem = problem_of(answer, 422, "invalid-input")
        assert {error["in"] for error in problem["errors"]} == {"path"}
        assert "Not a UUID" in problem["detail"]
        assert malformed not in str([problem["detail"], problem["errors"]])
    assert all_of(owner, ids) == before
