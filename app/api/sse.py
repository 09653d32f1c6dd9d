from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.hangup import until_gone
from app.services.open_streams import Permit
from app.services.run_events import RunEvent

_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_KEEPALIVE: Final = b": keep-alive\n\n"


class EventStream(Response):
    """Events as server-sent events; who hangs up, or may not follow any more, stops following.

    Nothing else stops with them.

    A batch of no events becomes a comment, which keeps proxies from closing a silent connection.

    Args:
        batches: of events, as they happen.
        permit: of whoever follows; the stream ends when it is withdrawn.
        encode: one event as its protocol has it; nothing for one that it does not tell.
        headers: further ones.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        batches: AsyncGenerator[Sequence[RunEvent]],
        *,
        permit: Permit,
        encode: Callable[[RunEvent], bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=200, headers={**_HEADERS, **(headers or {})})
        del self.headers["content-length"]
        self._batches = batches
        self._permit = permit
        self._encode = encode or encode_event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the terminal event, or until the client is gone or may hear no more."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        following = self._send_all(send)
        await until_gone(following, receive, withdrawn=self._permit.withdrawn)
        await until_gone(_end(send), receive)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._batches) as batches:
            async for events in batches:
                if self._permit.withdrawn.is_set():
                    return
                chunk = b"".join(map(self._encode, events)) if events else _KEEPALIVE
                if chunk:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def encode_event(event: RunEvent) -> bytes:
    """The event in the `text/event-stream` format; its data repeats its name as `type`."""
    data = orjson.dumps({"type": event.type, **event.fields})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.type.encode(), data)
