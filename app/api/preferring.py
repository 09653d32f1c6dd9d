"""`Prefer: wait=N` (RFC 7240): the answer comes when work in the background is done, or after N seconds."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Header, Request, Response

from app.api.hangup import until_gone

Result = TypeVar("Result")

MAX_WAIT_S: Final = 30
"""A longer wait that is preferred is so long, and is said to be."""
FIRST_LOOK_S: Final = 0.02
LONGEST_LOOK_S: Final = 0.5
_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=[,;]|$)", re.IGNORECASE)


class Preference:
    """How long the client would rather wait than ask again."""

    def __init__(
        self,
        request: Request,
        response: Response,
        prefer: Annotated[
            str | None,
            Header(
                description="`wait=N`: answer when what goes on in the background is done, or as far as it is "
                f"after N seconds, {MAX_WAIT_S} at most. `Preference-Applied` says how many it were."
            ),
        ] = None,
    ) -> None:
        self._request = request
        self._response = response
        found = _WAIT.search(prefer or "")
        self._wait_s = min(int(found[1]), MAX_WAIT_S) if found else None

    async def settled(
        self,
        present: Result,
        read: Callable[[], Awaitable[Result]],
        *,
        is_done: Callable[[Result], bool],
    ) -> Result:
        """What is read once it is done, or by the time that nobody wants to wait any more.

        Args:
            present: what was read last.
            read: looks again.
            is_done: whether nothing more is going to change.

        Raises:
            AppError: why it could not be read.
        """
        if self._wait_s is None:
            return present
        self._response.headers["Preference-Applied"] = f"wait={self._wait_s}"
        found = present

        async def look() -> None:
            nonlocal found
            pause_s = FIRST_LOOK_S
            while not is_done(found):
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_LOOK_S)
                found = await read()

        async def look_for_so_long() -> None:
            try:
                async with asyncio.timeout(self._wait_s):
                    await look()
            except TimeoutError:
                return

        await until_gone(look_for_so_long(), self._request.receive)
        return found


Preferred = Annotated[Preference, Depends()]
