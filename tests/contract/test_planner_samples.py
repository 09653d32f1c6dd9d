"""What Postgres keeps of words for its planner: nothing, so that nothing outlives what is deleted."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Engine, LargeBinary, String, inspect

from app.adapters.sql.migrate import MIGRATIONS, migrate
from app.adapters.sql.postgres_engine import open_unbound
from app.adapters.sql.tables import metadata
from app.adapters.sql.words import ALL_WORDS, Words
from app.models.actor import SYSTEM
from tests.contract.test_ownership import Things
from tests.support.database import LIMITS, PostgresSite, add_owner, prepared
from tests.support.postgres import Postgres

CANARY = "Zyrafa7731"
NO_WORDS = {
    "api_keys": {"key_hash", "prefix", "privacy_mode", "scopes"},
    "chat_messages": {
        *("finish_reason", "memories_used", "privacy_mode", "role", "tightened_by"),
    },
    "chat_sessions": {"privacy_mode", "thread"},
    "departed_identities": {"digest"},
    "documents": {"media_type", "state"},
    "encryption": {"state"},
    "heard_turns": {"digest"},
    "identities": {"issuer"},
    "imports": {"error", "format", "report", "state"},
    "intents": {"digest", "fingerprint", "made"},
    "memories": {"kind", "repeats", "replaces", "source", "status"},
    "memory_jobs": {"error", "state"},
    "memory_profiles": {"learning"},
    "memory_versions": {"change"},
    "owed_wipes": {"store"},
    "processes": {"role"},
    "refresh_tokens": {"token_hash"},
    "tenants": {"name", "plan"},
    "usage_months": {"holds"},
    "users": {"plan", "role", "time_zone"},
}
"""Columns that say how things are: kinds, states, ids, keyed hashes."""


@pytest.fixture
def site(postgres_site: PostgresSite) -> PostgresSite:
    """Only Postgres samples."""
    return postgres_site


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[PostgresSite]:
    """A database that is prepared, and empty."""
    name = prepared(postgres)
    yield PostgresSite(postgres, name)
    postgres.drop(name)


def unsampled(site: PostgresSite) -> set[tuple[str, str]]:
    """Each table with each of its columns that is never sampled."""
    found = site.postgres.execute(
        "SELECT relname, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND attnum > 0 AND attstattarget = 0",
        database=site.name,
    )
    return set(found)


def sampled(site: PostgresSite) -> str:
    """All that the planner has been told, of indexes as well."""
    site.postgres.execute("ANALYZE", database=site.name)
    return samples(site)


def samples(site: PostgresSite) -> str:
    """The same, as it stands."""
    found = site.postgres.execute(
        "SELECT most_common_vals::text, histogram_bounds::text, most_common_elems::text"
        " FROM pg_stats WHERE schemaname = 'public'",
        database=site.name,
    )
    return str(found)


def columns_of(words: Words) -> set[str]:
    """Where words stand, what is looked for in, and where their ciphertext stands."""
    return {*words.sealed, *words.compared, *(f"sealed_{name}" for name in words.sealed)}


def test_no_column_of_words_is_sampled(site: PostgresSite) -> None:
    never = unsampled(site)

    for words in ALL_WORDS:
        assert {(words.table.name, name) for name in columns_of(words)} <= never


def test_each_column_that_could_hold_words_is_unsampled_or_known_to_hold_none(
    site: PostgresSite,
) -> None:
    could = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | JSON | LargeBinary)
    }
    known = {(table, name) for table, names in NO_WORDS.items() for name in names}

    assert could - unsampled(site) == known


def test_vectors_and_stems_are_not_sampled(site: PostgresSite) -> None:
    assert {
        ("index_points", "dense"),
        ("index_points", "stems"),
        ("index_points", "speaker"),
        ("index_words", "stem"),
    } <= unsampled(site)


async def test_the_planner_is_told_no_word(site: PostgresSite) -> None:
    await fill(site)

    told = sampled(site)

    assert "learnt" in told, "so this would see a word"
    assert not holds_canary(told)


async def test_what_the_planner_was_told_before_is_gone_and_nothing_is_written_anew(
    empty: PostgresSite, tmp_path: Path
) -> None:
    engine = open_unbound(empty.url, LIMITS)
    migrate(engine, scripts=up_to("0024", tmp_path))
    for table, name in unsampled(empty):  # the tables of the index are as they are made today
        empty.postgres.execute(
            f"ALTER TABLE {table} ALTER {name} SET STATISTICS -1", database=empty.name
        )
    with made_later(engine, empty):
        await fill(empty)
    assert holds_canary(sampled(empty))
    before = files(empty)

    migrate(engine, scripts=up_to("0025", tmp_path / "then"))
    engine.dispose()

    assert not holds_canary(samples(empty))
    assert not holds_canary(sampled(empty))
    assert files(empty) >= before


@contextmanager
def made_later(engine: Engine, site: PostgresSite) -> Iterator[None]:
    """Tables that later migrations make are there as well, for what is written today."""
    known = inspect(engine).get_table_names()
    later = [one for one in metadata.sorted_tables if one.name not in known]
    metadata.create_all(engine, tables=later)
    for one in later:
        grant = f"GRANT ALL ON {one.name} TO memorychat_system"
        site.postgres.execute(grant, database=site.name)
    yield
    metadata.drop_all(engine, tables=later)


def up_to(revision: str, folder: Path) -> Path:
    """The migrations as they were then."""
    scripts = folder / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for script in (scripts / "versions").glob("[0-9]*.py"):
        if script.name[:4] > revision:
            script.unlink()
    return scripts


def files(site: PostgresSite) -> set[tuple[str, int]]:
    """Where each table and index stands: elsewhere, once it was written anew."""
    found = site.postgres.execute(
        "SELECT relname, relfilenode FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')",
        database=site.name,
    )
    return set(found)


async def fill(site: PostgresSite) -> None:
    """Three people's things, with words of the canary wherever words can stand."""
    async with site.open() as store:
        for _ in range(3):
            ann = await store.write(add_owner, by=SYSTEM)
            await store.write(partial(Things, owner=ann, uses_plan=False), by=SYSTEM)
    for words in ALL_WORDS:
        for name in columns_of(words):
            site.postgres.execute(
                f"UPDATE {words.table.name} SET {name} = {a_canary(words.table.c[name])}",  # noqa: S608
                database=site.name,
            )
    email = "UPDATE users SET email = %s || id, display_name = %s || id"
    site.postgres.execute(email, database=site.name, parameters=[CANARY, CANARY])
    for statement in FILL_INDEX:
        site.postgres.execute(statement, database=site.name)


def a_canary(column: Column[Any]) -> str:
    """An expression for a value with the canary in it, another one in each row."""
    said = f"left('{CANARY}' || md5(random()::text), 40)"
    if isinstance(column.type, LargeBinary):
        return f"convert_to({said}, 'UTF8')"
    return f"to_json({said})" if isinstance(column.type, JSON) else said


def holds_canary(told: str) -> bool:
    """Whether it is there, in clear, in hex, or as a number."""
    return any(one in told for one in (CANARY, CANARY.encode().hex(), "7731773"))


FILL_INDEX = (
    "INSERT INTO index_points (user_id, memory_profile_id, id, form, is_past, kind, position,"
    " said_at_us, speaker, from_user, asks, stems, weights, dense)"
    " SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a', false, 'fact', 1, n,"
    " 77317730 + n, true, false, ARRAY[77317730 + n], ARRAY[1.0], '[1,2]'"
    " FROM generate_series(1, 9) AS n",
    "INSERT INTO index_words (user_id, memory_profile_id, stem, point_key, form, is_past, weight)"
    " SELECT gen_random_uuid(), gen_random_uuid(), 77317730 + n, n, 'a', false, 1"
    " FROM generate_series(1, 9) AS n",
)
