"""Other applications, that store and look up memories of their users with tokens of a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import jwt

from app.models.clock import utc_now
from tests.support.command import command
from tests.support.server import Server

BOTH = "memories:read memories:write"


@dataclass(frozen=True, slots=True)
class Service:
    """An application of one tenant. Every verb but `ask` asserts that it worked."""

    server: Server
    tenant: str
    key: str

    def token(self, **claims: Any) -> str:
        """A token that it signs itself, good for an hour unless the claims say otherwise."""
        now = utc_now()
        standard = {"customer_id": self.tenant, "scope": BOTH, "iat": now}
        hour = {"exp": now + timedelta(hours=1)}
        return jwt.encode({**standard, **hour, **claims}, self.key, algorithm="HS256")

    def ask(
        self, method: str, path: str, *, token: str | None = None, **request: Any
    ) -> httpx.Response:
        """The answer to a request."""
        with self.server.client(token or self.token()) as client:
            return client.request(method, path, **request)

    def store(self, user: str, content: str, **more: Any) -> Mapping[str, Any]:
        """The memory that is stored of a user."""
        body = {"user_id": user, "content": content, **more}
        memory: Mapping[str, Any] = self._ok(self.ask("POST", "/v1/memories", json=body))
        return memory

    def memories(self, user: str, **query: Any) -> list[str]:
        """What is remembered of a user, as it is listed, or found if there is a query."""
        found = self._ok(self.ask("GET", "/v1/memories", params={"user_id": user, **query}))
        return [one["content"] for one in found["data"]]

    def erase(self, user: str) -> Mapping[str, Any]:
        """The receipt for a user who is gone."""
        receipt: Mapping[str, Any] = self._ok(self.ask("DELETE", f"/v1/memories/user/{user}"))
        return receipt

    def _ok(self, answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


def a_service(server: Server, tenant: str, **environment: str) -> Service:
    """The application of a new tenant; to be made while the server is stopped."""
    made = command(server, "tenants", "add", tenant, **environment)
    assert made.returncode == 0, made.stderr
    return Service(server, tenant, key_of(server, tenant, **environment))


def key_of(server: Server, tenant: str, **environment: str) -> str:
    """What the tenant's service signs with; to be asked for while the server is stopped."""
    told = command(server, "tenants", "key", tenant, **environment)
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()
