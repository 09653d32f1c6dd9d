import asyncio
from concurrent.futures import Future
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_time(work: Future[Answer], deadline_s: float) -> Answer:
    """What the work on a thread comes to.

    Raises:
        TimeoutError: it was too slow.
    """
    async with asyncio.timeout(deadline_s):
        return await asyncio.wrap_future(work)
