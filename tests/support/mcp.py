"""Somebody who speaks the Model Context Protocol by bare HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import httpx

from tests.support.person import Person

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
META: Final = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
TOOLS: Final = (
    "search_memories",
    "add_memory",
    "get_memories",
    "get_memory",
    "update_memory",
    "delete_memory",
    "delete_all_memories",
    "list_memory_profiles",
)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A program that shows somebody's credential, and speaks one revision."""

    person: Person
    path: str = "/mcp"
    revision: str = MODERN

    def ask(
        self, method: str, params: Mapping[str, Any] | None = None, **headers: str | None
    ) -> httpx.Response:
        """The response to a request; headers may be added, or taken away by None."""
        given = dict(params or {})
        told: dict[str, str | None] = {"MCP-Protocol-Version": self.revision}
        if self.revision == MODERN:
            given["_meta"] = META
            told["Mcp-Method"] = method
            if name := given.get("name", given.get("uri")):
                told["Mcp-Name"] = str(name)
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"jsonrpc": "2.0", "id": next(_numbers), "method": method, "params": given}
        kept = {name: value for name, value in told.items() if value is not None}
        return self.person.http.post(self.path, json=body, headers=kept)

    def result(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """What a request comes to."""
        response = self.ask(method, params)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def use(self, tool: str, **arguments: Any) -> Any:
        """What a tool gives."""
        result = self.result("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), result
        return result["structuredContent"]

    def failing(self, tool: str, **arguments: Any) -> str:
        """What a tool says that cannot do it."""
        result = self.result("tools/call", {"name": tool, "arguments": arguments})
        assert result.get("isError") is True, result
        assert "structuredContent" not in result
        [content] = result["content"]
        return str(content["text"])

    def tools(self) -> Mapping[str, Any]:
        """Those that are listed, by name."""
        return {one["name"]: one for one in self.result("tools/list")["tools"]}


def rpc_error(response: httpx.Response, status: int, code: int) -> Any:
    """The error of a response, after asserting that it has the protocol's shape."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.keys() == {"jsonrpc", "id", "error"}
    assert body["error"]["code"] == code, body
    assert body["error"]["message"]
    return body["error"]
