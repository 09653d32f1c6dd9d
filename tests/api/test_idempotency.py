"""A request that is sent again under its `Idempotency-Key` is answered again, and not carried out again."""

from uuid import uuid4

import httpx

from tests.support.person import Person


def once(person: Person, path: str, body: object, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid4().hex}
    return person.http.post(f"/api/v1{path}", json=body, headers=headers)


def is_replayed(response: httpx.Response) -> bool:
    return response.headers.get("Idempotent-Replayed") == "true"


def test_a_session_is_created_once(ada: Person) -> None:
    key, body = uuid4().hex, {"title": "The garden"}
    first, second = (once(ada, "/sessions", body, key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (is_replayed(first), is_replayed(second)) == (False, True)
    assert len(ada.get("/sessions")["data"]) == 1


def test_a_message_is_said_once(ada: Person) -> None:
    session, key = ada.session(), uuid4().hex
    body = {"message": "I live in Bergen."}
    first, second = (once(ada, f"/chat/{session}", body, key) for _ in range(2))
    assert second.status_code == 200, second.text
    assert second.json() == first.json()
    assert is_replayed(second)
    assert len(ada.messages(session)) == 2
