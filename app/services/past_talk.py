from collections.abc import Sequence

from app.models.clock import Clock
from app.models.ids import MessageId, ProfileId
from app.models.intent import Intent
from app.models.message import Message
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.appending import (
    PastMessage,
    append_past,
    begin_past,
    keep_placed,
    placed_past,
)
from app.services.indexing import Indexer
from app.services.turn_parts import Substitutions


class PastTalk:
    """What was said elsewhere, brought into sessions."""

    def __init__(
        self, database: Database, *, parts: Substitutions, indexer: Indexer, clock: Clock
    ) -> None:
        self._database = database
        self._parts = parts
        self._indexer = indexer
        self._clock = clock

    async def begin_with(
        self,
        caller: Caller,
        profile_id: ProfileId,
        past: Sequence[PastMessage],
        *,
        intent: Intent | None = None,
    ) -> Sequence[Message]:
        """The messages of a new session: all of it, or nothing. Its mode is as loose as may be.

        Raises:
            ProfileNotFound: absent, or someone else's.
            IntentTaken: another request was faster.
        """
        now = self._clock()

        def work(tx: Transaction) -> Sequence[Message]:
            session = begin_past(tx, caller, profile_id, at=now)
            placed = append_past(tx, session, past, caller=caller, parts=self._parts, at=now)
            keep_placed(tx, caller, intent, placed, at=now)
            return placed

        placed = await self._database.write(work, by=caller)
        self._indexer.wake()
        return placed

    async def placed(self, caller: Caller, ids: Sequence[MessageId]) -> Sequence[Message]:
        """Messages that were appended, in their order.

        Raises:
            SessionNotFound: they are of a session that the caller does not reach.
            MessageNotFound: one of them is gone.
        """
        return await self._database.read(
            lambda tx: placed_past(tx, ids, owner=caller.user_id), by=caller
        )
