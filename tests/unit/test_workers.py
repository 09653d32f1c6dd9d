"""The loops behind the server: they end when they are told to, and only then."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.container import Container, build

WORKERS = {
    "indexer": lambda container: container.mem0.indexer,
    "learner": lambda container: container.mem0.learner,
}


@pytest.fixture
async def container(tmp_path: Path) -> AsyncIterator[Container]:
    container = build(Settings(data_dir=tmp_path / "data"))
    yield container
    await container.close()


@pytest.mark.parametrize("worker", WORKERS)
async def test_a_worker_that_is_woken_while_it_is_stopped_stops(
    container: Container, worker: str
) -> None:
    work = WORKERS[worker](container)
    for ticks in range(8):
        task = asyncio.create_task(work.run())
        await asyncio.sleep(0.05)  # it waits for work by now
        work.wake()
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()

        done, _ = await asyncio.wait({task}, timeout=3)

        assert done, f"it goes on when it is stopped {ticks} ticks after it was woken"
