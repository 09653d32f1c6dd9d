"""Deleting is forgetting: rows, points, learning jobs, buffered events and incognito words."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from app.core.errors import IndexUnavailable, MessageNotFound
from app.models.clock import Clock
from app.models.ids import DocumentId, MemoryId, MessageId, ProfileId, SessionId
from app.models.job import PROCESSES, Receipt
from app.models.user import Caller
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from app.services.consequences import Going
from app.services.elsewhere import Departed, Elsewhere
from app.services.erasing import (
    Erased,
    empty_session,
    forget,
    forget_document,
    mark,
    owe_forgetting,
    sources_to_hide,
    with_unlearnt_points,
)
from app.services.erasing_whole import forget_owned, forget_profile, forget_session
from app.services.holding import Holdings
from app.services.incognito import IncognitoTranscripts
from app.services.indexing import Indexer
from app.services.looking import FORGOTTEN_WITHIN_S
from app.services.originals import Originals
from app.services.process_memory import Oblivion, ProcessMemory
from app.services.session_views import seen
from app.services.versions import ANY_VERSION, Expected
from app.services.wiping import Wiping

logger = logging.getLogger(__name__)

INDEX_PATIENCE_S: Final = 5.0
"""So long whoever deletes waits for the index. It follows anyhow: the changes are in the database."""


class Forgetting:
    """Erasure across all stores, with receipts."""

    def __init__(
        self,
        database: Database,
        *,
        indexer: Indexer,
        incognito: IncognitoTranscripts,
        holdings: Holdings,
        memory: ProcessMemory,
        originals: Originals,
        wiping: Wiping,
        elsewhere: Elsewhere,
        clock: Clock,
    ) -> None:
        self._database = database
        self._indexer = indexer
        self._incognito = incognito
        self._holdings = holdings
        self._memory = memory
        self._originals = originals
        self._wiping = wiping
        self._elsewhere = elsewhere
        self._clock = clock

    async def memory(
        self,
        caller: Caller,
        memory_id: MemoryId,
        *,
        quotes: bool = False,
        expected: Expected = ANY_VERSION,
    ) -> Receipt:
        """The memory is gone, and will not be learnt again from the messages it came from.

        With `quotes`, here and below, the answers that repeat it go as well. What is `expected` and not
        so any more stays (PreconditionFailed).

        Raises:
            MemoryNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Erased:
            memory = tx.memories.get(memory_id, owner=caller.user_id)
            expected.require(memory)
            hidden = sources_to_hide(tx, caller, [memory])
            erased = forget(tx, caller, Going(memories=[memory_id], unlearnt=hidden), quotes=quotes)
            return with_unlearnt_points(erased)

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased)

    async def memories_of_profile(
        self, caller: Caller, profile_id: ProfileId, *, quotes: bool = False
    ) -> Receipt:
        """The profile knows nothing, and will not learn from what was said before.

        Documents stay: they are not what was learnt, and each is forgotten by itself.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Erased:
            profile = tx.profiles.get(profile_id, owner=caller.user_id)
            ids = tx.memories.ids_of_profile(profile_id, owner=caller.user_id, status=None)
            hidden = sources_to_hide(tx, caller, tx.memories.by_ids(ids, owner=caller.user_id))
            said = set(tx.messages.unlearn_profile(profile_id))
            mark(tx, caller, profile.namespace, episodes=list(said))
            erased = forget(tx, caller, Going(memories=ids, unlearnt=hidden), quotes=quotes)
            owe_forgetting(tx, caller)
            jobs = Counter(memory_jobs=tx.jobs.delete_of_profile(profile_id))
            unlearnt = {*said, *erased.unlearnt} - set(erased.ids)
            return with_unlearnt_points(
                replace(erased, counts=erased.counts + jobs, unlearnt=unlearnt, is_in_files=True)
            )

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased)

    async def document(
        self, caller: Caller, document_id: DocumentId, *, quotes: bool = False
    ) -> Receipt:
        """The document is gone with its chunks and its original, and what came from it alone.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Erased:
            document = tx.documents.get(document_id, owner=caller.user_id)
            return forget_document(tx, caller, document, quotes=quotes)

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased)

    async def message(
        self, caller: Caller, session_id: SessionId, message_id: MessageId, *, quotes: bool = False
    ) -> Receipt:
        """The message is gone, and whatever was known from it alone.

        Raises:
            SessionNotFound: absent, or someone else's.
            MessageNotFound: there is no such message in the session.
            WrongProcess: it may be one that only another process holds.
        """

        def work(tx: Transaction) -> Erased:
            tx.sessions.get(session_id, owner=caller.user_id)
            if self._incognito.forget_message(session_id, message_id):
                gone = Counter(incognito_messages=1)
                return Erased(gone, (message_id,), is_in_files=False)
            try:
                message = tx.messages.get(message_id, owner=caller.user_id)
            except MessageNotFound:
                self._holdings.require(tx, session_id)
                raise
            if message.session_id != session_id:
                raise MessageNotFound
            return forget(tx, caller, Going(messages=[message.id]), quotes=quotes)

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased)

    async def messages_of_session(
        self, caller: Caller, session_id: SessionId, *, quotes: bool = False
    ) -> Receipt:
        """The session is empty, and whatever was known from it alone is gone.

        Raises:
            SessionNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Erased:
            erased = empty_session(tx, caller, session_id, quotes=quotes)
            self._holdings.end(tx, session_id)
            return erased

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased, sessions=[session_id])

    async def session(
        self,
        caller: Caller,
        session_id: SessionId,
        *,
        quotes: bool = False,
        expected: Expected = ANY_VERSION,
    ) -> Receipt:
        """The session is gone, and whatever was known from it alone.

        Raises:
            SessionNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Erased:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            expected.require(seen(session, self._incognito))
            return forget_session(tx, caller, session, quotes=quotes)

        erased = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased, sessions=[session_id])

    async def profile(
        self, caller: Caller, profile_id: ProfileId, *, expected: Expected = ANY_VERSION
    ) -> Receipt:
        """The profile is gone with its sessions, memories and documents, and what came from it alone.

        Copies of its memories in other profiles go too, unless they are known from elsewhere.

        Raises:
            ProfileNotFound: absent, or someone else's.
            LastProfile: it is the caller's only one.
        """
        now = self._clock()
        work = partial(
            forget_profile, caller=caller, profile_id=profile_id, at=now, expected=expected
        )
        erased, sessions = await self._database.write(work, by=caller)
        return await self._receipt(caller, erased, sessions=sessions)

    async def account(self, caller: Caller) -> Receipt:
        """The account is gone with everything it owned, and where it signs in if that is ours to do.

        Raises:
            UserNotFound: it is gone already.
        """
        now = self._clock()

        def work(tx: Transaction) -> tuple[Counter[str], Sequence[SessionId], Departed]:
            counts, sessions = forget_owned(tx, caller)
            departed = self._elsewhere.depart(tx, caller, at=now)
            counts["users"] = tx.users.delete(caller.user_id)
            return counts, sessions, departed

        counts, sessions, departed = await self._database.write(work, by=caller)
        receipt = await self._receipt(caller, Erased(counts), sessions=sessions)
        return replace(receipt, account_elsewhere=await self._elsewhere.settle(departed))

    async def end_incognito(self, caller: Caller, session_id: SessionId) -> None:
        """Nothing of what was said in incognito in this session remains."""
        await self._memory.forget(Oblivion(user_id=caller.user_id, unkept_of=[session_id]))

    async def _receipt(
        self, caller: Caller, erased: Erased, *, sessions: Sequence[SessionId] = ()
    ) -> Receipt:
        """The receipt for what is gone from the database, once it is gone from everywhere else."""
        forgotten = await self._memory.forget(
            Oblivion(
                user_id=caller.user_id,
                ids=erased.ids,
                withheld={*erased.unlearnt, *erased.quoting},
                sessions=sessions,
                exports=bool((+erased.counts).keys() - _NEVER_EXPORTED),
            )
        )
        files = await self._originals.settle(caller)
        await self._let_index_go(caller)
        await self._database.scrub()
        pending = await self._wiping.pending(caller) if erased.is_in_files else ()
        gone_by = [one.gone_by for one in pending]
        stores = [one.store.value for one in pending]
        if not forgotten.everywhere:
            stores.append(PROCESSES)
            gone_by.append(self._clock() + timedelta(seconds=FORGOTTEN_WITHIN_S))
        counts = erased.counts + forgotten.counts + Counter(files=files)
        return Receipt(
            deleted={store: count for store, count in sorted(counts.items()) if count},
            unlearned_messages=len(erased.unlearnt),
            quoting=tuple(erased.quoting),
            bytes_pending=tuple(stores),
            bytes_unattested=tuple(self._wiping.unattested),
            bytes_gone_by=max(gone_by, default=None),
            completed_at=self._clock(),
        )

    async def _let_index_go(self, caller: Caller) -> None:
        """The points are gone, or go when the index answers again: then they are owed a wipe."""
        try:
            async with asyncio.timeout(INDEX_PATIENCE_S):
                await self._indexer.forget(caller)
        except (IndexUnavailable, TimeoutError) as error:
            logger.warning("index lets go later", extra={"error": type(error).__name__})
            await self._database.write(partial(_owe_index, caller=caller), by=caller)


def _owe_index(tx: Transaction, *, caller: Caller) -> None:
    tx.wipes.owe(Store.INDEX, user_id=caller.user_id, tenant_id=caller.tenant_id)


_NEVER_EXPORTED = {"incognito_messages"}
