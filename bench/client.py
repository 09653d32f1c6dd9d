"""Somebody who uses MemoryChat over HTTP."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx

POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Turn:
    """What came back for one message, and when."""

    content: str
    memories: Sequence[Mapping[str, Any]]
    """As `memory.used` told them; empty when nothing was read."""
    recall_ms: float
    """From `run.started` to what follows it: the search, and the packing of the prompt."""
    whole_ms: float
    """From the request to the terminal event."""


class Account:
    """An account on a server, signed in: a new one, unless it is said whose.

    Every verb raises `httpx.HTTPStatusError` when the server refuses; a limit is waited out.
    """

    def __init__(self, url: str, login: Mapping[str, str] | None = None) -> None:
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", timeout=60)
        somebody = {"email": f"demo-{uuid4()}@example.com", "password": str(uuid4())}
        path = "/auth/login" if login else "/auth/signup"
        credentials = self.post(path, login or somebody)
        self._http.headers["Authorization"] = f"Bearer {credentials['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    @property
    def authorization(self) -> str:
        """The header's value that proves the account."""
        return str(self._http.headers["Authorization"])

    @property
    def headers(self) -> Mapping[str, str]:
        """What proves who is asking."""
        return {"Authorization": self._http.headers["Authorization"]}

    def get(self, path: str) -> Any:
        """The body of a GET below `/api/v1`."""
        return self._sent("GET", path).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The body of a POST below `/api/v1`."""
        return self._sent("POST", path, body).json()

    def profile(self, name: str) -> str:
        """The id of a new memory profile."""
        return str(self.post("/memory-profiles", {"name": name})["id"])

    def session(self, profile_id: str, *, mode: str = "normal") -> str:
        """The id of a new session."""
        body = {"memory_profile_id": profile_id, "privacy_mode": mode}
        return str(self.post("/sessions", body)["id"])

    def say(self, session_id: str, message: str) -> Turn:
        """The answer to a message, as it streamed.

        Raises:
            RuntimeError: the stream ended without an answer.
        """
        while True:
            started_s = time.perf_counter()
            with self._http.stream(
                "POST", f"/chat/{session_id}/stream", json={"message": message}
            ) as response:
                if not _must_wait(response):
                    response.raise_for_status()
                    return _turn(response, started_s=started_s)

    def settle(self, profile_id: str, *, waiting: Callable[[int], object]) -> None:
        """Returns once all that was said on a profile is learnt and indexed.

        Args:
            profile_id: which one.
            waiting: is told again and again how many pieces of work wait.
        """
        while True:
            stats = self.get(f"/memory-profiles/{profile_id}/memories/stats")
            left = stats["pending_jobs"] + stats["pending_index_changes"]
            waiting(left)
            if not left:
                return
            time.sleep(POLL_S)

    def _sent(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        response = self._http.request(method, path, json=body)
        while _must_wait(response):
            response = self._http.request(method, path, json=body)
        return response.raise_for_status()


def _must_wait(response: httpx.Response) -> bool:
    """Whether a limit was used up; it is free again now."""
    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return False
    time.sleep(float(response.headers.get("Retry-After", 1)))
    return True


def _turn(response: httpx.Response, *, started_s: float) -> Turn:
    memories: Sequence[Mapping[str, Any]] = ()
    at_s: list[float] = []
    content = None
    for line in response.iter_lines():
        if not line.startswith("data: "):
            continue
        at_s.append(time.perf_counter())
        event = json.loads(line.removeprefix("data: "))
        if event["type"] == "memory.used":
            memories = event["memories"]
        elif event["type"] == "message.completed":
            content = event["content"]
    if content is None:
        raise RuntimeError("the stream ended without an answer")
    return Turn(
        content=content,
        memories=memories,
        recall_ms=1_000 * (at_s[1] - at_s[0]),
        whole_ms=1_000 * (at_s[-1] - started_s),
    )
