"""The tables of an index in Postgres, and whether a database can have them."""

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

WHO: Final = "(select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> '{}')"
"""What the claims of a transaction say; Supabase's `auth.uid()` reads the same setting."""

TABLES: Final = ("index_points", "index_words")

_DDL: Final = """
create table if not exists index_points (
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
create table if not exists index_words (
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
"""
"""Vectors stand beside the rest of a row, however long, since every search reads all of a profile.
Stems are hashes of 32 bits, as signed numbers; a row of words is one posting."""


def has_pgvector(connection: Connection) -> bool:
    """Whether the extension is there, with half-precision vectors (0.7 and later)."""
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
    connection.execute(text(_DDL))
    for table in TABLES:
        connection.execute(text(f"alter table {table} enable row level security"))
        connection.execute(text(f"alter table {table} force row level security"))
        own = f"user_id = {WHO.format('sub')}::uuid"
        system = f"{WHO.format('role')} = 'service_role'"
        for name, rule in (("own", own), ("system", system)):
            policy = f"{table}_{name}"
            connection.execute(text(f"drop policy if exists {policy} on {table}"))
            connection.execute(
                text(f"create policy {policy} on {table} using ({rule}) with check ({rule})")
            )


def drop_tables(connection: Connection) -> None:
    """The tables are gone."""
    for table in TABLES:
        connection.execute(text(f"drop table if exists {table}"))
