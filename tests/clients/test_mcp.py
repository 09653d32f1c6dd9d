"""The official client of the Model Context Protocol, against a real server process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.support.keys import Keyring
from tests.support.mcp import TOOLS
from tests.support.person import Person
from tests.support.server import Server

MODES = {"auto": "2026-07-28", "2026-07-28": "2026-07-28", "legacy": "2025-11-25"}


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
async def test_a_client_of_each_revision_uses_every_tool(
    server: Server, ada: Person, mode: str
) -> None:
    ada.profile("work")
    async with speaking(server, ada, mode) as client:
        assert client.session.protocol_version == MODES[mode]
        listed = (await client.list_tools()).tools
        assert tuple(tool.name for tool in listed) == TOOLS
        added = await call(client, "add_memory", content="Anna lives in Bergen.", profile="work")
        found = await call(client, "search_memories", query="Where is Anna?", profile="work")
        assert [one["id"] for one in found["memories"]] == [added["id"]]
        one = {"memory_id": added["id"]}
        await call(client, "update_memory", **one, content="Anna lives in Oslo.")
        assert (await call(client, "get_memory", **one))["content"] == "Anna lives in Oslo."
        receipt = await call(client, "delete_memory", **one)
        assert receipt["deleted"]["memories"] == 1
        await call(client, "add_memory", content="Likes figs.")
        assert len((await call(client, "get_memories"))["memories"]) == 1
        await call(client, "delete_all_memories", confirm=True)
        assert (await call(client, "get_memories"))["memories"] == []
        profiles = await call(client, "list_memory_profiles")
        assert [one["name"] for one in profiles["memory_profiles"]][1:] == ["work"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_reads_what_a_profile_remembers(
    server: Server, ada: Person, mode: str
) -> None:
    async with speaking(server, ada, mode) as client:
        await call(client, "add_memory", content="Likes figs.")
        [resource] = (await client.list_resources()).resources
        [template] = (await client.list_resource_templates()).resource_templates
        assert str(resource.uri).startswith(template.uri_template.partition("{")[0])
        [content] = (await client.read_resource(resource.uri)).contents
        told = orjson.loads(getattr(content, "text", ""))
        assert [one["content"] for one in told["memories"]] == ["Likes figs."]
        with pytest.raises(MCPError, match="Resource not found"):
            await client.read_resource("memorychat://memory-profiles/zebra")


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_tells_what_went_wrong(server: Server, ada: Person, mode: str) -> None:
    async with speaking(server, ada, mode) as client:
        result = await client.call_tool("search_memories", {"query": ""})
        assert result.is_error
        assert "/query" in str(result.content)
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("zebra", {})


async def test_a_client_with_a_key_is_told_what_it_lacks(
    server: Server, keys: Keyring, ada: Person
) -> None:
    async with speaking(server, keys.new(ada, "memories:read")) as client:
        assert "add_memory" not in {tool.name for tool in (await client.list_tools()).tools}
        with pytest.raises(MCPError, match="memories:write"):
            await client.call_tool("add_memory", {"content": "Likes figs."})


async def test_a_client_at_a_profiles_address_knows_no_other(server: Server, ada: Person) -> None:
    work = ada.profile("work & home")
    async with speaking(server, ada, path="/mcp/profiles/work%20%26%20home") as client:
        added = await call(client, "add_memory", content="The office is in Oslo.")
        assert added["memory_profile_id"] == work
        assert [one.name for one in (await client.list_resources()).resources] == ["work & home"]


async def test_a_client_without_a_good_credential_is_told_so(server: Server, ada: Person) -> None:
    ada.http.headers["Authorization"] = "Bearer zebra"
    with pytest.raises((MCPError, ExceptionGroup)) as caught:
        async with speaking(server, ada):
            pass
    assert "Authentication required" in str(_inner(caught.value))


def _inner(error: BaseException) -> BaseException:
    """The error that a task group has wrapped."""
    return _inner(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
