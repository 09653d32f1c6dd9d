"""The official client of the Model Context Protocol, against a real server process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.person import Person
from tests.support.server import Server

MODES = {"auto": "2026-07-28", "2026-07-28": "2026-07-28", "legacy": "2025-11-25"}
TOOLS = {
    "search_memories",
    "add_memory",
    "get_memories",
    "get_memory",
    "update_memory",
    "delete_memory",
    "delete_all_memories",
    "list_memory_profiles",
}


@asynccontextmanager
async def speaking(
    server: Server, person: Person, mode: str = "auto", path: str = "/mcp"
) -> AsyncIterator[Client]:
    """The client, showing somebody's credential."""
    headers = {"Authorization": person.http.headers["Authorization"]}
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(f"{server.url}{path}", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool gives, which is the same in words."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


@pytest.mark.parametrize("mode", MODES)
async def test_each_revision_is_negotiated_and_lists_the_tools(
    server: Server, ada: Person, mode: str
) -> None:
    async with speaking(server, ada, mode) as client:
        assert client.session.protocol_version == MODES[mode]
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} == TOOLS
        added = await call(client, "add_memory", content="Anna lives in Bergen.")
        found = await call(client, "search_memories", query="Where does Anna live?")
    assert found["memories"][0]["id"] == added["id"]
    assert found["memories"][0]["source"] == "manual"
