"""`python main.py backup` while a server runs, and `restore` into a folder without a database."""

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.adapters.backup import restore
from app.core.errors import StartRefused
from tests.support.command import command
from tests.support.person import PASSWORD, Person, eventually
from tests.support.server import Server
from tests.support.traces import held

pytestmark = pytest.mark.embedded

FORGOTTEN = "Zyrafa7731"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Server]:
    """A second installation, in a folder that does not exist yet."""
    server = Server(tmp_path / "other")
    server.data_dir.parent.mkdir()
    yield server
    server.kill()


@dataclass(frozen=True)
class Life:
    """An installation whose server is stopped, who lived there, and what was backed up meanwhile."""

    server: Server
    ada: Person
    backup: bytes


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Ada has talked, and forgotten something; after the backup she said something more."""
    folder = tmp_path_factory.mktemp("life")
    file = folder / "backup.tar"
    with Server(folder) as server, Person(server) as ada:
        family = ada.default_profile()
        ada.say(ada.session(family), "My sister Anna lives in Bergen.")
        ada.brought(family, "The deposit is at Nordea.", title="Lease")
        gone = ada.session(family)
        ada.say(gone, f"My cat is called {FORGOTTEN}.")
        ada.settle(family)
        ada.delete(f"/sessions/{gone}")
        assert "Another MemoryChat process" in command(server, "restore", str(file)).stderr

        done = command(server, "backup", str(file))

        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{file}: {file.stat().st_size} bytes")
        assert file.stat().st_mode & 0o077 == 0
        ada.say(ada.session(family), "My brother Erik lives in Oslo.")
        server.stop()
        yield Life(server, ada, file.read_bytes())


@pytest.fixture
def backup(life: Life, tmp_path: Path) -> Path:
    """A copy of the backup."""
    file = tmp_path / "backup.tar"
    file.write_bytes(life.backup)
    return file


def test_a_backup_of_a_running_server_is_restored_elsewhere(
    life: Life, other: Server, backup: Path
) -> None:
    ada = life.ada
    assert held([FORGOTTEN], life.backup) == []

    done = command(other, "restore", str(backup))

    assert done.returncode == 0, done.stderr
    assert "The database is that of " in done.stdout
    other.start()
    ada.http.base_url = other.url
    login = {"email": ada.email, "password": PASSWORD}
    token = ada.post("/auth/login", login)["access_token"]
    ada.http.headers["Authorization"] = f"Bearer {token}"
    family = ada.default_profile()
    found = eventually(
        lambda: ada.post(f"/memory-profiles/{family}/memories/search", {"query": "Anna"}),
        lambda one: one["data"],
    )
    assert any("Bergen" in one["content"] for one in found["data"])
    [document] = ada.get(f"/memory-profiles/{family}/documents")["data"]
    original = ada.http.get(f"/api/v1/documents/{document['id']}/file")
    assert original.content == b"The deposit is at Nordea."
    everything = str(ada.memories(family)) + str(ada.get("/sessions"))
    assert "Oslo" not in everything, "that was said after the backup"
    assert FORGOTTEN not in everything


def test_nothing_is_overwritten(life: Life, backup: Path) -> None:
    database = life.server.data_dir / "memorychat.db"
    before = database.read_bytes()

    into_a_home = command(life.server, "restore", str(backup))
    onto_a_file = command(life.server, "backup", str(backup))

    assert into_a_home.returncode == onto_a_file.returncode == 1
    assert "holds memorychat.db: move it elsewhere first" in into_a_home.stderr
    assert "is there already: choose another name" in onto_a_file.stderr
    assert (database.read_bytes(), backup.read_bytes()) == (before, life.backup)


def a_flipped_byte(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def another_member(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for entry in tar:
                made.addfile(entry, tar.extractfile(entry))
        escaping = tarfile.TarInfo("../escaped")
        escaping.size = 1
        made.addfile(escaping, io.BytesIO(b"x"))
    return stream.getvalue()


def without_its_end(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    "harm",
    [a_flipped_byte, another_member, without_its_end, lambda _: b"", lambda _: b"Dear Anna" * 99],
)
def test_a_damaged_backup_changes_nothing(
    tmp_path: Path, backup: Path, harm: Callable[[bytes], bytes]
) -> None:
    backup.write_bytes(harm(backup.read_bytes()))
    data = tmp_path / "data"
    data.mkdir()

    with pytest.raises(StartRefused, match="no backup of MemoryChat"):
        restore(data, backup, advance=int)

    assert sorted(tmp_path.rglob("*")) == [backup, data]


def test_there_must_be_something_to_copy_and_somewhere_to(
    other: Server, own_server: Server
) -> None:
    told = "No backup was made: There is no installation in"
    assert told in command(other, "backup", "b.tar").stderr
    own_server.start()
    own_server.stop()
    nowhere = str(own_server.data_dir / "no" / "folder" / "b.tar")
    missing = f"{nowhere}: No such file"
    assert f"No backup was made: {missing}" in command(own_server, "backup", nowhere).stderr
    assert f"Nothing was restored: {missing}" in command(other, "restore", nowhere).stderr
