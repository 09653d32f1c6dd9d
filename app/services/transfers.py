import asyncio
import weakref
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from app.core.transfer_errors import TransferInProgress
from app.models.ids import UserId


class Departure:
    """A file on its way out of this process."""

    def __init__(self, user_id: UserId) -> None:
        self.user_id = user_id
        self.is_recalled = False
        """Whether something that may be in it was deleted."""
        self.erasures: int | None = None
        """How often something of the user had been deleted when it was read; None before that."""


class Departures:
    """The files on their way out, which a deletion calls back."""

    def __init__(self) -> None:
        self._under_way: weakref.WeakSet[Departure] = weakref.WeakSet()

    def begin(self, user_id: UserId) -> Departure:
        """A file is being written, and then sent, for as long as somebody holds this."""
        departure = Departure(user_id)
        self._under_way.add(departure)
        return departure

    @property
    def users(self) -> set[UserId]:
        """Whose files are on their way."""
        return {one.user_id for one in self._under_way}

    def recall_outdated(self, erasures: Mapping[UserId, int], users: Collection[UserId]) -> int:
        """How many files were read before the last deletion; nothing more of them goes out.

        Args:
            erasures: how often something of each user was deleted, if the user is still there.
            users: whom that was looked up for.
        """
        outdated = [
            one
            for one in self._under_way
            if one.erasures is not None
            and one.user_id in users
            and one.erasures != erasures.get(one.user_id)
            and not one.is_recalled
        ]
        for one in outdated:
            one.is_recalled = True
        return len(outdated)

    def recall(self, user_id: UserId) -> int:
        """How many files of a user were on their way; nothing more of them goes out."""
        recalled = [
            one for one in self._under_way if one.user_id == user_id and not one.is_recalled
        ]
        for one in recalled:
            one.is_recalled = True
        return len(recalled)


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
