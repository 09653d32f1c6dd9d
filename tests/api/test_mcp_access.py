"""Who may speak the Model Context Protocol here: credentials, scopes, modes, hosts, and other people's things."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import httpx2
import orjson
import pytest
from mcp.client.auth.utils import (
    build_protected_resource_metadata_discovery_urls,
    extract_resource_metadata_from_www_auth,
)
from mcp.shared.auth import ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed

from tests.support.issuer import AUDIENCE, Issuer
from tests.support.keys import EVERY_SCOPE, Keyring, a_key, all_but
from tests.support.mcp import LEGACY, TOOLS, Speaker, rpc_error
from tests.support.newcomer import Newcomer
from tests.support.person import Person
from tests.support.server import Server

WELL_KNOWN = "/.well-known/oauth-protected-resource"
PUBLIC = "https://chat.example.com"
READS = {"search_memories", "get_memories", "get_memory", "list_memory_profiles"}
CANARY = "Zyrafa4417"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as there:
        yield there


@pytest.fixture(scope="module")
def public(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows its address, whom to believe, and how much is too much."""
    environment = {
        "MEMORYCHAT_PUBLIC_URL": f"{PUBLIC}/",
        "MEMORYCHAT_MCP_HOSTS": "memorychat.lan, other.lan",
        "MEMORYCHAT_CORS_ORIGINS": "https://app.example.com",
        "OIDC_ISSUERS": orjson.dumps([{"issuer": issuer.url, "audience": AUDIENCE}]).decode(),
    }
    with Server(tmp_path_factory.mktemp("public"), environment) as running:
        yield running


def listing(person: Person, path: str = "/mcp") -> httpx.Response:
    return Speaker(person, path).ask("tools/list")


def test_without_a_credential_it_is_said_where_to_get_one(server: Server) -> None:
    for path in ("/mcp", "/mcp/profiles/work%20%2F%20home"):
        with server.client() as client:
            response = client.post(path, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
            error = rpc_error(response, 401, 401)
            assert error["data"]["type"] == "/problems/unauthenticated"
            challenge = response.headers["www-authenticate"]
            metadata = f"{server.url}{WELL_KNOWN}{path}"
            assert challenge == f'Bearer resource_metadata="{metadata}"'
            told = client.get(metadata).json()
        assert told["resource"] == f"{server.url}{path}"


@pytest.mark.parametrize("header", [{"Authorization": "Bearer zebra"}, {"X-Api-Key": "mc_zebra"}])
def test_a_credential_that_does_not_hold_is_said_not_to(
    server: Server, header: dict[str, str]
) -> None:
    with server.client() as client:
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        response = client.post("/mcp", json=body, headers=header)
    rpc_error(response, 401, 401)
    assert response.headers["www-authenticate"].startswith(
        'Bearer error="invalid_token", resource_metadata="'
    )


def test_a_key_answers_in_either_header(server: Server, ada: Person) -> None:
    secret = a_key(ada, "memories:read")["key"]
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    for header in ({"X-Api-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        with server.client() as client:
            headers = {**header, "MCP-Protocol-Version": LEGACY}
            assert client.post("/mcp", json=body, headers=headers).status_code == 200


def test_the_metadata_name_the_issuers_and_the_public_address(
    public: Server, issuer: Issuer
) -> None:
    with public.client() as client:
        for path in ("", "/mcp", "/mcp/profiles/work"):
            told = client.get(f"{WELL_KNOWN}{path}").json()
            assert told["resource"] == f"{PUBLIC}{path}"
            assert told["authorization_servers"] == [issuer.url]
            assert told["bearer_methods_supported"] == ["header"]
            assert "scopes_supported" not in told
        challenge = client.post("/mcp").headers["www-authenticate"]
    assert challenge == f'Bearer resource_metadata="{PUBLIC}{WELL_KNOWN}/mcp"'


def test_the_official_client_understands_where_to_sign_in(public: Server, issuer: Issuer) -> None:
    with public.client() as client:
        answer = client.post("/mcp")
        challenge = httpx2.Response(401, headers=dict(answer.headers))
        found = extract_resource_metadata_from_www_auth(challenge)
        tried = build_protected_resource_metadata_discovery_urls(found, f"{PUBLIC}/mcp")
        for url in tried:
            told = client.get(url.removeprefix(PUBLIC)).content
            metadata = ProtectedResourceMetadata.model_validate_json(told)
            assert check_resource_allowed(f"{PUBLIC}/mcp", str(metadata.resource))
            assert [str(one).rstrip("/") for one in metadata.authorization_servers] == [issuer.url]
    assert tried[0] == f"{PUBLIC}{WELL_KNOWN}/mcp"


def test_without_issuers_none_is_named(server: Server) -> None:
    with server.client() as client:
        assert "authorization_servers" not in client.get(f"{WELL_KNOWN}/mcp").json()


def test_a_token_of_an_issuer_is_taken(public: Server, issuer: Issuer) -> None:
    anna = Newcomer(public, issuer.token(f"subject-{uuid4().hex}"))
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    params = {"name": "add_memory", "arguments": {"content": "Likes figs."}}
    with public.client(anna.token) as client:
        headers = {"MCP-Protocol-Version": LEGACY}
        response = client.post("/mcp", json={**body, "params": params}, headers=headers)
    assert response.json()["result"]["structuredContent"]["content"] == "Likes figs."


def test_too_many_requests_are_said_to_be(public: Server) -> None:
    with Person(public) as ada, Keyring(public) as keys:
        program = keys.new(ada, "memories:read", requests_per_minute=2)
        answers = [listing(program) for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        rpc_error(answers[2], 429, 429)
        assert int(answers[2].headers["retry-after"]) > 0
        assert "remaining=0" in answers[2].headers["ratelimit"]


HOSTS = {
    "chat.example.com": 200,
    "CHAT.example.com:443": 200,
    "memorychat.lan": 200,
    "other.lan:8000": 200,
    "localhost:8000": 200,
    "127.0.0.1": 200,
    "[::1]:8000": 200,
    "192.168.1.5:8000": 200,
    "evil.example.com": 421,
    "chat.example.com.evil.example": 421,
    "evil@localhost": 421,
    "localhost:zebra": 421,
    "[::1": 421,
    '[::ffff:1.2.3.4%25"x]': 421,
    "": 421,
}


@pytest.mark.parametrize("host", HOSTS)
def test_names_that_are_not_the_servers_are_refused(public: Server, host: str) -> None:
    with public.client() as client:
        for path in ("/mcp", WELL_KNOWN, f"{WELL_KNOWN}/mcp"):
            method = "POST" if path == "/mcp" else "GET"
            response = client.request(method, path, headers={"Host": host})
            good = 401 if path == "/mcp" else 200
            assert response.status_code == (good if HOSTS[host] == 200 else 421), path


ORIGINS = [
    ("chat.example.com", "https://chat.example.com", 401),
    ("chat.example.com", "https://app.example.com", 401),
    ("127.0.0.1:8000", "http://127.0.0.1:8000", 401),
    ("127.0.0.1:8000", "http://localhost:6274", 401),
    ("192.168.1.5:8000", "http://192.168.1.5:8000", 401),
    ("chat.example.com", "http://localhost:6274", 403),
    ("127.0.0.1:8000", "https://evil.example", 403),
    ("chat.example.com", "https://evil.example", 403),
    ("chat.example.com", "https://app.example.com.evil.example", 403),
    ("127.0.0.1:8000", "null", 403),
    ("127.0.0.1:8000", "file://localhost", 403),
    ("127.0.0.1:8000", "http://[::1", 403),
    ("127.0.0.1:8000", "", 403),
]


@pytest.mark.parametrize(("host", "origin", "status"), ORIGINS)
def test_pages_of_other_origins_are_refused(
    public: Server, host: str, origin: str, status: int
) -> None:
    with public.client() as client:
        response = client.post("/mcp", headers={"Host": host, "Origin": origin})
    rpc_error(response, status, status)
    if status == 403:
        assert "www-authenticate" not in response.headers


def test_a_key_is_shown_the_tools_that_it_may_use(keys: Keyring, ada: Person) -> None:
    every = {
        ("memories:read",): READS,
        ("memories:write",): set(TOOLS) - READS,
        EVERY_SCOPE: set(TOOLS),
        ("chat", "documents", "admin"): set(),
    }
    for scopes, tools in every.items():
        assert Speaker(keys.new(ada, *scopes)).tools().keys() == tools


def test_a_key_that_lacks_the_scope_is_told_which(keys: Keyring, ada: Person) -> None:
    before = ada.exported()
    for scope in ("memories:read", "memories:write"):
        program = Speaker(keys.new(ada, *all_but([scope])))
        lacking = READS if scope == "memories:read" else set(TOOLS) - READS
        asked = [program.ask("tools/call", {"name": name}) for name in lacking]
        if scope == "memories:read":
            asked.append(program.ask("resources/list"))
            asked.append(program.ask("resources/read", {"uri": "memorychat://memory-profiles/x"}))
        for response in asked:
            error = rpc_error(response, 403, 403)
            assert error["data"]["type"] == "/problems/missing-scope"
            assert response.json()["id"] is not None
            challenge = response.headers["www-authenticate"]
            assert challenge.startswith(f'Bearer error="insufficient_scope", scope="{scope}"')
            assert f'{WELL_KNOWN}/mcp"' in challenge
    assert len(ada.exported()) == len(before)


def test_a_paused_key_reads_and_forgets_and_keeps_nothing(keys: Keyring, ada: Person) -> None:
    kept = Speaker(ada).use("add_memory", content="Likes figs.")
    program = Speaker(keys.new(ada, privacy_mode="pause_memories"))

    assert program.tools().keys() == set(TOOLS) - {"add_memory", "update_memory"}
    assert "privacy mode" in program.failing("add_memory", content="Likes plums.")
    assert "privacy mode" in program.failing(
        "update_memory", memory_id=kept["id"], content="Likes plums."
    )
    [found] = program.use("search_memories", query="figs")["memories"]
    assert found["content"] == "Likes figs."
    assert program.use("delete_memory", memory_id=kept["id"])["deleted"]["memories"] == 1


def test_an_incognito_key_neither_reads_nor_writes(keys: Keyring, ada: Person) -> None:
    kept = Speaker(ada).use("add_memory", content=f"Likes {CANARY}.")
    [uri] = [one["uri"] for one in Speaker(ada).result("resources/list")["resources"]]
    program = Speaker(keys.new(ada, privacy_mode="incognito"))
    one = {"memory_id": kept["id"]}
    calls: dict[str, dict[str, Any]] = {
        "search_memories": {"query": CANARY},
        "add_memory": {"content": "Likes plums."},
        "get_memories": {},
        "get_memory": one,
        "update_memory": {**one, "content": "Likes plums."},
        "delete_memory": one,
        "delete_all_memories": {"confirm": True},
    }

    assert set(program.tools()) == {"list_memory_profiles"}
    for tool, arguments in calls.items():
        told = program.failing(tool, **arguments)
        assert "privacy mode" in told
        assert CANARY not in told
    refused = program.ask("resources/read", {"uri": uri})
    assert rpc_error(refused, 403, 403)["data"]["type"] == "/problems/mode-forbids"
    assert [m["content"] for m in ada.memories(ada.default_profile())] == [f"Likes {CANARY}."]


@pytest.fixture
def both(ada: Person) -> dict[str, str]:
    """Two profiles, with a memory each: their ids by their names, and the memories' by theirs."""
    ids = {}
    for name in ("work", "family"):
        ids[name] = ada.profile(name)
        added = Speaker(ada).use("add_memory", content=f"This is {name}.", profile=name)
        ids[f"memory of {name}"] = added["id"]
    return ids


@pytest.mark.parametrize("by", ["address", "id in the address", "key", "key and address"])
def test_who_is_bound_to_a_profile_reaches_no_other(
    keys: Keyring, ada: Person, both: dict[str, str], by: str
) -> None:
    bound = keys.new(ada, memory_profile_id=both["work"])
    program = {
        "address": Speaker(ada, "/mcp/profiles/work"),
        "id in the address": Speaker(ada, f"/mcp/profiles/{both['work']}"),
        "key": Speaker(bound),
        "key and address": Speaker(bound, "/mcp/profiles/work"),
    }[by]

    [memory] = program.use("get_memories")["memories"]
    assert memory["content"] == "This is work."
    [profile] = program.use("list_memory_profiles")["memory_profiles"]
    assert profile["name"] == "work"
    [resource] = program.result("resources/list")["resources"]
    uri = resource["uri"].replace(both["work"], both["family"])
    rpc_error(program.ask("resources/read", {"uri": uri}), 400, -32602)
    for tool, more in (
        ("get_memory", {}),
        ("update_memory", {"importance": 1}),
        ("delete_memory", {}),
    ):
        there = program.failing(tool, memory_id=both["memory of family"], **more)
        gone = program.failing(tool, memory_id=both["memory of family"][:-6] + "abcdef", **more)
        assert there == gone
    assert program.failing("get_memories", profile="family")
    program.use("add_memory", content="Is at work.")
    program.use("delete_all_memories", confirm=True)
    assert ada.memories(both["work"]) == []
    assert len(ada.memories(both["family"])) == 1
    assert ada.memories(ada.default_profile()) == []


def test_at_a_profiles_address_no_tool_takes_another(ada: Person, both: dict[str, str]) -> None:
    program = Speaker(ada, "/mcp/profiles/work")
    for tool in program.tools().values():
        assert "profile" not in tool["inputSchema"]["properties"]
    assert "leave the argument out" in program.failing("get_memories", profile="work")
    assert "profile" in Speaker(ada).tools()["get_memories"]["inputSchema"]["properties"]


def test_the_address_of_a_profile_that_is_not_theirs_is_as_of_none(
    keys: Keyring, ada: Person, bob: Person, both: dict[str, str]
) -> None:
    bound = keys.new(ada, memory_profile_id=both["work"])
    asked = [
        listing(bob, f"/mcp/profiles/{both['work']}"),
        listing(bob, "/mcp/profiles/work"),
        listing(bob, "/mcp/profiles/nobodys"),
        listing(bob, "/mcp/profiles/%00"),
        listing(bob, "/mcp/profiles/"),
        listing(bound, "/mcp/profiles/family"),
        listing(bound, f"/mcp/profiles/{both['family']}"),
    ]
    for response in asked:
        error = rpc_error(response, 404, 404)
        assert error["data"]["type"] == "/problems/profile-not-found"
        assert error["message"] == "Memory profile not found"


def test_other_peoples_things_are_as_absent(ada: Person, bob: Person) -> None:
    owner, other = Speaker(ada), Speaker(bob)
    profile = ada.profile(CANARY)
    kept = owner.use("add_memory", content=f"Likes {CANARY}.", profile=CANARY)
    before = ada.memories(profile)
    absent = {"memory_id": kept["id"][:-6] + "abcdef", "profile": profile[:-6] + "abcdef"}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("get_memory", "memory_id", {}),
        ("update_memory", "memory_id", {"content": "intruder"}),
        ("delete_memory", "memory_id", {}),
        ("get_memories", "profile", {}),
        ("search_memories", "profile", {"query": CANARY}),
        ("add_memory", "profile", {"content": "intruder"}),
        ("delete_all_memories", "profile", {"confirm": True}),
    ]
    for tool, name, more in calls:
        theirs = {"memory_id": kept["id"], "profile": profile}[name]
        there = other.failing(tool, **{name: theirs}, **more)
        assert there == other.failing(tool, **{name: absent[name]}, **more)
        assert CANARY not in there
    uri = f"memorychat://memory-profiles/{profile}"
    rpc_error(other.ask("resources/read", {"uri": uri}), 400, -32602)
    assert CANARY not in str(other.result("resources/list")) + str(
        other.use("list_memory_profiles")
    )
    assert other.use("search_memories", query=CANARY)["memories"] == []
    assert ada.memories(profile) == before
