"""The Model Context Protocol by bare HTTP: its messages, its revisions, its tools and its resources."""

import base64
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from tests.support.mcp import LEGACY, META, MODERN, TOOLS, Speaker, rpc_error
from tests.support.person import Person
from tests.support.problem import problem_of

READING = {"search_memories", "get_memories", "get_memory", "list_memory_profiles"}
NOBODYS = "01a1f88d-0f68-7669-bb1f-ccceb61ffe1b"


@pytest.fixture
def speaker(ada: Person) -> Speaker:
    return Speaker(ada)


@pytest.fixture
def older(ada: Person) -> Speaker:
    return Speaker(ada, revision=LEGACY)


@pytest.mark.parametrize("wanted", ["2025-11-25", "2025-06-18"])
def test_a_handshake_agrees_on_what_the_client_wants(ada: Person, wanted: str) -> None:
    body = {
        "jsonrpc": "2.0",
        "id": "first",
        "method": "initialize",
        "params": {"protocolVersion": wanted, "capabilities": {}, "clientInfo": {"name": "x"}},
    }
    response = ada.http.post("/mcp", json=body)

    assert response.json()["id"] == "first"
    result = response.json()["result"]
    assert result["protocolVersion"] == wanted
    assert result["capabilities"] == {"tools": {}, "resources": {}}
    assert result["serverInfo"]["name"] == "memorychat"
    assert "mcp-session-id" not in response.headers
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("wanted", ["2024-11-05", "1.0", MODERN, None])
def test_a_handshake_offers_the_newest_that_has_one_otherwise(
    older: Speaker, wanted: str | None
) -> None:
    assert older.result("initialize", {"protocolVersion": wanted})["protocolVersion"] == LEGACY


def test_discovery_says_what_is_spoken(speaker: Speaker) -> None:
    result = speaker.result("server/discover")

    assert result["supportedVersions"] == [MODERN, LEGACY, "2025-06-18"]
    assert result["resultType"] == "complete"
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "memorychat"
    assert (result["cacheScope"], result["ttlMs"] > 0) == ("private", True)


def test_results_of_older_revisions_are_as_those_have_them(older: Speaker) -> None:
    assert older.result("ping") == {}
    assert older.result("tools/list").keys() == {"tools"}


def test_each_revision_has_its_own_methods(speaker: Speaker, older: Speaker) -> None:
    for method in ("ping", "initialize", "prompts/list", "resources/subscribe", "zebra"):
        rpc_error(speaker.ask(method), 404, -32601)
    for method in ("server/discover", "prompts/list", "logging/setLevel"):
        rpc_error(older.ask(method), 200, -32601)


def test_a_version_that_is_not_spoken_is_refused(ada: Person, older: Speaker) -> None:
    meta = {**META, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    headers = {"MCP-Protocol-Version": "2099-01-01", "Mcp-Method": "tools/list"}
    for response in (
        ada.http.post("/mcp", json=body, headers=headers),
        older.ask("tools/list", MCP_Protocol_Version="2099-01-01"),
    ):
        error = rpc_error(response, 400, -32022)
        assert error["data"]["requested"] == "2099-01-01"
        assert error["data"]["supported"][0] == MODERN
    assert (
        "2026-07-28"
        in rpc_error(older.ask("tools/list", MCP_Protocol_Version=None), 400, -32020)["message"]
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"MCP_Protocol_Version": None},
        {"MCP_Protocol_Version": LEGACY},
        {"Mcp_Method": None},
        {"Mcp_Method": "tools/list"},
        {"Mcp_Name": None},
        {"Mcp_Name": "get_memories"},
        {"Mcp_Name": "=?base64?!!?="},
    ],
)
def test_headers_that_contradict_the_body_are_refused(
    speaker: Speaker, headers: dict[str, str | None]
) -> None:
    call = {"name": "list_memory_profiles"}
    rpc_error(speaker.ask("tools/call", call, **headers), 400, -32020)


def test_a_name_may_come_in_base64(speaker: Speaker) -> None:
    encoded = base64.b64encode(b"list_memory_profiles").decode()
    response = speaker.ask(
        "tools/call", {"name": "list_memory_profiles"}, Mcp_Name=f"=?base64?{encoded}?="
    )
    assert response.json()["result"]["structuredContent"]["memory_profiles"]


def test_a_header_that_is_there_twice_is_refused(ada: Person) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    twice = [("MCP-Protocol-Version", MODERN), ("Mcp-Method", "tools/list")]
    response = ada.http.post("/mcp", json=body, headers=[*twice, ("Mcp-Method", "ping")])
    rpc_error(response, 400, -32020)


@pytest.mark.parametrize("lacking", [0, 2])
def test_a_request_says_what_it_is(ada: Person, lacking: int) -> None:
    meta = {name: value for n, (name, value) in enumerate(META.items()) if n != lacking}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
    rpc_error(ada.http.post("/mcp", json=body, headers=headers), 400, -32602)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 5_000, -32700),
        (b"[]", -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        (b"7", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
    ],
)
@pytest.mark.parametrize("revision", [MODERN, LEGACY])
def test_what_is_no_message_is_refused(
    ada: Person, content: bytes, code: int, revision: str
) -> None:
    headers = {"MCP-Protocol-Version": revision, "Content-Type": "application/json"}
    rpc_error(ada.http.post("/mcp", content=content, headers=headers), 400, code)


@pytest.mark.parametrize("revision", [MODERN, LEGACY])
def test_a_notification_is_taken_without_an_answer(ada: Person, revision: str) -> None:
    body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    response = ada.http.post("/mcp", json=body, headers={"MCP-Protocol-Version": revision})
    assert (response.status_code, response.content) == (202, b"")


@pytest.mark.parametrize("path", ["/mcp", "/mcp/profiles/work"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_and_no_session(ada: Person, path: str, method: str) -> None:
    response = ada.http.request(method, path, headers={"Accept": "text/event-stream"})
    problem_of(response, 405)
    assert response.headers["allow"] == "POST"


def test_a_session_that_a_client_believes_in_is_ignored(older: Speaker) -> None:
    assert older.ask("ping", Mcp_Session_Id="zebra", Last_Event_ID="7").status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json, text/event-stream", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.5", 200),
        ("text/event-stream", 406),
        ("text/html", 406),
    ],
)
def test_answers_are_json(speaker: Speaker, accept: str, status: int) -> None:
    response = speaker.ask("tools/list", Accept=accept)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"


def test_a_form_of_some_page_is_not_read(ada: Person) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        rpc_error(ada.http.post("/mcp", content=body, headers={"Content-Type": kind}), 415, 415)


def test_tools_tell_a_model_what_they_do(speaker: Speaker) -> None:
    tools = speaker.tools()

    assert tuple(tools) == TOOLS
    for name, tool in tools.items():
        assert tool["title"]
        assert len(tool["description"]) > 40
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
        assert tool["inputSchema"]["additionalProperties"] is False
        assert tool["annotations"]["readOnlyHint"] is (name in READING)
        destroys = name.startswith(("delete", "update"))
        assert tool["annotations"]["destructiveHint"] is destroys
        assert tool["annotations"]["idempotentHint"] is (name != "add_memory")
        assert tool["annotations"]["openWorldHint"] is False
    assert len(orjson.dumps(list(tools.values()))) < 16_000, "a model reads all of it"


def test_what_a_tool_gives_is_as_its_schema_says(speaker: Speaker) -> None:
    schemas = {name: tool["outputSchema"] for name, tool in speaker.tools().items()}
    added = speaker.use("add_memory", content="Anna lives in Bergen.", importance=0.9)
    one = {"memory_id": added["id"]}
    given: dict[str, dict[str, Any]] = {
        "add_memory": {"content": "Likes figs.", "kind": "preference"},
        "search_memories": {"query": "Where does Anna live?", "limit": 1},
        "get_memories": {"limit": 1},
        "get_memory": one,
        "update_memory": {**one, "content": "Anna lives in Oslo.", "valid_until": None},
        "delete_memory": one,
        "delete_all_memories": {"confirm": True},
        "list_memory_profiles": {},
    }
    assert given.keys() == schemas.keys()
    for name, arguments in given.items():
        result = speaker.result("tools/call", {"name": name, "arguments": arguments})
        told = result["structuredContent"]
        Draft202012Validator(schemas[name]).validate(told)
        assert orjson.loads(result["content"][0]["text"]) == told


def test_a_memory_that_is_added_is_found_changed_and_forgotten(
    speaker: Speaker, ada: Person
) -> None:
    added = speaker.use("add_memory", content="Anna lives in Bergen.")
    assert (added["source"], added["status"], added["kind"]) == ("manual", "active", "fact")
    assert ada.get(f"/memories/{added['id']}")["content"] == "Anna lives in Bergen."

    [found] = speaker.use("search_memories", query="Where does Anna live?")["memories"]
    assert (found["id"], found["score"] > 0) == (added["id"], True)
    speaker.use("update_memory", memory_id=added["id"], content="Anna lives in Oslo.")
    assert speaker.use("get_memory", memory_id=added["id"])["content"] == "Anna lives in Oslo."
    receipt = speaker.use("delete_memory", memory_id=added["id"])

    assert receipt["deleted"]["memories"] == 1
    assert speaker.use("get_memories")["memories"] == []
    assert "search_memories" in speaker.failing("get_memory", memory_id=added["id"])


def test_pages_follow_each_other(speaker: Speaker, ada: Person) -> None:
    for number in range(5):
        speaker.use("add_memory", content=f"Has met friend {number}.")
    ada.profile("work")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = speaker.use("get_memories", limit=2, **cursor)
        seen += [one["content"] for one in page["memories"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"Has met friend {number}." for number in reversed(range(5))]
    first = speaker.use("list_memory_profiles", limit=1)
    second = speaker.use("list_memory_profiles", limit=1, cursor=first["next_cursor"])
    assert [one["name"] for one in second["memory_profiles"]] == ["work"]


def test_a_profile_is_meant_by_its_name_or_its_id(speaker: Speaker, ada: Person) -> None:
    work = ada.profile("work")
    speaker.use("add_memory", content="The office is in Oslo.", profile="work")

    assert speaker.use("get_memories")["memories"] == []
    assert len(speaker.use("get_memories", profile=work)["memories"]) == 1
    told = speaker.failing("get_memories", profile="family")
    assert "list_memory_profiles" in told


def test_everything_is_forgotten_after_a_confirmation_only(speaker: Speaker) -> None:
    speaker.use("add_memory", content="Likes figs.")
    for arguments in ({}, {"confirm": False}, {"confirm": "true"}, {"confirm": 1}):
        assert "/confirm" in speaker.failing("delete_all_memories", **arguments)
    assert len(speaker.use("get_memories")["memories"]) == 1

    assert speaker.use("delete_all_memories", confirm=True)["deleted"]["memories"] == 1
    assert speaker.use("get_memories")["memories"] == []


@pytest.mark.parametrize(
    ("tool", "arguments", "where"),
    [
        ("search_memories", {}, "/query"),
        ("search_memories", {"query": "figs", "limit": 51}, "/limit"),
        ("search_memories", {"query": "figs", "as_of": "yesterday"}, "/as_of"),
        ("search_memories", {"query": "figs", "colour": "red"}, "not known"),
        ("add_memory", {"content": " "}, "/content"),
        ("add_memory", {"content": "a" * 4_001}, "/content"),
        ("add_memory", {"content": "figs\0"}, "/content"),
        ("add_memory", {"content": "figs", "kind": "episode"}, "/kind"),
        ("add_memory", {"content": "figs", "importance": 2}, "/importance"),
        ("get_memories", {"cursor": "zebra"}, "cursor"),
        ("get_memories", {"profile": "\0"}, "/profile"),
        ("get_memory", {"memory_id": "zebra"}, "/memory_id"),
        ("update_memory", {"memory_id": NOBODYS}, "Nothing would change"),
        ("update_memory", {"memory_id": NOBODYS, "content": None}, "must not be null"),
        ("delete_memory", {"memory_id": NOBODYS}, "not found"),
    ],
)
def test_arguments_that_do_not_fit_are_told_to_the_model(
    speaker: Speaker, tool: str, arguments: dict[str, Any], where: str
) -> None:
    told = speaker.failing(tool, **arguments)
    assert where in told
    assert "zebra" not in told


def test_a_tool_that_needs_no_arguments_takes_none(speaker: Speaker) -> None:
    given: list[dict[str, Any]] = [{}, {"arguments": None}, {"arguments": {}}]
    for more in given:
        result = speaker.result("tools/call", {"name": "list_memory_profiles", **more})
        assert len(result["structuredContent"]["memory_profiles"]) == 1


def test_a_call_that_is_none_is_told_to_the_client(speaker: Speaker, older: Speaker) -> None:
    for params in ({"name": "zebra"}, {"name": "get_memories", "arguments": []}, {}):
        error = rpc_error(speaker.ask("tools/call", params), 400, -32602)
        assert "zebra" not in str(error)
        rpc_error(older.ask("tools/call", params), 200, -32602)
    rpc_error(speaker.ask("tools/list", {"cursor": "zebra"}), 400, -32602)
    rpc_error(speaker.ask("tools/list", {"cursor": 7}), 400, -32602)


def test_each_profile_is_a_resource(speaker: Speaker, older: Speaker, ada: Person) -> None:
    work = ada.profile("work")
    speaker.use("add_memory", content="The office is in Oslo.", profile="work")
    there = {one["name"]: one for one in speaker.result("resources/list")["resources"]}

    assert len(there) == 2
    uri = there["work"]["uri"]
    assert uri == f"memorychat://memory-profiles/{work}"
    result = speaker.result("resources/read", {"uri": uri})
    [content] = result["contents"]
    told = orjson.loads(content["text"])
    assert (content["uri"], content["mimeType"]) == (uri, "application/json")
    assert [one["content"] for one in told["memories"]] == ["The office is in Oslo."]
    assert told["memory_profile"]["name"] == "work"
    assert told["has_more"] is False
    assert result["cacheScope"] == "private"
    [template] = older.result("resources/templates/list")["resourceTemplates"]
    assert template["uriTemplate"].replace("{id}", work) == uri


def test_a_resource_that_is_not_there_is_said_not_to_be(speaker: Speaker, older: Speaker) -> None:
    for uri in (f"memorychat://memory-profiles/{NOBODYS}", "file:///etc/passwd", "zebra", None):
        rpc_error(speaker.ask("resources/read", {"uri": uri}), 400, -32602)
        rpc_error(older.ask("resources/read", {"uri": uri}), 200, -32002)
    rpc_error(speaker.ask("resources/list", {"cursor": "zebra"}), 400, -32602)
