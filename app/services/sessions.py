from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from app.core.privacy import POLICIES, PrivacyMode
from app.models.clock import Clock
from app.models.ids import ProfileId, SessionId
from app.models.intent import Intent
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.session import Session, new_session
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.appending import PastMessage, append_past, keep_placed
from app.services.erasing import owe_wipe
from app.services.feed import Feed
from app.services.forgetting import Forgetting
from app.services.holding import Holdings
from app.services.incognito import IncognitoTranscripts
from app.services.indexing import Indexer
from app.services.intents import keep
from app.services.items import Items
from app.services.past_talk import PastTalk
from app.services.reads import readable_ids
from app.services.runs import RunIds
from app.services.session_pages import both_pages
from app.services.session_views import MessageView, SessionView, seen
from app.services.turn_parts import Substitutions
from app.services.turn_privacy import changes_of_mode, no_looser
from app.services.used import used_by
from app.services.versions import ANY_VERSION, Expected


class Sessions:
    """Chat sessions and their messages. Answering stands in `ChatService`."""

    def __init__(
        self,
        database: Database,
        *,
        parts: Substitutions,
        incognito: IncognitoTranscripts,
        holdings: Holdings,
        forgetting: Forgetting,
        indexer: Indexer,
        feed: Feed,
        items: Items,
        clock: Clock,
    ) -> None:
        self.items = items
        self._database = database
        self._parts = parts
        self._incognito = incognito
        self._holdings = holdings
        self._forgetting = forgetting
        self._indexer = indexer
        self.past: Final = PastTalk(database, parts=parts, indexer=indexer, clock=clock)
        self._feed = feed
        self._clock = clock

    async def create(
        self,
        caller: Caller,
        *,
        profile_id: ProfileId | None,
        mode: PrivacyMode,
        title: str | None,
        reads: Sequence[ProfileId] = (),
        intent: Intent | None = None,
    ) -> SessionView:
        """The new session, on the default profile when none is named, in no looser mode than the key's.

        Of one in incognito, no intent is known afterwards.

        Raises:
            ProfileNotFound: one is absent, or someone else's.
            IntentTaken: another request was faster.
        """
        now = self._clock()
        mode = no_looser(mode, by=caller)
        retain = POLICIES[mode].retain

        def work(tx: Transaction) -> Session:
            owner = caller.user_id
            profile = (
                tx.profiles.default(owner=owner)
                if profile_id is None
                else tx.profiles.get(profile_id, owner=owner)
            )
            session = new_session(
                profile.namespace,
                at=now,
                mode=mode,
                title=title if retain else None,
                reads=readable_ids(tx, caller, reads, own=profile.id),
            )
            tx.sessions.add(session, tenant_id=caller.tenant_id)
            if title and not retain:
                self._holdings.claim(tx, session, caller=caller)
            keep(tx, caller, intent if retain else None, session.id, at=now)
            return session

        session = await self._database.write(work, by=caller)
        if title and not retain:
            self._incognito.rename(session, title)
        return self._view(session)

    async def get(self, caller: Caller, session_id: SessionId) -> SessionView:
        """The session.

        Raises:
            SessionNotFound: absent, or someone else's.
            WrongProcess: another process holds its title, and what was said in it.
        """

        def work(tx: Transaction) -> Session:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            if not POLICIES[session.privacy_mode].retain:
                self._holdings.require(tx, session_id)
            return session

        return self._view(await self._database.read(work, by=caller))

    async def page(
        self,
        caller: Caller,
        *,
        profile_id: ProfileId | None,
        words: Sequence[str],
        after: PageKey | None,
        limit: int,
        threads: bool = False,
    ) -> Page[SessionView]:
        """The caller's sessions, the latest active first; those that say all of `words`.

        With `threads`, those that hold what was learnt from other applications' conversations instead.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Page[Session]:
            if profile_id is not None:
                tx.profiles.get(profile_id, owner=caller.user_id)
            return tx.sessions.page(
                owner=caller.user_id,
                profile_id=profile_id,
                words=words,
                after=after,
                limit=limit,
                threads=threads,
            )

        page = await self._database.read(work, by=caller)
        return Page(items=[self._view(one) for one in page.items], next_key=page.next_key)

    async def update(
        self,
        caller: Caller,
        session_id: SessionId,
        *,
        changes: Mapping[str, object],
        expected: Expected = ANY_VERSION,
    ) -> SessionView:
        """The session with its new `title`, `privacy_mode`, or `reads`.

        When the mode changes, what was said in incognito is gone. Without changes all stays as it is.

        Raises:
            SessionNotFound: absent, or someone else's.
            ProfileNotFound: one that it shall read is absent, or someone else's.
            WrongProcess: another process holds its title.
            PreconditionFailed: it is not as is expected.
        """
        if not changes:
            view = await self.get(caller, session_id)
            expected.require(view)
            return view
        now = self._clock()

        def work(tx: Transaction) -> tuple[Session, Session]:
            before = tx.sessions.get(session_id, owner=caller.user_id)
            expected.require(self._view(before))
            kept = changes_of_mode(changes, by=caller)
            mode = PrivacyMode(str(kept.get("privacy_mode", before.privacy_mode)))
            self._settle_holding(tx, before, mode, caller=caller, entitled="title" in changes)
            if before.title and "title" in changes:
                owe_wipe(tx, caller)
            if changes.get("title") and not POLICIES[mode].retain:
                del kept["title"]
            if (wanted := kept.pop("reads", None)) is not None:
                reads = readable_ids(
                    tx, caller, cast("Sequence[ProfileId]", wanted), own=before.profile_id
                )
                tx.sessions.set_reads(replace(before, reads=reads), tenant_id=caller.tenant_id)
            return before, tx.sessions.update(
                session_id, owner=caller.user_id, changes=kept, at=now
            )

        before, after = await self._database.write(work, by=caller)
        if before.privacy_mode is not after.privacy_mode:
            await self._forgetting.end_incognito(caller, session_id)
        if "title" in changes and not POLICIES[after.privacy_mode].retain:
            title = changes["title"]
            self._incognito.rename(after, str(title) if title else None)
        self._feed.tell(
            caller.user_id,
            "session.updated",
            session_id=session_id,
            memory_profile_id=after.profile_id,
        )
        return self._view(after)

    def _settle_holding(
        self, tx: Transaction, before: Session, mode: PrivacyMode, *, caller: Caller, entitled: bool
    ) -> None:
        """Nobody holds words of another mode, and this process a title that is kept nowhere."""
        if mode is not before.privacy_mode:
            self._holdings.end(tx, before.id)
        if entitled and not POLICIES[mode].retain:
            self._holdings.claim(tx, before, caller=caller)

    async def append(
        self,
        caller: Caller,
        session_id: SessionId,
        past: Sequence[PastMessage],
        *,
        mode: PrivacyMode | None = None,
        intent: Intent | None = None,
    ) -> Sequence[Message]:
        """The messages, at the end of the session under its mode or a stricter one, without an answer.

        Of messages that are not kept, no intent is known afterwards.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: an answer is being written at that end.
            IntentTaken: another request was faster.
        """
        now = self._clock()
        token = RunIds().lease_token

        def work(tx: Transaction) -> Sequence[Message]:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            tx.sessions.take_lease(session_id, token=token, now=now, until=now)
            placed = append_past(
                tx, session, past, caller=caller, parts=self._parts, at=now, mode=mode
            )
            tx.sessions.release_lease(session_id, token=token)
            keep_placed(tx, caller, intent, placed, at=now)
            return placed

        placed = await self._database.write(work, by=caller)
        self._indexer.wake()
        return placed

    async def messages(
        self, caller: Caller, session_id: SessionId, *, before: PageKey | None, limit: int
    ) -> Page[MessageView]:
        """The newest messages before a position, oldest first; those that are not kept come last.

        Raises:
            SessionNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Page[MessageView]:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            page = both_pages(tx, session, self._parts, before=before, limit=limit)
            return Page(
                items=[MessageView(message, used_by(tx, message)) for message in page.items],
                next_key=page.next_key,
            )

        return await self._database.read(work, by=caller)

    def _view(self, session: Session) -> SessionView:
        return seen(session, self._incognito)
