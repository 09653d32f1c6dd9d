import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

from app.core.errors import TransferInProgress
from app.models.ids import UserId


class Transfers:
    """Exports and imports under way in this process: one per user, and `at_once` of all.

    Each takes a thread of the database for as long as it lasts, so that others have to be left.
    """

    def __init__(self, *, at_once: int) -> None:
        self._users: set[UserId] = set()
        self._room = asyncio.Semaphore(at_once)

    @contextmanager
    def of(self, user_id: UserId) -> Iterator[None]:
        """Nobody else transfers anything of this user meanwhile.

        Raises:
            TransferInProgress: somebody does.
        """
        if user_id in self._users:
            raise TransferInProgress
        self._users.add(user_id)
        try:
            yield
        finally:
            self._users.discard(user_id)

    @asynccontextmanager
    async def room(self) -> AsyncGenerator[None]:
        """No more than `at_once` are reading or writing files, this one included."""
        async with self._room:
            yield
