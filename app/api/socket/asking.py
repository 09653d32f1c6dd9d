"""What comes of a client's requests, one after the other."""

from typing import assert_never

from starlette.websockets import WebSocket

from app.api.deps import Services, limit_turns
from app.api.socket.following import Followings
from app.api.socket.line import Line
from app.models.ids import RunId, SessionId
from app.models.user import Caller
from app.schemas.socket import (
    CancelRun,
    FollowRun,
    Ping,
    Regenerate,
    SocketAccepted,
    SocketPong,
    StartChat,
    SubscribeToEvents,
)
from app.services.remote_run import RemoteRun
from app.services.runs import Run

Asked = StartChat | Regenerate | FollowRun | CancelRun | SubscribeToEvents


class Asking:
    """Does for one socket what the routes of `/api/v1` do, under the same limits."""

    def __init__(
        self, websocket: WebSocket, services: Services, *, line: Line, followings: Followings
    ) -> None:
        self._websocket = websocket
        self._services = services
        self._line = line
        self._followings = followings

    async def pong(self, asked: Ping) -> None:
        """The client knows that it is heard."""
        await self._line.say(SocketPong(request_id=asked.request_id))

    async def answer(self, asked: Asked, caller: Caller) -> None:
        """It is done, or under way and followed.

        Raises:
            AppError: it is not; as the route would have it.
        """
        match asked:
            case StartChat():
                await self._start(asked, caller)
            case Regenerate():
                await self._regenerate(asked, caller)
            case FollowRun():
                self._followings.admit()
                run = await self._services.run_views.followable(caller, RunId(asked.run_id))
                self._follow(run, asked, after=asked.after)
            case CancelRun():
                await self._services.run_views.cancel(caller, RunId(asked.run_id))
                told = SocketAccepted(request_id=asked.request_id, run_id=asked.run_id)
                await self._line.say(told)
            case SubscribeToEvents():
                await self._subscribe(asked, caller)
            case never:
                assert_never(never)

    async def _start(self, asked: StartChat, caller: Caller) -> None:
        self._followings.admit()
        await limit_turns(self._websocket, self._services, caller)
        run = await self._services.chat.start_run(
            caller, SessionId(asked.session_id), asked.message, mode=asked.privacy_mode
        )
        self._follow(run, asked)

    async def _regenerate(self, asked: Regenerate, caller: Caller) -> None:
        self._followings.admit()
        await limit_turns(self._websocket, self._services, caller)
        run = await self._services.chat.regenerate(
            caller, SessionId(asked.session_id), mode=asked.privacy_mode
        )
        self._follow(run, asked)

    def _follow(self, run: Run | RemoteRun, asked: Asked, *, after: int = 0) -> None:
        run_id = run.trace.id if isinstance(run, RemoteRun) else run.id
        batches = run.follow(after=after)
        self._followings.begin(batches, run_id=run_id, request_id=asked.request_id)

    async def _subscribe(self, asked: SubscribeToEvents, caller: Caller) -> None:
        self._followings.admit()
        news = self._services.state.feed.follow(
            caller.user_id, silence_s=self._services.keepalive_s, within=caller.within
        )
        await anext(news)  # from here on, it listens
        self._followings.begin(news, run_id=None, request_id=asked.request_id)
        await self._line.say(SocketAccepted(request_id=asked.request_id))
