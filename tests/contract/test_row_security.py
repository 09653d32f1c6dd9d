"""What Postgres itself keeps apart, whatever a query says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Engine, RootTransaction, text
from sqlalchemy.exc import DBAPIError

from app.adapters.pgvector_schema import TABLES as INDEX
from app.adapters.sql.engines import Engines, open_engines
from app.adapters.sql.tables import metadata
from app.core.errors import EmailTaken, ProfileNameTaken, StartRefused
from app.core.storage import postgres_engines
from app.models.actor import SYSTEM, Actor, OneUser
from app.models.ids import TenantId, UserId, new_id
from app.models.intent import Intent
from app.models.login import RefreshToken
from app.models.process import Process
from app.models.user import Caller
from app.ports.database import Database, Transaction
from tests.contract.test_identities import a_proof
from tests.contract.test_ownership import Things
from tests.support.database import (
    LIMITS,
    NOW,
    PASSWORD,
    ROLES,
    Owner,
    PostgresSite,
    a_profile,
    a_session,
    add_owner,
    prepared,
)
from tests.support.postgres import Postgres

NOBODYS = {"alembic_version"}
"""Tables without anybody's rows."""
ONLY_THE_SYSTEMS = {"encryption", "user_keys"}
OF_ALL = {"tenants"}
"""Tables whose rows say nothing of a user."""
WITHOUT_TENANT = {"key_erasures", *INDEX}
"""A user is of one tenant, and here of nobody's but theirs."""
ANOTHER_NAME = {"users": "id", "tenants": "id", "key_erasures": "owner_id"}
"""Whose a row is, where that is not `user_id`."""

GIVEN_ONLY = {"departed_identities"}
"""Tables that a user leaves something in, and is shown nothing of."""

HOLDER = Process()


@pytest.fixture
def site(postgres_site: PostgresSite) -> PostgresSite:
    """Only a Postgres can tell rows apart."""
    return postgres_site


@pytest.fixture
def engines(site: PostgresSite) -> Iterator[Engines]:
    opened = open_engines(site.url, limits=LIMITS)
    yield opened
    opened.writer.dispose()
    opened.medium.close()


@pytest.fixture
async def both(database: Database, ann: Owner, ben: Owner) -> tuple[Owner, Owner]:
    """Two people with one of everything, each."""

    def work(tx: Transaction) -> None:
        for owner in (ann, ben):
            Things(tx, owner)
            session = a_session(owner.user, owner.profile, reads=(owner.profile,))
            tx.sessions.add(session, tenant_id=owner.tenant)
            tx.logins.add(a_token(owner))
            tx.erasures.note(owner.user, tenant_id=owner.tenant)
            tx.threads.hear(owner.user.hex, by=owner.actor, at=NOW)
            intent = Intent(owner.user.hex, "of what")
            tx.intents.add(intent, (), by=owner.actor, at=NOW, since=NOW, is_done=True)
            caller = Caller(owner.user, owner.tenant, login_id=uuid4())
            proof = a_proof(subject=str(owner.user))
            tx.identities.add(proof, user_id=owner.user, tenant_id=owner.tenant, at=NOW)
            tx.identities.end_login(caller, at=NOW)
            tx.identities.depart(
                proof.issuer, proof.subject, of=caller, at=NOW, is_erasure_owed=False
            )
            tx.processes.beat(HOLDER, now=NOW, alive_until=NOW)
            tx.processes.hold(session, by=HOLDER.id, tenant_id=owner.tenant, now=NOW)

    await database.write(work, by=SYSTEM)
    return ann, ben


def a_token(owner: Owner) -> RefreshToken:
    return RefreshToken(
        id=new_id(),
        tenant_id=owner.tenant,
        user_id=owner.user,
        family_id=new_id(),
        token_hash=uuid4().hex,
        expires_at=NOW,
        rotated_at=None,
        revoked_at=None,
        created_at=NOW,
    )


def all_tables(site: PostgresSite) -> list[tuple[str, str, bool, bool]]:
    return site.postgres.execute(
        "SELECT nspname, relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE relkind IN ('r', 'p') AND nspname IN ('public', 'memorychat_keys')",
        database=site.name,
    )


def rows(engine: Engine, actor: Actor, statement: str, **values: Any) -> Any:
    with engine.connect() as connection, begun(connection, actor):
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else done.rowcount


def begun(connection: Connection, actor: Actor) -> RootTransaction:
    return connection.execution_options(actor=actor).begin()


def own_tables() -> list[str]:
    return [table.name for table in metadata.sorted_tables if "user_id" in table.c]


def test_every_table_is_protected_and_says_from_whom(site: PostgresSite) -> None:
    found = all_tables(site)
    policies = site.postgres.execute(
        "SELECT tablename, roles::text[], cmd, qual, with_check FROM pg_policies",
        database=site.name,
    )

    assert {name for _, name, _, _ in found} == {*metadata.tables, "user_keys", *INDEX, *NOBODYS}
    assert [
        name for _, name, on, forced in found if name not in NOBODYS and not (on and forced)
    ] == []
    for _, name, _, _ in found:
        of_users = [one for one in policies if one[0] == name and one[1] == ["authenticated"]]
        of_system = [one for one in policies if one[0] == name and one[1] == ["memorychat_system"]]
        expected = 0 if name in NOBODYS | ONLY_THE_SYSTEMS else 1
        assert len(of_users) == expected, name
        assert len(of_system) == (name not in NOBODYS), name
        for _, _, command, using, check in of_users:
            said = f"{using} {check}"
            assert "auth.uid()" in said or name in OF_ALL, name
            assert "tenant_id" in said or name in WITHOUT_TENANT, name
            assert check or command == "SELECT", name
    assert {roles[0] for _, roles, *_ in policies} == {"authenticated", "memorychat_system"}


@pytest.mark.parametrize("table", own_tables())
async def test_a_user_is_shown_their_own_rows_only(
    engines: Engines, both: tuple[Owner, Owner], table: str
) -> None:
    ann, ben = both
    query = f"SELECT DISTINCT user_id FROM {table}"  # noqa: S608 - a table of ours
    there = {row[0] for row in rows(engines.reader, SYSTEM, query)}
    if table in GIVEN_ONLY:
        with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
            rows(engines.reader, ann.actor, query)
        return

    seen = {row[0] for row in rows(engines.reader, ann.actor, query)}

    assert seen == there & {ann.user}
    assert there == {ann.user, ben.user}, "there is something to hide"


@pytest.mark.parametrize("table", [*own_tables(), "users"])
async def test_a_user_changes_and_deletes_nothing_of_anybody_elses(
    engines: Engines, both: tuple[Owner, Owner], table: str
) -> None:
    ann, ben = both
    column = ANOTHER_NAME.get(table, "user_id")
    theirs = f"{column} = :user"
    for statement in (
        f"UPDATE {table} SET {column} = {column} WHERE {theirs}",  # noqa: S608 - a table of ours
        f"DELETE FROM {table} WHERE {theirs}",  # noqa: S608 - a table of ours
    ):
        if table in GIVEN_ONLY:
            with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
                rows(engines.writer, ann.actor, statement, user=ben.user)
        else:
            assert rows(engines.writer, ann.actor, statement, user=ben.user) == 0


@pytest.mark.parametrize("table", own_tables())
async def test_a_user_gives_nobody_else_rows(
    engines: Engines, both: tuple[Owner, Owner], table: str
) -> None:
    ann, ben = both
    columns = [c.name for c in metadata.tables[table].columns if c.name != "id"]
    values = ", ".join(":user" if name == "user_id" else name for name in columns)
    number = metadata.tables[table].c.get("id")
    new_id = "" if number is None or number.autoincrement is True else "id, "
    given = f"INSERT INTO {table} ({new_id}{', '.join(columns)})"
    ids = "gen_random_uuid(), " if new_id else ""
    copy = f"{given} SELECT {ids}{values} FROM {table} LIMIT 1"  # noqa: S608 - a table of ours
    hand_over = f"UPDATE {table} SET user_id = :user"  # noqa: S608 - a table of ours

    for statement in (copy, hand_over):
        with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
            rows(engines.writer, ann.actor, statement, user=ben.user)


async def test_nobody_of_one_tenant_is_shown_anything_of_another(
    engines: Engines, database: Database, site: PostgresSite, ann: Owner
) -> None:
    tenant = TenantId(uuid4())
    site.add_tenant(tenant)
    zoe = await database.write(lambda tx: add_owner(tx, tenant=tenant), by=SYSTEM)
    await database.write(lambda tx: (Things(tx, ann), Things(tx, zoe)), by=SYSTEM)
    disguised = OneUser(zoe.user, ann.tenant)

    for table in sorted(set(own_tables()) - GIVEN_ONLY):
        query = f"SELECT tenant_id FROM {table}"  # noqa: S608 - a table of ours
        assert rows(engines.reader, disguised, query) == [], f"{table}: the claims name another"
        assert {row[0] for row in rows(engines.reader, zoe.actor, query)} <= {tenant}
    assert rows(engines.reader, zoe.actor, "SELECT id FROM tenants") == [(tenant,)]
    assert rows(engines.reader, zoe.actor, "SELECT id FROM users") == [(zoe.user,)]
    with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
        rows(engines.writer, disguised, "DELETE FROM tenants")


async def test_a_user_is_shown_no_key(engines: Engines, ann: Owner) -> None:
    for table in ("memorychat_keys.user_keys", "encryption", "alembic_version"):
        with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
            rows(engines.reader, ann.actor, f"SELECT * FROM {table}")  # noqa: S608 - as above


async def test_a_user_is_shown_the_processes_that_hold_their_conversations_only(
    engines: Engines, both: tuple[Owner, Owner], database: Database
) -> None:
    ann, _ = both
    idle = Process()
    await database.write(lambda tx: tx.processes.beat(idle, now=NOW, alive_until=NOW), by=SYSTEM)
    query = "SELECT id FROM processes"

    assert {row.id for row in rows(engines.reader, SYSTEM, query)} == {HOLDER.id, idle.id}
    assert {row.id for row in rows(engines.reader, ann.actor, query)} == {HOLDER.id}
    for nobody in (OneUser(ann.user, TenantId(uuid4())), OneUser(UserId(uuid4()), ann.tenant)):
        assert rows(engines.reader, nobody, query) == []
    with pytest.raises(DBAPIError, match="SQLSTATE 42501"):
        rows(engines.reader, ann.actor, "SELECT started_at, role FROM processes")


async def test_claims_that_name_nobody_show_nothing(
    site: PostgresSite, both: tuple[Owner, Owner]
) -> None:
    columns = {"processes": "id", "users": "id", "tenants": "id"}
    tables = {*own_tables(), *columns} - GIVEN_ONLY
    with psycopg.connect(site.url) as connection:
        connection.execute("SET LOCAL ROLE authenticated")
        seen = {
            table: connection.execute(
                f"SELECT {columns.get(table, 'user_id')} FROM {table}".encode()  # noqa: S608
            ).fetchall()
            for table in sorted(tables)
        }

    assert {table for table, found in seen.items() if found} == set()


async def test_whoever_logs_in_is_nobody(site: PostgresSite, both: tuple[Owner, Owner]) -> None:
    with psycopg.connect(site.url) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
            for table in (*own_tables(), "users", "tenants")
        ]

    assert set(counts) == {(0,)}


def test_a_transaction_without_an_actor_cannot_be(engines: Engines) -> None:
    for engine in (engines.writer, engines.reader):
        with pytest.raises(RuntimeError, match="on whose behalf"), engine.begin():
            pass


async def test_nothing_of_an_actor_outlives_the_transaction(engines: Engines, ann: Owner) -> None:
    rows(engines.writer, ann.actor, "SELECT 1")

    raw = engines.writer.raw_connection()
    cursor = raw.cursor()
    cursor.execute("SELECT current_user, current_setting('request.jwt.claims', true)")
    assert cursor.fetchone() in {("memorychat", ""), ("memorychat", None)}
    raw.close()


async def test_one_user_writes_at_a_time_and_others_go_on(
    engines: Engines, ann: Owner, ben: Owner
) -> None:
    with a_write(engines, ann.actor), a_write(engines, ben.actor):
        assert is_locked(engines, ann.user)
        rows(engines.reader, ann.actor, "SELECT 1")
    assert not is_locked(engines, ann.user)


@contextmanager
def a_write(engines: Engines, actor: Actor) -> Iterator[None]:
    with engines.writer.connect() as connection, begun(connection, actor):
        yield


def is_locked(engines: Engines, user: UUID) -> bool:
    lock = int.from_bytes(user.bytes[8:], signed=True)
    [(free,)] = rows(engines.writer, SYSTEM, "SELECT pg_try_advisory_xact_lock(:lock)", lock=lock)
    return not free


async def test_no_error_quotes_a_value(engines: Engines, both: tuple[Owner, Owner]) -> None:
    ann, _ = both
    copy = (
        "INSERT INTO memory_profiles SELECT gen_random_uuid(), tenant_id, user_id, name,"
        " name_key, description, false, persona, learning, speakers, created_at, updated_at"
        " FROM memory_profiles LIMIT 1"
    )
    for statement, said in (
        (copy, "uq_memory_profiles_user_id_name_key"),
        ("SELECT CAST(:word AS uuid)", "SQLSTATE 22P02"),
    ):
        with pytest.raises(DBAPIError, match=said) as caught:
            rows(
                engines.writer,
                ann.actor,
                statement,
                **({"word": "Zyrafa7731"} if ":word" in statement else {}),
            )
        told = f"{caught.value} {caught.value!r} {caught.value.orig} {caught.value.orig!r}"
        assert "Zyrafa7731" not in told
        assert "personal" not in told


def refusal(url: str) -> str:
    with pytest.raises(StartRefused) as refused:
        postgres_engines(url, LIMITS)
    return str(refused.value)


def test_a_database_is_ready_after_the_script_and_again_after_its_second_run(
    postgres: Postgres,
) -> None:
    site = PostgresSite(postgres, prepared(postgres))

    for _ in range(2):
        postgres_engines(site.url, LIMITS).writer.dispose()

    assert len(all_tables(site)) > len(metadata.tables)
    postgres.drop(site.name)


def test_whoever_row_security_does_not_bind_is_refused(site: PostgresSite) -> None:
    as_superuser = refusal(site.postgres.url(site.name))
    assert "superuser" in as_superuser
    assert "roles.sql" in as_superuser

    site.postgres.execute("CREATE ROLE careless LOGIN BYPASSRLS PASSWORD 'x'")
    try:
        assert "BYPASSRLS" in refusal(site.postgres.url(site.name, user="careless", password="x"))
        site.postgres.execute("ALTER ROLE careless NOBYPASSRLS")
        refused = refusal(site.postgres.url(site.name, user="careless", password="x"))
        assert "careless may not become authenticated" in refused
    finally:
        site.postgres.execute("DROP ROLE careless")


def test_a_role_that_became_too_mighty_is_refused(site: PostgresSite) -> None:
    site.postgres.execute("ALTER ROLE memorychat_system BYPASSRLS")
    try:
        assert "memorychat_system has BYPASSRLS" in refusal(site.url)
    finally:
        site.postgres.execute("ALTER ROLE memorychat_system NOBYPASSRLS")


def test_a_table_that_lost_its_protection_is_refused(site: PostgresSite) -> None:
    for change in ("NO FORCE", "DISABLE"):
        site.postgres.execute(
            f"ALTER TABLE memories {change} ROW LEVEL SECURITY", database=site.name
        )
        try:
            assert "not enabled and forced on memories" in refusal(site.url)
        finally:
            for kept in ("ENABLE", "FORCE"):
                site.postgres.execute(
                    f"ALTER TABLE memories {kept} ROW LEVEL SECURITY", database=site.name
                )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "refuses the user or its password"),
        ({"user": "nobody_here", "password": "x"}, "refuses the user or its password"),
        ({"database": "nowhere"}, "no database of that name"),
    ],
)
def test_a_wrong_address_is_told_from_a_wrong_password(
    site: PostgresSite, change: dict[str, str], said: str
) -> None:
    given = {"database": site.name, "user": "memorychat", "password": PASSWORD, **change}
    database = given.pop("database")

    refused = refusal(site.postgres.url(database, **given))

    assert said in refused
    assert "wrong" not in refused.replace("wrong one", "")


def test_a_database_that_was_not_prepared_is_refused(
    postgres: Postgres, site: PostgresSite
) -> None:
    with postgres.a_database(template="template0") as bare:
        url = postgres.url(bare, user="memorychat", password=PASSWORD)

        assert "not prepared for MemoryChat" in refusal(url)


def test_nobody_answers_is_said() -> None:
    assert "no Postgres answers" in refusal("postgresql://memorychat:x@127.0.0.1:1/none")


async def test_the_servers_own_log_holds_no_name_and_no_address(
    database: Database, site: PostgresSite, ann: Owner
) -> None:
    """It quotes the values of whatever breaks a rule, so nothing of ours gets so far."""
    taken = a_profile(ann.user, name="Bergamot7731")
    await database.write(lambda tx: tx.profiles.add(taken, tenant_id=ann.tenant), by=ann.actor)
    again = a_profile(ann.user, name="BERGAMOT7731")
    with pytest.raises(ProfileNameTaken):
        await database.write(lambda tx: tx.profiles.add(again, tenant_id=ann.tenant), by=ann.actor)
    with pytest.raises(ProfileNameTaken):
        await database.write(
            lambda tx: tx.profiles.update(
                ann.profile, owner=ann.user, changes={"name": "bergamot7731"}, at=NOW
            ),
            by=ann.actor,
        )
    user = await database.read(lambda tx: tx.users.get(ann.user), by=ann.actor)
    with pytest.raises(EmailTaken):
        await database.write(
            lambda tx: tx.users.add(replace(user, id=UserId(new_id())), password_hash="x"),
            by=SYSTEM,
        )

    log = site.postgres.log()

    assert "bergamot7731" not in log.lower()
    assert user.email not in log


SUPABASE = """\
CREATE ROLE authenticated NOLOGIN NOINHERIT;
CREATE ROLE administrator LOGIN CREATEROLE CREATEDB BYPASSRLS;
GRANT authenticated TO administrator WITH ADMIN OPTION;
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
    $$SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid$$;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION vector SCHEMA extensions;
"""
"""What a project of theirs has, as far as the script is concerned; its administrator is no superuser."""


async def test_the_script_runs_where_nobody_is_superuser_and_auth_is_anothers() -> None:
    own = Postgres()
    own.start()
    database = own.create()
    own.execute(SUPABASE, database=database)
    own.execute(f"ALTER DATABASE {database} OWNER TO administrator")
    own.execute("ALTER ROLE administrator PASSWORD 'x'")
    before = own.execute("SELECT prosrc FROM pg_proc WHERE proname = 'uid'", database=database)

    as_administrator = own.url(database, user="administrator", password="x")
    for _ in range(2):
        with psycopg.connect(as_administrator, autocommit=True) as connection:
            connection.execute(ROLES.read_bytes())
            connection.execute(f"ALTER ROLE memorychat PASSWORD '{PASSWORD}'".encode())
    site = PostgresSite(own, database)
    postgres_engines(site.url, LIMITS).writer.dispose()

    async with site.open() as store:
        ann = await store.write(add_owner, by=SYSTEM)
        found = await store.read(lambda tx: tx.users.get(ann.user), by=ann.actor)
    assert found.id == ann.user
    assert own.execute("SELECT prosrc FROM pg_proc WHERE proname = 'uid'", database=database) == (
        before
    ), "theirs is left alone"
    own.remove()
