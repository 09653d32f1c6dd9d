"""JSON-RPC 2.0 as the Model Context Protocol has it: one message in, one out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

import orjson
from starlette.responses import Response


class RpcCode(IntEnum):
    """Codes of errors that the protocol knows."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    RESOURCE_NOT_FOUND = -32002
    """Until 2025-11-25 only."""
    HEADER_MISMATCH = -32020
    UNSUPPORTED_VERSION = -32022


class RpcError(Exception):
    """A message that cannot be answered with a result. Nothing in it holds a user's words."""

    def __init__(
        self, code: RpcCode, told: str, *, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(told)
        self.code = code
        self.told = told
        self.details = details


@dataclass(frozen=True, slots=True)
class RpcMessage:
    """A request, or a notification, which has no id and gets no answer."""

    method: str
    params: Mapping[str, Any] = field(repr=False)
    id: str | int | None

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the request says of itself; empty when it says nothing."""
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}


def message_in(body: bytes) -> RpcMessage:
    """The one message that a body is.

    Raises:
        RpcError: it is no JSON, several messages, a response, or no message at all.
    """
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RpcError(RpcCode.PARSE_ERROR, "The body is not valid JSON") from None
    if isinstance(given, list):
        raise RpcError(
            RpcCode.INVALID_REQUEST, "Batches are not taken: send each message by itself"
        )
    if not isinstance(given, dict) or given.get("jsonrpc") != "2.0":
        raise RpcError(
            RpcCode.INVALID_REQUEST, 'The body is no JSON-RPC message: "jsonrpc" is "2.0"'
        )
    method, params, number = given.get("method"), given.get("params", {}), given.get("id")
    if not isinstance(method, str):
        raise RpcError(
            RpcCode.INVALID_REQUEST, "The message names no method: responses are not taken"
        )
    if not isinstance(params, dict):
        raise RpcError(RpcCode.INVALID_REQUEST, "params must be an object")
    if "id" in given and (isinstance(number, bool) or not isinstance(number, str | int)):
        raise RpcError(RpcCode.INVALID_REQUEST, "id must be a string or an integer")
    return RpcMessage(method, params, number)


def result_response(message: RpcMessage, result: Mapping[str, Any]) -> Response:
    """The answer to a request."""
    return _response({"jsonrpc": "2.0", "id": message.id, "result": result}, status=200)


def error_response(
    code: int,
    told: str,
    *,
    status: int,
    number: str | int | None = None,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The error in the place of an answer.

    Args:
        code: one of the protocol's, or an HTTP status where it has none: those lie outside of what
            JSON-RPC reserves.
        told: a sentence for whoever uses the client.
        status: of the response.
        number: the request's id, None when it was not read.
        details: what a program can act on.
        headers: of the response.
    """
    error: dict[str, Any] = {"code": code, "message": told}
    if details is not None:
        error["data"] = details
    return _response(
        {"jsonrpc": "2.0", "id": number, "error": error}, status=status, headers=headers
    )


_MEDIA_TYPE: Final = "application/json"


def _response(
    body: Mapping[str, Any], *, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, media_type=_MEDIA_TYPE, headers=dict(headers or {})
    )
