"""The other processes of an installation: what they are told and asked, and what they answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from app.core.process_errors import PeersUnavailable
from app.models.ids import ProcessId
from app.ports.bus import Bus, Note

logger = logging.getLogger(__name__)

Handler = Callable[[Note], Awaitable[Mapping[str, Any] | None]]
"""What it returns is the answer, if the note was a question; None for none."""

ANSWER_WITHIN_S: Final = 1.5
_ANSWER: Final = "answer"
_NOT_AS_IT_SHOULD_BE: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What reading a note raises that another version of us has written, or nobody who knows how."""


@dataclass(slots=True)
class _Question:
    awaited: set[ProcessId]
    until_one: bool
    answers: dict[ProcessId, Mapping[str, Any]] = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, sender: ProcessId, answer: Mapping[str, Any]) -> None:
        self.answers[sender] = answer
        self.awaited.discard(sender)
        if not self.awaited or (self.until_one and answer):
            self.answered.set()


@dataclass(frozen=True, slots=True)
class Answers:
    """What others answered, and who did not."""

    by: Mapping[ProcessId, Mapping[str, Any]]
    missing: frozenset[ProcessId]

    @property
    def positive(self) -> tuple[ProcessId, Mapping[str, Any]] | None:
        """An answer that is not empty."""
        return next(((one, answer) for one, answer in self.by.items() if answer), None)


class Peers:
    """The others, by a bus that may lose what it carries. A process that is alone has none."""

    def __init__(self, bus: Bus, *, me: ProcessId) -> None:
        self.me: Final = me
        self.others: frozenset[ProcessId] = frozenset()
        """Those that are known to be alive: `Membership` sees to it."""
        self._bus = bus
        self._handlers: dict[str, Handler] = {}
        self._listeners: dict[str, Callable[[Note], None]] = {}
        self._questions: dict[str, _Question] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._see: Callable[[], Awaitable[None]] | None = None
        bus.listen(self._receive)

    def on(self, kind: str, handler: Handler) -> None:
        """Notes of a kind are handled so from now on, beside each other."""
        self._handlers[kind] = handler

    def hear(self, kind: str, listener: Callable[[Note], None]) -> None:
        """Notes of a kind are taken so from now on, in their order."""
        self._listeners[kind] = listener

    def see_by(self, see: Callable[[], Awaitable[None]]) -> None:
        """Who is alive is brought up to date so, before a question that nobody may miss."""
        self._see = see

    def tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None = None) -> None:
        """One of the others, or all of them, hear of it soon, unless it is lost."""
        if self.others:
            self._bus.tell(kind, body, to=to)

    async def ask(
        self, kind: str, body: Mapping[str, Any], *, until_one: bool = False, of_all: bool = False
    ) -> Answers:
        """What the others answer in time; those that are not alive any more may be missing.

        Args:
            kind: of the question.
            body: what JSON can hold.
            until_one: whether one answer that is not empty is enough.
            of_all: whether those count as well that have joined at this moment.

        Raises:
            StorageUnavailable: it could not be seen who has joined.
        """
        if of_all and self._see is not None:
            await self._see()
        if not self.others:
            return Answers({}, frozenset())
        question = _Question(set(self.others), until_one)
        number = str(uuid4())
        self._questions[number] = question
        try:
            await self._bus.check()
            self._bus.tell(kind, {**body, _NUMBER: number})
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await question.answered.wait()
        except (TimeoutError, PeersUnavailable):
            pass
        finally:
            del self._questions[number]
        return Answers(question.answers, frozenset(question.awaited))

    async def check(self) -> None:
        """Returns when the others can be told something.

        Raises:
            PeersUnavailable: they cannot at the moment.
        """
        await self._bus.check()

    async def run(self) -> None:
        """Notes are carried until this is cancelled."""
        await self._bus.run()

    def _receive(self, note: Note) -> None:
        """The note is taken; one that is not as it should be harms no other."""
        try:
            self._take(note)
        except _NOT_AS_IT_SHOULD_BE as error:
            logger.warning("a note was not understood", extra={"error": type(error).__name__})

    def _take(self, note: Note) -> None:
        if note.kind == _ANSWER:
            question = self._questions.get(note.body[_NUMBER])
            if question is not None:
                question.take(note.sender, note.body["answer"])
        elif listener := self._listeners.get(note.kind):
            listener(note)
        elif handler := self._handlers.get(note.kind):
            task = asyncio.get_running_loop().create_task(self._handle(handler, note))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, handler: Handler, note: Note) -> None:
        try:
            answer = await handler(note)
        except _NOT_AS_IT_SHOULD_BE as error:
            logger.warning("a note was not understood", exc_info=error)
            return
        except Exception as error:
            logger.exception("a note was not handled", exc_info=error)
            return
        number = note.body.get(_NUMBER)
        if number is not None and answer is not None:
            self._bus.tell(_ANSWER, {_NUMBER: number, "answer": answer}, to=note.sender)


_NUMBER: Final = "question"


def id_in(body: Mapping[str, Any], name: str) -> UUID:
    """An id that a note tells."""
    return UUID(body[name])
