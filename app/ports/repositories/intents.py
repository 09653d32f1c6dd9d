from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.actor import OneUser
from app.models.ids import UserId
from app.models.intent import Intent, Outcome


class IntentRepository(Protocol):
    """What is to be done once: keyed hashes, and the ids of what was made."""

    def find(self, digest: str, *, owner: UserId, since: datetime) -> Outcome | None:
        """What an intent has come to; None for one that was not carried out since then."""
        ...

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
        ...

    def update(
        self, digest: str, *, owner: UserId, is_done: bool, made: Sequence[UUID] | None = None
    ) -> bool:
        """Whether the intent is known; it has come to this, and to what it had made, or this instead."""
        ...

    def purge(self, *, before: datetime) -> int:
        """How many are from before then; they are not known any more."""
        ...
