from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.hangup import until_gone
from app.services.run_events import RunEvent

_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_KEEPALIVE: Final = b": keep-alive\n\n"


class EventStream(Response):
    """Events as server-sent events; who hangs up stops following, and nothing else.

    A batch of no events becomes a comment, which keeps proxies from closing a silent connection.
    """

    media_type = "text/event-stream"

    def __init__(self, batches: AsyncGenerator[Sequence[RunEvent]]) -> None:
        super().__init__(status_code=200, headers=_HEADERS)
        del self.headers["content-length"]
        self._batches = batches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the terminal event, or until the client is gone."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await until_gone(self._send_all(send), receive)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._batches) as batches:
            async for events in batches:
                chunk = b"".join(map(encode_event, events)) or _KEEPALIVE
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def encode_event(event: RunEvent) -> bytes:
    """The event in the `text/event-stream` format; its data repeats its name as `type`."""
    data = orjson.dumps({"type": event.type, **event.fields})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.type.encode(), data)
