"""A database that is damaged, folders that may not be written, and two processes on one folder."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command import bound_by_modes, command, copy_folder, refusal
from tests.support.person import Person
from tests.support.server import Server

pytestmark = pytest.mark.embedded

PAGE = 4096

Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a stopped server that somebody has talked to."""
    with Server(tmp_path_factory.mktemp("lived-in")) as server, Person(server) as ada:
        session = ada.session(ada.default_profile())
        past = [{"role": "user", "content": f"Friend {n} lives in Bergen."} for n in range(100)]
        ada.post(f"/sessions/{session}/messages", {"messages": past})
        server.stop()
        return server.data_dir


@pytest.fixture
def stopped(lived_in: Path, own_server: Server) -> Server:
    """A copy of it."""
    copy_folder(lived_in, own_server.data_dir)
    return own_server


def overwritten(start: int, size: int, *, byte: bytes = b"\xa5") -> Damage:
    def damage(file: Path) -> None:
        with file.open("r+b") as stream:
            stream.seek(start)
            stream.write(byte * size)

    return damage


def a_page_in_the_middle(file: Path) -> None:
    overwritten(file.stat().st_size // PAGE // 2 * PAGE, PAGE)(file)


def cut_in_the_middle(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def another_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").write_bytes(b"Dear Anna" * 1_000)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (overwritten(0, 100, byte=b"\0"), "is damaged"),
        (overwritten(100, PAGE - 100), "is damaged"),
        (overwritten(PAGE, PAGE), "is damaged"),
        (a_page_in_the_middle, "is damaged"),
        (cut_in_the_middle, "is damaged"),
        (emptied, "is empty, although"),
        (another_log, "-wal is damaged"),
    ],
)
def test_a_damaged_database_is_told_with_what_to_do_and_left_as_it_is(
    stopped: Server, damage: Damage, what: str
) -> None:
    file = stopped.data_dir / "memorychat.db"
    log = file.with_name(f"{file.name}-wal")
    damage(file)
    before, log_before = file.read_bytes(), log.read_bytes() if log.exists() else b""

    said = refusal(stopped)
    again = refusal(stopped, "reindex")

    assert again == said
    assert str(file) in said
    assert what in said
    assert "main.py restore FILE" in said
    assert file.read_bytes() == before
    assert (log.read_bytes() if log.exists() else b"") == log_before


def test_what_was_restored_from_a_backup_works(stopped: Server) -> None:
    file = stopped.data_dir / "memorychat.db"
    backup = file.read_bytes()
    a_page_in_the_middle(file)
    refusal(stopped)
    for left in stopped.data_dir.glob("memorychat.db*"):
        left.unlink()
    file.write_bytes(backup)

    assert "The index holds 100 memories" in command(stopped, "reindex").stdout
    stopped.start()


def test_what_a_loss_of_power_leaves_of_the_log_is_no_damage(stopped: Server) -> None:
    (stopped.data_dir / "memorychat.db-wal").write_bytes(bytes(40_000))

    stopped.start()

    with Person(stopped) as ada:
        assert ada.get("/me")


def test_damage_that_shows_while_it_runs_is_told_and_nothing_crashes(stopped: Server) -> None:
    stopped.start()
    with Person(stopped) as ada:
        session = ada.session()
        with closing(sqlite3.connect(stopped.data_dir / "memorychat.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [(page,)] = connection.execute(
                "SELECT rootpage FROM sqlite_master WHERE name = 'chat_messages'"
            )
        overwritten((page - 1) * PAGE, PAGE)(stopped.data_dir / "memorychat.db")

        broken = ada.http.post(f"/api/v1/chat/{session}", json={"message": "Zyrafa7731"})

        assert (broken.status_code, broken.json()["error"]["code"]) == (503, "storage-unavailable")
        assert "damaged" in broken.json()["detail"]
        assert int(broken.headers["Retry-After"]) > 0
        assert ada.get("/me"), "what is not damaged is still answered"
    stopped.stop()
    log = stopped.log.read_text()
    assert "the database is damaged" in log
    assert "Zyrafa7731" not in log


def mode(path: str, bits: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / path).chmod(bits)

    return change


def a_read_only_index(folder: Path) -> None:
    for path in [*(folder / "index").rglob("*"), folder / "index"]:
        path.chmod(0o500 if path.is_dir() else 0o400)


@pytest.mark.parametrize("verb", ["serve", "reindex"])
@pytest.mark.parametrize(
    ("forbid", "named"),
    [
        (mode(".", 0o500), "data cannot be written (Permission denied)"),
        (mode("lock", 0o400), "data cannot be written (Permission denied)"),
        (mode("secret", 0o000), "secret cannot be written (Permission denied)"),
        (mode("memorychat.db", 0o400), "memorychat.db cannot be read and written"),
        (a_read_only_index, "can be written"),
    ],
)
def test_what_may_not_be_written_is_named(
    stopped: Server, forbid: Callable[[Path], None], named: str, verb: str
) -> None:
    before = bound_by_modes()
    forbid(stopped.data_dir)

    try:
        done = command(stopped, verb, before=before)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(stopped.data_dir)], check=True)  # noqa: S603, S607 - to be removed

    sentence = done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert sentence.startswith("MemoryChat does not start: ")
    assert named in sentence
    assert str(stopped.data_dir) in sentence
    assert "Traceback" not in done.stderr


def test_a_secret_that_a_full_disk_left_empty_is_made_again(stopped: Server) -> None:
    secret = stopped.data_dir / "secret"
    secret.write_text("")

    stopped.start()

    assert len(secret.read_text()) > 32
    assert secret.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("migrate",),
        ("reindex",),
        ("export", "ada.jsonl", "--email", "ada@example.com"),
        ("import", "ada.jsonl", "--email", "ada@example.com"),
    ],
)
def test_a_second_process_on_the_folder_says_so_and_exits(
    stopped: Server, arguments: tuple[str, ...]
) -> None:
    stopped.start()

    said = refusal(stopped, *arguments)

    assert f"Another MemoryChat process uses {stopped.data_dir}" in said
    assert not (stopped.data_dir.parent / "ada.jsonl").exists()
    with Person(stopped) as ada:
        assert ada.get("/me")
