"""The index gone, slow, and back again: turns go on without memories, and say so."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.adapters.pgvector_index import PgvectorIndex
from app.adapters.pgvector_opening import index_engine, open_pgvector
from app.adapters.qdrant_server_opening import open_qdrant
from app.core.errors import IndexUnavailable, StartRefused
from tests.support.command import command
from tests.support.database import PostgresSite, postgres_at_head, prepared
from tests.support.person import Person, eventually
from tests.support.points import DIMS, a_namespace, a_point, a_query
from tests.support.postgres import MISSING, Postgres, is_installed
from tests.support.server import Server
from tests.support.stalling_proxy import stalling_proxy

FORM = "test-1"
TOLD = "My sister Anna lives in Bergen."
ASKED = "Where does my sister Anna live?"


@pytest.fixture(scope="module")
def site() -> Iterator[PostgresSite]:
    """A database of a server that tests may stop."""
    if not is_installed():
        pytest.skip(MISSING)
    server = Postgres()
    server.start()
    with server.a_database(template=postgres_at_head(server)) as name:
        yield PostgresSite(server, name)
    server.remove()


async def test_a_stopped_postgres_is_told_and_its_return_needs_no_new_index(
    site: PostgresSite,
) -> None:
    index, namespace = open_pgvector(site.url, form=FORM), a_namespace()
    await index.upsert(namespace, [a_point("likes tea")])
    site.postgres.stop()
    for _ in range(2):
        with pytest.raises(IndexUnavailable):
            await index.search(namespace, a_query("tea"), limit=1)

    site.postgres.start()

    for _ in range(8):  # more than it has connections
        assert len((await index.search(namespace, a_query("tea"), limit=1)).hits) == 1
    await index.close()


async def test_connections_that_broke_meanwhile_are_not_noticed(site: PostgresSite) -> None:
    index, namespace = open_pgvector(site.url, form=FORM), a_namespace()
    await index.upsert(namespace, [a_point("likes tea")])
    site.postgres.stop()
    site.postgres.start()

    assert len((await index.search(namespace, a_query("tea"), limit=1)).hits) == 1
    await index.close()


async def test_a_network_that_stalls_costs_the_deadline_and_no_restart(site: PostgresSite) -> None:
    url, namespace = make_url(site.url), a_namespace()
    assert url.port is not None
    async with stalling_proxy(url.port) as proxy:
        there = url.set(port=proxy.port).render_as_string(hide_password=False)
        index = PgvectorIndex(index_engine(there), form=FORM, deadline_s=0.3)
        await index.upsert(namespace, [a_point("likes tea")])
        with proxy.stalled():
            for _ in range(6):
                with pytest.raises(IndexUnavailable, match="in time"):
                    await index.search(namespace, a_query("tea"), limit=1)

        assert len((await index.search(namespace, a_query("tea"), limit=1)).hits) == 1
        await index.close()


def test_a_database_without_pgvector_is_refused_with_what_to_do(site: PostgresSite) -> None:
    bare = PostgresSite(site.postgres, prepared(site.postgres))
    site.postgres.execute("drop extension vector", database=bare.name)

    with pytest.raises(StartRefused, match="create extension vector"):
        open_pgvector(bare.url, form=FORM)


async def test_row_security_hides_the_points_of_others_from_any_statement(
    site: PostgresSite,
) -> None:
    mine, yours = a_namespace(), a_namespace()
    index = open_pgvector(site.url, form=FORM)
    for namespace in (mine, yours):
        await index.upsert(namespace, [a_point("likes tea")])
    await index.close()

    engine = index_engine(site.url)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "select set_config('role', 'authenticated', true),"
            " set_config('request.jwt.claims', %s, true)",
            (f'{{"sub": "{mine.user_id}"}}',),
        )
        for table in ("index_points", "index_words"):
            seen = connection.exec_driver_sql(f"select distinct user_id from {table}")  # noqa: S608 - of ours
            assert seen.scalars().all() == [mine.user_id]
        with pytest.raises(DBAPIError, match="42501"):
            connection.exec_driver_sql(
                "insert into index_words values (%s, %s, 1, 1, 'x', false, 1)",
                (yours.user_id, yours.profile_id),
            )
    engine.dispose()


@pytest.fixture
def own_site(site: PostgresSite) -> Iterator[PostgresSite]:
    """A database of a test's own, on that server."""
    with site.postgres.a_database(template=postgres_at_head(site.postgres)) as name:
        yield PostgresSite(site.postgres, name)


@pytest.fixture
def server(own_site: PostgresSite, tmp_path: Path) -> Iterator[Server]:
    """A server whose database and index are in Postgres."""
    with Server(tmp_path, {"DATABASE_URL": own_site.url}) as running:
        yield running


def heard(ada: Person, session: str) -> Any:
    """What a turn was given to remember by, and that it was answered."""
    with ada.stream(session, ASKED) as events:
        told = list(events)
    assert told[-1]["type"] == "run.completed", told[-1]
    return next((event for event in told if event["type"] == "memory.used"), None)


def test_turns_go_on_while_the_index_is_slow_and_remember_when_it_is_back(
    server: Server, own_site: PostgresSite
) -> None:
    with Person(server) as ada:
        profile = ada.default_profile()
        ada.say(ada.session(profile), TOLD)
        ada.settle(profile)
        assert heard(ada, ada.session(profile))["memories"]
        with psycopg.connect(own_site.postgres.url(own_site.name)) as somebody:
            somebody.execute("lock table index_points in access exclusive mode")

            assert heard(ada, ada.session(profile))["unavailable"] is True
            assert ada.http.get("/ready").json()["checks"]["index"] != "ok"

        ready = eventually(
            lambda: ada.http.get("/ready").json(), lambda one: one["status"] == "ready"
        )
        assert ready["checks"]["index"] == "ok"
        assert heard(ada, ada.session(profile))["memories"]


def test_reindexing_fills_an_index_that_was_lost_and_the_doctor_tells(
    server: Server, own_site: PostgresSite
) -> None:
    def run(name: str) -> str:
        return command(server, name, DATABASE_URL=own_site.url, MEMORYCHAT_BCRYPT_COST="4").stdout

    with Person(server) as ada:
        profile = ada.default_profile()
        ada.say(ada.session(profile), TOLD)
        ada.settle(profile)
    server.stop()
    count = "select count(*) from index_points"
    [(wanted,)] = own_site.postgres.execute(count, database=own_site.name)
    assert wanted
    own_site.postgres.execute("truncate index_points, index_words", database=own_site.name)
    assert f"of {wanted} points {wanted} are missing in the index" in run("doctor")

    assert f"The index holds {wanted} memories and messages." in run("reindex")

    assert own_site.postgres.execute(count, database=own_site.name) == [(wanted,)]
    told = run("doctor")
    assert "vectors: in the database, by pgvector" in told
    assert f"index and database: agree on {wanted} points" in told


def test_a_qdrant_that_refuses_or_stalls_leaves_turns_alone(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Server(tmp_path, {"QDRANT_URL": address}) as server, Person(server) as ada:
            assert heard(ada, ada.session())["unavailable"] is True
            assert ada.http.get("/ready").json()["checks"]["index"] in {
                "timeout",
                "index-unavailable",
            }


async def test_a_qdrant_that_is_away_is_told_within_the_deadline() -> None:
    index = open_qdrant("http://127.0.0.1:1", api_key=None, collection="none", dims=DIMS)

    with pytest.raises(IndexUnavailable):
        await index.search(a_namespace(), a_query("tea"), limit=1)
    await index.close()
