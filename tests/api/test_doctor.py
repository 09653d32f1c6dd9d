"""`python main.py doctor`: it finds what is wrong, says what to do, and changes nothing."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.adapters.folder_inspection import inspect_folder
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.api.app import create_app
from app.api.self_test import EMAILS, try_isolation
from app.cli import PRIVATE_UMASK
from app.cli_doctor import findings_of
from app.core.config import Settings
from app.core.container import build
from app.core.exposure import endpoints
from app.models.finding import Finding, Verdict
from app.models.ids import ProfileId, UserId, new_id
from app.models.namespace import Namespace
from app.ports.vector_index import Point
from tests.support.command import command, copy_folder, ended
from tests.support.person import Person, eventually
from tests.support.points import some_facts
from tests.support.server import ROOT, Server
from tests.support.traces import traces

pytestmark = pytest.mark.embedded

CANARY = "Zyrafa7731"
DIMS = 384
CHECKS = {
    "endpoints", "embedding", "listening", "token secret", "at rest", "file modes", "other files", "documents", "database",
    "database log", "index", "disk space", "schema", "integrity", "dead letters", "waiting",
    "index and database", "forgetting", "isolation", "telemetry", "vectors",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def private_files() -> Iterator[None]:
    """What the tests write themselves is as private as what the command line writes."""
    before = os.umask(PRIVATE_UMASK)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that somebody has talked to; its server is stopped."""
    with Server(tmp_path_factory.mktemp("lived-in")) as server, Person(server) as ada:
        family = ada.default_profile()
        ada.say(ada.session(family), f"My sister {CANARY} lives in Bergen.")
        ada.post(f"/memory-profiles/{family}/memories", {"content": f"I like {CANARY}."})
        ada.settle(family)
        server.stop()
        return server.data_dir


@pytest.fixture
def stopped(lived_in: Path, own_server: Server) -> Server:
    """A copy of it."""
    copy_folder(lived_in, own_server.data_dir)
    return own_server


class Report:
    """What the doctor said."""

    def __init__(self, findings: Sequence[Finding], *, text: str, status: int) -> None:
        self.findings = findings
        self.text = text
        self.status = status
        self.troubles = [one.check for one in findings if one.verdict is Verdict.TROUBLE]
        for one in findings:
            assert (one.remedy is not None) == (one.verdict is Verdict.TROUBLE)
        assert status == bool(self.troubles)

    def __getitem__(self, check: str) -> str:
        """What was found of one thing, trouble first."""
        named = [one for one in self.findings if one.check == check]
        return min(named, key=lambda one: one.verdict is not Verdict.TROUBLE).detail


def told(server: Server, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    strict = {"MEMORYCHAT_BCRYPT_COST": "4", "PYTHONWARNINGS": "error"}
    return command(server, "doctor", *options, **{**strict, **environment})


def commanded(server: Server, **environment: str) -> Report:
    """What the command says to a machine."""
    done = told(server, "--json", **environment)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["status"] == ("trouble" if done.returncode else "ok")
    findings = [Finding(**{**one, "verdict": Verdict(one["verdict"])}) for one in said["findings"]]
    return Report(findings, text=done.stdout, status=done.returncode)


def report(server: Server, **settings: Any) -> Report:
    """The same, found in this process, where other tests may have loaded anything."""
    given = Settings(data_dir=server.data_dir, bcrypt_cost=4, **settings)
    findings = [one for one in findings_of(given) if one.check != "telemetry"]
    is_bad = any(one.verdict is Verdict.TROUBLE for one in findings)
    return Report(findings, text=str(findings), status=int(is_bad))


def rows(server: Server) -> dict[str, list[Any]]:
    """Every row of every table."""
    with sql(server) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()  # noqa: S608
            for (name,) in tables.fetchall()
            if name != "sqlite_sequence"
        }


def sql(server: Server) -> Any:
    return closing(sqlite3.connect(server.data_dir / "memorychat.db", isolation_level=None))


def test_all_is_well(stopped: Server) -> None:
    secret = (stopped.data_dir / "secret").read_text()
    before = rows(stopped)

    anew = [sys.executable, "-W", "error", str(ROOT / "main.py"), "doctor"]

    found = commanded(stopped)
    for_people = ended(stopped, anew, {"MEMORYCHAT_BCRYPT_COST": "4"})

    assert found.status == for_people.returncode == 0
    assert for_people.stdout.endswith("All is well.\n")
    for one in found.findings:
        assert f"ok      {one.check}: " in for_people.stdout
    assert {one.check for one in found.findings} == CHECKS
    assert found["index and database"] == "agree on 4 points"
    assert "requests by another account" in found["isolation"]
    assert CANARY not in found.text
    assert secret not in found.text
    after = rows(stopped)
    assert after.pop("index_changes") == []
    assert after.pop("owed_wipes"), "the next server wipes what the self-test has deleted"
    del before["index_changes"], before["owed_wipes"]
    assert after == before, "nothing of the self-test is left, and nothing else has changed"
    assert not traces(EMAILS, stopped.data_dir)


def test_what_was_asked_before_the_first_start_is_answered(own_server: Server) -> None:
    own_server.data_dir.parent.mkdir(exist_ok=True)

    found = commanded(own_server)

    assert (found.status, found.troubles) == (1, ["installation"])
    assert "MEND    installation: there is none in" in told(own_server).stdout
    assert not own_server.data_dir.exists()


def test_a_server_that_runs_is_left_alone(own_server: Server) -> None:
    own_server.start()

    found = commanded(own_server)

    assert found.status == 0
    assert "another MemoryChat process" in found["server"]
    skipped = [one.check for one in found.findings if one.verdict is Verdict.SKIPPED]
    assert skipped == ["index and database", "forgetting", "isolation"]
    with Person(own_server) as ada:
        assert ada.get("/me")


@pytest.mark.parametrize("name", [".", "secret", "index"])
def test_a_file_that_others_may_read_is_found(stopped: Server, name: str) -> None:
    path = stopped.data_dir / name
    path.chmod(path.stat().st_mode | 0o044)

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["file modes"])
    assert ("data is 0744" if name == "." else f"data/{name} is 0") in found["file modes"]
    assert "chmod -R go-rwx" in found.text


def test_copies_that_lie_about_are_found(stopped: Server) -> None:
    (stopped.data_dir / "backup.db").write_bytes(b"SQLite format 3")
    (stopped.data_dir / "keys.db.bak").write_bytes(b"")

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["other files"])
    assert found["other files"].startswith("backup.db, keys.db.bak: not MemoryChat's")


def test_what_a_failed_migration_left_is_told_and_not_touched(stopped: Server) -> None:
    left = stopped.data_dir / "memorychat.before-migration.db"
    left.write_bytes(b"SQLite format 3")

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["migration backup"])
    assert left.read_bytes() == b"SQLite format 3"


@pytest.mark.parametrize("own", ["tiny", "0123456701234567012345670123456701"])
def test_a_weak_secret_is_found(stopped: Server, own: str) -> None:
    found = commanded(stopped, MEMORYCHAT_JWT_SECRET=own)

    assert found.status == 1
    assert found.troubles == (["settings"] if own == "tiny" else ["token secret"])
    assert own not in found.text


def test_a_secret_file_that_was_cut_is_found(stopped: Server) -> None:
    secret = stopped.data_dir / "secret"
    secret.write_text(secret.read_text()[:20])

    assert report(stopped).troubles == ["token secret"]


def test_an_endpoint_is_told_with_what_goes_there(stopped: Server) -> None:
    near = {"openai_base_url": "http://127.0.0.1:1/v1", "openai_api_key": "sk-secret"}
    assert (
        "http://127.0.0.1:1/v1 gets every prompt"
        in report(stopped, **near, openai_model="m")["endpoints"]
    )

    far = "http://ann:hunter2@models.example.com/v1?key=sk-secret"
    found = report(stopped, **{**near, "openai_base_url": far}, openai_model="m")

    assert (found.status, found.troubles) == (1, ["endpoints"])
    assert "http://models.example.com/v1 " in found["endpoints"]
    assert "sk-secret" not in found.text
    assert "hunter2" not in found.text


def test_a_dead_letter_is_found(stopped: Server) -> None:
    with sql(stopped) as connection:
        connection.execute("UPDATE memory_jobs SET state = 'failed', error = 'ModelRefused'")

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["dead letters"])
    assert found["dead letters"] == "learning failed for good: 1 × ModelRefused"
    assert found["isolation"], "it is tried nevertheless"


def test_work_that_waits_is_told(stopped: Server) -> None:
    with sql(stopped) as connection:
        connection.execute("UPDATE memory_jobs SET state = 'pending'")

    assert report(stopped)["waiting"].startswith("1 learning jobs and 0 index changes wait")


@pytest.mark.parametrize(
    ("version", "advice"), [("0002", "run python main.py migrate"), ("9999", "newer MemoryChat")]
)
def test_a_schema_of_another_version_is_found(stopped: Server, version: str, advice: str) -> None:
    with sql(stopped) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["schema"])
    assert advice in found.text


def test_a_damaged_database_is_found(stopped: Server) -> None:
    file = stopped.data_dir / "memorychat.db"
    file.write_bytes(b"\0" * 4096 + file.read_bytes()[4096:])

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["database"])
    assert "restore" in found.text


def test_an_index_that_is_gone_is_found(stopped: Server) -> None:
    (stopped.data_dir / "index").rename(stopped.data_dir.parent / "elsewhere")

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["index and database"])


def test_a_vector_server_is_told_with_what_goes_there() -> None:
    def told_of(url: str) -> Finding:
        settings = Settings(qdrant_url=url, qdrant_api_key="of-the-server", _env_file=None)
        [found] = [one for one in endpoints(settings) if one.check == "vectors"]
        assert "of-the-server" not in found.detail
        return found

    assert told_of("https://vectors.example.com").verdict is Verdict.OK
    assert "no words" in told_of("http://qdrant:6333").detail
    assert told_of("http://vectors.example.com").verdict is Verdict.TROUBLE


def test_a_vector_server_that_does_not_answer_is_found(stopped: Server) -> None:
    found = report(stopped, qdrant_url="http://127.0.0.1:1")

    assert (found.status, found.troubles) == (1, ["index", "isolation"])


def in_index(server: Server, change: Callable[[QdrantEdgeIndex, Namespace], Any]) -> None:
    """Something is done to the index behind the server's back."""
    [config] = (server.data_dir / "index").rglob("edge_config.json")
    with sql(server) as connection:
        [(profile, user)] = connection.execute("SELECT id, user_id FROM memory_profiles")

    async def work() -> None:
        index = QdrantEdgeIndex(config.parent, dims=DIMS)
        await change(index, Namespace(UserId(UUID(user)), ProfileId(UUID(profile))))
        await index.close()

    asyncio.run(work())


def a_stray() -> Point:
    import numpy as np  # noqa: PLC0415

    from app.services.lexicon import document_vector  # noqa: PLC0415

    dense = np.zeros(DIMS, dtype=np.float32)
    dense[0] = 1
    return Point(facts=some_facts(), dense=dense, sparse=document_vector("stray"))


async def lose_all(index: QdrantEdgeIndex, namespace: Namespace) -> None:
    assert await index.delete_namespace(namespace) == 4


async def add_a_stray(index: QdrantEdgeIndex, namespace: Namespace) -> None:
    await index.upsert(namespace, [a_stray()])


async def add_a_stranger(index: QdrantEdgeIndex, namespace: Namespace) -> None:
    await index.upsert(Namespace(UserId(new_id()), ProfileId(new_id())), [a_stray()])


@pytest.mark.parametrize(
    ("change", "counts"),
    [(lose_all, "4 are missing"), (add_a_stray, "and 1 are in it"), (add_a_stranger, "and 1 are")],
)
def test_an_index_that_says_something_else_is_found(
    stopped: Server, change: Callable[[QdrantEdgeIndex, Namespace], Any], counts: str
) -> None:
    in_index(stopped, change)

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["index and database"])
    assert counts in found["index and database"]


MANUAL = " WHERE source = 'manual'"
FORGETS = """
INSERT INTO index_changes
(tenant_id, user_id, memory_profile_id, point_id, is_episode, applied, created_at)
SELECT tenant_id, user_id, memory_profile_id, {point}, 0, 0, created_at FROM memories
WHERE source = 'manual'
"""


@pytest.mark.parametrize("table", ["memories", "memory_profiles"])
def test_forgetting_that_is_owed_is_found(stopped: Server, table: str) -> None:
    whole = table == "memory_profiles"
    with sql(stopped) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(FORGETS.format(point="NULL" if whole else "id"))
        connection.execute(f"DELETE FROM {table}" + ("" if whole else MANUAL))  # noqa: S608

    found = report(stopped)

    assert (found.status, found.troubles) == (1, ["forgetting"])
    assert f"{4 if whole else 1} points of what was deleted" in found["forgetting"]
    stopped.start()
    with sql(stopped) as connection:
        waiting = "SELECT count(*) FROM index_changes WHERE NOT applied"
        eventually(lambda: connection.execute(waiting).fetchone(), lambda row: row == (0,))
    stopped.stop()
    assert report(stopped).status == 0, "the remedy helps"


def test_a_disk_that_is_nearly_full_is_found(tmp_path: Path) -> None:
    full = list(inspect_folder(tmp_path, min_free_bytes=10**18))

    assert [one.check for one in full if one.verdict is Verdict.TROUBLE][-1] == "disk space"


async def test_a_route_that_leaks_is_found(tmp_path: Path) -> None:
    container = build(Settings(data_dir=tmp_path / "data", bcrypt_cost=4))
    app = create_app(container)

    @app.get("/api/v1/leaks/{session_id}", operation_id="leak")
    async def leak(session_id: UUID) -> str:
        return "It is there."

    found = await try_isolation(container, app)

    await container.close()
    assert found.verdict is Verdict.TROUBLE
    assert found.detail == "whoever must get none got an answer from leak"
