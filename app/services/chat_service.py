from collections.abc import Sequence
from dataclasses import replace

from app.core.errors import InvalidInput, MessageNotFound
from app.core.privacy import POLICIES, PrivacyMode
from app.models.clock import Clock
from app.models.ids import SessionId
from app.models.intent import Intent
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.answering import Answerer
from app.services.appending import PastMessage
from app.services.continuing import Continuing
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.intended import IntendedTurn
from app.services.intents import keep
from app.services.learning import Learner
from app.services.process_memory import Oblivion, ProcessMemory
from app.services.runs import Run, RunIds, Runs
from app.services.supplied import SuppliedTalk, held
from app.services.supplied_turns import SuppliedDesk, SuppliedRequest
from app.services.turn import Request, Turn
from app.services.turn_privacy import no_looser
from app.services.turns import TurnDesk


class ChatService:
    """The turn: a message in, a run that answers it, under the strictest of all policies."""

    def __init__(
        self,
        database: Database,
        *,
        desk: TurnDesk,
        supplied: SuppliedDesk,
        answerer: Answerer,
        runs: Runs,
        memory: ProcessMemory,
        indexer: Indexer,
        learner: Learner,
        feed: Feed,
        continuing: Continuing,
        clock: Clock,
    ) -> None:
        self.continuing = continuing
        self._database = database
        self._desk = desk
        self._supplied = supplied
        self._answerer = answerer
        self._runs = runs
        self._memory = memory
        self._indexer = indexer
        self._learner = learner
        self._feed = feed
        self._clock = clock

    async def start_run(
        self,
        caller: Caller,
        session_id: SessionId,
        text: str,
        *,
        mode: PrivacyMode | None = None,
        talk: SuppliedTalk | None = None,
        past: Sequence[PastMessage] = (),
        intent: Intent | None = None,
    ) -> Run:
        """The run that answers a message, which is kept by now if it is to be kept at all.

        Args:
            caller: who says it.
            session_id: in which of their sessions.
            text: 1–32,000 characters.
            mode: a stricter mode for this turn alone; one that is not stricter changes nothing.
            talk: the message as a client of another protocol gave it, and what else it asks for.
            past: messages that come before it, and get no answer of their own.
            intent: what the client wants done once; unknown afterwards when the turn is not kept.

        Raises:
            SessionNotFound: absent, or someone else's.
            NotAConversation: it holds what was learnt from another application's.
            RunInProgress: the session's last message is still being answered.
            InvalidInput: the message is too long for the model.
            QuotaExceeded: the caller's plan has no turn left; nothing was kept.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
            StorageUnavailable: nothing was kept.
            IntentTaken: another request was faster.
        """
        request = _request(caller, session_id, mode, intent)
        self._runs.admit()

        def work(tx: Transaction) -> Turn:
            return self._intended(tx, self._desk.open(tx, request, text, past=past))

        turn = await self._database.write(work, by=caller)
        return self._start(replace(turn, talk=talk))

    async def start_new(self, request: SuppliedRequest, *, past: Sequence[PastMessage] = ()) -> Run:
        """The run that answers the first question of a conversation, in a new session.

        Raises:
            ProfileNotFound: absent, or someone else's.
            InvalidInput: the message is too long for the model.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
            StorageUnavailable: nothing was kept.
        """
        self._runs.admit()
        caller, talk = request.caller, request.talk

        def work(tx: Transaction) -> Turn:
            session = self._supplied.settle(tx, request)
            first = Request(
                caller=caller, session_id=session.id, mode=request.mode, ids=request.ids
            )
            return self._desk.open(tx, first, talk.question.content, past=past)

        turn = await self._database.write(work, by=caller)
        return self._start(replace(turn, talk=talk))

    async def regenerate(
        self,
        caller: Caller,
        session_id: SessionId,
        *,
        mode: PrivacyMode | None = None,
        talk: SuppliedTalk | None = None,
        intent: Intent | None = None,
    ) -> Run:
        """The run that answers the last message anew; the old answer goes when the new one is there.

        With `talk`, it goes on with what the tools have said that the old answer asked for.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: the session's last message is still being answered.
            NothingToRegenerate: the last message is neither an answer nor waits for one.
            InvalidInput: the message of `talk` is not the session's last.
            QuotaExceeded: the caller's plan has no turn left; nothing was kept.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
            IntentTaken: another request was faster.
        """
        request = _request(caller, session_id, mode, intent)
        self._runs.admit()

        def work(tx: Transaction) -> Turn:
            turn = self._desk.reopen(tx, request)
            if talk and talk.question.content != turn.question.content:
                raise InvalidInput("The session goes on from another message")
            return self._intended(tx, turn)

        turn = await self._database.write(work, by=caller)
        return self._start(replace(turn, talk=talk))

    async def answer_after_all(
        self,
        caller: Caller,
        intended: IntendedTurn,
        intent: Intent,
        *,
        mode: PrivacyMode | None = None,
        talk: SuppliedTalk | None = None,
    ) -> Run:
        """The run that answers what was asked before under the same intent, and got no answer.

        The question is not written down again; an answer that broke off gives way.

        Raises:
            SessionNotFound: absent, or someone else's.
            MessageNotFound: the question, or what came of it, is gone, or the session has gone on.
            RunInProgress: the session's last message is still being answered.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
        """
        request = _request(caller, intended.session_id, mode, intent)
        self._runs.admit()

        def work(tx: Transaction) -> Turn:
            turn = self._desk.reopen(tx, request)
            if not intended.waits_in(turn):
                raise MessageNotFound
            made = IntendedTurn.of(turn).ids
            tx.intents.update(intent.digest, owner=caller.user_id, is_done=False, made=made)
            return turn

        turn = await self._database.write(work, by=caller)
        return self._start(replace(turn, talk=talk))

    async def start_supplied(self, request: SuppliedRequest) -> Run:
        """The run that answers a conversation which its client keeps; it ends with its last follower.

        Of the conversation, only what may be learnt from is kept: the user's last message, once.

        Raises:
            ProfileNotFound: absent, or someone else's.
            QuotaExceeded: the caller's plan has no turn left; nothing was kept.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
            StorageUnavailable: nothing was kept.
        """
        self._runs.admit()
        mode = no_looser(request.mode or PrivacyMode.NORMAL, by=request.caller)
        learns = POLICIES[mode].learn
        writes = self._supplied.writes(learns=learns)
        transact = self._database.write if writes else self._database.read
        turn = await transact(lambda tx: self._supplied.open(tx, request), by=request.caller)
        return self._start(turn)

    def _intended(self, tx: Transaction, turn: Turn) -> Turn:
        """The turn, which its client may ask for again if it is kept."""
        request = turn.request
        if turn.privacy.policy.retain:
            made, at = IntendedTurn.of(turn).ids, self._clock()
            keep(tx, request.caller, request.intent, *made, at=at, is_done=False)
        return turn

    def _start(self, turn: Turn) -> Run:
        run = Run(
            turn.request.ids,
            session_id=turn.session.id,
            profile_id=turn.profile.id,
            user_id=turn.session.user_id,
            question_id=turn.question.id,
            privacy=turn.privacy,
            started_at=self._clock(),
            is_supplied=turn.is_supplied,
            talk=held(turn.talk),
            is_intended=turn.request.intent is not None and turn.privacy.policy.retain,
            reservation=turn.reservation,
        )
        self._runs.start(run, lambda: self._produce(turn, run))
        return run

    async def _produce(self, turn: Turn, run: Run) -> None:
        """Indexing the question waits for the answer: the embedder serves recall first."""
        removed = await self._answerer.produce(turn, run)
        if removed.ids:
            gone = Oblivion(user_id=run.user_id, ids=removed.ids, withheld=removed.unlearnt)
            self._memory.forget_soon(gone)
        self._indexer.wake()
        self._learner.wake()
        if not run.ephemeral:
            self._feed.tell(
                run.user_id,
                "session.updated",
                session_id=run.session_id,
                memory_profile_id=turn.session.profile_id,
            )


def _request(
    caller: Caller, session_id: SessionId, mode: PrivacyMode | None, intent: Intent | None
) -> Request:
    return Request(caller=caller, session_id=session_id, mode=mode, ids=RunIds(), intent=intent)
