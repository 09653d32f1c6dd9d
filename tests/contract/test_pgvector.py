import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from app.adapters.pgvector_index import UPSERT_POINTS, PgvectorIndex
from app.adapters.pgvector_opening import open_pgvector
from tests.support.database import PostgresSite
from tests.support.points import a_namespace, a_point, a_query, some_facts
from tests.support.postgres_index import FORM, an_empty_pgvector


@pytest.fixture
async def index(vectors_site: PostgresSite) -> AsyncIterator[PgvectorIndex]:
    """An index in Postgres, empty."""
    async with an_empty_pgvector(vectors_site) as opened:
        yield opened


@pytest.fixture
async def another_process(
    index: PgvectorIndex, vectors_site: PostgresSite
) -> AsyncIterator[PgvectorIndex]:
    """The same points, over other connections."""
    opened = open_pgvector(vectors_site.url, form=FORM)
    yield opened
    await opened.close()


def tables_bytes(site: PostgresSite) -> bytes:
    """What stands in the files of the index's tables."""
    site.postgres.execute("checkpoint")
    [(folder,)] = site.postgres.execute("show data_directory")
    paths = site.postgres.execute(
        "select pg_relation_filepath(oid) from pg_class where relname like 'index\\_%'"
        " or relname like 'pk\\_index\\_%'",
        database=site.name,
    )
    return b"".join((Path(folder) / path).read_bytes() for (path,) in paths if path)


async def test_what_one_process_writes_the_next_search_of_another_finds(
    index: PgvectorIndex, another_process: PgvectorIndex
) -> None:
    namespace = a_namespace()
    points = [a_point(f"note {number}") for number in range(UPSERT_POINTS + 3)]

    await index.upsert(namespace, points)

    assert await another_process.holds_exactly(namespace, [one.facts.id for one in points])
    [hit, *_] = (await another_process.search(namespace, a_query("note 5"), limit=1)).hits
    assert hit.facts == points[5].facts


async def test_two_processes_that_write_the_same_points_leave_each_once(
    index: PgvectorIndex, another_process: PgvectorIndex
) -> None:
    namespace, facts = a_namespace(), [some_facts() for _ in range(20)]

    await asyncio.gather(
        *(
            process.upsert(namespace, [a_point(f"{turn} jetty {one.id}", one) for one in facts])
            for turn in range(4)
            for process in (index, another_process)
        )
    )

    found = await index.search(namespace, a_query("jetty"), limit=100)
    assert len(found.hits) == found.points == len(facts)
    assert all(hit.lexical > 0 for hit in found.hits)
    assert await another_process.delete(namespace, [one.id for one in facts]) == len(facts)


async def test_points_of_another_model_are_not_found_and_go_with_the_others(
    index: PgvectorIndex, vectors_site: PostgresSite
) -> None:
    namespace, kept, gone = a_namespace(), some_facts(), some_facts()
    await index.upsert(namespace, [a_point("likes tea", facts) for facts in (kept, gone)])
    newer = open_pgvector(vectors_site.url, form="test-2")

    found = await newer.search(namespace, a_query("likes tea"), limit=5)
    assert (found.hits, found.points, await newer.ids(namespace)) == ([], 0, set())
    assert await newer.count() == 0
    await newer.upsert(namespace, [a_point("likes tea", kept)])
    assert await newer.delete(namespace, [gone.id]) == 1

    assert await newer.ids(namespace) == {kept.id}
    assert await index.ids(namespace) == set(), "each point is of one form"
    await newer.close()


async def test_a_wipe_gives_the_room_of_deleted_rows_back(
    index: PgvectorIndex, vectors_site: PostgresSite
) -> None:
    namespace, point = a_namespace(), a_point("likes tea")
    await index.upsert(namespace, [point])
    await index.delete(namespace, [point.facts.id])

    await index.wipe()

    size = "select pg_relation_size('index_points') + pg_relation_size('index_words')"
    assert vectors_site.postgres.execute(size, database=vectors_site.name) == [(0,)]


async def test_clearing_leaves_no_byte_of_a_vector_in_the_files(
    index: PgvectorIndex, vectors_site: PostgresSite
) -> None:
    kept, gone = a_point("likes tea"), a_point("likes coffee")
    await index.upsert(a_namespace(), [kept, gone])
    forms = [point.dense.astype(np.float16).tobytes() for point in (kept, gone)]
    there = tables_bytes(vectors_site)
    assert all(form in there for form in forms)

    await index.clear()

    there = tables_bytes(vectors_site)
    assert not any(form in there for form in forms)
