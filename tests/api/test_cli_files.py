"""Files out and in from the command line, while the server is stopped."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import command, copy_folder
from tests.support.person import Person
from tests.support.portable_files import a_mem0_export, a_text
from tests.support.round_trip import essence
from tests.support.server import ON_POSTGRES, Server


@pytest.fixture(scope="module")
def ada_of_old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Path]]:
    """Ada, who has a profile on a server that is stopped now, and its data folder."""
    with Server(tmp_path_factory.mktemp("of-old")) as server, somebody(server) as ada:
        yield ada, server.data_dir


@contextmanager
def somebody(server: Server) -> Iterator[Person]:
    """Ada, who has a profile on the server, which is stopped then."""
    with Person(server) as ada:
        family = ada.profile("family")
        ada.post(f"/memory-profiles/{family}/memories", {"content": "I live in Oslo."})
        server.stop()
        yield ada


@pytest.fixture
def ada_away(own_server: Server, ada_of_old: tuple[Person, Path]) -> Iterator[Person]:
    """Ada, who has a profile in a copy of that folder; on a Postgres, in one of its own."""
    if ON_POSTGRES:
        own_server.start()
        with somebody(own_server) as ada:
            yield ada
        return
    ada, data_dir = ada_of_old
    copy_folder(data_dir, own_server.data_dir)
    yield ada


def run(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command(server, *arguments)


def memories(server: Server, ada: Person) -> list[str]:
    """What the family knows, once the server runs again."""
    server.start()
    ada.http.base_url = server.url
    profiles = {one["name"]: one["id"] for one in ada.get("/memory-profiles")["data"]}
    known = sorted(memory["content"] for memory in ada.memories(profiles["family"]))
    server.stop()
    return known


def test_a_file_is_imported_with_a_progress_bar(
    own_server: Server, ada_away: Person, tmp_path: Path
) -> None:
    file = tmp_path / "mem0.json"
    file.write_bytes(a_mem0_export())
    target = ("--email", ada_away.email.upper(), "--profile", "Family")

    planned = run(own_server, "import", str(file), *target, "--dry-run")
    done = run(own_server, "import", str(file), *target)
    again = run(own_server, "import", str(file), *target)

    assert "memories: 2 would be added, 0 known" in planned.stdout
    assert "memories: 2 added, 0 known" in done.stdout
    assert "Importing: 100%" in done.stderr
    assert "memories: 0 added, 2 known" in again.stdout
    assert [one.returncode for one in (planned, done, again)] == [0, 0, 0]
    assert memories(own_server, ada_away) == ["I live in Oslo.", "Likes tea", "Lives in Bergen"]


def test_an_account_is_exported_and_imported(
    own_server: Server, ada_away: Person, tmp_path: Path
) -> None:
    file, second = tmp_path / "ada.jsonl", tmp_path / "again.jsonl"
    account = ("--email", ada_away.email)

    assert run(own_server, "export", str(file), *account).returncode == 0
    assert run(own_server, "import", str(file), *account).returncode == 0
    assert run(own_server, "export", str(second), *account).returncode == 0

    assert essence(second.read_bytes()) == essence(file.read_bytes())
    assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116 - a mode is what it is about


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--email", "nobody@example.com"), "There is no account of this address."),
        (("--email", "ADA", "--profile", "nothing"), "There is no such profile"),
        (("--email", "ADA"), "imported into one memory profile"),
    ],
)
def test_what_cannot_be_done_is_said(
    own_server: Server,
    ada_away: Person,
    tmp_path: Path,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(a_text())
    named = [ada_away.email if one == "ADA" else one for one in arguments]

    done = run(own_server, "import", str(file), *named)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_file_is_refused_by_its_line(
    own_server: Server, ada_away: Person, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"I like tea.\n\xff\n")

    target = ("--email", ada_away.email, "--profile", "family", "--format", "text")
    done = run(own_server, "import", str(file), *target)

    assert (done.returncode, "/lines/2: not UTF-8" in done.stderr) == (1, True)
    assert memories(own_server, ada_away) == ["I live in Oslo."]


def test_a_file_that_is_there_is_not_overwritten(
    own_server: Server, ada_away: Person, tmp_path: Path
) -> None:
    file = tmp_path / "ada.jsonl"
    file.write_text("precious")

    assert run(own_server, "export", str(file), "--email", ada_away.email).returncode == 1
    assert file.read_text() == "precious"
