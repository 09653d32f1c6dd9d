"""What happens to a user's things, told to those of their clients that listen."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from app.models.ids import UserId
from app.ports.bus import Note
from app.services.peers import Peers, id_in
from app.services.run_events import RunEvent

QUEUE: Final = 256
"""Events that a listener may be behind; one that falls back further is let go, to read anew."""


class Feed:
    """News per user: ids and kinds, no words. Nobody's news is kept for those who do not listen."""

    def __init__(self, peers: Peers | None = None) -> None:
        """A feed whose news reach those who listen in this process, and in its peers."""
        self._queues: dict[UserId, set[asyncio.Queue[RunEvent | None]]] = defaultdict(set)
        self._number = 0
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
        self._number += 1
        for queue in tuple(self._queues.get(user_id, ())):
            if queue.full():
                self._let_go(user_id, queue)
            else:
                queue.put_nowait(RunEvent(self._number, event_type, fields))

    async def follow(
        self, user_id: UserId, *, silence_s: float
    ) -> AsyncGenerator[Sequence[RunEvent]]:
        """The user's news from now on; nothing, in an empty sequence, after each silence."""
        queue: asyncio.Queue[RunEvent | None] = asyncio.Queue(QUEUE)
        self._queues[user_id].add(queue)
        try:
            yield ()
            while True:
                try:
                    async with asyncio.timeout(silence_s):
                        event = await queue.get()
                except TimeoutError:
                    yield ()
                    continue
                if event is None:
                    return
                yield (event,)
        finally:
            self._forget(user_id, queue)

    def close(self) -> None:
        """Nobody listens any more."""
        for user_id, queues in tuple(self._queues.items()):
            for queue in tuple(queues):
                self._let_go(user_id, queue)

    def _let_go(self, user_id: UserId, queue: asyncio.Queue[RunEvent | None]) -> None:
        """The listener's stream ends once it has read what is queued."""
        self._forget(user_id, queue)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(None)

    def _forget(self, user_id: UserId, queue: asyncio.Queue[RunEvent | None]) -> None:
        self._queues[user_id].discard(queue)
        if not self._queues[user_id]:
            del self._queues[user_id]


_NEWS: Final = "news"
