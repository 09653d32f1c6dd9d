import asyncio
from collections.abc import Coroutine

from starlette.types import Receive


async def until_gone(work: Coroutine[None, None, None], receive: Receive) -> None:
    """Returns when the work is done, or when the client has hung up and the work is cancelled.

    Raises:
        Exception: whatever the work raised.
    """
    working = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        unfinished = [task for task in (working, gone) if task.cancel()]
        await asyncio.gather(*unfinished, return_exceptions=True)
    if not working.cancelled():
        working.result()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
