"""kill -9 between every two things that a wipe does to the files: the index is whole afterwards."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.qdrant_edge import QdrantEdgeIndex
from tests.support.person import Person, eventually
from tests.support.points import DIMS, a_namespace, a_point
from tests.support.server import ROOT, Server, line_from
from tests.support.stored_bytes import Forms, all_content, but, forms, present
from tests.support.traces import traces

MOST_STEPS = 100


@pytest.fixture
def mother(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """What forks a life per line."""
    command = [sys.executable, "-m", "tests.support.wipe_until_killed", str(tmp_path / "index")]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def ends(mother: "subprocess.Popen[bytes]", *, step: int) -> str:
    assert mother.stdin is not None
    mother.stdin.write(b"%d\n" % step)
    return line_from(mother)


async def test_an_index_is_whole_whenever_its_wipe_is_killed(
    tmp_path: Path, mother: "subprocess.Popen[bytes]"
) -> None:
    namespace, folder = a_namespace(), tmp_path / "index"
    kept = [a_point(f"kept {number}") for number in range(70)]
    index = QdrantEdgeIndex(folder, dims=DIMS)
    await index.upsert(namespace, kept)
    for step in range(1, MOST_STEPS):
        before = forms(folder, dims=DIMS)
        gone = a_point(f"gone{step} today")
        await index.upsert(namespace, [gone])
        of_gone = but(forms(folder, dims=DIMS), before)
        assert [len(form) for form in of_gone] == [1, 1, 1], f"step {step}"
        await index.delete(namespace, [gone.facts.id])
        await index.close()

        ending = ends(mother, step=step)

        index = QdrantEdgeIndex(folder, dims=DIMS)
        assert await index.ids(namespace) == {point.facts.id for point in kept}
        left = sorted(entry.name.partition("-")[0] for entry in folder.iterdir())
        assert left == ["current", "shard"], "the other one is gone"
        if ending == "survived 0":
            assert step > 20, "it has so many steps at least"
            assert not any(present(form, all_content(folder)) for form in of_gone)
            await index.close()
            return
        assert ending == "killed"
    pytest.fail("it still dies after so many steps")


@pytest.mark.embedded
def test_a_server_that_is_killed_after_its_receipt_wipes_at_the_next_start(tmp_path: Path) -> None:
    server = Server(tmp_path, {"MEMORYCHAT_FORGETTING__QUIET_S": "0.5"})
    with server, Person(server) as ada:
        session = ada.session()
        ada.say(session, "My boat is called Zyrafa.")
        ada.settle(ada.default_profile())
        before = forms_of(server)
        ada.say(session, "My sister is called Bergamotta.")
        ada.settle(ada.default_profile())
        gone = but(forms_of(server), before)
        assert all(gone)
        receipt = ada.delete(f"/sessions/{session}")
        assert set(receipt["bytes_pending"]) == {"database", "index"}
        server.kill()
        server.start()
        ada.http.base_url = server.url

        pending = ada.get("/me/forgetting")["data"]
        assert {one["store"] for one in pending} <= {"database", "index"}
        eventually(lambda: ada.get("/me/forgetting")["data"], lambda data: data == [])

        in_files = all_content(server.data_dir)
        assert not any(present(form, in_files) for form in gone)
        assert traces(["Bergamotta", "Zyrafa"], server.data_dir) == []


def forms_of(server: Server) -> Forms:
    return forms(server.data_dir / "index", dims=384)
