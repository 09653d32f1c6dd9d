"""One client's WebSocket, from its opening to its end."""

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.websockets import WebSocket

from app.api.deps import Services, caller_of
from app.api.socket.asking import Asking
from app.api.socket.following import Followings
from app.api.socket.line import Closing, Gone, Line
from app.api.socket.reading import Misread, request_in
from app.core.errors import AppError, Forbidden, Unauthenticated
from app.core.logging import request_id
from app.core.socket_errors import AnotherAccount, NotAuthenticatedInTime, TooManySockets
from app.models.api_key import Scope
from app.models.user import Caller
from app.schemas.socket import Authenticate, CloseCode, Ping, SocketReady, SocketRequest
from app.services.open_streams import Permit
from app.services.rights import require

logger = logging.getLogger(__name__)

LAST_WORDS_S: Final = 2.0
"""At shutdown, for telling the ends of runs before the close frame."""


class Conversation:
    """Reads what one client asks for, and tells it what comes of that.

    Each request is let in by its credential as one over HTTP would be: a token that has expired begins
    nothing more, while what is followed goes on for as long as its login holds.
    """

    def __init__(self, websocket: WebSocket, services: Services) -> None:
        bounds = services.settings.sockets
        self._websocket = websocket
        self._services = services
        self._line = Line(websocket)
        self._followings = Followings(
            self._line, at_most=bounds.streams, may_tell=lambda: not self._is_withdrawn
        )
        self._asking = Asking(websocket, services, line=self._line, followings=self._followings)
        self._authenticate_s = bounds.authenticate_s
        self._token = ""
        self._permit: Permit | None = None

    async def go_on(self, offered: str | None) -> int:
        """Its close code, once it has ended and nothing is followed on it any more.

        Args:
            offered: the credential that came with the opening; None when a message brings it.
        """
        try:
            try:
                await self._begin(offered)
                while True:
                    await self._answer(await self._next())
            except Closing as closing:
                await self._line.close(closing)
                return closing.code
            except Gone:
                return CloseCode.GONE
            except Exception as error:
                logger.exception("unexpected error", exc_info=error)
                await self._line.close(Closing(CloseCode.UNEXPECTED))
                return CloseCode.UNEXPECTED
        except Gone:
            return CloseCode.GONE
        finally:
            if self._permit is not None:
                self._services.state.streams.free_place(self._permit.caller)
            await self._followings.end()

    @property
    def _is_withdrawn(self) -> bool:
        return self._permit is None or self._permit.withdrawn.is_set()

    async def _begin(self, offered: str | None) -> None:
        """Returns when it is known who calls.

        Raises:
            Closing: nobody who may.
        """
        if offered is not None:
            await self._admit(Authenticate(type="authenticate", token=offered))
            return
        try:
            async with asyncio.timeout(self._authenticate_s):
                first = await self._next()
        except TimeoutError:
            raise Closing(CloseCode.TIMEOUT, NotAuthenticatedInTime()) from None
        except Misread as error:
            raise Closing(CloseCode.UNAUTHENTICATED, Unauthenticated()) from error
        if not isinstance(first, Authenticate):
            raise Closing(CloseCode.UNAUTHENTICATED, Unauthenticated(), request_id=first.request_id)
        await self._admit(first)

    async def _admit(self, asked: Authenticate) -> None:
        """The caller may follow and ask from now on.

        What was followed goes on if it is the same login or key that comes again, and ends otherwise:
        another one may hold for longer, and reach less.

        Raises:
            Closing: they may not.
        """
        try:
            caller = await self._caller(asked.token)
            if self._permit is not None and caller.user_id != self._permit.caller.user_id:
                raise AnotherAccount
            if self._permit is None:
                self._services.state.streams.take_place(caller)
        except AppError as error:
            raise Closing(_code_of(error), error, request_id=asked.request_id) from error
        former, self._permit = self._permit, self._services.state.streams.admit(caller)
        self._token = asked.token
        if former is not None and former.caller != caller:
            await self._followings.drop()
        await self._line.say(
            SocketReady(request_id=asked.request_id, socket_id=request_id.get() or "")
        )

    async def _caller(self, token: str) -> Caller:
        caller = await caller_of(self._websocket, self._services, token)
        require(caller, [Scope.CHAT])
        return caller

    async def _answer(self, asked: SocketRequest) -> None:
        try:
            match asked:
                case Authenticate():
                    await self._admit(asked)
                case Ping():
                    await self._asking.pong(asked)
                case _:
                    caller = await self._caller(self._token)
                    await self._asking.answer(asked, caller)
        except AppError as error:
            await self._line.refuse(error, request_id=asked.request_id)

    async def _next(self) -> SocketRequest:
        """What the client asks for next; what cannot be read is refused, and the next one is read.

        Raises:
            Closing: it may ask for nothing more.
            Gone: it is there no more.
            Misread: of its first message.
        """
        while True:
            text = await self._text()
            try:
                return request_in(text)
            except Misread as error:
                if self._permit is None:
                    raise
                await self._line.refuse(error, request_id=error.request_id)

    async def _text(self) -> str:
        streams = self._services.state.streams
        receiving = asyncio.create_task(self._websocket.receive())
        over = asyncio.create_task(_set(streams.over))
        ends = [over]
        if self._permit is not None:
            ends.append(asyncio.create_task(_set(self._permit.withdrawn)))
        try:
            await asyncio.wait({receiving, *ends}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unfinished = [task for task in (receiving, *ends) if task.cancel()]
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._permit is not None and self._is_withdrawn:
            raise Closing(CloseCode.UNAUTHENTICATED, Unauthenticated())
        if streams.over.is_set():
            await self._followings.settle(within_s=LAST_WORDS_S)
            raise Closing(CloseCode.RESTART)
        return _text_of(receiving.result())


async def _set(event: asyncio.Event) -> None:
    await event.wait()


def _text_of(message: MutableMapping[str, Any]) -> str:
    if message["type"] == "websocket.disconnect":
        raise Gone
    text = message.get("text")
    if not isinstance(text, str):
        raise Closing(CloseCode.UNSUPPORTED)
    return text


def _code_of(error: AppError) -> CloseCode:
    """How a socket ends whose credential is not taken."""
    match error:
        case Unauthenticated():
            return CloseCode.UNAUTHENTICATED
        case Forbidden():
            return CloseCode.FORBIDDEN
        case TooManySockets():
            return CloseCode.TOO_MANY
        case _:
            return CloseCode.TRY_AGAIN
