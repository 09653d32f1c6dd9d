"""The part of the self-test that is about API keys: what one does not permit, it does not get."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from app.models.api_key import Scope


@dataclass(frozen=True, slots=True)
class Attempt:
    """An operation, and the key that somebody tries it with."""

    name: str
    method: str
    path: str
    key: str

    @property
    def headers(self) -> Mapping[str, str]:
        """How the key is shown."""
        return {"X-Api-Key": self.key}


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one account that are not enough."""

    chat: str
    documents: str
    elsewhere: str
    """With every scope, and bound to a profile that nothing is on."""

    def attempts(self, openapi: Mapping[str, Any]) -> Iterator[Attempt]:
        """Every operation with a key that lacks its scope, and all about one thing from elsewhere."""
        for path, item in openapi["paths"].items():
            for method, operation in item.items():
                if "security" not in operation:
                    continue
                [needed, *_] = [one for each in operation["security"] for one in each.values()]
                lacking = self.documents if Scope.CHAT in needed else self.chat
                name = operation["operationId"]
                yield Attempt(name, method.upper(), path, lacking)
                if "{" in path:
                    yield Attempt(name, method.upper(), path, self.elsewhere)


async def make_keys(client: httpx.AsyncClient, headers: Mapping[str, str]) -> Keys:
    """Keys of the account that is signed in by these headers.

    Raises:
        httpx.HTTPError: they could not be made.
    """

    async def made(path: str, body: Mapping[str, Any]) -> Any:
        answer = await client.post(f"/api/v1{path}", headers=headers, json=body)
        answer.raise_for_status()
        return answer.json()

    async def key(*scopes: Scope, profile: str | None = None) -> str:
        wish = {"name": "self-test", "scopes": scopes, "memory_profile_id": profile}
        return str((await made("/api-keys", wish))["key"])

    empty = (await made("/memory-profiles", {"name": "self-test"}))["id"]
    return Keys(
        chat=await key(Scope.CHAT),
        documents=await key(Scope.DOCUMENTS),
        elsewhere=await key(*Scope, profile=empty),
    )
