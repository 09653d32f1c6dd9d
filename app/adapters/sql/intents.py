from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.core.repeat_errors import IntentTaken
from app.models.actor import OneUser
from app.models.ids import UserId
from app.models.intent import Intent, Outcome

_intents: Final = tables.intents


class SqlIntents:
    """What is to be done once: a row commits with what it keeps from being done twice."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, digest: str, *, owner: UserId, since: datetime) -> Outcome | None:
        """What an intent has come to; None for one that was not carried out since then."""
        row = self._connection.execute(
            select(_intents.c.fingerprint, _intents.c.made, _intents.c.is_done).where(
                _is(digest, owner), _intents.c.created_at >= since
            )
        ).first()
        if row is None:
            return None
        return Outcome(row.fingerprint, [UUID(one) for one in row.made], is_done=row.is_done)

    def add(
        self,
        intent: Intent,
        made: Sequence[UUID],
        *,
        by: OneUser,
        at: datetime,
        since: datetime,
        is_done: bool,
    ) -> None:
        """The intent is being carried out in this transaction; one from before `since` gives way.

        Raises:
            IntentTaken: another transaction has carried it out.
        """
        self._connection.execute(
            delete(_intents).where(_is(intent.digest, by.user_id), _intents.c.created_at < since)
        )
        values = {
            "user_id": by.user_id,
            "digest": intent.digest,
            "tenant_id": by.tenant_id,
            "fingerprint": intent.fingerprint,
            "made": _text(made),
            "is_done": is_done,
            "created_at": at,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(_intents).values(**values))
        except IntegrityError:
            raise IntentTaken from None

    def update(
        self, digest: str, *, owner: UserId, is_done: bool, made: Sequence[UUID] | None = None
    ) -> bool:
        """Whether the intent is known; it has come to this, and to what it had made, or this instead."""
        values = {"is_done": is_done, **({} if made is None else {"made": _text(made)})}
        changed = update(_intents).where(_is(digest, owner)).values(**values)
        return self._connection.execute(changed).rowcount > 0

    def purge(self, *, before: datetime) -> int:
        """How many are from before then; they are not known any more."""
        return self._connection.execute(
            delete(_intents).where(_intents.c.created_at < before)
        ).rowcount


def _is(digest: str, owner: UserId) -> ColumnElement[bool]:
    return (_intents.c.user_id == owner) & (_intents.c.digest == digest)


def _text(made: Sequence[UUID]) -> list[str]:
    return [str(one) for one in made]
