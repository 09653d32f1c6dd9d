"""The Model Context Protocol over streamable HTTP, without sessions: each request is answered whole."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.api.deps import Services, caller_of, token_in
from app.api.mcp.exchange import METADATA_PATH, Exchange, base_of, resource_path
from app.api.mcp.messages import (
    RpcCode,
    RpcError,
    RpcMessage,
    error_response,
    message_in,
    result_response,
)
from app.api.mcp.methods import answer
from app.api.mcp.revisions import Revision, revision_of
from app.core.errors import AppError, Unauthenticated
from app.core.logging import request_id
from app.core.surface_errors import NotAcceptable, UnsupportedMediaType
from app.services.rights import bound_to

router = APIRouter(include_in_schema=False)

_JSON: Final = "application/json"
_CREDENTIALS: Final = ("authorization", "x-api-key")


@router.post("/mcp")
async def answer_mcp(request: Request, services: Services) -> Response:
    """Answer a message about any of the caller's profiles."""
    return await _answered(request, services, profile=None)


@router.post("/mcp/profiles/{profile:path}")
async def answer_mcp_of_profile(
    profile: Annotated[str, Path()], request: Request, services: Services
) -> Response:
    """Answer a message about one profile, by its name or its id: no other is reached."""
    return await _answered(request, services, profile=profile)


async def _answered(request: Request, services: Services, *, profile: str | None) -> Response:
    metadata, number = None, None
    try:
        base = base_of(request, services.settings.reach)
        metadata = f"{base}{METADATA_PATH}{resource_path(profile)}"
        exchange = await _exchange(request, services, profile)
        _check_media_types(request)
        try:
            message = message_in(await request.body())
            number = message.id
            revision = revision_of(request.headers, message)
        except RpcError as error:
            return _error(error, number, status=HTTPStatus.BAD_REQUEST)
        if message.id is None:
            return Response(status_code=HTTPStatus.ACCEPTED)
        return await _result(exchange, message, revision)
    except AppError as error:
        return _refusal(request, error, number, metadata=metadata)


async def _exchange(request: Request, services: Services, profile: str | None) -> Exchange:
    """Who asks, reaching only the profile that the address is of, if it is.

    Raises:
        Unauthenticated: nobody, as far as can be told.
        TooManyRequests: there were too many lately.
        ProfileNotFound: they have none of this name.
    """
    caller = await caller_of(request, services, await token_in(request))
    if profile is None:
        return Exchange(services, caller, is_bound=False)
    found = await services.supabase.profiles.called(caller, profile)
    return Exchange(services, bound_to(caller, found), is_bound=True)


def _check_media_types(request: Request) -> None:
    accepted = request.headers.get("accept", "*/*").lower()
    kinds = {part.partition(";")[0].strip() for part in accepted.split(",")}
    if not kinds & {_JSON, "application/*", "*/*"}:
        raise NotAcceptable
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise UnsupportedMediaType


async def _result(exchange: Exchange, message: RpcMessage, revision: Revision) -> Response:
    try:
        return result_response(message, await answer(exchange, message, revision))
    except RpcError as error:
        status = HTTPStatus.OK
        if revision.is_modern:
            is_unknown = error.code is RpcCode.METHOD_NOT_FOUND
            status = HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.BAD_REQUEST
        return _error(error, message.id, status=status)


def _error(error: RpcError, number: str | int | None, *, status: int) -> Response:
    return error_response(
        error.code, error.told, status=status, number=number, details=error.details
    )


def _refusal(
    request: Request, error: AppError, number: str | int | None, *, metadata: str | None
) -> Response:
    """A failure that the protocol has no word for: HTTP's status says it."""
    headers = dict(error.headers())
    if metadata is not None and (challenge := headers.get("WWW-Authenticate")):
        is_shown = isinstance(error, Unauthenticated) and any(
            name in request.headers for name in _CREDENTIALS
        )
        told = [
            challenge.removeprefix("Bearer").strip(),
            'error="invalid_token"' if is_shown else "",
        ]
        told.append(f'resource_metadata="{metadata}"')
        headers["WWW-Authenticate"] = f"Bearer {', '.join(filter(None, told))}"
    return error_response(
        error.status,
        error.detail,
        status=error.status,
        number=number,
        details={"type": f"/problems/{error.slug}", "request_id": request_id.get()},
        headers=headers,
    )
