"""Not asking for a while what has failed again and again."""

import time
from collections.abc import Callable
from typing import Final

from app.models.ids import UserId

FAILURES: Final = 3
VICTIMS: Final = 2
PAUSE_S: Final = 10.0


class Circuit:
    """Lets calls through until several in a row have failed, then one now and then to see.

    It takes failures of several users: what one has made slow for themselves concerns nobody else.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._pause_s = pause_s
        self._clock_s = clock_s
        self._failed = 0
        self._victims: set[UserId] = set()
        self._closed_until_s = 0.0

    def lets_through(self) -> bool:
        """Whether to make a call now; who makes one says how it went."""
        if self._failed < self._failures or len(self._victims) < VICTIMS:
            return True
        now_s = self._clock_s()
        if now_s < self._closed_until_s:
            return False
        self._closed_until_s = now_s + self._pause_s
        return True

    def failed(self, user_id: UserId) -> None:
        """A call for a user has failed."""
        self._failed += 1
        if len(self._victims) < VICTIMS:
            self._victims.add(user_id)
        self._closed_until_s = self._clock_s() + self._pause_s

    def succeeded(self) -> None:
        """A call has not failed."""
        self._failed = 0
        self._victims.clear()
