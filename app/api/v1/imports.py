"""Files out and in. A file is a request's or a response's whole body."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from app.api.deps import Admin, Services, WholeAccount
from app.api.file_answer import FileAnswer
from app.api.preferring import Preference, Preferred
from app.api.problems import problems
from app.api.repeating import NOT_REPEATABLE
from app.core.errors import InvalidInput
from app.models.ids import ImportId, ProfileId
from app.models.imports import Import, ImportRequest, ImportState
from app.models.portable import PortableFormat
from app.schemas.imports import ImportAnswer, PlanAnswer

router = APIRouter(tags=["portability"], responses=problems(401, 404, 429))

DOWNLOAD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, as docs/export-format.md describes it.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}
PLANNED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "With dry_run: what an import would do.", "model": PlanAnswer}
}
UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": False,
        "description": "The file itself, of any of the known formats; without one, an empty file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

DryRun = Annotated[bool, Query(description="Only tell what would happen.")]
Format = Annotated[
    PortableFormat | None,
    Query(alias="format", description="What the file is; found out when it is not given."),
]


@router.get(
    "/memory-profiles/{profile_id}/export",
    response_class=Response,
    responses={**problems(409), **DOWNLOAD},
)
async def export_memory_profile(profile_id: UUID, caller: Admin, services: Services) -> Response:
    """Download a profile with its sessions, messages and memories."""
    return FileAnswer(await services.portability.exporting.profile(caller, ProfileId(profile_id)))


@router.get("/me/export", response_class=Response, responses={**problems(409), **DOWNLOAD})
async def export_account(caller: WholeAccount, services: Services) -> Response:
    """Download everything that the account has here, but what signs in."""
    return FileAnswer(await services.portability.exporting.account(caller))


@router.post(
    "/memory-profiles/{profile_id}/import",
    status_code=202,
    response_model=ImportAnswer,
    responses={**problems(409), **PLANNED},
    openapi_extra=UPLOAD,
    dependencies=NOT_REPEATABLE,
)
async def import_into_memory_profile(
    profile_id: UUID,
    request: Request,
    caller: Admin,
    services: Services,
    preferred: Preferred,
    *,
    dry_run: DryRun = False,
    file_format: Format = None,
) -> ImportAnswer | Response:
    """Import a file into a profile: all of it, or nothing."""
    wanted = ImportRequest(caller=caller, into=ProfileId(profile_id), format=file_format)
    return await _import(request, services, wanted, preferred, dry_run=dry_run)


@router.post(
    "/me/import",
    status_code=202,
    response_model=ImportAnswer,
    responses={**problems(409), **PLANNED},
    openapi_extra=UPLOAD,
    dependencies=NOT_REPEATABLE,
)
async def import_into_account(
    request: Request,
    caller: WholeAccount,
    services: Services,
    preferred: Preferred,
    *,
    dry_run: DryRun = False,
) -> ImportAnswer | Response:
    """Import a file that was exported from an account: all of it, or nothing."""
    wanted = ImportRequest(caller=caller, into=None, format=PortableFormat.MEMORYCHAT)
    return await _import(request, services, wanted, preferred, dry_run=dry_run)


@router.get("/imports/{import_id}")
async def read_import(
    import_id: UUID, caller: Admin, services: Services, preferred: Preferred
) -> ImportAnswer:
    """Read how far an import is, and what became of it."""
    read = partial(services.portability.importing.get, caller, ImportId(import_id))
    return ImportAnswer.of(await preferred.settled(await read(), read, is_done=_is_over))


async def _import(
    request: Request,
    services: Services,
    wanted: ImportRequest,
    preferred: Preference,
    *,
    dry_run: bool,
) -> ImportAnswer | Response:
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise InvalidInput("The file itself is the body: do not send it as a form.")
    if dry_run:
        plan = PlanAnswer.of(await services.portability.importing.plan(wanted, _upload(request)))
        return Response(plan.model_dump_json(), media_type="application/json")
    importing = services.portability.importing
    started = await importing.start(wanted, _upload(request))
    read = partial(importing.get, wanted.caller, started.id)
    return ImportAnswer.of(await preferred.settled(started, read, is_done=_is_over))


def _is_over(one: Import) -> bool:
    return one.state is not ImportState.RUNNING


async def _upload(request: Request) -> AsyncGenerator[bytes]:
    """The body as it comes; nobody hears the complaint when the client has hung up."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise InvalidInput("The upload broke off.") from None
