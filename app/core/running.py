"""What goes on in a process beside requests: part of the composition root, beside `container.py`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final

from app.core.container import Container
from app.core.document_errors import StorageUnfit
from app.core.errors import IndexUnavailable, StartRefused, StorageUnavailable
from app.core.heap import trim_heap
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.ports.database import Transaction
from app.services.imports.importing import INTERRUPTED

logger = logging.getLogger(__name__)

RECONCILE_AGAIN_S: Final = 5.0
TOLD_AGAIN_S: Final = 1.0
_BUS: Final = "bus"


async def join(container: Container) -> None:
    """The process is known to the others on its database, if there can be any.

    Raises:
        StartRefused: there are others that it could not tell anything, originals of documents
            cannot be kept where they should be, or somebody is on a plan that is not configured.
        StorageUnavailable: the database does not answer.
    """
    await _try_storage(container)
    await container.supabase.usage.require_plans()
    if container.state.company is not None:
        await container.state.company.membership.join()


async def _try_storage(container: Container) -> None:
    """Returns also when it does not answer: it is tried again before anything is put there."""
    try:
        await container.stores.storage.check()
    except StorageUnfit as error:
        raise StartRefused(error.detail) from error
    except StorageUnavailable as error:
        logger.warning("originals wait", extra={"error": type(error).__name__})


@asynccontextmanager
async def running(container: Container, *, background: bool) -> AsyncIterator[None]:
    """What has to go on does; at the end runs drain first, and everything is closed.

    Args:
        container: of a process that has joined.
        background: whether this process learns, indexes and wipes, or leaves that to others.
    """
    await _recover(container)
    work = {**_always(container), **(_background(container) if background else {})}
    tasks = [asyncio.create_task(one, name=name) for name, one in work.items()]
    try:
        yield
    finally:
        await container.drain()
        await end_all(task for task in tasks if task.get_name() != _BUS)
        if container.state.company is not None:
            with suppress(StorageUnavailable):
                await container.state.company.membership.leave()
        await end_all(tasks)
        await container.close()


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """They have ended. One that goes on, as a library may make it, is told again."""
    told = pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=TOLD_AGAIN_S)
    await asyncio.gather(*told, return_exceptions=True)


def _always(container: Container) -> dict[str, Coroutine[None, None, None]]:
    work = {
        "upkeep": container.upkeep.run(),
        "open-streams": container.state.streams.run(),
        "api-keys": container.supabase.api_keys.run(),
        _BUS: container.state.peers.run(),
        "warm-up": _warm_up(container),
    }
    if company := container.state.company:
        work |= {"membership": company.membership.run(), "looking": company.looking.run()}
    return work


def _background(container: Container) -> dict[str, Coroutine[None, None, None]]:
    return {
        "indexer": container.mem0.indexer.run(),
        "documents": container.mem0.document_watch.run(),
        "elsewhere": container.supabase.elsewhere.run(),
        "learner": container.mem0.learner.run(),
        "wiping": container.mem0.wiping.run(),
        "reconciling": _reconcile(container),
    }


def let_go(tx: Transaction) -> None:
    """No run, no job and no import goes on. For whoever knows that no process is there to do so."""
    tx.sessions.release_all_leases()
    tx.jobs.release_all()
    tx.usage.release_all()
    tx.imports.fail_running(started_before=None, error=INTERRUPTED, at=utc_now())


async def _recover(container: Container) -> None:
    """A process that is alone knows that no run and no job survived the last one.

    What was deleted just before the last one ended may still stand in the database's log. With
    others beside it, leases run out instead.
    """
    database = container.supabase.database
    if database.exclusive:
        await database.write(let_go, by=SYSTEM)
        await container.mem0.document_watch.recover()
        await container.mem0.indexer.recover()
    await database.scrub()


async def _warm_up(container: Container) -> None:
    """What the first turn would otherwise wait for is there."""
    await asyncio.to_thread(container.stores.tokens.count, "")
    trim_heap()


async def _reconcile(container: Container) -> None:
    """What a crash may have left behind is seen to, as soon as the index answers."""
    while True:
        try:
            differing = await container.mem0.indexer.reconcile()
        except (IndexUnavailable, StorageUnavailable) as error:
            logger.warning("index does not answer", extra={"error": type(error).__name__})
            await asyncio.sleep(RECONCILE_AGAIN_S)
        else:
            break
    if differing:
        logger.warning("index differed from the database", extra={"points": differing})
        container.mem0.indexer.wake()
