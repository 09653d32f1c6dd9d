import asyncio
from collections.abc import Coroutine

from starlette.types import Receive


async def until_gone(
    work: Coroutine[None, None, None],
    receive: Receive,
    *,
    withdrawn: asyncio.Event | None = None,
) -> None:
    """Returns when the work is done, or cancelled.

    Args:
        work: cancelled when the client has hung up, or when it may not go on.
        receive: what tells of the client.
        withdrawn: set when it may not.

    Raises:
        Exception: whatever the work raised.
    """
    working = asyncio.create_task(work)
    ends = [asyncio.create_task(_disconnected(receive))]
    if withdrawn is not None:
        ends.append(asyncio.create_task(_set(withdrawn)))
    try:
        await asyncio.wait({working, *ends}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        unfinished = [task for task in (working, *ends) if task.cancel()]
        await asyncio.gather(*unfinished, return_exceptions=True)
    if not working.cancelled():
        working.result()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _set(event: asyncio.Event) -> None:
    await event.wait()
