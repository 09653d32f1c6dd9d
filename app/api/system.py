from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import FileResponse

from app.api.deps import Services
from app.api.problems import system_problems
from app.api.web import DOCUMENTATION, PAGE
from app.schemas.fields import Answer
from app.services.readiness import SOUND

router = APIRouter(tags=["system"])


class HealthAnswer(Answer):
    """The process is alive."""

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """Whether requests can be served.

    Without its model the server still stores and searches; without room on its disk it still shows
    and searches what is stored; without a way to its peers it answers all that it knows itself.
    """

    status: Literal["ready", "degraded", "unavailable"]
    checks: Mapping[str, str]


class ApiInformation(Answer):
    """Where to find what."""

    name: str
    api: str
    documentation: str
    openapi: str
    model: str


NOT_READY: dict[int | str, dict[str, object]] = {
    503: {"model": ReadyAnswer, "description": "Not ready."}
}
METRICS: dict[int | str, dict[str, object]] = {
    200: {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
HOME: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The web client, or where to find what.",
        "content": {"text/html": {"schema": {"type": "string"}}},
        "model": ApiInformation,
    }
}


@router.head("/health", include_in_schema=False)
@router.get("/health", responses=system_problems())
async def read_health() -> HealthAnswer:
    """Say that the process is alive."""
    return HealthAnswer(status="ok")


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={**system_problems(), **NOT_READY})
async def read_readiness(services: Services, response: Response) -> ReadyAnswer:
    """Check database, whether it can be written, index, originals, model, issuers, and other processes.

    Whether originals can be kept and the model answers is remembered for ten seconds.
    """
    checks = await services.readiness.look()
    if checks["database"] != SOUND:
        response.status_code = 503
        return ReadyAnswer(status="unavailable", checks=checks)
    healthy = all(said == SOUND for said in checks.values())
    return ReadyAnswer(status="ready" if healthy else "degraded", checks=checks)


@router.get("/metrics", response_class=Response, responses={**system_problems(), **METRICS})
async def read_metrics(services: Services) -> Response:
    """Read the metrics in Prometheus' text format.

    What waits in the background is counted every ten seconds at most, and left out while the database
    does not answer.
    """
    services.state.metrics.show(await services.state.backlogs.look())
    return Response(services.state.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


@router.head("/", response_model=None, include_in_schema=False)
@router.get("/", response_model=None, responses={**system_problems(), **HOME})
async def read_home(request: Request, services: Services) -> Response | ApiInformation:
    """The web client; for `Accept: application/json`, where to find what."""
    if "text/html" in request.headers.get("accept", ""):
        return FileResponse(PAGE)
    return ApiInformation(
        name="MemoryChat",
        api="/api/v1",
        documentation="/docs",
        openapi="/openapi.json",
        model=services.llm.name,
    )


@router.get("/docs", include_in_schema=False)
async def read_documentation() -> Response:
    """The documentation of the API, as a page."""
    return FileResponse(DOCUMENTATION)
