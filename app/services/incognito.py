"""Transcripts that exist in this process's memory only."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from app.core.errors import Overloaded
from app.models.clock import Stopwatch
from app.models.ids import MessageId, SessionId, UserId
from app.models.message import Message, Role
from app.models.page import Page, PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.ports.transcript import Removed
from app.services.repeating import repeats
from app.services.titles import title_from


@dataclass(slots=True)
class _Entry:
    """One session's words."""

    owner: UserId
    messages: list[Message] = field(default_factory=list)
    title: str | None = None
    next_seq: int = 1
    size_bytes: int = 0
    touched_at_s: float | None = None


class IncognitoTranscripts:
    """Words of incognito turns, bounded in sessions, bytes and time, and never written anywhere.

    Past `max_user_sessions` the user's session that was quiet longest is dropped; past
    `max_sessions` of all users no further one begins; past `max_session_bytes` a session's oldest
    messages are dropped; after `ttl_s` without a message all of a session is. Nobody can make
    another user's words go. Safe to use from the database's threads.
    """

    def __init__(
        self,
        *,
        max_sessions: int,
        max_user_sessions: int,
        max_session_bytes: int,
        ttl_s: float,
        uptime_s: Stopwatch,
    ) -> None:
        self._max_sessions = max_sessions
        self._max_user_sessions = max_user_sessions
        self._max_session_bytes = max_session_bytes
        self._ttl_s = ttl_s
        self._uptime_s = uptime_s
        self._entries: OrderedDict[SessionId, _Entry] = OrderedDict()
        self._lock = Lock()

    @property
    def sessions(self) -> set[SessionId]:
        """Those of which something is held."""
        with self._lock:
            return set(self._entries)

    def recent(self, tx: Transaction, session: Session, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages, oldest first."""
        with self._lock:
            entry = self._live(session.id)
            return entry.messages[-limit:] if entry and limit else []

    def append(
        self,
        tx: Transaction,
        session: Session,
        messages: Sequence[Message],
        *,
        caller: Caller,
        answered: bool,
    ) -> Sequence[Message]:
        """The messages at the end of the session, with their positions.

        Messages that are there already stand where they are: a transaction may be done anew.
        """
        with self._lock:
            entry = self._live(session.id) or _Entry(session.user_id)
            ids = {message.id for message in messages}
            if there := [message for message in entry.messages if message.id in ids]:
                return there
            return self._append(session.id, entry, messages)

    def answer(
        self, tx: Transaction, session: Session, answer: Message, *, to: MessageId, caller: Caller
    ) -> Message | None:
        """The answer at the end of the session; None when the question is gone meanwhile."""
        with self._lock:
            entry = self._live(session.id)
            if entry is None or all(message.id != to for message in entry.messages):
                return None
            return self._append(session.id, entry, [answer])[0]

    def remove(self, tx: Transaction, message: Message, *, caller: Caller) -> Removed:
        """The message is gone, and nothing was known from it."""
        self.forget_message(message.session_id, message.id)
        return Removed((message.id,))

    def forget_message(self, session_id: SessionId, message_id: MessageId) -> bool:
        """Whether the message was held; it is gone, and the title if it was made from it.

        Answers after it that repeat it are shown to no model any more.
        """
        with self._lock:
            entry = self._live(session_id)
            if entry is None:
                return False
            forgotten = [message for message in entry.messages if message.id == message_id]
            for message in forgotten:
                entry.messages.remove(message)
                entry.size_bytes -= _size_bytes(message)
                if entry.title == title_from(message.content):
                    entry.title = None
                entry.messages[:] = _marked(entry.messages, forgotten=message)
            return bool(forgotten)

    def page(
        self, tx: Transaction, session: Session, *, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages before position `before.seq`, oldest first."""
        with self._lock:
            entry = self._live(session.id)
            held = list(entry.messages) if entry else []
        if before is not None and before.seq is not None:
            held = [message for message in held if message.seq < before.seq]
        shown = held[-limit:] if limit else []
        goes_on = shown and len(held) > limit
        return Page(
            items=shown,
            next_key=PageKey(id=shown[0].id, seq=shown[0].seq) if goes_on else None,
        )

    def entitle(self, tx: Transaction, session: Session, title: str) -> None:
        """The session has this title, if it had none."""
        with self._lock:
            entry = self._live(session.id) or _Entry(session.user_id)
            entry.title = entry.title or title
            self._keep(session.id, entry)

    def rename(self, session: Session, title: str | None) -> None:
        """The session has this title."""
        with self._lock:
            entry = self._live(session.id) or _Entry(session.user_id)
            entry.title = title
            self._keep(session.id, entry)

    def title(self, session_id: SessionId) -> str | None:
        """The session's title, None when it has none or is forgotten."""
        with self._lock:
            entry = self._live(session_id)
            return entry.title if entry else None

    def message_count(self, session_id: SessionId) -> int:
        """How many messages are held of a session."""
        with self._lock:
            entry = self._live(session_id)
            return len(entry.messages) if entry else 0

    def forget(self, session_id: SessionId, *, owner: UserId | None = None) -> int:
        """How many messages were held of the session; they are gone, its title too.

        Args:
            session_id: of which session.
            owner: nothing happens to a session of anybody else; None for whosever it is.
        """
        with self._lock:
            entry = self._entries.get(session_id)
            if entry is None or owner not in {None, entry.owner}:
                return 0
            del self._entries[session_id]
            return len(entry.messages)

    def sweep(self) -> int:
        """How many sessions had been quiet for too long and are forgotten."""
        with self._lock:
            expired = [sid for sid, entry in self._entries.items() if self._has_expired(entry)]
            for session_id in expired:
                del self._entries[session_id]
            return len(expired)

    def _live(self, session_id: SessionId) -> _Entry | None:
        entry = self._entries.get(session_id)
        if entry is not None and self._has_expired(entry):
            del self._entries[session_id]
            return None
        return entry

    def _has_expired(self, entry: _Entry) -> bool:
        return entry.touched_at_s is None or self._uptime_s() - entry.touched_at_s > self._ttl_s

    def _append(
        self, session_id: SessionId, entry: _Entry, messages: Sequence[Message]
    ) -> list[Message]:
        placed = [replace(m, seq=entry.next_seq + i) for i, m in enumerate(messages)]
        entry.next_seq += len(placed)
        entry.messages.extend(placed)
        entry.size_bytes += sum(_size_bytes(message) for message in placed)
        while entry.size_bytes > self._max_session_bytes and len(entry.messages) > 1:
            entry.size_bytes -= _size_bytes(entry.messages.pop(0))
        self._keep(session_id, entry)
        return placed

    def _keep(self, session_id: SessionId, entry: _Entry) -> None:
        if session_id not in self._entries:
            self._make_room(entry.owner)
        entry.touched_at_s = self._uptime_s()
        self._entries[session_id] = entry
        self._entries.move_to_end(session_id)

    def _make_room(self, owner: UserId) -> None:
        """There is room for one more session of this user.

        Raises:
            Overloaded: others have taken all of it.
        """
        own = [sid for sid, entry in self._entries.items() if entry.owner == owner]
        if len(own) >= self._max_user_sessions:
            del self._entries[own[0]]
        elif len(self._entries) >= self._max_sessions:
            raise Overloaded("Too many incognito conversations are open.", retry_after_s=60)


def _marked(messages: Sequence[Message], *, forgotten: Message) -> list[Message]:
    """The messages; answers after the forgotten one that repeat it say so."""
    said: list[str] = []
    marked = []
    for message in messages:
        if message.role is Role.USER:
            said.append(message.content)
        elif message.seq > forgotten.seq:
            repeated = repeats(message.content, forgotten=[forgotten.content], said=said)
            message = replace(message, repeats_forgotten=message.repeats_forgotten or repeated)
        marked.append(message)
    return marked


def _size_bytes(message: Message) -> int:
    return len(message.content.encode())
