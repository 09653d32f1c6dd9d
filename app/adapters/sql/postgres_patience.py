"""How long an answer of Postgres is waited for, where nothing but us would give up.

Postgres itself ends a statement in time; but a pooler lets a transaction wait for a connection of its own
(PgBouncer: 120 s) while it keeps ours alive, and a machine that has come to a halt says nothing at all.
"""

from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready, Wait
from sqlalchemy import Engine, event

Result = TypeVar("Result")

_INTERVAL_S: Final = 0.1


class Unanswered(psycopg.OperationalError):
    """Nobody answered in time, and the connection is closed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection waits."""

    to_begin_s: float
    """Until a transaction has begun: with a pooler, until it has a connection to the server."""
    to_go_on_s: float | None
    """For whatever it says next; None for any time, as there is outside of transactions."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when it has to wait for too long."""

    patience: Patience | None = None

    def wait(
        self, gen: PQGen[Result], interval: float = _INTERVAL_S, timeout: float | None = None
    ) -> Result:
        """What the driver's conversation comes to.

        Raises:
            Unanswered: not in time.
        """
        if self.patience is None or self.autocommit:  # a VACUUM takes its time
            return super().wait(gen, interval, timeout)
        begins = self._status is TransactionStatus.IDLE
        first_s = self.patience.to_begin_s if begins else self.patience.to_go_on_s
        try:
            return super().wait(_bounded(gen, first_s, self.patience.to_go_on_s), interval, timeout)
        except Unanswered:
            self.close()
            raise

    @property
    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.pgconn.transaction_status)


def be_patient(engine: Engine, patience: Patience) -> None:
    """The engine's connections wait for so long from now on."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _entry: object, arguments: Any, options: Any) -> PatientConnection:
        connection = PatientConnection.connect(*arguments, **options)
        connection.patience = patience
        return connection


def _bounded(
    conversation: PQGen[Result], first_s: float | None, further_s: float | None
) -> Generator[Wait, Ready | int, Result]:
    """The same conversation, broken off when nothing is said for so long, nor taken of what we say."""
    wait_s = first_s
    ends_s = _after(wait_s)
    try:
        wanted = next(conversation)
        while True:
            ready = yield wanted
            if ready & Ready.R:
                wait_s = further_s
            if ready & Ready.RW:
                ends_s = _after(wait_s)
            elif monotonic() >= ends_s:
                raise Unanswered("no answer in time")
            wanted = conversation.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result


def _after(wait_s: float | None) -> float:
    return inf if wait_s is None else monotonic() + wait_s
