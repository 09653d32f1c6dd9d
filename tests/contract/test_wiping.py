"""What is deleted leaves the files of the embedded index, while it goes on working."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import qdrant_edge

from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.adapters.qdrant_edge_copy import POINTS_AT_A_TIME
from app.core.errors import IndexUnavailable
from app.models.namespace import Namespace
from app.ports.vector_index import Point, VectorIndex
from tests.support.points import DIMS, a_namespace, a_point, a_query, rounded
from tests.support.stored_bytes import all_content, but, forms, present


def an_index(folder: Path) -> QdrantEdgeIndex:
    return QdrantEdgeIndex(folder, dims=DIMS)


def entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def some_points(count: int, text: str = "note") -> list[Point]:
    return [a_point(f"{text} {text}{number}") for number in range(count)]


def ids_of(points: list[Point]) -> set[object]:
    return {point.facts.id for point in points}


async def begun(wiping: asyncio.Task[None]) -> None:
    """Returns after some of its steps."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert not wiping.done()


async def test_wiping_changes_nothing_that_a_search_finds(index: VectorIndex) -> None:
    mine, yours = a_namespace(), a_namespace()
    points = some_points(3 * POINTS_AT_A_TIME)
    await index.upsert(yours, some_points(10, "letter"))
    await index.upsert(mine, points)
    await index.delete(mine, [point.facts.id for point in points[::2]])
    before = rounded((await index.search(mine, a_query("note5 note"), limit=300)).hits)

    for _ in range(3):
        await index.wipe()

    after = (await index.search(mine, a_query("note5 note"), limit=300)).hits
    assert rounded(after) == before
    assert await index.ids(mine) == ids_of(points[1::2])
    assert len(await index.ids(yours)) == 10


async def test_an_upsert_tells_how_many_it_replaces(index: VectorIndex) -> None:
    namespace, points = a_namespace(), some_points(3)

    assert await index.upsert(namespace, points[:2]) == 0
    assert await index.upsert(a_namespace(), points) == 0
    renewed = [a_point(f"other words {n}", point.facts) for n, point in enumerate(points)]
    assert await index.upsert(namespace, renewed) == 2
    assert await index.upsert(namespace, []) == 0


async def test_a_point_that_only_becomes_past_replaces_nothing_that_was_said(
    index: VectorIndex,
) -> None:
    namespace = a_namespace()
    points = [*some_points(100, "tea"), a_point("")]
    await index.upsert(namespace, points)

    past = [replace(point, facts=replace(point.facts, is_past=True)) for point in points]

    assert await index.upsert(namespace, past) == 0
    assert await index.upsert(namespace, points) == 0


@pytest.mark.parametrize(("before", "after"), [("I am here", "am I here"), ("cat", "cats")])
async def test_a_text_of_the_same_words_is_another_text(
    index: VectorIndex, before: str, after: str
) -> None:
    namespace, first = a_namespace(), a_point(before)
    await index.upsert(namespace, [first])

    assert await index.upsert(namespace, [a_point(after, first.facts)]) == 1


async def test_no_form_of_what_is_gone_is_left_in_the_files(tmp_path: Path) -> None:
    namespace, gone_with_all = a_namespace(), a_namespace()
    kept, deleted, replaced = (
        some_points(20, "kept"),
        some_points(90, "gone"),
        some_points(30, "old"),
    )
    index = an_index(tmp_path)
    await index.upsert(namespace, kept)
    kept_forms = forms(tmp_path, dims=DIMS)
    await index.upsert(namespace, [*deleted, *replaced])
    await index.upsert(gone_with_all, some_points(10, "all"))
    gone_forms = but(forms(tmp_path, dims=DIMS), kept_forms)
    assert [len(form) for form in gone_forms] == [130, 130, 130]

    await index.delete(namespace, [point.facts.id for point in deleted])
    await index.delete_namespace(gone_with_all)
    renewed = [a_point(f"new {n}", point.facts) for n, point in enumerate(replaced)]
    await index.upsert(namespace, renewed)
    in_files = all_content(tmp_path)
    outlive = [len(present(form, in_files)) for form in gone_forms]
    assert min(outlive) > 50, "until the wipe, but for those whose place was taken"
    await index.wipe()

    in_files = all_content(tmp_path)
    assert not any(present(form, in_files) for form in gone_forms)
    assert not [one for one in deleted if one.facts.id.hex.encode() in in_files]
    assert str(gone_with_all).encode() not in in_files
    for kept_form in kept_forms[:2]:
        assert present(kept_form, in_files) == kept_form, "copied as they stood"
    await index.close()


async def test_changes_meanwhile_are_there_afterwards_and_after_reopening(tmp_path: Path) -> None:
    namespace, leaving = a_namespace(), a_namespace()
    points = some_points(20 * POINTS_AT_A_TIME)
    index = an_index(tmp_path)
    await index.upsert(namespace, points)
    await index.upsert(leaving, some_points(50))

    wiping = asyncio.create_task(index.wipe())
    await begun(wiping)
    added = some_points(40, "added")
    await index.upsert(namespace, added)
    await index.delete(namespace, [point.facts.id for point in points[::2]])
    await index.delete_namespace(leaving)
    renewed = [a_point("renewed", point.facts) for point in points[1:40:2]]
    await index.upsert(namespace, renewed)
    assert not wiping.done(), "all of that was meanwhile"
    await wiping

    for _ in range(2):
        assert await index.ids(namespace) == ids_of(points[1::2]) | ids_of(added)
        assert await index.ids(leaving) == set()
        found = await index.search(namespace, a_query("renewed"), limit=20)
        assert {hit.facts.id for hit in found.hits[:20]} == ids_of(renewed)
        await index.close()
        index = an_index(tmp_path)
    await index.close()


async def test_searches_go_on_meanwhile(tmp_path: Path) -> None:
    namespace = a_namespace()
    index = an_index(tmp_path)
    await index.upsert(namespace, some_points(20 * POINTS_AT_A_TIME))
    wiping = asyncio.create_task(index.wipe())

    searches = 0
    while not wiping.done():
        found = await index.search(namespace, a_query("note7 note"), limit=5)
        assert found.points == 20 * POINTS_AT_A_TIME
        searches += 1

    assert searches > 20
    await wiping
    await index.close()


async def test_a_wipe_that_is_given_up_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    namespace, points = a_namespace(), some_points(10 * POINTS_AT_A_TIME)
    index = an_index(tmp_path)
    await index.upsert(namespace, points)
    wiping = asyncio.create_task(index.wipe())
    await begun(wiping)

    wiping.cancel()
    await asyncio.wait([wiping])

    assert await index.ids(namespace) == ids_of(points)
    await index.flush()  # behind whatever tidies up
    assert entries(tmp_path) == ["current", "shard-1"]
    await index.wipe()
    assert await index.ids(namespace) == ids_of(points)
    await index.close()


async def test_an_index_that_is_closed_meanwhile_is_whole(tmp_path: Path) -> None:
    namespace, points = a_namespace(), some_points(10 * POINTS_AT_A_TIME)
    index = an_index(tmp_path)
    await index.upsert(namespace, points)
    wiping = asyncio.create_task(index.wipe())
    await begun(wiping)

    await index.close()

    with pytest.raises(IndexUnavailable):
        await wiping
    reopened = an_index(tmp_path)
    assert await reopened.ids(namespace) == ids_of(points)
    await reopened.close()


async def test_clearing_meanwhile_clears(tmp_path: Path) -> None:
    namespace = a_namespace()
    index = an_index(tmp_path)
    await index.upsert(namespace, some_points(10 * POINTS_AT_A_TIME))
    wiping = asyncio.create_task(index.wipe())
    await begun(wiping)

    await index.clear()

    with pytest.raises(IndexUnavailable):
        await wiping
    assert await index.ids(namespace) == set()
    await index.close()


async def test_a_folder_that_is_a_shard_itself_is_read_and_moves_at_the_first_wipe(
    tmp_path: Path,
) -> None:
    namespace, points = a_namespace(), some_points(10)
    await as_it_was_stored_first(tmp_path, namespace, points)
    index = an_index(tmp_path)
    assert await index.ids(namespace) == ids_of(points)

    await index.wipe()

    assert entries(tmp_path) == ["current", "shard-2"]
    await index.close()
    reopened = an_index(tmp_path)
    assert await reopened.ids(namespace) == ids_of(points)
    await reopened.close()


async def as_it_was_stored_first(folder: Path, namespace: Namespace, points: list[Point]) -> None:
    """The folder itself is the shard, without any that stand beside each other."""
    index = an_index(folder)
    await index.upsert(namespace, points)
    await index.close()
    for entry in (folder / "shard-1").iterdir():
        shutil.move(entry, folder)
    (folder / "current").unlink()
    (folder / "shard-1" / "begun").touch()  # a copy that was not finished
    qdrant_edge.EdgeShard.load(str(folder)).close()


async def test_a_damaged_name_of_the_shard_that_counts_is_refused_or_mended(tmp_path: Path) -> None:
    await an_index(tmp_path).close()
    (tmp_path / "current").write_bytes(b"\xff../elsewhere")

    with pytest.raises(IndexUnavailable):
        an_index(tmp_path)

    mended = QdrantEdgeIndex(tmp_path, dims=DIMS, mend=True)
    assert await mended.ids(a_namespace()) == set()
    await mended.close()
