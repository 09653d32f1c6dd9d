"""A memory service for other applications: a tenant's own service, and its users."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import jwt
import pytest

from app.models.clock import utc_now
from tests.support.command import command
from tests.support.keys import a_key
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.server import Server
from tests.support.services import Service, a_service, key_of

KeptIn = Callable[[Path], Mapping[str, str]]
FIGS = "I like figs."
OPERATIONS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": FIGS}}),
    ("GET", "/v1/memories", {"params": {"user_id": "anna"}}),
    ("POST", "/v1/memories/user", {"json": {"user_id": "anna"}}),
    ("GET", "/v1/memories/user/anna", {}),
    ("DELETE", "/v1/memories/user/anna", {}),
    ("POST", "/memory/store", {"json": {"user_id": "anna", "content": FIGS}}),
    ("POST", "/memory/retrieve", {"json": {"user_id": "anna", "query": "figs"}}),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="module")
def services(folder: Path, kept_in: KeptIn, server: Server) -> Iterator[Sequence[Service]]:
    """The applications of two tenants, at a server that runs."""
    environment = kept_in(folder)
    there = Server(folder, environment)
    there.answers = server.answers
    both = [a_service(there, name, **environment) for name in ("acme", "initech")]
    with there:
        yield both


@pytest.fixture
def acme(services: Sequence[Service]) -> Iterator[Service]:
    """The one, which knows nobody."""
    yield services[0]
    _forget_everybody(services[0])


@pytest.fixture
def initech(services: Sequence[Service]) -> Iterator[Service]:
    """The other."""
    yield services[1]
    _forget_everybody(services[1])


def _forget_everybody(service: Service) -> None:
    for user in ("anna", "bert"):
        service.ask("DELETE", f"/v1/memories/user/{user}")


def asked(service: Service, token: str | None = None) -> list[httpx.Response]:
    """The answers to every operation about anna."""
    return [service.ask(method, path, token=token, **more) for method, path, more in OPERATIONS]


def test_what_a_service_stores_of_its_user_is_found_and_listed(acme: Service) -> None:
    memory = acme.store("anna", FIGS, kind="preference", importance=0.9, metadata={"a": [1]})
    acme.store("anna", "My sister lives in Bergen.")

    assert memory["user_id"] == "anna"
    assert (memory["kind"], memory["importance"], memory["score"]) == ("preference", 0.9, None)
    assert acme.memories("anna") == ["My sister lives in Bergen.", FIGS]
    assert acme.memories("anna", query="Which fruit do I like?", limit=1) == [FIGS]
    of_user = acme.ask("GET", "/v1/memories/user/anna", params={"limit": 1}).json()
    assert [one["content"] for one in of_user["data"]] == ["My sister lives in Bergen."]
    further = {"limit": 1, "cursor": of_user["next_cursor"]}
    rest = acme.ask("GET", "/v1/memories/user/anna", params=further).json()
    assert [one["content"] for one in rest["data"]] == [FIGS]


def test_the_older_names_do_the_same(acme: Service) -> None:
    stored = acme.ask("POST", "/memory/store", json={"user_id": "anna", "content": FIGS})
    found = acme.ask("POST", "/memory/retrieve", json={"user_id": "anna", "query": "fruit figs"})

    assert stored.status_code == 201
    assert [one["id"] for one in found.json()["data"]] == [stored.json()["id"]]
    assert found.json()["data"][0]["score"] > 0
    assert found.json()["data"][0]["user_id"] == "anna"
    assert found.headers["cache-control"] == "no-store"


def test_a_user_is_made_known_once_and_may_be_called_otherwise(acme: Service) -> None:
    first = acme.ask("POST", "/v1/memories/user", json={"user_id": "anna", "display_name": "Anna"})
    again = acme.ask("POST", "/v1/memories/user", json={"user_id": "anna"})
    renamed = acme.ask("POST", "/v1/memories/user", json={"user_id": "anna", "display_name": "A."})

    assert first.status_code == 200
    assert again.json() == first.json()
    assert renamed.json() == {**first.json(), "display_name": "A."}
    assert acme.memories("anna") == []


@pytest.mark.parametrize("name", ["a/b ü@example.com", "../x", "😀" * 200, " ", "%2F", "0"])
def test_any_name_of_a_user_will_do(acme: Service, name: str) -> None:
    acme.store(name, FIGS)

    assert acme.memories(name) == [FIGS]
    path = f"/v1/memories/user/{quote(name, safe='')}"
    assert acme.ask("GET", path).json()["data"][0]["user_id"] == name
    assert acme.ask("DELETE", path).status_code == 200
    problem_of(acme.ask("GET", "/v1/memories", params={"user_id": name}), 404, "user-not-found")


def test_reading_makes_nobody_known(acme: Service) -> None:
    for _ in range(2):
        for method, path, more in OPERATIONS:
            if method == "GET" or path == "/memory/retrieve":
                problem_of(acme.ask(method, path, **more), 404, "user-not-found")
    problem_of(acme.ask("DELETE", "/v1/memories/user/anna"), 404, "user-not-found")


def test_users_of_one_service_are_apart(acme: Service) -> None:
    acme.store("anna", FIGS)
    acme.store("bert", "I like plums.")

    assert acme.memories("anna", query="What do I like?") == [FIGS]
    assert acme.memories("bert", query="What do I like?") == ["I like plums."]


def test_the_same_name_in_another_tenant_is_somebody_else(acme: Service, initech: Service) -> None:
    acme.store("anna", FIGS)

    for path in ("/v1/memories?user_id=anna", "/v1/memories/user/anna"):
        problem_of(initech.ask("GET", path), 404, "user-not-found")
    problem_of(initech.ask("DELETE", "/v1/memories/user/anna"), 404, "user-not-found")
    initech.store("anna", "I like plums.")
    assert initech.memories("anna") == initech.memories("anna", query="figs") == ["I like plums."]
    initech.erase("anna")

    assert acme.memories("anna") == [FIGS]


def test_a_cursor_of_another_users_list_opens_nothing(acme: Service, initech: Service) -> None:
    acme.store("anna", FIGS)
    acme.store("anna", "I like plums.")
    listed = acme.ask("GET", "/v1/memories", params={"user_id": "anna", "limit": 1}).json()
    initech.store("anna", "I like pears.")

    assert set(initech.memories("anna", cursor=listed["next_cursor"])) <= {"I like pears."}


def test_a_profile_is_made_by_what_is_stored_in_it_and_kept_apart(acme: Service) -> None:
    acme.store("anna", FIGS)
    work = acme.store("anna", "I lead the audit.", profile="work")
    again = acme.store("anna", "I sit on floor 3.", profile="work")

    assert work["memory_profile_id"] == again["memory_profile_id"]
    assert acme.memories("anna") == [FIGS]
    assert len(acme.memories("anna", profile="work")) == 2
    assert len(acme.memories("anna", profile=work["memory_profile_id"])) == 2
    absent = {"user_id": "anna", "profile": "play"}
    problem_of(acme.ask("GET", "/v1/memories", params=absent), 404, "profile-not-found")
    foreign = {"user_id": "bert", "content": FIGS, "profile": work["memory_profile_id"]}
    problem_of(acme.ask("POST", "/v1/memories", json=foreign), 404, "profile-not-found")


@pytest.mark.parametrize(
    ("scope", "lacking", "good_for"),
    [
        ("memories:read", "memories:write", 4),
        ("memories:write", "memories:read", 3),
        ("", "memories:", 0),
        ("admin chat documents zebra", "memories:", 0),
    ],
)
def test_a_token_is_good_for_what_its_scope_says(
    acme: Service, scope: str, lacking: str, good_for: int
) -> None:
    refused = [one for one in asked(acme, acme.token(scope=scope)) if one.status_code == 403]

    for answer in refused:
        assert lacking in problem_of(answer, 403, "missing-scope")["detail"]
    assert len(refused) == {4: 4, 3: 3, 0: 7}[good_for]


def test_a_scope_that_means_nothing_here_does_no_harm(acme: Service) -> None:
    token = acme.token(scope="zebra memories:write memories:read zebra")

    assert [one.status_code for one in asked(acme, token)] == [201, 200, 200, 200, 200, 201, 200]


def test_a_token_that_does_not_hold_is_refused(acme: Service, initech: Service) -> None:
    acme.store("anna", FIGS)
    now = utc_now()
    bad = [
        acme.token(exp=now - timedelta(minutes=5)),
        acme.token(exp=now + timedelta(days=400)),
        acme.token(customer_id="initech"),
        acme.token(customer_id="nobody"),
        acme.token(customer_id=["acme"]),
        acme.token(scope=["memories:read"]),
        Service(acme.server, "acme", "0" * 64).token(),
        jwt.encode({"customer_id": "acme", "scope": "memories:read"}, "", algorithm="none"),
        acme.token()[:-2],
    ]

    for token in bad:
        for answer in asked(acme, token):
            problem_of(answer, 401, "unauthenticated")
    assert acme.memories("anna") == [FIGS]


def test_a_services_token_is_good_for_nothing_else(acme: Service) -> None:
    acme.store("anna", FIGS)
    for path in ("/api/v1/me", "/api/v1/memory-profiles", "/v1/models", "/api/v1/me/export"):
        problem_of(acme.ask("GET", path, token=acme.token(scope="admin chat")), 401)
    assert acme.ask("POST", "/mcp", json={}).status_code == 401


def test_nothing_of_an_erased_user_is_left_and_the_name_begins_anew(acme: Service) -> None:
    acme.store("anna", FIGS)

    receipt = acme.erase("anna")

    assert receipt["deleted"]["memories"] == 1
    assert receipt["deleted"]["users"] == 1
    problem_of(acme.ask("GET", "/v1/memories/user/anna"), 404, "user-not-found")
    problem_of(acme.ask("DELETE", "/v1/memories/user/anna"), 404, "user-not-found")
    acme.store("anna", "I like plums.")
    assert acme.memories("anna") == ["I like plums."]


def test_a_conversation_is_learnt_from_in_the_background(acme: Service) -> None:
    said = [
        {"role": "user", "content": "My sister Anna lives in Bergen."},
        {"role": "assistant", "content": "How nice."},
    ]
    body = {"user_id": "anna", "messages": said, "profile": "family"}

    heard = acme.ask("POST", "/v1/memories", json=body)

    assert heard.status_code == 202
    assert heard.json()["user_id"] == "anna"
    assert len(heard.json()["message_ids"]) == 2
    learnt = eventually(lambda: acme.memories("anna", profile="family"), lambda one: bool(one))
    assert "Bergen" in str(learnt)
    assert acme.memories("anna") == []


def test_many_who_store_at_once_make_one_user(acme: Service) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda number: acme.store("anna", f"I own {number}."), range(8)))

    assert len({one["memory_profile_id"] for one in made}) == 1
    assert len(acme.memories("anna")) == 8


SAID = [{"role": "user", "content": FIGS}]
BAD: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("POST", "/v1/memories", {"json": {"content": FIGS}}),
    ("POST", "/v1/memories", {"json": {"user_id": "", "content": FIGS}}),
    ("POST", "/v1/memories", {"json": {"user_id": "a" * 201, "content": FIGS}}),
    ("POST", "/v1/memories", {"json": {"user_id": "a\x00", "content": FIGS}}),
    ("POST", "/v1/memories", {"content": b'{"user_id": "\\ud800", "content": "figs"}'}),
    ("POST", "/v1/memories", {"json": {"user_id": 7, "content": FIGS}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": " "}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": FIGS, "kind": "episode"}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": FIGS, "zebra": 1}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": FIGS, "importance": 2}}),
    ("POST", "/v1/memories", {"content": b"{"}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna"}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "messages": []}}),
    ("POST", "/v1/memories", {"json": {"user_id": "anna", "content": FIGS, "messages": SAID}}),
    ("POST", "/memory/store", {"json": {"user_id": "anna"}}),
    ("POST", "/memory/retrieve", {"json": {"user_id": "anna", "query": ""}}),
    ("POST", "/memory/retrieve", {"json": {"user_id": "anna", "query": "figs", "limit": 0}}),
    ("POST", "/v1/memories/user", {"json": {}}),
    ("GET", "/v1/memories", {}),
    ("GET", "/v1/memories", {"params": {"user_id": "anna", "limit": 101}}),
    ("GET", "/v1/memories", {"params": {"user_id": "anna", "cursor": "zebra"}}),
    ("GET", "/v1/memories", {"params": {"user_id": "a\x00"}}),
    ("GET", "/v1/memories/user/", {}),
    ("GET", "/v1/memories/user/a%00", {}),
)


@pytest.mark.parametrize(("method", "path", "request_"), BAD)
def test_bad_input_is_answered_with_400(
    acme: Service, method: str, path: str, request_: Mapping[str, Any]
) -> None:
    headers = {"content-type": "application/json"} if "content" in request_ else {}
    answer = acme.ask(method, path, headers=headers, **request_)

    problem = problem_of(answer, 400)
    assert problem["error"]["code"] == "invalid-input"
    assert "zebra" not in problem["detail"]
    problem_of(acme.ask("GET", "/v1/memories/user/anna"), 404, "user-not-found")


def test_a_user_asks_for_themselves_and_for_nobody_else(services: Sequence[Service]) -> None:
    acme = services[0]
    with Person(acme.server) as ada, Person(acme.server, "bob") as bob:
        own, others = (one.credentials["user"]["id"] for one in (ada, bob))
        stored = ada.http.post("/v1/memories", json={"content": FIGS})

        assert stored.json()["user_id"] == own
        assert [one["content"] for one in ada.memories(ada.default_profile())] == [FIGS]
        for name, who in ((own, bob), (others, ada), ("anna", ada)):
            answer = who.http.get("/v1/memories", params={"user_id": name})
            problem_of(answer, 404, "user-not-found")
            problem_of(who.http.delete(f"/v1/memories/user/{name}"), 404, "user-not-found")
        problem_of(acme.ask("GET", f"/v1/memories/user/{own}"), 404, "user-not-found")
        unknown = {"content": FIGS, "profile": "work"}
        problem_of(ada.http.post("/v1/memories", json=unknown), 404, "profile-not-found")


def test_a_users_key_may_do_no_more_here_than_elsewhere(services: Sequence[Service]) -> None:
    with Person(services[0].server) as ada:
        work = ada.profile("work")
        bound = a_key(ada, "memories:read", "memories:write", memory_profile_id=work)["key"]
        own = ada.credentials["user"]["id"]
        path = f"/v1/memories/user/{own}"
        del ada.http.headers["Authorization"]
        ada.http.headers["X-Api-Key"] = bound

        stored = ada.http.post("/v1/memories", json={"content": FIGS})

        assert stored.json()["memory_profile_id"] == work
        problem_of(ada.http.delete(path), 403, "login-required")
        problem_of(ada.http.get(path), 403, "key-bound")
        named = ada.http.post("/v1/memories/user", json={"display_name": "A."})
        problem_of(named, 403, "missing-scope")
        said = ada.http.post("/v1/memories", json={"messages": SAID})
        problem_of(said, 403, "missing-scope")


def test_a_service_is_limited_as_a_whole_and_by_each_of_its_users(tmp_path: Path) -> None:
    few = {
        "MEMORYCHAT_RATE_LIMITS__REQUESTS": "2/minute",
        "MEMORYCHAT_RATE_LIMITS__SERVICES": "5/minute",
    }
    server = Server(tmp_path, few)
    acme = a_service(server, "acme")
    with server:
        statuses = [
            acme.ask("POST", "/v1/memories", json={"user_id": name, "content": FIGS}).status_code
            for name in ("anna", "anna", "anna", "bert", "bert", "bert")
        ]
        last = acme.ask("GET", "/v1/memories/user/carl")

    assert statuses == [201, 201, 429, 201, 201, 429]
    assert problem_of(last, 429, "too-many-requests")
    assert last.headers["ratelimit"].startswith("limit=5, remaining=0")


def test_a_key_that_was_renewed_ends_the_tokens_and_keeps_the_users(tmp_path: Path) -> None:
    server = Server(tmp_path)
    acme = a_service(server, "acme")
    written = command(server, "tenants", "token", "acme", "--scope", "memories:read").stdout.strip()
    with server:
        acme.store("anna", FIGS)
        read = acme.ask("GET", "/v1/memories/user/anna", token=written)
        assert [one["content"] for one in read.json()["data"]] == [FIGS]
    command(server, "tenants", "renew", "acme")
    renewed = Service(server, "acme", key_of(server, "acme"))
    with server:
        for token in (written, acme.token()):
            problem_of(renewed.ask("GET", "/v1/memories/user/anna", token=token), 401)
        assert renewed.memories("anna") == [FIGS]


def test_what_is_sent_again_is_stored_once(acme: Service) -> None:
    for path in ("/v1/memories", "/memory/store"):
        for body in ({"content": FIGS}, {"messages": [{"role": "user", "content": FIGS}]}):
            headers, told = {"Idempotency-Key": uuid4().hex}, {"user_id": "anna", **body}
            first, second = (acme.ask("POST", path, json=told, headers=headers) for _ in range(2))
            assert first.is_success, first.text
            assert (second.status_code, second.json()) == (first.status_code, first.json())
            assert "Idempotent-Replayed" not in first.headers
            assert second.headers["Idempotent-Replayed"] == "true"
    other = acme.ask(
        "POST", "/v1/memories", json={"user_id": "anna", "content": "No"}, headers=headers
    )
    problem_of(other, 400, "idempotency-key-reused")
    assert [one for one in acme.memories("anna") if one == FIGS] == [FIGS, FIGS]
