"""A disk without room: what cannot be kept is refused, all else goes on, and waits for room."""

import resource
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.command import command, refusal
from tests.support.disks import SmallDisk, a_small_disk
from tests.support.person import Person, eventually
from tests.support.server import Server

pytestmark = pytest.mark.embedded

DISK_BYTES = 150_000_000
LONG = "and so on " * 800
ENVIRONMENT = {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false", "MEMORYCHAT_LEARNING__MAX_WAIT_S": "1"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with a_small_disk(tmp_path / "data", size_bytes=DISK_BYTES) as disk:
        yield disk


@pytest.fixture
def server(tmp_path: Path, disk: SmallDisk) -> Iterator[Server]:
    """On the small disk; its log is elsewhere."""
    with Server(tmp_path, ENVIRONMENT) as server:
        yield server


def refused(response: httpx.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.json()["error"]["code"] == "storage-unavailable"
    assert int(response.headers["Retry-After"]) > 0


def ready(server: Server) -> tuple[int, str, dict[str, str]]:
    with server.client() as client:
        response = client.get("/ready")
    body = response.json()
    return response.status_code, body["status"], body["checks"]


def test_what_cannot_be_kept_is_refused_and_the_rest_goes_on(
    server: Server, disk: SmallDisk
) -> None:
    with Person(server) as ada:
        family = ada.default_profile()
        session = ada.session(family)
        ada.say(session, "My sister Anna lives in Bergen.")
        ada.settle(family)
        before = ada.messages(session)
        disk.fill()

        refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": f"Zyrafa7731 {LONG}"}))
        refused(ada.http.post(f"/api/v1/chat/{session}/stream", json={"message": LONG}))
        refused(ada.http.get("/api/v1/me/export"))

        assert ready(server) == (
            200,
            "degraded",
            {
                "database": "ok",
                "writing": "storage-unavailable",
                "index": "index-unavailable",
                "model": "ok",
                "identity": "ok",
                "originals": "ok",
                "peers": "ok",
            },
        )
        assert ada.messages(session) == before
        found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": "Anna"})["data"]
        assert any("Bergen" in one["content"] for one in found)
        disk.make_room()

        ada.say(session, "My brother Erik lives in Oslo.")
        ada.settle(family)
        assert "User's brother Erik lives in Oslo." in {
            memory["content"] for memory in ada.memories(family)
        }
        assert ready(server)[:2] == (200, "ready")
    server.stop()
    log = server.log.read_text()
    assert "the database cannot be written" in log
    assert "the database is written again" in log
    assert "Zyrafa7731" not in log


def test_learning_and_the_index_wait_for_room(server: Server, disk: SmallDisk) -> None:
    with Person(server) as ada:
        family = ada.default_profile()
        session = ada.session(family)
        ada.say(session, "Good morning.")
        ada.settle(family)
        disk.fill(but_bytes=20_000_000)

        ada.say(session, "My sister Anna lives in Bergen.")

        stats = f"/memory-profiles/{family}/memories/stats"
        waiting = eventually(
            lambda: ada.get(stats), lambda one: one["pending_jobs"] == 0 and one["total"]
        )
        assert waiting["pending_index_changes"] > 0
        assert ready(server)[1:] == (
            "degraded",
            {
                "database": "ok",
                "writing": "ok",
                "index": "index-unavailable",
                "model": "ok",
                "identity": "ok",
                "originals": "ok",
                "peers": "ok",
            },
        )
        disk.make_room()
        ada.settle(family)
        found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": "Anna"})["data"]
    assert any("Bergen" in one["content"] for one in found)


@pytest.mark.parametrize("left_bytes", [100_000, 250_000, 600_000, 1_000_000])
def test_nothing_that_was_acknowledged_is_lost_while_the_last_room_goes(
    server: Server, disk: SmallDisk, left_bytes: int
) -> None:
    with Person(server) as ada:
        family = ada.default_profile()
        session = ada.session(family)
        ada.say(session, "Good morning.")
        ada.settle(family)
        disk.fill(but_bytes=left_bytes)

        kept = {}
        for number in range(30):
            said = f"My friend F{number} lives in Oslo. {LONG}"
            response = ada.http.post(f"/api/v1/chat/{session}", json={"message": said})
            assert response.status_code in {200, 409, 503}, response.text
            if response.status_code == 200:
                kept[response.json()["message_id"]] = response.json()["content"]

        disk.make_room()
        ada.settle(family)
        contents = {one["id"]: one["content"] for one in ada.messages(session)}
        assert kept.items() <= contents.items()


def test_a_server_does_not_start_on_a_full_disk(server: Server, disk: SmallDisk) -> None:
    server.stop()
    disk.fill()

    said = refusal(server)

    assert "no room left" in said
    assert str(server.data_dir) in said
    disk.make_room()
    server.start()


def test_an_index_is_built_or_says_that_it_has_no_room(server: Server, disk: SmallDisk) -> None:
    with Person(server) as ada:
        family = ada.default_profile()
        ada.say(ada.session(family), "My sister Anna lives in Bergen.")
        ada.settle(family)
    server.stop()
    for left_bytes in (70_000_000, 60_000_000, 45_000_000):
        disk.fill(but_bytes=left_bytes)

        done = command(server, "reindex")

        assert done.returncode == 0 or "has no room left" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        disk.make_room()
    assert command(server, "reindex").stdout.startswith("The index holds ")


def test_a_limit_on_files_is_a_full_disk_as_well(own_server: Server) -> None:
    own_server.start()
    with Person(own_server) as ada:
        session = ada.session()
        ada.say(session, "Good morning.")
        before = ada.messages(session)
        unlimited = resource.prlimit(own_server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(own_server.pid, resource.RLIMIT_FSIZE, (4_096, unlimited[1]))

        for _ in range(3):
            refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": LONG}))

        assert ready(own_server)[1] == "degraded"
        assert ready(own_server)[2]["writing"] == "storage-unavailable"
        assert ada.messages(session) == before
        resource.prlimit(own_server.pid, resource.RLIMIT_FSIZE, unlimited)
        ada.say(session, "Good evening.")
        assert ready(own_server)[2]["writing"] == "ok"
