"""`python main.py doctor` where everything is kept in a Postgres."""

from collections.abc import Mapping

import orjson
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.core.exposure import database_address
from app.models.finding import Verdict
from tests.support.command import command
from tests.support.database import PostgresSite, postgres_for, prepared
from tests.support.person import Person
from tests.support.postgres import Postgres
from tests.support.server import Server, on_postgres

CHECKS = {"database address", "schema", "row security", "connections", "dead letters", "waiting"}


@pytest.fixture(scope="module")
def stopped(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that somebody has talked to, and that does not run any more."""
    folder = tmp_path_factory.mktemp("stopped")
    with Server(folder, on_postgres(folder)) as server, Person(server) as ada:
        ada.say(ada.session(), "My sister lives in Bergen.")
        ada.brought(ada.default_profile(), "The deposit is at Nordea.")
        ada.settle(ada.default_profile())
        server.stop()
        return server


@pytest.fixture
def site(stopped: Server) -> PostgresSite:
    return postgres_for(stopped.folder)


def findings(server: Server, url: str) -> Mapping[str, tuple[str, str]]:
    done = command(server, "doctor", "--json", DATABASE_URL=url)
    told = orjson.loads(done.stdout)["findings"]
    return {one["check"]: (one["verdict"], f"{one['detail']} {one['remedy']}") for one in told}


def test_all_is_well(stopped: Server, site: PostgresSite) -> None:
    found = findings(stopped, site.url)

    assert {one for one, (verdict, _) in found.items() if verdict == "trouble"} == set()
    assert found.keys() >= CHECKS | {"index and database", "forgetting", "isolation"}
    assert found.keys().isdisjoint({"database", "index"}), "there are no files to tell of"
    assert found["documents"][1].startswith("1 originals in the database")


def test_a_database_that_is_new_has_nothing_to_mend(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = PostgresSite(postgres, prepared(postgres))
    server = Server(tmp_path_factory.mktemp("new"), {"DATABASE_URL": site.url})

    found = findings(server, site.url)

    assert found["schema"][0] == "skipped"
    assert "made at the first start" in found["schema"][1]
    assert found["isolation"][0] == "skipped"
    assert "row security" not in found
    assert {one for one, (verdict, _) in found.items() if verdict == "trouble"} == set()
    assert not site.postgres.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = 'public'", database=site.name
    )


def test_what_is_wrong_with_it_is_found(stopped: Server, site: PostgresSite) -> None:
    as_superuser = findings(stopped, site.postgres.url(site.name))
    assert "row-level security does not bind it" in as_superuser["database"][1]
    assert as_superuser["isolation"][0] == "skipped"

    gone = findings(stopped, "postgresql://memorychat:secret7731@127.0.0.1:1/none")
    assert "no Postgres answers" in gone["database"][1]
    assert "secret7731" not in str(gone)

    site.postgres.execute("ALTER TABLE memories NO FORCE ROW LEVEL SECURITY", database=site.name)
    try:
        assert "not enabled and forced on memories" in findings(stopped, site.url)["database"][1]
    finally:
        site.postgres.execute("ALTER TABLE memories FORCE ROW LEVEL SECURITY", database=site.name)


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("postgresql://me:hidden7731@127.0.0.1/x", Verdict.OK),
        ("postgresql://me:hidden7731@db.internal/x", Verdict.OK),
        ("postgresql://me:hidden7731@db.example.com/x?sslmode=verify-full", Verdict.OK),
        ("postgresql://me:hidden7731@db.example.com/x?sslmode=prefer", Verdict.TROUBLE),
        ("postgresql://me:hidden7731@db.example.com/x", Verdict.TROUBLE),
    ],
)
def test_an_address_is_told_and_whether_the_way_there_is_encrypted(
    url: str, verdict: Verdict
) -> None:
    [found] = database_address(Settings(database_url=SecretStr(url), _env_file=None))

    assert found.verdict is verdict
    assert "hidden7731" not in str(found)
