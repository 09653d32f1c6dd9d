"""What goes on beside requests, and how it ends."""

import asyncio
from contextlib import suppress

from app.core.running import end_all


async def test_what_was_told_to_end_and_went_on_is_told_again() -> None:
    heard = []

    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        heard.append("once")
        await asyncio.sleep(3600)

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(3600))]
    await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await end_all(tasks)

    assert heard == ["once"]
    assert all(task.cancelled() for task in tasks)


async def test_nothing_ends_at_once() -> None:
    await end_all([])
