from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from app import __version__
from app.api import system
from app.api.ag_ui import agent as ag_ui
from app.api.ai_memory import memories as ai_memory
from app.api.ai_memory import older as ai_memory_older
from app.api.ai_sdk import chat as ai_sdk
from app.api.anthropic import messages as anthropic
from app.api.errors import install_error_handlers
from app.api.mcp import endpoint as mcp
from app.api.mcp import well_known as mcp_metadata
from app.api.middleware import BodyLimit, LastResort, RequestContext
from app.api.multipart import FORM_BYTES
from app.api.openai import completions, conversations, embeddings, items, models, responses
from app.api.openapi import install_openapi
from app.api.selection import SELECTION_HEADERS, TOLD_HEADERS
from app.api.v1 import (
    api_keys,
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
    ws,
)
from app.api.web import install_web
from app.core.container import Container
from app.core.running import running

_SURFACES: Final = (
    completions,
    models,
    embeddings,
    responses,
    conversations,
    items,
    anthropic,
    ai_sdk,
    ag_ui,
    ai_memory,
    ai_memory_older,
    mcp,
    mcp_metadata,
)
"""Of other protocols, each at the addresses that its clients know."""
NO_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""All of it said, since the environment decides what is not."""


_TAKEN_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Prefer",
    "X-Api-Key",
    "X-Request-Id",
)
_TOLD_HEADERS: Final = (
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
    "X-Should-Retry",
)


def create_app(container: Container) -> FastAPI:
    """The HTTP application over a container's services, which it closes at its end."""
    app = FastAPI(
        title="MemoryChat",
        version=__version__,
        docs_url=None,
        openapi_url=None,
        redirect_slashes=False,
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
        telemetry=NO_TELEMETRY,
    )
    app.state.container = container
    install_error_handlers(app)
    app.include_router(_v1())
    for surface in _SURFACES:
        app.include_router(surface.router)
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
        _let_in(app, origins)
    app.add_middleware(RequestContext, metrics=container.state.metrics)
    return app


def _let_in(app: FastAPI, origins: Sequence[str]) -> None:
    """Pages of these origins may use the API."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["*"],
        allow_headers=[*_TAKEN_HEADERS, *SELECTION_HEADERS],
        expose_headers=[*_TOLD_HEADERS, *TOLD_HEADERS],
    )


def _v1() -> APIRouter:
    v1 = APIRouter(prefix="/api/v1")
    for noun in (
        auth,
        api_keys,
        imports,
        me,
        memory_profiles,
        memories,
        documents,
        sessions,
        chat,
        runs,
        events,
        ws,
    ):
        v1.include_router(noun.router)
    return v1


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Background work runs while requests are served; at the end runs drain first."""
    container: Container = app.state.container
    async with running(container, background=container.settings.background):
        yield
