"""Copying an installation's rows to a Postgres, and comparing both sides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError

from app.adapters.relocation.rows import Rows, TableRows, Tally, records_of, tally
from app.adapters.relocation.target import Target
from app.adapters.sql.postgres_errors import state_of
from app.adapters.sql.postgres_rights import advice_on
from app.core.errors import StartRefused
from app.ports.database import Transaction

AGAIN: Final = "Run the same command again: it goes on where it was."
_OF_A_ROW: Final = ("22", "23")
"""SQLSTATE of data that a column does not take, and of constraints."""

Progress = Callable[[int], object]


class MoveUnfinished(Exception):
    """The move has begun, and did not end; its text says why, and what to do, to the operator."""


def survey(sources: Sequence[Rows], *, advance: Progress) -> Mapping[str, Tally]:
    """What an installation holds, by table.

    Raises:
        MoveUnfinished: some of it cannot be read.
    """
    found = {}
    for rows in sources:
        with _readable(rows):
            found[rows.table.name] = tally(rows, advance=advance)
    return found


def copy(sources: Sequence[Rows], target: Target, *, advance: Progress) -> None:
    """All rows are in the target, each page of them at once.

    Pages come in the order of keys, so that what is there is where it goes on.

    Raises:
        MoveUnfinished: the rest is to be copied.
    """
    for source in sources:
        there = target.rows(source.table)
        with _writable(source):
            after = there.last()
        pages = records_of(source, after=after)
        while True:
            with _readable(source):
                some = next(pages, None)
            if some is None:
                break
            with _writable(source):
                there.add(some)
            advance(len(some))


def compare(
    expected: Mapping[str, Tally], target: Target, sources: Sequence[Rows], *, advance: Progress
) -> Mapping[str, Tally]:
    """What the target holds, by table: the same.

    Raises:
        MoveUnfinished: it is not the same, and is not gone on with; or nobody knows.
    """
    found = {}
    for source in sources:
        with _writable(source):
            found[source.table.name] = tally(target.rows(source.table), advance=advance)
    if differing := [name for name, one in expected.items() if found[name] != one]:
        with _going_on():
            target.spoil()
        counts = ", ".join(
            f"{name} ({expected[name].rows} rows here, {found[name].rows} there)"
            for name in differing
        )
        raise MoveUnfinished(
            f"What was copied is not what is here, in {counts}. Nothing is lost here. Make sure that "
            "nobody else writes to that database, and run the same command again: it begins anew."
        )
    return found


def finish(target: Target, work: Callable[[Transaction], None]) -> None:
    """What `work` does is done in the target, and servers may start on it.

    Raises:
        MoveUnfinished: they may not yet.
    """
    with _going_on():
        target.finish(work)


def rows_here(sources: Sequence[Rows]) -> int:
    """How many rows there are to move, or a few more.

    Raises:
        MoveUnfinished: some of them cannot be read.
    """
    total = 0
    for rows in sources:
        with _readable(rows):
            total += rows.count()
    return total


def rows_there(sources: Sequence[Rows], target: Target) -> int:
    """How many rows of an earlier beginning are in the target.

    Raises:
        MoveUnfinished: it does not answer.
    """
    total = 0
    for source in sources:
        there: TableRows = target.rows(source.table)
        with _writable(source):
            total += there.count()
    return total


@contextmanager
def _going_on() -> Iterator[None]:
    try:
        yield
    except StartRefused as error:
        raise MoveUnfinished(f"{error} {AGAIN}") from None


@contextmanager
def _readable(rows: Rows) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise MoveUnfinished(
            f"{rows.table.name} cannot be read here ({type(cause).__name__}): see python main.py "
            "doctor. Nothing was changed here."
        ) from None


@contextmanager
def _writable(rows: Rows) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = state_of(error) or ""
        if state.startswith(_OF_A_ROW):
            raise MoveUnfinished(
                f"Postgres does not take a row of {rows.table.name} (SQLSTATE {state}). Nothing was "
                "changed here."
            ) from None
        raise MoveUnfinished(f"{advice_on(error)} {AGAIN}") from None
