"""With words encrypted, no file of an installation holds one: database, its log, index, own log."""

from pathlib import Path

from tests.support.at_rest import encrypted
from tests.support.canaries import Canaries
from tests.support.person import Person
from tests.support.server import Server
from tests.support.traces import traces


def test_no_file_holds_a_word(tmp_path: Path) -> None:
    said = Canaries()
    with Server(tmp_path, encrypted(file=False)) as server, Person(server, "ada") as ada:
        live(ada, said)
        assert traces(said, tmp_path) == [], "while it runs"
        assert "Zyrafa1message" in str(ada.memories(ada.default_profile()))
        server.kill()

    assert traces(said, tmp_path) == [], "as a crash leaves it"


def live(ada: Person, said: Canaries) -> None:
    """Something is said, learnt, written, named, brought and taken along."""
    family = ada.default_profile()
    ada.patch(f"/memory-profiles/{family}", {"description": said("description")})
    session = ada.session(family)
    ada.say(session, f"My sister is called {said('message')}.")
    ada.patch(f"/sessions/{session}", {"title": said("title")})
    past = [{"role": "user", "content": f"I like {said('past')}.", "name": said("name")}]
    ada.post(f"/sessions/{session}/messages", {"messages": past})
    path = f"/memory-profiles/{family}/memories"
    memory = ada.post(path, {"content": said("memory"), "kind": "fact"})["id"]
    ada.patch(f"/memories/{memory}", {"content": said("changed")})
    ada.post(f"{path}/search", {"query": said("query")})
    ada.brought(family, f"The deposit of {said('document')}.", title=said("heading"))
    ada.settle(family)
    exported = ada.http.get("/api/v1/me/export").content
    assert b"Zyrafa1message" in exported
    other = ada.profile(said("profile"))
    for_import = ada.http.get(f"/api/v1/memory-profiles/{family}/export").content
    imported = ada.http.post(
        f"/api/v1/memory-profiles/{other}/import",
        content=for_import,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert imported.status_code < 300, imported.text
    ada.settle(other)
