"""Failures as Anthropic's clients read them, on the paths of its protocol."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from app.core.logging import request_id

PATH: Final = "/v1/messages"
ID_HEADER: Final = "request-id"
"""Where these clients look for the id of their request."""

_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def is_of_this_protocol(path: str) -> bool:
    """Whether a path is one of its own, or would be below one."""
    return path == PATH or path.startswith(f"{PATH}/")


def failure_type(status: int) -> str:
    """What kind of failure a status stands for."""
    return _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")


def failure_body(status: int, *, message: str, code: str) -> dict[str, Any]:
    """The failure, with the slug that names its cause where the SDKs read one."""
    error = {"type": failure_type(status), "message": message, "details": {"error_code": code}}
    return {"type": "error", "error": error, "request_id": request_id.get()}


def failure_response(
    status: int, *, message: str, code: str, headers: Mapping[str, str]
) -> Response:
    """The failure as a whole response."""
    return Response(
        orjson.dumps(failure_body(status, message=message, code=code)),
        status_code=status,
        media_type="application/json",
        headers={**headers, **id_header()},
    )


def id_header() -> dict[str, str]:
    """The request's id, for the SDKs."""
    this_id = request_id.get()
    return {ID_HEADER: this_id} if this_id else {}
