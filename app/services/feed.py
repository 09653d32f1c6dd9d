"""What happens to a user's things, told to those of their clients that listen."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.models.ids import ProfileId, UserId
from app.ports.bus import Note
from app.services.peers import Peers, id_in
from app.services.run_events import RunEvent

QUEUE: Final = 256
"""Events that a listener may be behind; one that falls back further is let go, to read anew."""


@dataclass(slots=True, eq=False)
class _Listener:
    """One who listens, and what they have not read yet.

    Their events are numbered for them alone: gaps would tell what happens to others.
    """

    within: ProfileId | None
    queue: asyncio.Queue[RunEvent | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    number: int = 0

    def wants(self, fields: Mapping[str, object]) -> bool:
        """Whether it is about what they may hear of."""
        return self.within is None or _profiles_of(fields) == {str(self.within)}

    def take(self, event_type: str, fields: Mapping[str, object]) -> None:
        """It is theirs to read."""
        self.number += 1
        self.queue.put_nowait(RunEvent(self.number, event_type, fields))


class Feed:
    """News per user: ids and kinds, no words. Nobody's news is kept for those who do not listen."""

    def __init__(self, peers: Peers | None = None) -> None:
        """A feed whose news reach those who listen in this process, and in its peers."""
        self._listeners: dict[UserId, set[_Listener]] = defaultdict(set)
        self._peers = peers
        if peers is not None:
            peers.hear(_NEWS, self._hear)

    def tell(self, user_id: UserId, event_type: str, **fields: object) -> None:
        """Everybody who listens for this user hears of it."""
        self._spread(user_id, event_type, fields)
        if self._peers is not None:
            self._peers.tell(_NEWS, {"user_id": user_id, "type": event_type, "fields": fields})

    def _hear(self, note: Note) -> None:
        user_id = UserId(id_in(note.body, "user_id"))
        self._spread(user_id, note.body["type"], note.body["fields"])

    def _spread(self, user_id: UserId, event_type: str, fields: Mapping[str, object]) -> None:
        for listener in tuple(self._listeners.get(user_id, ())):
            if not listener.wants(fields):
                continue
            if listener.queue.full():
                self._let_go(user_id, listener)
            else:
                listener.take(event_type, fields)

    async def follow(
        self, user_id: UserId, *, silence_s: float, within: ProfileId | None = None
    ) -> AsyncGenerator[Sequence[RunEvent]]:
        """The user's news from now on; nothing, in an empty sequence, after each silence.

        Args:
            user_id: whose.
            silence_s: how long a silence is.
            within: only what is about this profile and no other; None for everything.
        """
        listener = _Listener(within)
        self._listeners[user_id].add(listener)
        try:
            yield ()
            while True:
                try:
                    async with asyncio.timeout(silence_s):
                        event = await listener.queue.get()
                except TimeoutError:
                    yield ()
                    continue
                if event is None:
                    return
                yield (event,)
        finally:
            self._forget(user_id, listener)

    def close(self) -> None:
        """Nobody listens any more."""
        for user_id, listeners in tuple(self._listeners.items()):
            for listener in tuple(listeners):
                self._let_go(user_id, listener)

    def _let_go(self, user_id: UserId, listener: _Listener) -> None:
        """The listener's stream ends once it has read what is queued."""
        self._forget(user_id, listener)
        if listener.queue.full():
            listener.queue.get_nowait()
        listener.queue.put_nowait(None)

    def _forget(self, user_id: UserId, listener: _Listener) -> None:
        self._listeners[user_id].discard(listener)
        if not self._listeners[user_id]:
            del self._listeners[user_id]


def _profiles_of(fields: Mapping[str, object]) -> set[str]:
    """The profiles that it is about, here or from another process."""
    named = (fields.get(name) for name in ("memory_profile_id", "from_profile_id"))
    return {str(one) for one in named if one is not None}


_NEWS: Final = "news"
