"""Words that come through the Model Context Protocol are in the database if they are to be, and nowhere else."""

from pathlib import Path
from typing import Any

from tests.support.api_sweep import everything
from tests.support.canaries import Canaries
from tests.support.keys import Keyring
from tests.support.mcp import LEGACY, MODERN, Speaker
from tests.support.person import Person
from tests.support.server import Server
from tests.support.traces import held, traces


def asks(speaker: Speaker, secret: Canaries, where: str) -> None:
    """Says words in every place of a request that is not for keeping, most of them amiss."""
    call = "tools/call"
    speaker.use("search_memories", query=f"What of {secret(where + 'query')}?")
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("search_memories", {"query": secret(where + "unlimited"), "limit": 1_000}),
        ("add_memory", {"content": f"Likes {secret(where + 'kind')}.", "kind": "zebra"}),
        ("add_memory", {"content": "Likes figs.", secret(where + "field"): 1}),
        ("add_memory", {"content": secret(where + "lost"), "profile": secret(where + "profile")}),
        ("get_memories", {"cursor": secret(where + "cursor")}),
        ("get_memory", {"memory_id": secret(where + "id")}),
        ("update_memory", {"memory_id": secret(where + "none"), "content": secret(where + "old")}),
        ("delete_all_memories", {"confirm": secret(where + "confirm")}),
    ]
    for tool, arguments in wrong:
        assert held(secret, speaker.failing(tool, **arguments).encode()) == []
    for method, params in (
        (call, {"name": secret(where + "tool")}),
        (secret(where + "method"), {}),
        ("resources/read", {"uri": f"memorychat://{secret(where + 'uri')}"}),
        ("tools/list", {"cursor": secret(where + "page")}),
        ("initialize", {"clientInfo": {"name": secret(where + "client")}}),
    ):
        speaker.ask(method, params)


def breaks(person: Person, secret: Canaries) -> None:
    """Says words in what is no message, and in addresses."""
    headers = {"Content-Type": "application/json"}
    for content in (f'{{"{secret("broken")}": ', f'["{secret("batch")}"]'):
        person.http.post("/mcp", content=content, headers=headers)
    person.http.post(f"/mcp/profiles/{secret('path')}", json={})
    person.http.get(f"/mcp/profiles/{secret('got')}")
    person.http.post("/mcp", json={}, headers={"Host": f"{secret('host')}.example"})
    person.http.post("/mcp", json={}, headers={"Origin": f"http://{secret('origin')}.example"})
    person.http.post("/mcp", json={}, headers={"Authorization": f"Bearer {secret('token')}"})


def test_what_is_asked_is_nowhere_and_what_is_added_is_in_the_database(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {"MEMORYCHAT_LOG_LEVEL": "debug", "TMPDIR": str(tmp_path / "tmp")}
    asked, kept, hidden = Canaries(), Canaries(), Canaries()
    with Server(tmp_path, environment) as server, Person(server) as ada, Keyring(server) as keys:
        speaker = Speaker(ada)
        added = speaker.use("add_memory", content=f"Keeps a {kept('added')} at home.")
        speaker.use("update_memory", memory_id=added["id"], content=f"Has a {kept('updated')}.")
        for revision in (MODERN, LEGACY):
            asks(Speaker(ada, revision=revision), asked, revision.replace("-", ""))
        breaks(ada, asked)
        for mode in ("incognito", "pause_memories"):
            program = Speaker(keys.new(ada, privacy_mode=mode))
            program.failing("add_memory", content=f"Likes {hidden(mode + 'add')}.")
            program.failing("update_memory", memory_id=added["id"], content=hidden(mode + "change"))
        secret_key = Speaker(keys.new(ada, privacy_mode="incognito"))
        secret_key.failing("search_memories", query=hidden("search"))
        told = everything(ada, words=["home"])
        assert held([*asked, *hidden], told.encode()) == []
        assert held(kept, told.encode()) != []
        server.stop()

    assert traces([*asked, *hidden], tmp_path) == []
    found = traces(kept, tmp_path)
    assert found
    assert [one for one in found if "memorychat.db" not in one] == []
