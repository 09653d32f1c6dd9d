"""The tables of an index in Postgres, and whether a database can have them."""

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.postgres_engine import SYSTEM_ROLE, USER_ROLE

SEARCH_PATH: Final = "public, extensions"
"""Supabase keeps extensions in a schema of their own."""

TABLES: Final = ("index_points", "index_words")

_DDL: Final = """
create table index_points (
    user_id uuid not null,
    memory_profile_id uuid not null,
    id uuid not null,
    key bigint generated always as identity,
    form text not null,
    is_past boolean not null,
    kind text not null,
    session_id uuid,
    position integer not null,
    said_at_us bigint not null,
    until_us bigint,
    speaker bigint not null,
    from_user boolean not null,
    asks boolean not null,
    stems integer[] not null,
    weights real[] not null,
    dense halfvec not null,
    constraint pk_index_points primary key (user_id, memory_profile_id, id),
    constraint uq_index_points_key unique (key)
) with (toast_tuple_target = 8160);
create table index_words (
    user_id uuid not null,
    memory_profile_id uuid not null,
    stem integer not null,
    point_key bigint not null,
    form text not null,
    is_past boolean not null,
    weight real not null,
    constraint pk_index_words primary key (user_id, memory_profile_id, stem, point_key)
        include (weight, is_past, form)
);
alter table index_points
    alter column dense set statistics 0,
    alter column stems set statistics 0,
    alter column speaker set statistics 0;
alter table index_words alter column stem set statistics 0;
"""
"""Vectors stand beside the rest of a row, however long, since every search reads all of a profile.
Stems are hashes of 32 bits, as signed numbers; a row of words is one posting.
What tells of words is not sampled for the planner: samples outlive what is deleted."""


def has_pgvector(connection: Connection) -> bool:
    """Whether the extension is there, with half-precision vectors (0.7 and later)."""
    connection.execute(text(f"set local search_path to {SEARCH_PATH}"))
    found = connection.execute(text("select to_regtype('halfvec')")).scalar_one()
    return found is not None


def can_have_pgvector(connection: Connection) -> bool:
    """Whether the extension is there by now; it is created where this role may do so."""
    if has_pgvector(connection):
        return True
    try:
        with connection.begin_nested():
            connection.execute(text("create extension if not exists vector"))
    except DBAPIError:
        return False
    return has_pgvector(connection)


def has_tables(connection: Connection) -> bool:
    """Whether both tables are there."""
    return all(
        connection.execute(
            text("select to_regclass(:name) is not null"), {"name": name}
        ).scalar_one()
        for name in TABLES
    )


def create_tables(connection: Connection) -> None:
    """The tables are there, and each row is its user's: also for the tables' owner."""
    if has_tables(connection):
        return
    connection.execute(text(_DDL))
    for table in TABLES:
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"revoke all on {table} from public",
            f"create policy {table}_own on {table} to {USER_ROLE}"
            " using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()))",
            f"create policy {table}_system on {table} to {SYSTEM_ROLE} using (true) with check (true)",
            f"grant select, insert, update, delete on {table} to {USER_ROLE}, {SYSTEM_ROLE}",
        ):
            connection.execute(text(statement))


def drop_tables(connection: Connection) -> None:
    """The tables are gone."""
    for table in TABLES:
        connection.execute(text(f"drop table if exists {table}"))
