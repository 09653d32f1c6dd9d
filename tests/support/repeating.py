"""Requests that are sent again."""

from typing import Any
from uuid import uuid4

import httpx

from tests.support.person import Person


def a_name() -> str:
    """What a client calls something that is to be done once."""
    return uuid4().hex


def once(person: Person, path: str, body: Any, key: str | None = None) -> httpx.Response:
    """The answer to a POST below `/api/v1` under an `Idempotency-Key`."""
    headers = {"Idempotency-Key": key or a_name()}
    return person.http.post(f"/api/v1{path}", json=body, headers=headers)


def twice(person: Person, path: str, body: Any) -> httpx.Response:
    """The second answer to the same request, after asserting that it is the first one again."""
    key = a_name()
    first, second = (once(person, path, body, key) for _ in range(2))
    assert first.is_success, first.text
    assert not is_replayed(first)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert is_replayed(second)
    return second


def is_replayed(response: httpx.Response) -> bool:
    """Whether an answer says that it is one that was given before."""
    return response.headers.get("Idempotent-Replayed") is not None
