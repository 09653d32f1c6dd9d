"""A move that is killed anywhere, and begun again: in the end all is there, and nothing was lost."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.command import command
from tests.support.database import PostgresSite
from tests.support.forked import fork
from tests.support.moving import FORGOTTEN, Life, Moving, all_is_there
from tests.support.person import Person, eventually
from tests.support.server import database_of, inherited

pytestmark = pytest.mark.embedded

LOCK = 7731
HALTS = f"""
CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NEW; END';
CREATE TRIGGER halts BEFORE INSERT ON {{table}} FOR EACH ROW EXECUTE FUNCTION halt();
"""
CHANGES = """
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN NEW.importance = NEW.importance / 2; RETURN NEW; END';
CREATE TRIGGER changes BEFORE INSERT ON memories FOR EACH ROW EXECUTE FUNCTION change();
"""

JOINS = """
CREATE FUNCTION join_in() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN
 INSERT INTO processes VALUES (gen_random_uuid(), ''server'', false, now(), now() + interval ''1 hour'');
 RETURN NULL;
END';
CREATE TRIGGER joins AFTER INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION join_in();
"""


@pytest.fixture
def moving(clear_life: Life, move_site: PostgresSite, tmp_path: Path) -> Moving:
    return Moving(tmp_path, clear_life, move_site)


@contextmanager
def halted(moving: Moving, table: str) -> Iterator[Callable[[], bool]]:
    """Whatever adds a row to a table waits meanwhile; tells whether somebody does."""
    site = moving.site
    site.postgres.execute(HALTS.format(table=table), database=site.name)

    def is_waiting() -> bool:
        found = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        return bool(site.postgres.execute(found, database=site.name, parameters=[LOCK]))

    with psycopg.connect(site.postgres.url(site.name), autocommit=True) as held:
        held.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield is_waiting
        held.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
    site.postgres.execute("DROP FUNCTION halt CASCADE", database=site.name)


def killed(moving: Moving, table: str) -> str:
    """What a move has said that was killed while it added the first row to a table."""
    environment = {**inherited(), **moving.keys, "MEMORYCHAT_DATA_DIR": str(moving.here.data_dir)}
    said = moving.here.data_dir.parent / "said"
    with halted(moving, table) as is_waiting, said.open("wb") as output:
        process = fork(
            *("move", "--to", moving.site.url),
            environment=environment,
            folder=moving.here.data_dir.parent,
            stdout=output,
            stderr=output,
        )
        eventually(lambda: is_waiting() or process.poll() is not None, bool)
        assert process.poll() is None, said.read_text()
        process.kill()
        assert process.wait() == -signal.SIGKILL
        return said.read_text()


@pytest.mark.parametrize("table", ["tenants", "chat_messages", "document_files"])
def test_a_move_that_was_killed_goes_on_where_it_was(
    clear_life: Life, moving: Moving, table: str
) -> None:
    before = moving.held
    assert "Copying" in killed(moving, table)
    copied = moving.rows_there
    assert copied[table] == 0
    assert (copied["users"] == 2) is (table != "tenants")

    done = moving.move()

    assert done.returncode == 0, done.stderr
    assert "anew" not in done.stdout.splitlines()[0]
    assert moving.held == before
    with moving.living():
        all_is_there(clear_life, moving)


def test_no_server_starts_on_half_of_an_installation(clear_life: Life, moving: Moving) -> None:
    with database_of(moving.here.folder) as connection, connection:
        connection.execute("DELETE FROM index_changes")
    killed(moving, "index_changes")  # after all was compared, in the last transaction
    assert moving.rows_there["chat_messages"] > 0

    with pytest.raises(RuntimeError, match="an installation is being moved to this database"):
        moving.there.start()
    doctor = command(moving.there, "doctor", DATABASE_URL=moving.site.url)
    assert "MEND" in doctor.stdout
    assert "an installation is being moved to this database" in doctor.stdout

    assert moving.move().returncode == 0
    with moving.living():
        all_is_there(clear_life, moving)


def test_what_has_changed_since_a_move_was_cut_is_not_mixed_with_it(
    clear_life: Life, moving: Moving
) -> None:
    killed(moving, "document_files")
    with moving.here as server, clear_life.ada.at(server) as ada:
        session = ada.session()
        ada.say(session, "My brother Erik lives in Oslo.")
        ada.settle(ada.default_profile())
        [forgotten, *_] = [one["id"] for one in ada.get("/sessions", q="Nordea")["data"]]
        ada.delete(f"/sessions/{forgotten}")
        before = lines(ada)
        server.stop()

    done = moving.move()

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "What was copied before is of another state: copying begins anew."
    )
    with moving.living(), clear_life.ada.at(moving.there) as ada:
        assert lines(ada) == before
        assert ada.http.get(f"/api/v1/sessions/{forgotten}").status_code == 404
    assert FORGOTTEN not in moving.site.postgres.dump(moving.site.name)


def lines(person: Person) -> list[bytes]:
    """What an account says, without when it was said to."""
    return sorted(person.exported().splitlines()[1:-1])


def test_rows_that_came_out_otherwise_are_noticed_and_copied_anew(
    clear_life: Life, moving: Moving
) -> None:
    site = moving.site
    site.postgres.execute(CHANGES, database=site.name)

    sentence = moving.refusal()

    assert sentence.startswith(
        "The move is not finished: What was copied is not what is here, in memories ("
    )
    with pytest.raises(RuntimeError, match="an installation is being moved"):
        moving.there.start()
    site.postgres.execute("DROP FUNCTION change CASCADE", database=site.name)
    done = moving.move()
    assert done.returncode == 0, done.stderr
    assert "copying begins anew" in done.stdout
    with moving.living():
        all_is_there(clear_life, moving)


def test_a_server_that_was_just_starting_is_noticed_before_the_end(
    clear_life: Life, moving: Moving
) -> None:
    site = moving.site
    site.postgres.execute(JOINS, database=site.name)

    sentence = moving.refusal()

    assert sentence.startswith(
        "The move is not finished: A server or worker has that database open: stop it"
    )
    with pytest.raises(RuntimeError, match="an installation is being moved"):
        moving.there.start()
    assert "A server or worker has that database open" in moving.refusal(), "as long as it is there"
    leaves = "DROP FUNCTION join_in CASCADE; DELETE FROM processes"
    site.postgres.execute(leaves, database=site.name)
    assert moving.move().returncode == 0
    with moving.living():
        all_is_there(clear_life, moving)


def test_a_postgres_that_goes_away_meanwhile_is_told_and_gone_on_with(moving: Moving) -> None:
    cuts = """
    CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
    CREATE TRIGGER cuts BEFORE INSERT ON memories FOR EACH ROW EXECUTE FUNCTION cut();
    """
    moving.site.postgres.execute(cuts, database=moving.site.name)

    sentence = moving.refusal()

    assert sentence.startswith("The move is not finished: ")
    assert sentence.endswith("Run the same command again: it goes on where it was.")
    moving.site.postgres.execute("DROP FUNCTION cut CASCADE", database=moving.site.name)
    assert moving.move().returncode == 0
