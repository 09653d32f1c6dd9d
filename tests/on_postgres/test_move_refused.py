"""What cannot be moved, or not there: one sentence, exit status 1, and nothing has changed on either side."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.at_rest import a_key
from tests.support.command import command
from tests.support.database import PostgresSite, prepared
from tests.support.moving import Life, Moving
from tests.support.person import Person
from tests.support.postgres import Postgres
from tests.support.server import Server, database_of

pytestmark = pytest.mark.embedded

SECRET = "hidden7731"


@pytest.fixture
def moving(clear_life: Life, move_site: PostgresSite, tmp_path: Path) -> Moving:
    return Moving(tmp_path, clear_life, move_site)


def refused(moving: Moving, to: str | None = None, **environment: str) -> str:
    """The sentence of a move that changed nothing, neither here nor there."""
    before = moving.site.postgres.dump(moving.site.name, "--restrict-key=test")
    sentence = moving.refusal(to, **environment)
    assert moving.site.postgres.dump(moving.site.name, "--restrict-key=test") == before
    assert sentence.startswith("Nothing was moved: ")
    return sentence


@pytest.mark.parametrize(
    "to",
    [
        "data",
        f"mysql://me:{SECRET}@127.0.0.1/x",
        f"postgresql://me:{SECRET}@127.0.0.1:port/x",
        f"postgresql://me:{SECRET}@127.0.0.1",
        f"postgresql://me:{SECRET}@127.0.0.1:1/x",
    ],
)
def test_an_address_of_no_postgres(moving: Moving, to: str) -> None:
    done = moving.move(to)

    assert (done.returncode, done.stdout) == (1, "")
    [sentence] = done.stderr.splitlines()
    its = "--to: no Postgres answers there" if ":1/" in to else "--to is no address of a Postgres"
    assert sentence.startswith(f"Nothing was moved: {its}")
    assert SECRET not in sentence


def test_somebody_who_may_not(moving: Moving, postgres: Postgres) -> None:
    name = moving.site.name
    assert "row-level security does not bind it" in refused(moving, postgres.url(name))
    wrong = postgres.url(name, user="memorychat", password=SECRET)
    assert "refuses the user or its password" in (told := refused(moving, wrong))
    assert SECRET not in told
    with postgres.a_database() as bare:
        to = moving.site.url.replace(name, bare)
        assert "is not prepared for MemoryChat" in refused(moving, to)
    assert "there is no database of that name" in refused(moving, moving.site.url + "_not")


def test_a_database_that_somebody_lives_in(moving: Moving, tmp_path: Path) -> None:
    inhabited = Server(tmp_path / "other", {"DATABASE_URL": moving.site.url})
    inhabited.data_dir.parent.mkdir()
    with inhabited as server:
        assert "A server or worker has that database open" in moving.refusal()
        with Person(server) as eve:
            eve.say(eve.session(), "I was here first.")
            eve.settle(eve.default_profile())
            server.stop()

    assert "There is data in the database already (table " in refused(moving)


def test_a_database_that_another_installation_is_moved_to(moving: Moving) -> None:
    begun = """
    CREATE TABLE move_under_way AS SELECT gen_random_uuid() AS installation, '' AS source, false AS is_spoilt;
    ALTER TABLE move_under_way OWNER TO memorychat;
    GRANT SELECT ON move_under_way TO memorychat_system;
    ALTER TABLE move_under_way ENABLE ROW LEVEL SECURITY;
    ALTER TABLE move_under_way FORCE ROW LEVEL SECURITY;
    CREATE POLICY system ON move_under_way TO memorychat_system USING (true);
    """
    moving.site.postgres.execute(begun, database=moving.site.name)

    assert "A move of another installation to this database was begun" in refused(moving)


def test_one_that_lost_its_protection_or_is_older(moving: Moving) -> None:
    def execute(statement: str) -> None:
        moving.site.postgres.execute(statement, database=moving.site.name)

    execute("ALTER TABLE memories NO FORCE ROW LEVEL SECURITY")
    assert "not enabled and forced on memories" in refused(moving)
    execute("ALTER TABLE memories FORCE ROW LEVEL SECURITY")
    execute("UPDATE alembic_version SET version_num = '0001'")
    assert "bring it to head" in refused(moving)


def test_an_installation_that_is_in_use_or_none_or_older(moving: Moving, tmp_path: Path) -> None:
    with moving.here:
        done = moving.move()
        assert (done.returncode, done.stdout) == (1, "")
        assert "Another MemoryChat process uses" in done.stderr
        assert "Traceback" not in done.stderr
        moving.here.stop()
    assert "DATABASE_URL (or SUPABASE_DB_URL) is set" in refused(
        moving, DATABASE_URL=moving.site.url
    )
    nowhere = Server(tmp_path / "none")
    nowhere.folder.mkdir()
    done = command(nowhere, "move", "--to", moving.site.url)
    assert "There is no installation in" in done.stderr
    assert not nowhere.data_dir.exists()
    with database_of(moving.here.folder) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "The schema here is version 0001" in refused(moving)


def without_any(keys: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(keys, "")


def without_a_master_key(keys: dict[str, str]) -> dict[str, str]:
    return {**keys, "MEMORYCHAT_ENCRYPTION__MASTER_KEY": ""}


def with_another_master_key(keys: dict[str, str]) -> dict[str, str]:
    return {**keys, "MEMORYCHAT_ENCRYPTION__MASTER_KEY": a_key()}


@pytest.mark.parametrize(
    ("set_", "told"),
    [
        (without_any, "is encrypted, or is damaged: set MEMORYCHAT_DATABASE_KEY"),
        (without_a_master_key, "encrypted, and no master key is set"),
        (with_another_master_key, "The master key is not the one that 2 accounts' keys"),
    ],
)
def test_words_that_cannot_be_opened(
    sealed_life: Life,
    move_site: PostgresSite,
    tmp_path: Path,
    set_: Callable[[dict[str, str]], dict[str, str]],
    told: str,
) -> None:
    moving = Moving(tmp_path, sealed_life, move_site)

    assert told in refused(moving, **set_(dict(sealed_life.keys)))


def test_keys_that_are_lost(sealed_life: Life, move_site: PostgresSite, tmp_path: Path) -> None:
    moving = Moving(tmp_path, sealed_life, move_site)
    (moving.here.data_dir / "keys.db").unlink()

    assert "keys.db is not there" in refused(moving)


def test_a_master_key_over_words_in_clear(moving: Moving) -> None:
    told = refused(moving, MEMORYCHAT_ENCRYPTION__MASTER_KEY=a_key())

    assert "run python main.py encrypt once, or unset the key" in told


def test_a_database_without_room_for_vectors(
    clear_life: Life, postgres: Postgres, tmp_path: Path
) -> None:
    site = PostgresSite(postgres, prepared(postgres))
    postgres.execute("DROP EXTENSION vector", database=site.name)
    moving = Moving(tmp_path, clear_life, site)

    assert "has no pgvector" in moving.refusal()
    postgres.drop(site.name)
