"""Pure ASGI: each layer adds nothing per streamed chunk but a function call."""

import logging
import re
import time
from math import ceil
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import app_error_response, unexpected_response
from app.core.errors import PayloadTooLarge
from app.core.logging import request_id
from app.core.metrics import Metrics

logger = logging.getLogger("app.access")

_GOOD_ID: Final = re.compile(r"^[0-9A-Fa-f-]{8,64}$")
"""Hexadecimal, as proxies make them: a request cannot put a word into the logs this way."""

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
}


PRIVATE_PATHS: Final = ("/api/", "/v1/", "/memory/", "/mcp", "/ag-ui")
"""Answers below it hold what people said, and stay out of every cache."""


class RequestContext:
    """Gives each request an id, each response its headers, and the logs and metrics one entry."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        this_id = given if _GOOD_ID.match(given) else uuid4().hex
        token = request_id.set(this_id)
        started_s = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = this_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(PRIVATE_PATHS):
                    headers.setdefault("Cache-Control", "no-store")
                _add_limits(headers, scope)
                _tell_replayed(headers, scope)
                self._metrics.request_seconds.labels(_operation(scope)).observe(
                    time.perf_counter() - started_s
                )
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._metrics.requests.labels(_operation(scope), status).inc()
            logger.info(
                "request",
                extra={
                    "method": scope["method"],
                    "operation": _operation(scope),
                    "status": status,
                    "duration_ms": round((time.perf_counter() - started_s) * 1000, 2),
                },
            )
            request_id.reset(token)


class LastResort:
    """Answers what nobody has caught, where the response still gets its id and its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            logger.exception("unexpected error", exc_info=error)
            await unexpected_response(instance=scope["path"])(scope, receive, send)


class BodyLimit:
    """Refuses bodies over a size, by their announced length or while they come.

    A body is complete before anybody sees it, but for files: those are handed on as they come.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, max_import_bytes: int, max_document_bytes: int
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_file_bytes = {"import": max_import_bytes, "documents": max_document_bytes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, unless its body is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_file = scope["method"] == "POST" and _FILE_PATH.match(scope["path"]) is not None
        most = self._max_file_bytes[_last(scope["path"])] if is_file else self._max_bytes
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            await _refuse(most, scope, receive, send)
        elif is_file:
            await self._app(scope, _counted(receive, most), send)
        else:
            await self._buffered(scope, receive, send)

    async def _buffered(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: list[Message] = []
        size = 0
        while True:
            message = await receive()
            body.append(message)
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                await _refuse(self._max_bytes, scope, receive, send)
                return
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                break
        waiting = iter(body)

        async def replay() -> Message:
            return next(waiting, None) or await receive()

        await self._app(scope, replay, send)


_FILE_PATH: Final = re.compile(
    r"^/api/v1/(?:me/import|memory-profiles/[^/]+/(?:import|documents))$"
)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _counted(receive: Receive, most: int) -> Receive:
    """The same messages, until their bodies are over the limit."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The request body is larger than {most} bytes")


async def _refuse(most: int, scope: Scope, receive: Receive, send: Send) -> None:
    response = app_error_response(_too_large(most), instance=scope["path"])
    response.headers["Connection"] = "close"
    await response(scope, receive, send)


def _operation(scope: Scope) -> str:
    """The operation's id in OpenAPI, so that paths and their ids never become labels."""
    return getattr(scope.get("endpoint"), "__name__", "other")


def _tell_replayed(headers: MutableHeaders, scope: Scope) -> None:
    if scope.get("state", {}).get("is_replayed"):
        headers["Idempotent-Replayed"] = "true"


def _add_limits(headers: MutableHeaders, scope: Scope) -> None:
    state = scope.get("state", {}).get("limit_state")
    if state is not None:
        reset_s = ceil(state.reset_s)
        headers["RateLimit"] = f"limit={state.limit}, remaining={state.remaining}, reset={reset_s}"
