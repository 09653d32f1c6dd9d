"""Whether requests can be served, for many who ask again and again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from app.core.errors import AppError
from app.models.clock import Stopwatch
from app.services.remembered import Remembered

CHECK_TIMEOUT_S: Final = 3.0
SOUND_S: Final = 10.0
"""For so long what was sound is taken to be, and nobody far away is asked."""
FAILED_S: Final = 2.0
"""For so long what failed is."""
SOUND: Final = "ok"

Check = Callable[[], Awaitable[None]]


class Readiness:
    """What each part says of itself. Those that somebody else runs are asked now and then only."""

    def __init__(
        self, near: Mapping[str, Check], *, far: Mapping[str, Check], uptime_s: Stopwatch
    ) -> None:
        """Nobody is asked anything yet.

        Args:
            near: parts that are asked each time.
            far: parts whose answers are remembered.
            uptime_s: by which they are forgotten.
        """
        self._near = dict(near)
        self._far = {
            name: Remembered(partial(_said_by, check), holds_s=_holds_s, uptime_s=uptime_s)
            for name, check in far.items()
        }

    async def look(self) -> Mapping[str, str]:
        """`ok` or the class of the failure, by the name of the part."""
        names = [*self._near, *self._far]
        said = await asyncio.gather(
            *(_said_by(check) for check in self._near.values()),
            *(one.get() for one in self._far.values()),
        )
        return dict(zip(names, said, strict=True))


def _holds_s(said: str) -> float:
    return SOUND_S if said == SOUND else FAILED_S


async def _said_by(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except AppError as error:
        return error.slug
    except TimeoutError:
        return "timeout"
    return SOUND
