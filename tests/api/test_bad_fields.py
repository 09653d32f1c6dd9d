"""Fields that no noun takes, each refused without echo and without effect."""

import re
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.problem import problem_of

CANARY = "Zyrafa7731"

SIGN_UP = [
    {"email": CANARY, "password": "12345678"},
    {"email": f"{CANARY}@", "password": "12345678"},
    {"email": f"a@{CANARY}", "password": "12345678"},
    {"email": f"{CANARY} \u017c@example.com", "password": "12345678"},
    {"email": "a@exam\u00a7ple.com", "password": "12345678"},
    {"email": "a\x00@example.com", "password": "12345678"},
    {"email": f"a@{'b' * 300}.com", "password": "12345678"},
    {"email": ["a@example.com"], "password": "12345678"},
    {"email": None, "password": "12345678"},
    {"email": "ok1@example.com", "password": "Zyr7731"},
    {"email": "ok2@example.com", "password": "Zyrafa7731\x00"},
    {"email": "ok3@example.com", "password": CANARY * 200},
    {"email": "ok4@example.com", "password": 77317731},
    {"email": "ok5@example.com"},
    {"email": "ok6@example.com", "password": "12345678", "display_name": " "},
    {"email": "ok7@example.com", "password": "12345678", "display_name": CANARY * 20},
    {"email": "ok8@example.com", "password": "12345678", "role": "admin"},
    {"email": "ok9@example.com", "password": "12345678", "plan": "pro"},
]
PROFILES = [
    {},
    {"name": ""},
    {"name": "  \t"},
    {"name": "\u2003"},
    {"name": None},
    {"name": 7731},
    {"name": CANARY * 11},
    {"name": "a\x00b"},
    *({"name": f"a{sign}b"} for sign in ("\r\n", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029")),
    {"name": "x", "persona": {"name": "a\nb"}},
    {"name": "x", "description": CANARY * 300},
    {"name": "x", "is_default": CANARY},
    {"name": "x", "is_default": None},
    {"name": "x", "learning": CANARY},
    {"name": "x", "learning": None},
    {"name": "x", "persona": CANARY},
    {"name": "x", "persona": {CANARY: 1}},
    {"name": "x", "persona": {"tone": {CANARY: 1}}},
    {"name": "x", "persona": {"tone": {"warmth": 1.01}}},
    {"name": "x", "persona": {"tone": {"warmth": -0.01}}},
    {"name": "x", "persona": {"tone": {"warmth": "warm"}}},
    {"name": "x", "persona": {"biography": CANARY * 900}},
    {"name": "x", "user_id": CANARY},
    {"name": "x", "id": CANARY},
]
SESSIONS = [
    {"privacy_mode": CANARY},
    {"privacy_mode": None},
    {"privacy_mode": "Normal"},
    {"privacy_mode": 0},
    {"memory_profile_id": CANARY},
    {"memory_profile_id": 7731},
    {"title": ""},
    {"title": " \n"},
    {"title": CANARY * 21},
    {"title": "a\x00"},
    {"title": ["a"]},
    {CANARY: 1},
]
MEMORIES = [
    {},
    {"content": " "},
    {"content": CANARY * 401},
    {"content": "a\x00"},
    {"content": None},
    {"content": {"a": CANARY}},
    {"content": "x", "kind": CANARY},
    {"content": "x", "kind": "episode"},
    {"content": "x", "importance": 1.5},
    {"content": "x", "importance": -1},
    {"content": "x", "importance": 10**40},
    {"content": "x", "importance": None},
    {"content": "x", "importance": CANARY},
    {"content": "x", "valid_from": CANARY},
    {"content": "x", "valid_from": "2026-01-01T00:00:00"},
    {"content": "x", "valid_from": "2026-01-01"},
    {"content": "x", "valid_from": "2026-02-30T00:00:00Z"},
    {"content": "x", "valid_until": "0001-01-01T00:00:00+14:00"},
    {"content": "x", "valid_until": "9999-12-31T23:59:59-14:00"},
    {"content": "x", "valid_until": "10000-01-01T00:00:00Z"},
    {"content": "x", "valid_until": 1e300},
    {"content": "x", "status": "active"},
    {"content": "x", "source_message_ids": []},
]
RAW_NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e999"]


@pytest.mark.parametrize("body", SIGN_UP, ids=lambda body: str(body)[:60])
def test_no_account_comes_from_bad_fields(ada: Person, body: dict[str, Any]) -> None:
    answer = ada.http.post("/api/v1/auth/signup", json=body)

    refused(answer)
    for part in str(body.get("email", "")).split("@"):
        assert len(part) < 4 or part in "example.com" or part not in answer.json()["detail"]


@pytest.mark.parametrize("body", PROFILES, ids=lambda body: str(body)[:60])
def test_no_profile_comes_from_bad_fields(ada: Person, body: dict[str, Any]) -> None:
    before = ada.get("/memory-profiles")
    refused(ada.http.post("/api/v1/memory-profiles", json=body))
    if body != {}:
        path = f"/api/v1/memory-profiles/{ada.default_profile()}"
        refused(ada.http.patch(path, json=body))

    assert ada.get("/memory-profiles") == before


@pytest.mark.parametrize("body", SESSIONS, ids=lambda body: str(body)[:60])
def test_no_session_comes_from_bad_fields(ada: Person, body: dict[str, Any]) -> None:
    session = ada.session()
    before = ada.get("/sessions")

    refused(ada.http.post("/api/v1/sessions", json=body))
    refused(ada.http.patch(f"/api/v1/sessions/{session}", json=body))

    assert ada.get("/sessions") == before


@pytest.mark.parametrize("body", MEMORIES, ids=lambda body: str(body)[:60])
def test_no_memory_comes_from_bad_fields(ada: Person, body: dict[str, Any]) -> None:
    path = f"/memory-profiles/{ada.default_profile()}/memories"
    memory = ada.post(path, {"content": "Anna likes tea."})

    refused(ada.http.post(f"/api/v1{path}", json=body))
    if body != {}:
        refused(ada.http.patch(f"/api/v1/memories/{memory['id']}", json=body))

    assert ada.get(path)["data"] == [memory]
    assert len(ada.get(f"/memories/{memory['id']}/history")["data"]) == 1


@pytest.mark.parametrize("number", RAW_NUMBERS)
def test_what_is_no_number_is_no_importance(ada: Person, number: bytes) -> None:
    path = f"/memory-profiles/{ada.default_profile()}/memories"
    answer = ada.http.post(
        f"/api/v1{path}",
        content=b'{"content": "x", "importance": ' + number + b"}",
        headers={"Content-Type": "application/json"},
    )

    refused(answer)
    assert ada.get(path)["data"] == []


@pytest.mark.parametrize(
    ("moment", "kinds"),
    [
        pytest.param("0001-01-01T00:00:00Z", {"episode"}, id="the first, so that it is over"),
        pytest.param("9999-12-31T23:59:59.999999Z", {"fact", "episode"}, id="the last"),
    ],
)
def test_the_first_and_the_last_moment_are_moments(
    ada: Person, moment: str, kinds: set[str]
) -> None:
    path = f"/memory-profiles/{ada.default_profile()}/memories"
    made = ada.post(path, {"content": "tea", "valid_from": moment, "valid_until": moment})
    session = ada.session()
    said = {"role": "user", "content": "I had tea last year.", "created_at": moment}
    ada.post(f"/sessions/{session}/messages", {"messages": [said]})

    assert made["valid_from"] == made["valid_until"] == moment
    assert ada.memories(ada.default_profile())[-1] == made
    found = ada.post(f"{path}/search", {"query": "tea"})["data"]
    assert {one["kind"] for one in found} == kinds
    assert ada.say(session, "When did I have tea?")["content"]
    ada.settle(ada.default_profile())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "\x00"},
        {"query": CANARY * 500},
        {"query": 7731},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 101},
        {"query": "x", "limit": 10**30},
        {"query": "x", "limit": 1.5},
        {"query": "x", "kinds": [CANARY]},
        {"query": "x", "kinds": "fact"},
        {"query": "x", "kinds": ["fact"] * 7},
        {"query": "x", CANARY: 1},
    ],
    ids=lambda body: str(body)[:60],
)
def test_a_bad_search_finds_nothing(ada: Person, body: dict[str, Any]) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/memories/search"

    refused(ada.http.post(path, json=body))


@pytest.mark.parametrize(
    "query", [" ", "?!", "the of and", "%_\\", "'; DROP TABLE", "🔑", "x" * 4_000]
)
def test_an_odd_search_is_a_search(ada: Person, query: str) -> None:
    path = f"/memory-profiles/{ada.default_profile()}/memories"
    ada.post(path, {"content": "Anna likes tea."})

    assert isinstance(ada.post(f"{path}/search", {"query": query})["data"], list)


def refused(answer: Any) -> None:
    problem = problem_of(answer, 422, "invalid-input")
    assert CANARY not in answer.text
    ids = (problem["request_id"], problem["instance"])
    assert "7731" not in re.sub("|".join(map(re.escape, ids)), "", answer.text)
    assert all(error["in"] == "body" for error in problem["errors"])
