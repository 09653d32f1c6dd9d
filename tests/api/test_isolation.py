"""Nobody reaches what is not theirs: every operation, with every credential that is not the owner's."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from app.models.clock import utc_now
from tests.support.documented import Document
from tests.support.keys import a_key
from tests.support.operations import Operation, ids_beside_the_path, operations
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.round_trip import records_of
from tests.support.server import Server

CANARY = "Zyrafa7731"
MALFORMED = ["zebra", "7", "-1", "null", "%00", "%ff", "..%2f..", "a" * 500, "00000000-0000"]


@pytest.fixture(scope="module")
def document(server: Server) -> Document:
    with server.client() as client:
        return Document(client.get("/openapi.json").json())


OF_USERS = {"list_memories_of_user", "erase_memory_user"}
"""An account is called what a tenant's service calls it, and is there as long as its profiles are."""
PREFIXED = ("/v1/responses", "/v1/conversations")
"""Where ids say of what they are, and what is none is nothing that there is."""
OF_CHATS = {"resume_ui_chat", "stop_ui_chat"}
"""A chat is its client's own word for it, so that there is none that is absent."""


@pytest.fixture(scope="module")
def about_one(document: Document) -> list[Operation]:
    found = [operation for operation in operations(document) if operation.has_id]
    found = [operation for operation in found if operation.name not in OF_CHATS]
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
        "document_id": person.brought(profile, f"The keys of {CANARY} lie at Nordea.")["id"],
        "key_id": a_key(person, "chat", name=CANARY, memory_profile_id=profile)["id"],
        "model_id": f"memorychat/{CANARY}",
        "chat_id": session,
        "user_id": person.get("/auth/me")["id"],
        "response_id": f"resp_{UUID(answer['run_id']).hex}",
        "conversation_id": f"conv_{UUID(session).hex}",
        "item_id": f"msg_{UUID(person.messages(session)[0]['id']).hex}",
    }


def all_of(person: Person, ids: Mapping[str, str]) -> Any:
    """Everything that a person can see of these, and all that is theirs."""
    return [
        records_of(person.exported()),
        person.get("/me"),
        person.get("/memory-profiles"),
        person.get("/sessions"),
        person.get(f"/sessions/{ids['session_id']}/messages"),
        person.get(f"/memory-profiles/{ids['profile_id']}/memories"),
        person.get(f"/memories/{ids['memory_id']}/history"),
        person.get(f"/runs/{ids['run_id']}"),
        person.get(f"/memory-jobs/{ids['job_id']}"),
        person.get(f"/imports/{ids['import_id']}"),
        person.get(f"/documents/{ids['document_id']}"),
        person.get(f"/documents/{ids['document_id']}/chunks"),
        person.http.get(f"/api/v1/documents/{ids['document_id']}/file").content,
        [one for one in person.get("/api-keys")["data"] if one["id"] == ids["key_id"]],
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


def told_by(answer: httpx.Response) -> tuple[Any, ...]:
    """Everything of an answer but what differs between any two."""
    body = answer.json()
    for name in ("instance", "request_id"):
        body.pop(name, None)
    varying = {"x-request-id", "request-id", "ratelimit", "date"}
    headers = {name: value for name, value in answer.headers.items() if name not in varying}
    names = [name for name, _ in answer.headers.multi_items()]
    return answer.status_code, body, headers, names


def absent(ids: Mapping[str, str]) -> Mapping[str, str]:
    """Ids as long, that nothing has."""
    return {name: value[:-6] + "abcdef" for name, value in ids.items()}


def test_what_is_foreign_looks_as_what_is_absent(
    document: Document, about_one: list[Operation], ids: Mapping[str, str], ada: Person
) -> None:
    for operation in about_one:
        foreign = operation.request(ada.http, ids)
        unknown = operation.request(ada.http, absent(ids))

        assert told_by(foreign) == told_by(unknown), operation
        assert str(foreign.status_code) in document.statuses(operation.name)


def other_profile(person: Person) -> str:
    """One that is not the default."""
    profiles = person.get("/memory-profiles")["data"]
    return next(str(one["id"]) for one in profiles if not one["is_default"])


Beside = Callable[[Person, Mapping[str, str]], httpx.Response]

BESIDE_THE_PATH: Mapping[tuple[str, str], Beside] = {
    ("create_api_key", "memory_profile_id"): lambda who, ids: who.http.post(
        "/api/v1/api-keys",
        json={"name": "intruder", "scopes": ["chat"], "memory_profile_id": ids["profile_id"]},
    ),
    ("create_session", "memory_profile_id"): lambda who, ids: who.http.post(
        "/api/v1/sessions", json={"memory_profile_id": ids["profile_id"]}
    ),
    ("copy_memory_profile", "target_profile_id"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{who.default_profile()}/copy",
        json={"target_profile_id": ids["profile_id"]},
    ),
    ("preview_prompt", "session_id"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{who.default_profile()}/memories/preview",
        json={"message": "intruder", "session_id": ids["session_id"]},
    ),
    ("preview_prompt", "reads_memory_profile_ids"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{who.default_profile()}/memories/preview",
        json={"message": "intruder", "reads_memory_profile_ids": [ids["profile_id"]]},
    ),
    ("create_session", "reads_memory_profile_ids"): lambda who, ids: who.http.post(
        "/api/v1/sessions", json={"reads_memory_profile_ids": [ids["profile_id"]]}
    ),
    ("update_session", "reads_memory_profile_ids"): lambda who, ids: who.http.patch(
        f"/api/v1/sessions/{who.get('/sessions')['data'][0]['id']}",
        json={"reads_memory_profile_ids": [ids["profile_id"]]},
    ),
    ("merge_memory_profiles", "from_profile_id"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{who.default_profile()}/merge",
        json={"from_profile_id": ids["profile_id"]},
    ),
    ("move_memories", "memory_ids"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{who.default_profile()}/memories/move",
        json={"memory_ids": [ids["memory_id"]], "to_profile_id": other_profile(who)},
    ),
    ("move_memories", "to_profile_id"): lambda who, ids: who.http.post(
        f"/api/v1/memory-profiles/{other_profile(who)}/memories/move",
        json={
            "memory_ids": [who.memories(other_profile(who))[0]["id"]],
            "to_profile_id": ids["profile_id"],
        },
    ),
    ("list_sessions", "memory_profile_id"): lambda who, ids: who.http.get(
        "/api/v1/sessions", params={"memory_profile_id": ids["profile_id"]}
    ),
    ("read_run", "session_id"): lambda who, ids: who.http.get(
        f"/api/v1/runs/{ids['run_id']}", params={"session_id": ids["session_id"]}
    ),
    ("follow_run", "session_id"): lambda who, ids: who.http.get(
        f"/api/v1/runs/{ids['run_id']}/events", params={"session_id": ids["session_id"]}
    ),
    ("cancel_run", "session_id"): lambda who, ids: who.http.post(
        f"/api/v1/runs/{ids['run_id']}/cancel", params={"session_id": ids["session_id"]}
    ),
}
"""What takes an id in its query or its body, asked about somebody's."""


def test_every_id_that_a_query_or_a_body_takes_is_tried(document: Document) -> None:
    assert set(ids_beside_the_path(document)) == BESIDE_THE_PATH.keys()


@pytest.fixture(scope="module")
def intruder(server: Server) -> Iterator[Person]:
    """Somebody else with one of everything, none of which is changed by what is refused."""
    with Person(server, "ivan") as person:
        everything(person)
        yield person


@pytest.mark.parametrize("named", BESIDE_THE_PATH, ids=".".join)
def test_a_foreign_id_in_a_query_or_a_body_is_an_absent_one(
    named: tuple[str, str], ids: Mapping[str, str], owner: Person, intruder: Person
) -> None:
    before, mine = all_of(owner, ids), records_of(intruder.exported())
    ask = BESIDE_THE_PATH[named]

    foreign, unknown = ask(intruder, ids), ask(intruder, absent(ids))

    if foreign.status_code == 200:
        assert foreign.json() == unknown.json() == {"data": [], "next_cursor": None}
    else:
        assert problem_of(foreign, 404)["error"]["code"] != "not-found", "no such path"
        assert told_by(foreign) == told_by(unknown)
    assert all_of(owner, ids) == before
    assert records_of(intruder.exported()) == mine


LISTS = {
    "/memory-profiles": "{profile_id}",
    "/sessions": "{session_id}",
    "/sessions/{session_id}/messages": "{message_id}",
    "/memory-profiles/{profile_id}/memories": "{memory_id}",
    "/memory-profiles/{profile_id}/documents": "{document_id}",
}
"""Each list, and what its cursors point at."""


def test_a_cursor_of_anothers_list_opens_nothing(
    ids: Mapping[str, str], owner: Person, ada: Person
) -> None:
    own = everything(ada)
    for path, pointed_at in LISTS.items():
        theirs = cursors_of(owner, path.format(**ids))
        assert theirs, path
        for cursor in theirs:
            answer = ada.http.get(f"/api/v1{path.format(**own)}", params={"cursor": cursor})
            assert answer.status_code == 200
            seen = {one["id"] for one in answer.json()["data"]}
            assert pointed_at.format(**ids) not in seen
            assert seen <= ids_of(ada, path.format(**own))


def cursors_of(person: Person, path: str) -> list[str]:
    """Those of a list, page by page; a second thing is made where there is but one."""
    if path == "/sessions":
        person.session()
    if path.endswith("/documents"):
        person.brought(path.split("/")[2], f"Another one of {CANARY}.", name="second.txt")
    if path.endswith("/memories"):
        person.post(path, {"content": f"I know {CANARY}."})
    first = person.get(path, limit=1)
    return [first["next_cursor"]]


def ids_of(person: Person, path: str) -> set[str]:
    return {one["id"] for one in person.get(path, limit=100)["data"]}


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
        stranger.settle(profile)


def nobodys(_: Server, person: Person) -> None:
    del person.http.headers["Authorization"]


def a_word(_: Server, person: Person) -> None:
    person.http.headers["Authorization"] = "Bearer zebra"


def expired(server: Server, person: Person) -> None:
    secret = (server.data_dir / "secret").read_text()
    token = person.credentials["access_token"]
    claims = jwt.decode(token, secret, algorithms=["HS256"], audience="memorychat")
    claims["exp"] = utc_now() - timedelta(seconds=1)
    person.http.headers["Authorization"] = f"Bearer {jwt.encode(claims, secret)}"


def logged_out(_: Server, person: Person) -> None:
    assert person.http.post("/api/v1/auth/logout").status_code == 204


def deleted(_: Server, person: Person) -> None:
    person.delete("/me")


def by_a_key(person: Person) -> str:
    """The id of a key that the person calls with from now on, and that is good for everything."""
    made = a_key(person)
    person.http.headers["Authorization"] = f"Bearer {made['key']}"
    return str(made["id"])


def deleted_key(server: Server, person: Person) -> None:
    with person.at(server) as owner:
        owner.delete(f"/api-keys/{by_a_key(person)}")


def key_of_a_deleted_account(server: Server, person: Person) -> None:
    with person.at(server) as owner:
        by_a_key(person)
        owner.delete("/me")


@pytest.mark.parametrize(
    "loses_it",
    [nobodys, a_word, expired, logged_out, deleted, deleted_key, key_of_a_deleted_account],
)
def test_without_a_credential_that_holds_there_is_nothing(
    server: Server,
    document: Document,
    ids: Mapping[str, str],
    owner: Person,
    loses_it: Callable[[Server, Person], None],
) -> None:
    before = all_of(owner, ids)
    answers: dict[bool, set[str]] = {False: set(), True: set()}
    with Person(server, "dora") as dora:
        own = everything(dora)
        loses_it(server, dora)

        for operation in operations(document):
            if not operation.needs_credential:
                continue
            for things in (ids, own, absent(own)):
                answer = operation.request(dora.http, things)
                problem_of(answer, 401, "unauthenticated")
                assert answer.headers["www-authenticate"] == "Bearer"
                status, body, headers, _ = told_by(answer)
                del headers["content-length"]  # `instance` is the path that was asked for
                has_a_form_of_its_own = operation.path.startswith("/v1/messages")
                answers[has_a_form_of_its_own].add(str((status, body, headers)))

    assert {len(alike) for alike in answers.values()} == {1}, (
        "it does not tell one operation, or one thing, from another"
    )
    assert all_of(owner, ids) == before


def test_what_was_deleted_is_absent_to_its_owner(about_one: list[Operation], ada: Person) -> None:
    ids = everything(ada)
    ada.delete(f"/memory-profiles/{ids['profile_id']}")

    for operation in about_one:
        if operation.name in OF_USERS:
            continue
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
        if operation.name == "read_model":
            assert malformed not in problem_of(answer, 404, "model-not-found")["detail"]
            continue
        if operation.name in OF_USERS:
            assert answer.status_code in {400, 404}
            assert malformed not in answer.json()["detail"]
            continue
        if operation.path.startswith(PREFIXED):
            assert malformed not in problem_of(answer, 404)["detail"]
            continue
        problem = problem_of(answer, 422, "invalid-input")
        assert {error["in"] for error in problem["errors"]} == {"path"}
        assert "Not a UUID" in problem["detail"]
        assert malformed not in str([problem["detail"], problem["errors"]])
    assert all_of(owner, ids) == before
