"""Rows as they stand, in the order of their keys: read in the same way on both sides of a move."""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Engine,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    tuple_,
)

from app.adapters.sql.tables import document_files, documents

PAGE: Final = 500
"""Rows that are read, and written, at a time; of originals, which may be large, one."""

Key = tuple[Any, ...]
Record = Mapping[str, Any]


class Rows(Protocol):
    """Rows of one table, wherever they are kept."""

    @property
    def table(self) -> Table:
        """Where they stand in the target."""
        ...

    def count(self) -> int:
        """How many there are, or a few more."""
        ...

    def page(self, after: Key | None) -> Sequence[Record]:
        """The next rows in the order of their keys, none at the end."""
        ...


class TableRows:
    """The rows of a table in a database."""

    def __init__(self, engine: Engine, table: Table) -> None:
        """Rows that whoever the engine's transactions are by may see."""
        self._engine = engine
        self.table: Final = table
        self._key: Final = list(table.primary_key.columns)
        self._limit: Final = 1 if table is document_files else PAGE

    def count(self) -> int:
        """How many there are."""
        with self._engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(self.table)).scalar_one()

    def page(self, after: Key | None) -> Sequence[Record]:
        """The next rows in the order of their keys, none at the end."""
        query = select(*map(_as_it_stands, self.table.c)).order_by(*self._key).limit(self._limit)
        if after is not None:
            query = query.where(tuple_(*self._key) > tuple_(*map(_literal, after, self._key)))
        with self._engine.begin() as connection:
            return [row._asdict() for row in connection.execute(query)]

    def last(self) -> Key | None:
        """The last key; None when there is no row."""
        query = select(*self._key).order_by(*(one.desc() for one in self._key)).limit(1)
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        return None if row is None else tuple(row)

    def add(self, records: Sequence[Record]) -> None:
        """The rows are there, all of them or none."""
        statement = insert(self.table).values({one: _bound(one) for one in self.table.c})
        parameters = [{f"its_{name}": it for name, it in one.items()} for one in records]
        with self._engine.begin() as connection:
            connection.execute(statement, parameters)


class OriginalRows:
    """The originals in a folder, as rows: of each document that has one there."""

    table: Final = document_files

    def __init__(self, engine: Engine, folder: Path) -> None:
        """What is in the folder without a document is left: the next start would delete it."""
        self._engine = engine
        self._folder = folder

    def count(self) -> int:
        """How many documents there are; one that is still arriving has no original."""
        return TableRows(self._engine, documents).count()

    def page(self, after: Key | None) -> Sequence[Record]:
        """The next original in the order of its document, none at the end."""
        its = documents.c
        query = select(its.id, its.tenant_id, its.user_id).order_by(its.id).limit(1)
        while True:
            with self._engine.begin() as connection:
                since = query if after is None else query.where(its.id > after[0])
                row = connection.execute(since).first()
            if row is None:
                return []
            file = self._folder / str(row.user_id) / str(row.id)
            if file.exists():
                return [_original(row.id, row.tenant_id, row.user_id, file.read_bytes())]
            after = (row.id,)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows there are, and what they say."""

    rows: int
    sha256: str


def records_of(rows: Rows, *, after: Key | None = None) -> Iterator[Sequence[Record]]:
    """The rows page by page, from behind a key on."""
    while found := rows.page(after):
        yield found
        after = tuple(found[-1][one.name] for one in rows.table.primary_key.columns)


def tally(rows: Rows, *, advance: Callable[[int], object]) -> Tally:
    """What all rows come to, in the order of their keys, whatever database they stand in.

    Args:
        rows: of one table.
        advance: called with the number of rows since its last call.
    """
    count, sha256 = 0, hashlib.sha256()
    names = sorted(one.name for one in rows.table.c)
    for some in records_of(rows):
        for record in some:
            sha256.update(_joined(_canonical(record[name]) for name in names))
        count += len(some)
        advance(len(some))
    return Tally(count, sha256.hexdigest())


def fingerprint(tallies: Mapping[str, Tally]) -> str:
    """What a whole installation comes to."""
    said = (f"{name} {one.rows} {one.sha256}".encode() for name, one in sorted(tallies.items()))
    return hashlib.sha256(_joined(said)).hexdigest()


def _original(document: UUID, tenant: UUID, user: UUID, content: bytes) -> Record:
    return {"document_id": document, "tenant_id": tenant, "user_id": user, "content": content}


def _as_it_stands(column: Column[Any]) -> ColumnElement[Any]:
    """JSON as its text, in which nothing at all and `null` are two things, and order is kept."""
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def _bound(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, JSON):
        return cast(bindparam(f"its_{column.name}", type_=Text()), JSON)
    return bindparam(f"its_{column.name}", type_=column.type)


def _literal(value: object, column: Column[Any]) -> ColumnElement[Any]:
    return literal(value, column.type)


def _joined(parts: Iterable[bytes]) -> bytes:
    """No two sequences of parts come to the same."""
    return b"".join(len(part).to_bytes(8) + part for part in parts) + b"."


def _canonical(value: object) -> bytes:
    """A value of a row, in the one form that stands for it in all databases."""
    match value:
        case None:
            return b"-"
        case bool() | int():
            return b"i%d" % value
        case float():
            return b"f" + struct.pack(">d", value)
        case str():
            return b"s" + value.encode("utf-8", "surrogatepass")
        case UUID():
            return b"u" + value.bytes
        case date():
            return _time(value)
        case bytes() | bytearray() | memoryview():
            return b"y" + bytes(value)
        case _:
            raise TypeError(f"no canonical form of {type(value).__name__}")


def _time(value: date) -> bytes:
    if isinstance(value, datetime):
        return b"t" + value.astimezone(UTC).isoformat(timespec="microseconds").encode()
    return b"d" + value.isoformat().encode()
