import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from app import __version__
from app.api import system
from app.api.errors import install_error_handlers
from app.api.middleware import BodyLimit, LastResort, RequestContext
from app.api.multipart import FORM_BYTES
from app.api.openapi import install_openapi
from app.api.v1 import (
    auth,
    chat,
    documents,
    events,
    imports,
    me,
    memories,
    memory_profiles,
    runs,
    sessions,
)
from app.api.web import install_web
from app.core.container import Container
from app.core.errors import IndexUnavailable, StorageUnavailable
from app.core.heap import trim_heap
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.ports.database import Transaction
from app.services.imports.importing import INTERRUPTED

logger = logging.getLogger(__name__)

RECONCILE_AGAIN_S: Final = 5.0

NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""All of it said, since the environment decides what is not."""


def create_app(container: Container) -> FastAPI:
    """The HTTP application over a container's services, which it closes at its end."""
    app = FastAPI(
        title="MemoryChat",
        version=__version__,
        docs_url=None,
        redirect_slashes=False,
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
        telemetry=NO_TELEMETRY,
    )
    app.state.container = container
    install_error_handlers(app)
    app.include_router(_v1())
    app.include_router(system.router)
    install_web(app)
    install_openapi(app)
    app.add_middleware(LastResort)
    app.add_middleware(
        BodyLimit,
        max_bytes=container.settings.max_body_bytes,
        max_import_bytes=container.settings.imports.max_bytes,
        max_document_bytes=container.settings.documents.max_bytes + FORM_BYTES,
    )
    if origins := container.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-Request-Id"],
            expose_headers=["X-Request-Id", "RateLimit", "Retry-After"],
        )
    app.add_middleware(RequestContext, metrics=container.state.metrics)
    return app


def _v1() -> APIRouter:
    v1 = APIRouter(prefix="/api/v1")
    for noun in (
        auth,
        imports,
        me,
        memory_profiles,
        memories,
        documents,
        sessions,
        chat,
        runs,
        events,
    ):
        v1.include_router(noun.router)
    return v1


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Background work runs while requests are served; at the end runs drain first."""
    container: Container = app.state.container
    await _recover(container)
    upkeep = [
        asyncio.create_task(work, name=name)
        for name, work in (
            ("indexer", container.mem0.indexer.run()),
            ("documents", container.mem0.document_watch.run()),
            ("learner", container.mem0.learner.run()),
            ("upkeep", container.upkeep.run()),
            ("wiping", container.mem0.wiping.run()),
            ("elsewhere", container.supabase.elsewhere.run()),
            ("warm-up", _warm_up(container)),
        )
    ]
    try:
        yield
    finally:
        await container.drain()
        for task in upkeep:
            task.cancel()
        await asyncio.gather(*upkeep, return_exceptions=True)
        await container.close()


async def _recover(container: Container) -> None:
    """A process that is alone knows that no run and no job survived the last one.

    What was deleted just before the last one ended may still stand in the database's log.
    """

    def release(tx: Transaction) -> None:
        tx.sessions.release_all_leases()
        tx.jobs.release_all()
        tx.imports.fail_running(started_before=None, error=INTERRUPTED, at=utc_now())

    database = container.supabase.database
    if database.exclusive:
        await database.write(release, by=SYSTEM)
        await container.mem0.document_watch.recover()
        await container.mem0.indexer.recover()
    await database.scrub()


async def _warm_up(container: Container) -> None:
    """What the first turn would otherwise wait for, and what a crash may have left behind."""
    await asyncio.to_thread(container.stores.tokens.count, "")
    trim_heap()
    differing = await _reconciled(container)
    if differing:
        logger.warning("index differed from the database", extra={"points": differing})
        container.mem0.indexer.wake()


async def _reconciled(container: Container) -> int:
    """How many points differed from the database, as soon as the index answers."""
    while True:
        try:
            return await container.mem0.indexer.reconcile()
        except (IndexUnavailable, StorageUnavailable) as error:
            logger.warning("index does not answer", extra={"error": type(error).__name__})
            await asyncio.sleep(RECONCILE_AGAIN_S)
