"""Every failure as `application/problem+json` (RFC 9457), in one shape."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount

from app.api.anthropic.failures import failure_response
from app.api.anthropic.failures import is_of_this_protocol as is_of_anthropic
from app.core.errors import AppError, ModelRefused
from app.core.logging import request_id
from app.core.quota_errors import QuotaError, QuotaExceeded

_TITLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad-request", "The request could not be read"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    413: ("payload-too-large", "The request body is too large"),
}


_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


COMPATIBLE_PATHS: Final = ("/v1/", "/memory/")
"""Where clients of other services' protocols look for bad input under 400."""
_WORDLESS: Final = ("/v1/models", "/v1/memories/user", "/mcp/profiles")
"""What comes after them in a path is what somebody calls a profile, or a user."""
OUT_OF_QUOTA: Final = "insufficient_quota"
"""OpenAI's type and code for it, by which its clients tell it from a limit that is soon over."""
_FOUND_BAD: Final = frozenset({400, 413, 422})
MAX_ERRORS: Final = 20
"""Told of one request, whatever else is wrong with it."""


def problem(
    *,
    slug: str,
    title: str,
    status: int,
    detail: str,
    instance: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    code: str | None = None,
    kind: str | None = None,
    param: str | None = None,
    quota: Mapping[str, object] | None = None,
) -> Response:
    """The failure as a response, also in the form that OpenAI SDKs read.

    Below the paths of Anthropic's protocol it has the form of that one alone.
    """
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and instance.startswith(COMPATIBLE_PATHS):
        status = HTTPStatus.BAD_REQUEST
    if is_of_anthropic(instance):
        return failure_response(status, message=detail, code=code or slug, headers=headers or {})
    body: dict[str, Any] = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": next((one for one in _WORDLESS if instance.startswith(f"{one}/")), instance),
        "request_id": request_id.get(),
        "error": {
            "message": detail,
            "type": kind or slug,
            "code": code or slug,
            "param": (errors[0]["pointer"] or None) if errors else param,
        },
    }
    if errors:
        body["errors"] = list(errors)
    if quota:
        body["quota"] = quota
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


class NotModified(Exception):
    """The client has the version of this entity tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def install_error_handlers(app: FastAPI) -> None:
    """Every exception that is expected to leave a route becomes a problem."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(NotModified, _not_modified)


def app_error_response(error: AppError, *, instance: str) -> Response:
    """The failure that the error stands for.

    What a model's endpoint found bad in a request of its own protocol is bad in the client's.
    """
    status, code, param = error.status, None, None
    used_up = isinstance(error, QuotaExceeded) and _is_openais(instance)
    if isinstance(error, ModelRefused) and instance.startswith(COMPATIBLE_PATHS):
        code, param = error.upstream_code, error.upstream_param
        status = 400 if error.upstream_status in _FOUND_BAD else status
    return problem(
        slug=error.slug,
        title=error.title,
        status=status,
        code=OUT_OF_QUOTA if used_up else code,
        kind=OUT_OF_QUOTA if used_up else None,
        param=param,
        detail=error.detail,
        instance=instance,
        headers=error.headers(),
        errors=error.errors(),
        quota=_told(error) if isinstance(error, QuotaError) else None,
    )


def _is_openais(path: str) -> bool:
    return path.startswith(COMPATIBLE_PATHS) and not is_of_anthropic(path)


def _told(error: QuotaError) -> Mapping[str, object]:
    return {
        "name": error.quota,
        "limit": error.limit,
        "used": error.used,
        "reserved": error.reserved,
        "resets_at": error.resets_at,
    }


async def _app_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AppError):
        raise error
    return app_error_response(error, instance=request.scope["path"])


async def _validation_error(request: Request, error: Exception) -> Response:
    """What is wrong and where, never what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [pointed(one) for one in error.errors()[:MAX_ERRORS]]
    return problem(
        slug="invalid-input",
        title="The request is not valid",
        status=422,
        detail=in_short(errors),
        instance=request.scope["path"],
        errors=errors,
    )


def what_is_wrong(error: ValidationError) -> str:
    """What is wrong with what was given, and where in it: never what was given."""
    found = error.errors(include_url=False, include_input=False)
    return in_short([pointed({**one, "loc": ("body", *one["loc"])}) for one in found])


def pointed(error: Mapping[str, Any]) -> Mapping[str, str]:
    """One of pydantic's errors, as a problem tells it: never with the input."""
    where, *path = error["loc"] or ("body",)
    if error["type"] == "json_invalid":
        path = []
    if error["type"] == "extra_forbidden":
        path = path[:-1]
    return {
        "in": str(where),
        "pointer": "".join(f"/{part}" for part in path),
        "detail": _detail(error),
    }


def in_short(errors: Sequence[Mapping[str, str]]) -> str:
    """The first few of these errors, in one line."""
    return "; ".join(_sentence(one) for one in errors[:3])


def _sentence(error: Mapping[str, str]) -> str:
    return f"{error['pointer']}: {error['detail']}" if error["pointer"] else error["detail"]


def _detail(error: Mapping[str, Any]) -> str:
    """What is wrong, in words of ours where the library's would quote the input."""
    if error["type"] == "value_error":
        ours = error.get("ctx", {}).get("error")
        return str(ours) if ours else "Not an e-mail address"
    return _DETAILS.get(error["type"], str(error["msg"]))


_DETAILS: Final[Mapping[str, str]] = {
    "json_invalid": "The body is not valid JSON",
    "extra_forbidden": "There is a field that is not known here",
    "model_attributes_type": "Not a JSON object; send one as application/json",
    "uuid_parsing": "Not a UUID",
    "enum": "Not one of the known values",
    "literal_error": "Not one of the known values",
    "union_tag_invalid": "Not one of the known types",
    "union_tag_not_found": "There is no type",
}


async def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    slug, title = _TITLES.get(error.status_code, ("error", "The request failed"))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request) or headers.get("Allow", "")
    return problem(
        slug=slug,
        title=title,
        status=error.status_code,
        detail=title,
        instance=request.scope["path"],
        headers=headers,
    )


async def _not_modified(request: Request, error: Exception) -> Response:
    if not isinstance(error, NotModified):
        raise error
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{error.tag}"'})


def _allowed(request: Request) -> str:
    """Every method that the path knows, where the router itself would name those of one route."""
    path = request.scope["path"]
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]

    def is_known(method: str) -> bool:
        scope = {"type": "http", "method": method, "path": path, "headers": []}
        return any(route.matches(scope)[0] is Match.FULL for route in routes)

    return ", ".join(filter(is_known, _METHODS))


def unexpected_response(*, instance: str) -> Response:
    """The failure that nobody has thought of."""
    return problem(
        slug="internal",
        title="An unexpected error occurred",
        status=500,
        detail="An unexpected error occurred",
        instance=instance,
    )
