"""A key that is bound to a profile: everything of the user's others is absent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.test_isolation import CANARY, OF_CHATS, absent, all_of, everything, told_by
from tests.support.documented import Document
from tests.support.keys import Keyring
from tests.support.operations import operations
from tests.support.person import Person, events_of
from tests.support.problem import problem_of
from tests.support.server import Server

REFUSED = {"key-bound", "login-required"}
"""Whatever a bound key asks about in these ways, it gets the same answer."""


@dataclass(frozen=True, slots=True)
class Two:
    """Somebody with one of everything on a profile, and a program that is bound to another."""

    owner: Person
    program: Person
    theirs: Mapping[str, str]
    bound: str


@pytest.fixture(scope="module")
def two(server: Server) -> Iterator[Two]:
    with Person(server, "olga") as owner, Keyring(server) as keys:
        theirs = everything(owner)
        bound = owner.profile("bound")
        program = keys.new(owner, memory_profile_id=bound)
        yield Two(owner, program, theirs, bound)


def test_every_operation_finds_nothing_of_another_profile(server: Server, two: Two) -> None:
    with server.client() as client:
        document = Document(client.get("/openapi.json").json())
    before = all_of(two.owner, two.theirs)

    not_found = 0
    for operation in operations(document):
        if not operation.has_id:
            continue
        answer = operation.request(two.program.http, two.theirs)
        unknown = operation.request(two.program.http, absent(two.theirs))
        assert CANARY not in answer.text, operation
        if operation.name in OF_CHATS:
            assert (answer.status_code, unknown.status_code) == (204, 204), operation
            continue
        assert told_by(answer) == told_by(unknown), operation
        if answer.status_code == 403:
            assert answer.json()["error"]["code"] in REFUSED, operation
        else:
            problem_of(answer, 404)
            not_found += 1
    assert not_found > 30
    assert all_of(two.owner, two.theirs) == before


def ask(two: Two, name: str) -> httpx.Response:
    """What takes an id beside its path, asked about another profile's."""
    http, ids = two.program.http, two.theirs
    own = f"/api/v1/memory-profiles/{two.bound}/memories"
    body: dict[str, Any]
    match name:
        case "a session on it":
            return http.post("/api/v1/sessions", json={"memory_profile_id": ids["profile_id"]})
        case "a session that reads it":
            reads = {"reads_memory_profile_ids": [ids["profile_id"]]}
            return http.post("/api/v1/sessions", json=reads)
        case "a session that comes to read it":
            session = two.program.session()
            reads = {"reads_memory_profile_ids": [ids["profile_id"]]}
            return http.patch(f"/api/v1/sessions/{session}", json=reads)
        case "its sessions":
            return http.get("/api/v1/sessions", params={"memory_profile_id": ids["profile_id"]})
        case "a preview in its session":
            body = {"message": "intruder", "session_id": ids["session_id"]}
            return http.post(f"{own}/preview", json=body)
        case "a preview that reads it":
            body = {"message": "intruder", "reads_memory_profile_ids": [ids["profile_id"]]}
            return http.post(f"{own}/preview", json=body)
        case "memories that move there":
            memory = two.owner.post(f"/memory-profiles/{two.bound}/memories", {"content": "I ski."})
            body = {"memory_ids": [memory["id"]], "to_profile_id": ids["profile_id"]}
            return http.post(f"{own}/move", json=body)
        case _:
            body = {"memory_ids": [ids["memory_id"]], "to_profile_id": two.bound}
            return http.post(f"{own}/move", json=body)


@pytest.mark.parametrize(
    "name",
    [
        "a session on it",
        "a session that reads it",
        "a session that comes to read it",
        "its sessions",
        "a preview in its session",
        "a preview that reads it",
        "memories that move there",
        "memories that come from there",
    ],
)
def test_another_profile_is_named_in_vain(two: Two, name: str) -> None:
    before = all_of(two.owner, two.theirs)[0]

    answer = ask(two, name)

    if name == "memories that come from there":
        assert answer.status_code in {404, 409, 422}, answer.text
    else:
        problem_of(answer, 404)
    assert CANARY not in answer.text
    assert two.theirs["memory_id"] in str(two.owner.memories(two.theirs["profile_id"]))
    assert [one for one in before if CANARY in str(one)]


def test_lists_show_the_one_profile(two: Two) -> None:
    own = two.program.session()

    assert [one["id"] for one in two.program.get("/memory-profiles")["data"]] == [two.bound]
    assert two.program.get("/memory-profiles", limit=1)["next_cursor"] is None
    sessions = two.program.get("/sessions", limit=100)["data"]
    assert own in {one["id"] for one in sessions}
    assert {one["memory_profile_id"] for one in sessions} == {two.bound}
    found = two.program.get("/sessions", q=CANARY)["data"]
    assert {one["memory_profile_id"] for one in found} <= {two.bound}
    assert two.theirs["session_id"] not in {one["id"] for one in found}


def test_a_session_that_names_no_profile_is_on_the_bound_one(two: Two) -> None:
    assert two.owner.default_profile() != two.bound

    made = two.program.post("/sessions", {})

    assert made["memory_profile_id"] == two.bound


def test_a_session_that_reads_another_profile_is_absent(two: Two) -> None:
    reads = {"memory_profile_id": two.bound, "reads_memory_profile_ids": [two.theirs["profile_id"]]}
    session = two.owner.post("/sessions", reads)["id"]
    run = two.owner.say(session, f"Where does Anna {CANARY} live?")["run_id"]

    for path in (f"/sessions/{session}", f"/sessions/{session}/messages", f"/runs/{run}"):
        problem_of(two.program.http.get(f"/api/v1{path}"), 404)
    problem_of(two.program.http.get(f"/api/v1/runs/{run}/events"), 404, "run-not-found")
    problem_of(two.program.http.post(f"/api/v1/runs/{run}/cancel"), 404, "run-not-found")
    problem_of(two.program.http.post(f"/api/v1/chat/{session}", json={"message": "intruder"}), 404)
    shown = {one["id"] for one in two.program.get("/sessions", limit=100)["data"]}
    assert session not in shown
    assert session not in two.program.exported(two.bound).decode()
    assert session in two.owner.exported(two.bound).decode()

    two.owner.patch(f"/sessions/{session}", {"reads_memory_profile_ids": []})
    two.program.get(f"/sessions/{session}")
    used = [one["memories_used"] for one in two.program.messages(session)]
    assert used == [[], []], "what it was given then is of the other profile"
    assert any(one["memories_used"] for one in two.owner.messages(session))


def test_everything_of_its_own_profile_is_there(keys: Keyring, ada: Person) -> None:
    ids = everything(ada)
    program = keys.new(ada, memory_profile_id=ids["profile_id"])

    paths = [
        "/memory-profiles/{profile_id}",
        "/memory-profiles/{profile_id}/memories",
        "/memory-profiles/{profile_id}/memories/stats",
        "/memory-profiles/{profile_id}/documents",
        "/sessions/{session_id}",
        "/sessions/{session_id}/messages",
        "/memories/{memory_id}",
        "/memories/{memory_id}/history",
        "/runs/{run_id}",
        "/memory-jobs/{job_id}",
        "/imports/{import_id}",
        "/documents/{document_id}",
        "/documents/{document_id}/chunks",
    ]
    for path in paths:
        assert program.get(path.format(**ids)) == ada.get(path.format(**ids)), path
    assert program.say(ids["session_id"], "Where does Anna live?")["memories_used"]
    assert program.delete(f"/memories/{ids['memory_id']}")["deleted"]["memories"] == 1
    assert program.delete(f"/documents/{ids['document_id']}")["deleted"]["documents"] == 1
    program.delete(f"/sessions/{ids['session_id']}")
    assert program.exported(ids["profile_id"])


def test_a_file_of_another_profile_is_imported_as_something_new(keys: Keyring, ada: Person) -> None:
    theirs = everything(ada)
    bound = ada.profile("bound")
    program = keys.new(ada, memory_profile_id=bound)
    before = all_of(ada, theirs)[3:]

    report = program.imported(bound, ada.exported(theirs["profile_id"]))

    assert report["status"] == "done"
    here = {one["id"] for one in program.memories(bound)}
    [session] = program.get("/sessions")["data"]
    assert here
    assert not here & {one["id"] for one in ada.memories(theirs["profile_id"])}
    assert session["id"] != theirs["session_id"]
    sessions, *rest = all_of(ada, theirs)[3:]
    assert rest == before[1:]
    assert [one for one in sessions["data"] if one["id"] != session["id"]] == before[0]["data"]
    problem_of(program.http.get(f"/api/v1/memories/{theirs['memory_id']}"), 404)


def test_it_hears_of_its_own_profile_alone(keys: Keyring, ada: Person) -> None:
    bound, other = ada.profile("bound"), ada.profile("other")
    program = keys.new(ada, memory_profile_id=bound)
    sessions = {"other": ada.session(other), "own": ada.session(bound)}
    with program.http.stream("GET", "/api/v1/events") as response:
        news = events_of(response)
        ada.say(sessions["other"], "Good morning.")
        ada.post(f"/memory-profiles/{other}/memories", {"content": "I ski."})
        ada.patch(f"/sessions/{sessions['other']}", {"title": "Other"})
        ada.patch(f"/sessions/{sessions['own']}", {"title": "Own"})
        first: Any = next(news)

    assert (first["session_id"], first["memory_profile_id"]) == (sessions["own"], bound)


def test_what_is_forgotten_with_it_is_forgotten_on_every_profile(
    keys: Keyring, ada: Person
) -> None:
    bound, other = ada.profile("bound"), ada.profile("other")
    path = f"/memory-profiles/{bound}/memories"
    memory = ada.post(path, {"content": "Anna lives in Bergen."})["id"]
    ada.settle(bound)
    reading = ada.post(
        "/sessions", {"memory_profile_id": other, "reads_memory_profile_ids": [bound]}
    )["id"]
    answer = ada.say(reading, "Where does Anna live?")
    assert "Bergen" in answer["content"]
    program = keys.new(ada, memory_profile_id=bound)

    receipt = program.delete(f"/memories/{memory}")

    assert receipt["quoting_message_ids"] == [answer["message_id"]]
    assert [one["repeats_forgotten"] for one in ada.messages(reading)] == [False, True]
