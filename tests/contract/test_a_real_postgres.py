"""The Postgres that other tests stand on."""

import psycopg
import pytest

from tests.support.postgres import Postgres


def test_it_knows_vectors(postgres: Postgres) -> None:
    with postgres.a_database() as database:
        postgres.execute("CREATE EXTENSION vector", database=database)

        [(distance,)] = postgres.execute("SELECT '[1,2]'::vector <-> '[1,3]'", database=database)

    assert distance == 1


def test_databases_are_copied_and_apart(postgres: Postgres) -> None:
    with postgres.a_database() as template:
        postgres.execute("CREATE TABLE words (word text)", database=template)
        with (
            postgres.a_database(template=template) as one,
            postgres.a_database(template=template) as other,
        ):
            postgres.execute("INSERT INTO words VALUES ('tea')", database=one)

            assert postgres.execute("SELECT word FROM words", database=one) == [("tea",)]
            assert postgres.execute("SELECT word FROM words", database=other) == []


def test_it_can_be_away_and_come_back() -> None:
    own = Postgres()
    own.start()
    name = own.create()
    own.stop()
    with pytest.raises(psycopg.OperationalError):
        own.execute("SELECT 1")

    own.start(max_connections="20")

    assert own.execute("SHOW max_connections", database=name) == [("20",)]
    with own.frozen(), pytest.raises(psycopg.errors.ConnectionTimeout):
        psycopg.connect(own.url(name), connect_timeout=2)
    own.remove()


def test_others_need_a_password(postgres: Postgres) -> None:
    postgres.execute("CREATE ROLE somebody LOGIN PASSWORD 'right'")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.url("postgres", user="somebody", password="wrong"))

    psycopg.connect(postgres.url("postgres", user="somebody", password="right")).close()

    postgres.execute("DROP ROLE somebody")
