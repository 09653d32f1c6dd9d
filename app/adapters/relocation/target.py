"""The Postgres that an installation is moved to: empty, or with a part of the same one in it.

While a move is under way, the table `move_under_way` says of which installation. No server starts on
such a database: it would show its users a part of what they have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, exists, func, select, text

from app.adapters.relocation.fates import MOVED
from app.adapters.relocation.rows import TableRows
from app.adapters.sql import tables
from app.adapters.sql.cipher import PlainText
from app.adapters.sql.engines import Engines, open_engines, open_key_schema
from app.adapters.sql.migrate import current_revision, head, migrate
from app.adapters.sql.postgres_engine import SYSTEM_ROLE, open_unbound
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.postgres_rights import (
    MOVE_UNDER_WAY,
    is_move_under_way,
    refusing,
    require_rights,
    require_row_security,
)
from app.adapters.sql.transaction import SqlTransaction
from app.adapters.sql.user_keys import user_keys
from app.core.errors import StartRefused
from app.models.tenant import DEFAULT_TENANT
from app.ports.database import Transaction

_CREATE: Final = (
    f"CREATE TABLE {MOVE_UNDER_WAY} (installation uuid PRIMARY KEY, source text NOT NULL,"
    " is_spoilt boolean NOT NULL)",
    f"ALTER TABLE {MOVE_UNDER_WAY} ENABLE ROW LEVEL SECURITY",
    f"ALTER TABLE {MOVE_UNDER_WAY} FORCE ROW LEVEL SECURITY",
    f"REVOKE ALL ON {MOVE_UNDER_WAY} FROM PUBLIC",
    f"CREATE POLICY move_under_way_system ON {MOVE_UNDER_WAY} FOR ALL TO {SYSTEM_ROLE}"
    " USING (true) WITH CHECK (true)",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON {MOVE_UNDER_WAY} TO {SYSTEM_ROLE}",
)
_READ: Final = text(f"SELECT installation, source, is_spoilt FROM {MOVE_UNDER_WAY}")  # noqa: S608 - our own name
_WRITE: Final = text(f"INSERT INTO {MOVE_UNDER_WAY} VALUES (:installation, :source, false)")  # noqa: S608 - our own name
_FORGET: Final = text(f"DELETE FROM {MOVE_UNDER_WAY}")  # noqa: S608 - our own name
_SPOIL: Final = text(f"UPDATE {MOVE_UNDER_WAY} SET is_spoilt = true")  # noqa: S608 - our own name
_COUNT_ON: Final = text("SELECT setval(pg_get_serial_sequence(:name, :number), :highest)")
_DROP: Final = text(f"DROP TABLE {MOVE_UNDER_WAY}")
_BECOME_SYSTEM: Final = text(f"SET LOCAL ROLE {SYSTEM_ROLE}")
_BECOME_ONESELF: Final = text("SET LOCAL ROLE NONE")
_NOT_FOR_LONG: Final = text("SET LOCAL lock_timeout = '5s'")
_OF_NOBODY: Final = frozenset({"tenants", "encryption", "user_keys", "index_changes", "owed_wipes"})
"""What a server that nobody has used yet may have left, or the self-test of `doctor`, besides what is
not moved at all."""


class Beginning(StrEnum):
    """Where a move begins."""

    FIRST = "first"
    WHERE_IT_WAS_CUT = "where it was cut"
    ANEW = "anew"
    """Something was copied, of another state of the installation: it is gone."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Postgres at head."""

    engines: Engines
    keys: Engine
    unbound: Engine

    def rows(self, table: Table) -> TableRows:
        """The rows of a table there, for the system's eyes."""
        return TableRows(self.keys if table is user_keys else self.engines.system, table)

    def begin(self, installation: UUID, *, source: str) -> Beginning:
        """Where the move goes on; it is under way.

        Args:
            installation: which it is that is moved.
            source: the fingerprint of what it holds.

        Raises:
            StartRefused: somebody else's data are there, or somebody uses it. Nothing was changed.
        """
        with refusing(), self.unbound.begin() as connection:
            connection.execute(_NOT_FOR_LONG)
            begun = _begun(connection, installation, source=source)
            if begun is Beginning.WHERE_IT_WAS_CUT:
                return begun
            connection.execute(_BECOME_ONESELF)
            if begun is Beginning.FIRST:
                for statement in _CREATE:
                    connection.execute(text(statement))
            _empty(connection)
            connection.execute(_BECOME_SYSTEM)
            connection.execute(_FORGET)
            connection.execute(_WRITE, {"installation": installation, "source": source})
        return begun

    def spoil(self) -> None:
        """What was copied is not to be gone on with: the next move begins anew."""
        with refusing(), self.unbound.begin() as connection:
            connection.execute(_BECOME_SYSTEM)
            connection.execute(_SPOIL)

    def finish(self, work: Callable[[Transaction], None]) -> None:
        """What `work` does is done, and servers may start.

        Raises:
            StartRefused: somebody uses it, and may have changed what was compared.
        """
        with refusing(), self.unbound.begin() as connection:
            connection.execute(_NOT_FOR_LONG)
            connection.execute(_BECOME_SYSTEM)
            _require_unused(connection)
            highest = _highest_numbers(connection)
            connection.execute(_BECOME_ONESELF)
            for counted in highest:
                connection.execute(_COUNT_ON, counted)
            connection.execute(_BECOME_SYSTEM)
            work(SqlTransaction(connection, PlainText()))
            connection.execute(_BECOME_ONESELF)
            connection.execute(_DROP)

    def close(self) -> None:
        """All connections are let go."""
        self.engines.writer.dispose()
        self.engines.medium.close()
        self.keys.dispose()
        self.unbound.dispose()


def open_target(url: str, limits: PostgresLimits) -> Target:
    """The Postgres behind an address, its schema made if it has none.

    Raises:
        StartRefused: it cannot be moved to, and why. Nothing was changed.
    """
    unbound = open_unbound(url, limits)
    require_rights(unbound)
    with refusing():
        with unbound.connect() as connection:
            revision = current_revision(connection)
        if revision not in {None, head()}:
            raise StartRefused(
                f"The schema there is version {revision}, and not {head()} as here: bring it to head "
                "by python main.py migrate with DATABASE_URL, or take a database that is empty."
            )
        migrate(unbound)
    require_row_security(unbound)
    return Target(open_engines(url, limits=limits), open_key_schema(url, limits), unbound)


def _begun(connection: Connection, installation: UUID, *, source: str) -> Beginning:
    """Where a move would go on; afterwards the transaction is the system's.

    Raises:
        StartRefused: somebody else's data are there, or somebody uses it.
    """
    is_under_way = is_move_under_way(connection)
    connection.execute(_BECOME_SYSTEM)
    if not is_under_way:
        _require_vacant(connection, installation)
        return Beginning.FIRST
    known = connection.execute(_READ).one()
    if known.installation != installation:
        raise StartRefused(
            "A move of another installation to this database was begun: finish that one, or take a "
            "database that is empty."
        )
    _require_unused(connection)
    is_same = known.source == source and not known.is_spoilt
    return Beginning.WHERE_IT_WAS_CUT if is_same else Beginning.ANEW


def _require_vacant(connection: Connection, installation: UUID) -> None:
    """Raises StartRefused when there is somebody's data, or somebody uses it."""
    its = tables.tenants.c
    tenants = {row.name: row.id for row in connection.execute(select(its.id, its.name))}
    occupied = [
        name
        for name, table in tables.metadata.tables.items()
        if name in MOVED.keys() - _OF_NOBODY
        and connection.execute(select(exists(select(table)))).scalar()
    ]
    if occupied and tenants.get(DEFAULT_TENANT) == installation:
        raise StartRefused(
            "This installation is there already, moved as a whole. To move it again, take a database "
            "that is empty: what was forgotten there since must not come back."
        )
    if occupied or tenants.keys() - {DEFAULT_TENANT}:
        raise StartRefused(
            f"There is data in the database already (table {[*occupied, 'tenants'][0]}), and a move would "
            "mix one with the other: take a database that is empty."
        )
    _require_unused(connection)


def _require_unused(connection: Connection) -> None:
    """Raises StartRefused when a process has the database open."""
    alive = tables.processes.c.alive_until > func.now()
    if connection.execute(select(exists(select(tables.processes).where(alive)))).scalar():
        raise StartRefused(
            "A server or worker has that database open: stop it, and move again after 15 s."
        )


def _highest_numbers(connection: Connection) -> Sequence[Mapping[str, object]]:
    """How far the tables have come whose rows are numbered there, but for those without any."""
    found = []
    for table in tables.metadata.sorted_tables:
        number = table.autoincrement_column if table.name in MOVED else None
        if number is not None and (
            highest := connection.execute(select(func.max(number))).scalar()
        ):
            found.append({"name": table.name, "number": number.name, "highest": highest})
    return found


def _empty(connection: Connection) -> None:
    """Nothing is left of an earlier beginning, nor of a server that nobody has used."""
    names = ", ".join([*tables.metadata.tables, f"memorychat_keys.{user_keys.name}"])
    connection.execute(text(f"TRUNCATE {names}"))
