"""Not asking for a while what has failed again and again."""

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
PAUSE_S: Final = 10.0


class Circuit:
    """Lets calls through until several in a row have failed, then one now and then to see."""

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
        self._closed_until_s = 0.0

    def lets_through(self) -> bool:
        """Whether to make a call now; who makes one says how it went."""
        if self._failed < self._failures:
            return True
        now_s = self._clock_s()
        if now_s < self._closed_until_s:
            return False
        self._closed_until_s = now_s + self._pause_s
        return True

    def failed(self) -> None:
        """A call has failed."""
        self._failed += 1
        self._closed_until_s = self._clock_s() + self._pause_s

    def succeeded(self) -> None:
        """A call has not failed."""
        self._failed = 0
