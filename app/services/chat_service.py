from app.core.privacy import PrivacyMode
from app.models.clock import Clock
from app.models.ids import SessionId
from app.models.user import Caller
from app.ports.database import Database
from app.services.answering import Answerer
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.learning import Learner
from app.services.process_memory import Oblivion, ProcessMemory
from app.services.runs import Run, RunIds, Runs
from app.services.turns import Request, Turn, TurnDesk


class ChatService:
    """The turn: a message in, a run that answers it, under the strictest of all policies."""

    def __init__(
        self,
        database: Database,
        *,
        desk: TurnDesk,
        answerer: Answerer,
        runs: Runs,
        memory: ProcessMemory,
        indexer: Indexer,
        learner: Learner,
        feed: Feed,
        clock: Clock,
    ) -> None:
        self._database = database
        self._desk = desk
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
    ) -> Run:
        """The run that answers a message, which is kept by now if it is to be kept at all.

        Args:
            caller: who says it.
            session_id: in which of their sessions.
            text: 1–32,000 characters.
            mode: a stricter mode for this turn alone; one that is not stricter changes nothing.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: the session's last message is still being answered.
            InvalidInput: the message is too long for the model.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
            StorageUnavailable: nothing was kept.
        """
        request = Request(caller=caller, session_id=session_id, mode=mode, ids=RunIds())
        self._runs.admit()
        turn = await self._database.write(lambda tx: self._desk.open(tx, request, text), by=caller)
        return self._start(turn)

    async def regenerate(
        self, caller: Caller, session_id: SessionId, *, mode: PrivacyMode | None = None
    ) -> Run:
        """The run that answers the last message anew; the old answer goes when the new one is there.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: the session's last message is still being answered.
            NothingToRegenerate: the last message is neither an answer nor waits for one.
            Overloaded: too many runs are under way.
            Draining: the server is going down.
        """
        request = Request(caller=caller, session_id=session_id, mode=mode, ids=RunIds())
        self._runs.admit()
        turn = await self._database.write(lambda tx: self._desk.reopen(tx, request), by=caller)
        return self._start(turn)

    def _start(self, turn: Turn) -> Run:
        run = Run(
            turn.request.ids,
            session_id=turn.session.id,
            user_id=turn.session.user_id,
            question_id=turn.question.id,
            privacy=turn.privacy,
            started_at=self._clock(),
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
            self._feed.tell(run.user_id, "session.updated", session_id=run.session_id)
