"""The least that can stand between a client and a model: `python -m bench.rig.relay UPSTREAM`.

aiohttp reads, a bare ASGI application writes on uvicorn with the same loop and parser as MemoryChat's:
no accounts, no prompt, no SQL, nothing is looked at.
"""

import socket
import sys
from typing import Final

import aiohttp
import uvicorn
from starlette.types import Receive, Scope, Send

_HEADERS: Final = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]


class Relay:
    """Every request goes to the upstream, every piece of its answer comes back."""

    def __init__(self, upstream: str) -> None:
        self._url = f"{upstream}/chat/completions"
        self._http: aiohttp.ClientSession

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message["body"]
        headers = {"Content-Type": "application/json"}
        async with self._http.post(self._url, data=body, headers=headers) as answer:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._http.close()
        await send({"type": "lifespan.shutdown.complete"})


def main() -> None:
    """Serves until it is ended; its address stands on standard output."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        Relay(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
