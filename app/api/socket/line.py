"""The way back to the client of a WebSocket."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.core.errors import AppError
from app.schemas.socket import CloseCode, SocketError, SocketFailure
from app.services.run_events import RunEvent


class Closing(Exception):
    """The socket is to be closed, with a code and perhaps with the error that says why."""

    def __init__(
        self, code: CloseCode, error: AppError | None = None, *, request_id: str | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.error = error
        self.request_id = request_id


class Gone(Exception):
    """The client is there no more: nothing can be sent."""


class Line:
    """Sends to one client. Whoever sends waits while the client is slow; nothing is kept for it here."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def say(self, message: BaseModel) -> None:
        """The message has been sent.

        Raises:
            Gone: to nobody.
        """
        told = message.model_dump(mode="json").items()
        await self._tell({name: value for name, value in told if value is not None})

    async def tell(self, event: RunEvent, *, run_id: UUID | None, request_id: str | None) -> None:
        """The event has been sent, with the run and the request that it is of.

        Raises:
            Gone: to nobody.
        """
        told = {"type": event.type, "id": event.id, **event.fields}
        if run_id is not None:
            told["run_id"] = run_id
        if request_id is not None:
            told["request_id"] = request_id
        await self._tell(told)

    async def refuse(self, error: AppError, *, request_id: str | None) -> None:
        """The client knows why what it asked for was not done.

        Raises:
            Gone: it is there no more.
        """
        errors = error.errors()
        await self.say(
            SocketFailure(
                request_id=request_id,
                status=error.status,
                error=SocketError(
                    message=error.detail,
                    type=error.slug,
                    code=error.slug,
                    param=(errors[0]["pointer"] or None) if errors else None,
                ),
                retry_after_s=error.retry_after_s,
            )
        )

    async def close(self, closing: Closing) -> None:
        """The error, if there is one, and the close frame have been sent.

        Raises:
            Gone: the client was faster.
        """
        if closing.error is not None:
            await self.refuse(closing.error, request_id=closing.request_id)
        reason = closing.error.slug if closing.error else closing.code.name.lower()
        try:
            await self._websocket.close(closing.code, reason)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise Gone from error

    async def _tell(self, told: Mapping[str, object]) -> None:
        text = orjson.dumps(told).decode()
        try:
            await self._websocket.send({"type": "websocket.send", "text": text})
        except (WebSocketDisconnect, RuntimeError) as error:  # the second: after a close frame
            raise Gone from error
