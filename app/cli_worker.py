"""`python main.py worker`: what goes on in the background, without requests."""

import asyncio
import signal
import sys

from app.core.container import Container
from app.core.errors import StartRefused, StorageUnavailable
from app.core.running import join, running


def work(container: Container) -> int:
    """The exit status: 0 once a signal has ended it, 1 with a sentence when it could not start."""
    try:
        return asyncio.run(_work(container))
    except (StartRefused, StorageUnavailable) as error:
        sys.stderr.write(f"MemoryChat does not start: {error}\n")
        return 1


async def _work(container: Container) -> int:
    if container.state.company is None:
        await container.close()
        raise StartRefused(
            "The embedded database can only have one process, which works in the background by "
            "itself: a worker needs DATABASE_URL to be a Postgres."
        )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await join(container)
    async with running(container, background=True):
        sys.stdout.write("MemoryChat works in the background.\n")
        sys.stdout.flush()
        await ended.wait()
    return 0
