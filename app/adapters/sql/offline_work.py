"""Long work on a database that nobody else may change meanwhile, and that may break off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from app.adapters.sql import tables
from app.core.errors import StartRefused


class BrokenOff(StartRefused):
    """Work has begun and was not finished: what was done is kept; its text says how to go on."""


def require_alone(engine: Engine) -> None:
    """Returns when no server and no worker has the database open. A SQLite file has a lock for that.

    Raises:
        StartRefused: one has, or had until just now.
    """
    its = tables.processes.c
    now = datetime.now(UTC)
    with engine.begin() as connection:
        count, until = connection.execute(
            select(func.count(), func.max(its.alive_until)).where(its.alive_until > now)
        ).one()
    if count:
        raise StartRefused(
            f"{count} servers or workers have this database open: end all of them, and run this again. "
            f"Those that were killed count as alive for {(until - now).total_seconds():.0f} s still."
        )


@contextmanager
def telling_when_broken_off(command: str) -> Iterator[None]:
    """What the driver raises meanwhile is BrokenOff, which says how to go on.

    Raises:
        BrokenOff: the database did not answer any more.
    """
    try:
        yield
    except DBAPIError as error:
        raise BrokenOff(
            f"The database gave up ({type(error.orig).__name__}). What was done is kept: see to it, and "
            f"run python main.py {command} again; it goes on where it was."
        ) from None
