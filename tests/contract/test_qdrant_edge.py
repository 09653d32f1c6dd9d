import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import qdrant_edge

from app.adapters.qdrant_edge import UPSERT_POINTS, QdrantEdgeIndex
from app.adapters.qdrant_points import stored_id
from app.core.errors import IndexUnavailable
from app.models.namespace import Namespace
from app.ports.vector_index import PointFacts
from app.services.recall_query import lexical_text, speaker_hash
from tests.support.points import (
    DIMS,
    SOME_DAY,
    a_namespace,
    a_point,
    a_query,
    a_vector,
    some_facts,
)
from tests.support.upsert_until_killed import NAMESPACE as KILLED_NAMESPACE

WORDS = ["amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty"]


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def damage(folder: Path, name: str) -> None:
    [path, *_] = folder.rglob(name)
    path.write_bytes(b"\x00 not json")


def an_index(folder: Path) -> QdrantEdgeIndex:
    return QdrantEdgeIndex(folder, dims=DIMS)


async def test_points_are_there_after_reopening(tmp_path: Path) -> None:
    namespace = a_namespace()
    points = [a_point(f"note {number}") for number in range(UPSERT_POINTS + 3)]
    first = an_index(tmp_path)
    await first.upsert(namespace, points)
    await first.close()

    second = an_index(tmp_path)

    assert await second.ids(namespace) == {point.facts.id for point in points}
    [hit, *_] = (await second.search(namespace, a_query("note 5"), limit=1)).hits
    assert hit.facts == points[5].facts
    await second.close()


async def test_points_from_before_points_had_an_end_are_found_at_any_time_since(
    tmp_path: Path,
) -> None:
    namespace = a_namespace()
    facts = some_facts(days_later=1)
    await an_index(tmp_path).close()
    stored_then(tmp_path, namespace, facts)
    index = an_index(tmp_path)
    question = a_query("tea")

    [hit] = (await index.search(namespace, question, limit=5)).hits
    assert hit.facts == facts
    for days, found in ((0, 0), (1, 1), (2, 1)):
        moment = SOME_DAY + timedelta(days=days)
        assert len((await index.search(namespace, question, limit=5, as_of=moment)).hits) == found
    await index.close()


def stored_then(folder: Path, namespace: Namespace, facts: PointFacts) -> None:
    """A point is in the folder as it was written before the engine was told when points hold."""
    said_at_us = round((facts.said_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10**6
    packed = f"{facts.id.hex} {facts.kind} 0 {facts.position} {said_at_us} {facts.speaker} -u"
    shard = qdrant_edge.EdgeShard.load(str(folder / "shard-1"), None)
    vectors: dict[str, qdrant_edge.NamedVector] = {"dense": a_vector("tea").tolist()}
    point = qdrant_edge.Point(
        stored_id(namespace, facts.id), vectors, {"namespace": str(namespace), "facts": packed}
    )
    shard.update(qdrant_edge.UpdateOperation.upsert_points([point]))
    shard.flush()
    shard.close()


async def test_acknowledged_points_survive_kill_9(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.upsert_until_killed",
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    acknowledged = 0
    async with asyncio.timeout(30):
        while acknowledged < 700:
            acknowledged = int(await child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        last_lines = await child.stdout.read()
        await child.wait()
    complete = last_lines.decode().rpartition("\n")[0].split()
    acknowledged = int(complete[-1]) if complete else acknowledged

    survivor = an_index(tmp_path)

    ids = await survivor.ids(KILLED_NAMESPACE)
    assert {UUID(int=number) for number in range(1, acknowledged + 1)} <= ids
    await survivor.close()


async def test_no_word_and_no_name_stands_in_the_files(tmp_path: Path) -> None:
    namespace = a_namespace()
    said = lexical_text("The password is xyzzycanary", speaker="Quuxanna", said_at=SOME_DAY)
    facts = some_facts(speaker=speaker_hash("Quuxanna", profile_id=namespace.profile_id))
    index = an_index(tmp_path)
    await index.upsert(namespace, [a_point(said, facts)])
    await index.search(namespace, a_query("Where is xyzzycanary?"), limit=5)
    await index.flush()
    await index.close()

    written = bytes_below(tmp_path).lower()
    assert str(namespace).encode() in written, "the payload is where it is looked for"
    for word in (b"xyzzycanary", b"password", b"quuxanna"):
        assert word not in written


async def test_clearing_takes_the_bytes_as_well(tmp_path: Path) -> None:
    namespace = a_namespace()
    index = an_index(tmp_path)
    await index.upsert(namespace, [a_point("one")])
    await index.flush()

    await index.clear()
    await index.close()

    assert str(namespace).encode() not in bytes_below(tmp_path)


async def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    owner = an_index(tmp_path)

    with pytest.raises(IndexUnavailable):
        an_index(tmp_path)

    await owner.close()
    await an_index(tmp_path).close()


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear diary")

    with pytest.raises(IndexUnavailable):
        an_index(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


async def test_other_dimensions_are_refused(tmp_path: Path) -> None:
    await an_index(tmp_path).close()

    with pytest.raises(IndexUnavailable):
        QdrantEdgeIndex(tmp_path, dims=DIMS + 1)


async def test_a_closed_index_is_unavailable(tmp_path: Path) -> None:
    index = an_index(tmp_path)
    await index.close()

    with pytest.raises(IndexUnavailable):
        await index.search(a_namespace(), a_query("one"), limit=1)
    with pytest.raises(IndexUnavailable):
        await index.upsert(a_namespace(), [a_point("one")])


async def test_a_search_past_its_deadline_is_unavailable(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path, dims=DIMS, deadline_s=0.0)

    with pytest.raises(IndexUnavailable, match="in time"):
        await index.search(a_namespace(), a_query("one"), limit=1)

    await index.close()


@pytest.mark.parametrize("damaged", ["edge_config.json", "segment.json"])
async def test_a_damaged_folder_is_unavailable(tmp_path: Path, damaged: str) -> None:
    index = an_index(tmp_path)
    await index.upsert(a_namespace(), [a_point("one")])
    await index.close()
    damage(tmp_path, damaged)

    with pytest.raises(IndexUnavailable):
        an_index(tmp_path)
