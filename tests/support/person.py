"""Somebody who uses the API, with the few verbs that most tests need."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from itertools import count
from typing import Any, Protocol, Self, TypeVar

import httpx
import orjson

Result = TypeVar("Result")

PASSWORD = "correct horse battery staple"
_numbers = count(1)


class Reachable(Protocol):
    """A server."""

    def client(self) -> httpx.Client:
        """A client of it."""
        ...


class Person:
    """A signed-in account. Every verb asserts that it worked; `http` is there for all else."""

    def __init__(self, server: Reachable, name: str = "ada") -> None:
        self.email = f"{name}{next(_numbers)}@example.com"
        self.http = server.client()
        signed_up = self.http.post(
            "/api/v1/auth/signup", json={"email": self.email, "password": PASSWORD}
        )
        assert signed_up.status_code == 201, signed_up.text
        self.credentials: dict[str, Any] = signed_up.json()
        self.http.headers["Authorization"] = f"Bearer {self.credentials['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def at(self, server: Reachable) -> "Person":
        """The same account, at another server."""
        there = copy(self)
        there.http = server.client()
        there.http.headers["Authorization"] = self.http.headers["Authorization"]
        return there

    def get(self, path: str, **query: Any) -> Any:
        """The body of a GET below `/api/v1`."""
        return _ok(self.http.get(f"/api/v1{path}", params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The body of a POST below `/api/v1`."""
        return _ok(self.http.post(f"/api/v1{path}", json=body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """The body of a PATCH below `/api/v1`."""
        return _ok(self.http.patch(f"/api/v1{path}", json=body))

    def delete(self, path: str) -> Any:
        """The body of a DELETE below `/api/v1`."""
        return _ok(self.http.delete(f"/api/v1{path}"))

    def profile(self, name: str) -> str:
        """The id of a new memory profile."""
        return str(self.post("/memory-profiles", {"name": name})["id"])

    def default_profile(self) -> str:
        """The id of the default memory profile."""
        [profile] = [p for p in self.get("/memory-profiles")["data"] if p["is_default"]]
        return str(profile["id"])

    def session(self, profile: str | None = None, mode: str = "normal") -> str:
        """The id of a new session."""
        body = {"privacy_mode": mode, **({"memory_profile_id": profile} if profile else {})}
        return str(self.post("/sessions", body)["id"])

    def say(self, session: str, message: str, **options: Any) -> Any:
        """The whole answer to a message."""
        return self.post(f"/chat/{session}", {"message": message, **options})

    @contextmanager
    def stream(self, session: str, message: str, **options: Any) -> Iterator[Iterator[Any]]:
        """The events of the answer to a message, as they come."""
        body = {"message": message, **options}
        with self.http.stream("POST", f"/api/v1/chat/{session}/stream", json=body) as response:
            assert response.status_code == 200, response.read()
            yield events_of(response)

    def messages(self, session: str) -> list[Any]:
        """The first hundred messages of a session."""
        return list(self.get(f"/sessions/{session}/messages", limit=100)["data"])

    def memories(self, profile: str) -> list[Any]:
        """The first hundred memories of a profile."""
        return list(self.get(f"/memory-profiles/{profile}/memories", limit=100)["data"])

    def exported(self, profile: str | None = None) -> bytes:
        """The file of a profile, or of the account."""
        path = f"/memory-profiles/{profile}/export" if profile else "/me/export"
        response = self.http.get(f"/api/v1{path}")
        assert response.status_code == 200, response.text
        return response.content

    def imported(self, profile: str | None, content: bytes, **query: Any) -> Any:
        """A file's import into a profile, or into the account, when it is done."""
        path = f"/memory-profiles/{profile}/import" if profile else "/me/import"
        response = self.http.post(f"/api/v1{path}", content=content, params=query)
        started = _ok(response)
        assert response.status_code == 202
        return eventually(
            lambda: self.get(f"/imports/{started['id']}"), lambda one: one["status"] != "running"
        )

    def brought(self, profile: str, text: str, *, name: str = "note.txt", **form: str) -> Any:
        """A document of a profile, once searches find all of it."""
        started = _ok(
            self.http.post(
                f"/api/v1/memory-profiles/{profile}/documents",
                files={"file": (name, text.encode())},
                data=form,
            )
        )
        return eventually(
            lambda: self.get(f"/documents/{started['id']}"), lambda one: one["status"] == "ready"
        )

    def planned(self, profile: str | None, content: bytes, **query: Any) -> Any:
        """What importing a file into a profile, or into the account, would do."""
        path = f"/memory-profiles/{profile}/import" if profile else "/me/import"
        query = {"dry_run": True, **query}
        return _ok(self.http.post(f"/api/v1{path}", content=content, params=query))

    def settle(self, profile: str) -> None:
        """Returns once everything that was said on a profile is learnt and indexed."""
        path = f"/memory-profiles/{profile}/memories/stats"
        eventually(
            lambda: self.get(path),
            lambda s: s["pending_jobs"] == 0 and s["pending_index_changes"] == 0,
        )


def events_of(response: httpx.Response) -> Iterator[Any]:
    """The data of each server-sent event, with its `id`."""
    number = 0
    for line in response.iter_lines():
        if line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            yield {**orjson.loads(line.removeprefix("data: ")), "id": number}


def eventually(
    look: Callable[[], Result],
    good: Callable[[Result], bool],
    *,
    deadline_s: float = 60.0,
    pause_s: float = 0.02,
) -> Result:
    """What `look` sees once it is good; fails with what it saw last when the deadline has passed."""
    end = time.monotonic() + deadline_s
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < end, f"not within {deadline_s} s; last seen: {seen}"
        time.sleep(pause_s)


def _ok(response: httpx.Response) -> Any:
    assert response.is_success, f"{response.status_code}: {response.text}"
    return response.json() if response.content else None
