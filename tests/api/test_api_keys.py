"""API keys: made by a login, shown once, and good for what they say until they are deleted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.services.api_keys import MAX_KEYS
from tests.support.keys import EVERY_SCOPE, Keyring, a_key
from tests.support.person import PASSWORD, Person, eventually
from tests.support.problem import problem_of
from tests.support.server import Server, database_of
from tests.support.stored_rows import stored_rows

LONG_AGO = "2001-01-01 00:00:00.000000"
WISH = {"name": "Notebook", "scopes": ["memories:read", "chat"]}


def test_a_key_is_shown_once_and_kept_as_a_hash(server: Server, ada: Person) -> None:
    made = ada.post("/api-keys", WISH)
    secret = made.pop("key")

    assert secret.startswith("mc_")
    assert len(secret) == 46, "256 random bits"
    assert secret.startswith(made["prefix"])
    assert len(made["prefix"]) < 12
    assert made.items() >= {"name": "Notebook", "scopes": ["chat", "memories:read"]}.items()
    assert ada.get("/api-keys") == {"data": [made], "next_cursor": None}
    rows = stored_rows(server)
    assert made["prefix"] in rows
    assert secret not in rows


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_key_works_where_an_access_token_does(server: Server, ada: Person, header: str) -> None:
    secret = a_key(ada)["key"]
    value = f"Bearer {secret}" if header == "Authorization" else secret
    with server.client() as client:
        answer = client.get("/api/v1/memory-profiles", headers={header: value})

    assert answer.status_code == 200
    assert answer.json() == ada.get("/memory-profiles")


def test_a_token_is_no_key(server: Server, ada: Person) -> None:
    token = ada.credentials["access_token"]
    with server.client() as client:
        answer = client.get("/api/v1/me", headers={"X-Api-Key": token})

    problem_of(answer, 401, "unauthenticated")


def test_a_deleted_key_is_one_that_never_was(keys: Keyring, ada: Person) -> None:
    made = a_key(ada)
    program = keys.showing(ada, made["key"])
    program.get("/memory-profiles")

    assert ada.http.delete(f"/api/v1/api-keys/{made['id']}").status_code == 204

    deleted = program.http.get("/api/v1/memory-profiles")
    unknown = keys.showing(ada, f"mc_{'a' * 43}").http.get("/api/v1/memory-profiles")
    for answer in (deleted, unknown):
        problem_of(answer, 401, "unauthenticated")
    assert deleted.json()["detail"] == unknown.json()["detail"]
    assert ada.get("/api-keys")["data"] == []
    problem_of(ada.http.delete(f"/api/v1/api-keys/{made['id']}"), 404, "api-key-not-found")


def test_an_expired_key_holds_no_more(server: Server, keys: Keyring, ada: Person) -> None:
    made = a_key(ada, expires_at="2999-01-01T00:00:00Z")
    program = keys.showing(ada, made["key"])
    program.get("/memory-profiles")
    with database_of(server.folder) as database:
        database.execute(
            f"UPDATE api_keys SET expires_at = '{LONG_AGO}' WHERE prefix = '{made['prefix']}'"  # noqa: S608 - ours
        )
        database.commit()

    problem_of(program.http.get("/api/v1/memory-profiles"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["chat", "chat"]},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "tomorrow"},
        {"privacy_mode": "secret"},
        {"requests_per_minute": 0},
        {"key": "mc_of-my-own-choice"},
    ],
    ids=str,
)
def test_a_key_that_nobody_can_mean_is_refused(ada: Person, wish: dict[str, Any]) -> None:
    answer = ada.http.post("/api/v1/api-keys", json={**WISH, **wish})

    problem_of(answer, 422, "invalid-input")
    assert ada.get("/api-keys")["data"] == []


def test_nobody_has_more_keys_than_can_be_looked_through(ada: Person) -> None:
    for _ in range(MAX_KEYS):
        a_key(ada)

    problem_of(ada.http.post("/api/v1/api-keys", json=WISH), 409, "too-many-keys")
    first = ada.get("/api-keys", limit=60)
    rest = ada.get("/api-keys", limit=60, cursor=first["next_cursor"])
    ids = [one["id"] for one in [*first["data"], *rest["data"]]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == MAX_KEYS


def test_the_last_use_is_noted_once_in_a_while(keys: Keyring, ada: Person) -> None:
    program = keys.new(ada)
    assert ada.get("/api-keys")["data"][0]["last_used_at"] is None

    program.get("/memory-profiles")

    def last_use() -> str | None:
        found: str | None = ada.get("/api-keys")["data"][0]["last_used_at"]
        return found

    noted = eventually(last_use, bool)
    program.get("/memory-profiles")
    program.get("/memory-profiles")
    assert last_use() == noted, "once a minute"


def test_a_bound_key_goes_with_its_profile(keys: Keyring, ada: Person) -> None:
    profile = ada.profile("family")
    program = keys.new(ada, memory_profile_id=profile)
    program.get(f"/memory-profiles/{profile}")

    receipt = ada.delete(f"/memory-profiles/{profile}")

    assert receipt["deleted"]["api_keys"] == 1
    problem_of(program.http.get("/api/v1/memory-profiles"), 401, "unauthenticated")


def test_a_key_that_is_bound_to_a_merged_profile_never_reaches_the_other(
    keys: Keyring, ada: Person
) -> None:
    giver, receiver = ada.profile("giver"), ada.profile("receiver")
    program = keys.new(ada, memory_profile_id=giver)

    ada.post(f"/memory-profiles/{receiver}/merge", {"from_profile_id": giver})

    problem_of(program.http.get("/api/v1/memory-profiles"), 401, "unauthenticated")


def test_keys_go_with_the_account(server: Server, keys: Keyring) -> None:
    with Person(server, "dora") as dora:
        program = keys.new(dora)

        receipt = dora.delete("/me")

        assert receipt["deleted"]["api_keys"] == 1
        problem_of(program.http.get("/api/v1/memory-profiles"), 401, "unauthenticated")


def test_a_bound_key_may_forget_its_own_profile(keys: Keyring, ada: Person) -> None:
    profile = ada.profile("family")
    ada.post(f"/memory-profiles/{profile}/set-default")
    program = keys.new(ada, "admin", memory_profile_id=profile)

    program.delete(f"/memory-profiles/{profile}")

    [left] = ada.get("/memory-profiles")["data"]
    assert left["is_default"]


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that counts."""
    environment = {"MEMORYCHAT_RATE_LIMITS__LOGINS": "3/minute"}
    with Server(tmp_path_factory.mktemp("counting"), environment) as running:
        yield running


def test_a_key_may_have_a_limit_of_its_own(counting: Server) -> None:
    with Person(counting, "eve") as eve, Keyring(counting) as keys:
        program = keys.new(eve, requests_per_minute=2)
        other = keys.new(eve, requests_per_minute=2)
        answers = [program.http.get("/api/v1/memory-profiles") for _ in range(3)]

        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[1].headers["ratelimit"].startswith("limit=2, remaining=0, reset=")
        assert "retry-after" in answers[2].headers
        other.get("/memory-profiles")
        eve.get("/memory-profiles")


def test_guessed_keys_count_against_the_address_and_stop_nobody_who_has_one(
    counting: Server,
) -> None:
    with Person(counting, "eve") as eve, counting.client() as client, Keyring(counting) as keys:
        program = keys.new(eve)

        def guess(number: int) -> int:
            headers = {"X-Api-Key": f"mc_{number:043}"}
            return client.get("/api/v1/memory-profiles", headers=headers).status_code

        assert [guess(number) for number in range(5)] == [401, 401, 401, 429, 429]
        program.get("/memory-profiles")
        eve.post("/auth/login", {"email": eve.email, "password": PASSWORD})


Use = Callable[[httpx.Client, str], httpx.Response]
USES: tuple[Use, ...] = (
    lambda client, key: client.get("/api/v1/memory-profiles", headers={"X-Api-Key": key}),
    lambda client, key: client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}),
    lambda client, key: client.get(
        "/api/v1/memory-profiles", headers={"Authorization": f"Bearer {key}x"}
    ),
    lambda client, key: client.post("/api/v1/sessions", headers={"X-Api-Key": key}, json={"x": 1}),
    lambda client, key: client.post(
        "/api/v1/sessions", headers={"X-Api-Key": key}, content=b"{no json"
    ),
)


def test_a_key_stands_in_no_file_and_in_no_log(tmp_path: Path) -> None:
    with Server(tmp_path, {"MEMORYCHAT_LOG_LEVEL": "debug"}) as server:
        with Person(server, "ada") as ada, server.client() as client:
            made = a_key(ada, "chat")
            statuses = [use(client, made["key"]).status_code for use in USES]
            told = client.get("/metrics").text
            eventually(lambda: ada.get("/api-keys")["data"][0]["last_used_at"], bool)
        server.stop()

    assert statuses == [200, 403, 401, 422, 422]
    secret = made["key"].removeprefix(made["prefix"])
    assert secret not in told
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file.name
    assert b'"operation"' in b"".join(
        file.read_bytes() for file in tmp_path.iterdir() if file.is_file()
    ), "the log was looked through"


def test_every_scope_can_be_given(ada: Person) -> None:
    assert a_key(ada)["scopes"] == sorted(EVERY_SCOPE)
