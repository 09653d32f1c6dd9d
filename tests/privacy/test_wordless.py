"""Words stand in the database and nowhere else: not in logs, metrics or the index, come what may."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.canaries import Canaries
from tests.support.confidant import Confidant
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import ON_POSTGRES, Server, database_of
from tests.support.settings import asks
from tests.support.traces import held, traces


class House:
    """A server with a talkative log, everything it writes in one folder, and somebody who talks."""

    def __init__(self, folder: Path, server: Server, confidant: Confidant) -> None:
        self.folder = folder
        self.server = server
        self.confidant = confidant
        self.ada = confidant.ada
        self.said: Canaries = confidant.secret

    def execute(self, statement: str, *values: object) -> int:
        """How many rows somebody else changed in the database."""
        asked = statement.replace("?", "%s") if ON_POSTGRES else statement
        with database_of(self.folder) as connection:
            count: int = connection.execute(asked, values).rowcount
            connection.commit()
            return count

    def log(self) -> str:
        return self.server.log.read_text()

    def is_discreet(self) -> None:
        """No word is where none belongs."""
        found = traces(self.said, self.folder)
        assert [one for one in found if "memorychat.db" not in one] == []
        assert held(self.said, self.ada.http.get("/metrics").content) == []

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No file of the server's can grow."""
        size = (self.server.data_dir / "memorychat.db-wal").stat().st_size
        _, hard = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def house(tmp_path: Path, upstream: RunningUpstream) -> Iterator[House]:
    (tmp_path / "tmp").mkdir()
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_LOG_LEVEL": "debug",
        "MEMORYCHAT_LEARNING__BACKOFF_S": "0",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    server = Server(tmp_path, environment)
    with server, Person(server) as ada:
        confidant = Confidant(ada, upstream)
        confidant.script()
        yield House(tmp_path, server, confidant)


def test_nothing_that_is_said_is_logged_counted_or_indexed(house: House) -> None:
    ada, secret = house.ada, house.said
    session = ada.session()
    house.confidant.talk(session, "plain")
    house.confidant.blunder(session, "plain")
    house.confidant.bring(session, "plain")
    profile = ada.post("/memory-profiles", {"name": secret("profile")})["id"]
    path = f"/memory-profiles/{profile}/memories"
    memory = ada.post(path, {"content": secret("memory"), "kind": "fact"})["id"]
    ada.patch(f"/memories/{memory}", {"content": secret("changed")})
    ada.post(f"{path}/search", {"query": secret("query")})
    ada.get("/sessions", q=secret("search"))
    document = ada.brought(
        profile, f"{secret('passage')} lives in Bergen.", name=f"{secret('file')}.txt"
    )
    ada.brought(
        profile, f"<p>{secret('html')} lives in Bergen.", title=secret("heading"), name="a.html"
    )
    ada.say(ada.session(profile), "Who lives in Bergen?")
    assert "lives in Bergen" in ada.http.get(f"/api/v1/documents/{document['id']}/file").text
    refused = ada.http.post(
        f"/api/v1/memory-profiles/{profile}/documents",
        files={"file": (f"{secret('refused')}.pdf", f"%PDF- {secret('broken')}".encode())},
    )
    assert refused.status_code == 422
    assert held(secret, refused.content) == []
    ada.settle(profile)

    house.is_discreet()
    house.server.stop()

    found = traces(house.said, house.folder)
    assert found
    assert [one for one in found if "memorychat.db" not in one] == []


def test_an_unexpected_error_that_quotes_words_is_logged_without_them(house: House) -> None:
    ada, word = house.ada, house.said("role")
    session = ada.session()
    ada.say(session, f"I like {word}.")
    assert (
        house.execute("UPDATE chat_messages SET role = substr(content, 8, 20) WHERE seq = 1") == 1
    )

    for failed in (
        ada.http.get(f"/api/v1/sessions/{session}/messages"),
        ada.http.get(f"/api/v1/sessions/{session}/summary"),
        ada.http.post(f"/api/v1/chat/{session}", json={"message": f"I like {word}."}),
        ada.http.post(f"/api/v1/chat/{session}/stream", json={"message": f"I like {word}."}),
    ):
        assert failed.status_code == 500
        assert failed.headers["content-type"] == "application/problem+json"
        assert word not in failed.text

    assert "ValueError" in house.log()
    house.is_discreet()


def test_learning_goes_on_after_an_unexpected_error(house: House) -> None:
    ada = house.ada
    ruined, sound = ada.profile("ruined"), ada.profile("sound")
    session, word = ada.session(ruined), house.said("ruined")
    messages = [{"role": "user", "content": f"I like {word}."}]
    ada.post(f"/sessions/{session}/messages", {"messages": messages})
    stats = f"/memory-profiles/{ruined}/memories/stats"
    eventually(lambda: ada.get(stats)["pending_index_changes"], lambda waiting: waiting == 0)
    house.execute("UPDATE chat_messages SET role = substr(content, 8, 20)")
    house.execute("UPDATE memory_jobs SET state = 'pending', run_at = created_at")

    ada.say(ada.session(sound), f"I like {house.said('sound')}.")

    ada.settle(sound)
    eventually(lambda: house.log(), lambda log: "learning failed" in log and "ValueError" in log)
    ada.settle(ruined)  # a dead letter, in the end
    house.is_discreet()


@pytest.mark.embedded
def test_a_full_disk_is_a_problem_and_keeps_nothing(house: House) -> None:
    ada = house.ada
    session = ada.session()
    ada.say(session, f"I like {house.said('before')}.")
    lost = house.said("lost") * 2_000

    with house.full_disk():
        refused = ada.http.post(f"/api/v1/chat/{session}", json={"message": lost})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "storage-unavailable"
        assert ada.http.get(f"/api/v1/sessions/{session}").status_code == 200

    ada.say(session, f"I like {house.said('after')}.")
    assert len(ada.messages(session)) == 4
    assert [m["content"] for m in ada.messages(session) if lost in m["content"]] == []
    house.is_discreet()


@pytest.mark.embedded
def test_a_ruined_index_costs_memories_and_no_words(house: House) -> None:
    ada = house.ada
    session = ada.session()
    ada.say(session, f"I like {house.said('indexed')}.")
    ada.settle(ada.default_profile())
    shutil.rmtree(house.server.data_dir / "index")

    unindexed = f"I like {house.said('unindexed')}."
    assert ada.say(ada.session(), unindexed)["finish_reason"] == "stop"
    house.is_discreet()
    house.server.kill()
    house.server.start()
    ada.http.base_url = house.server.url
    ada.settle(ada.default_profile())

    path = f"/memory-profiles/{ada.default_profile()}/memories/search"
    assert unindexed in str(eventually(lambda: ada.post(path, {"query": unindexed})["data"], bool))


def test_a_ruined_database_is_a_problem(house: House) -> None:
    ada = house.ada
    session = ada.session()
    ada.say(session, f"I like {house.said('kept')}.")
    house.execute("ALTER TABLE chat_messages RENAME COLUMN content TO words")

    for failed in (
        ada.http.post(f"/api/v1/chat/{session}", json={"message": house.said("told")}),
        ada.http.get(f"/api/v1/sessions/{session}/messages"),
        ada.http.get("/api/v1/sessions", params={"q": house.said("sought")}),
    ):
        assert failed.status_code == 503
        assert failed.json()["error"]["code"] == "storage-unavailable"
    house.is_discreet()
