"""Somebody who comes with a token of another issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.server import Server


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whoever holds a token. Every verb but `ask` asserts that it worked."""

    server: Server
    token: str

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer to a request below `/api/v1`, by a client of its own."""
        with self.server.client(self.token) as client:
            return client.request(method, f"/api/v1{path}", **request)

    @property
    def status(self) -> int:
        """What the server thinks of the token."""
        return self.ask("GET", "/auth/me").status_code

    def me(self) -> Mapping[str, Any]:
        """The account."""
        account: Mapping[str, Any] = self.get("/me")
        return account

    def get(self, path: str) -> Any:
        """The body of a GET."""
        return _ok(self.ask("GET", path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The body of a POST."""
        return _ok(self.ask("POST", path, json=body))

    def erase(self) -> Any:
        """The receipt of an account that is gone."""
        return _ok(self.ask("DELETE", "/me"))


def _ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()
