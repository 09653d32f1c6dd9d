"""`python main.py serve`: one process that answers requests."""

import asyncio
import socket
import sys

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.api.app import create_app
from app.core.config import Settings
from app.core.container import Container
from app.core.errors import StartRefused, StorageUnavailable
from app.core.running import join


def listen(settings: Settings) -> socket.socket:
    """The socket to listen on, taken before anything slow is opened.

    Raises:
        StartRefused: the address is in use, or not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise StartRefused(
            f"It cannot listen on {settings.host}, port {settings.port} ({error.strerror}): set "
            "HOST or PORT to another."
        ) from None
    return listener


def serve(settings: Settings, container: Container, listener: socket.socket | None = None) -> int:
    """The exit status, once requests have been answered until a signal ended it, and runs have drained.

    Args:
        settings: of the server.
        container: its services, closed at the end.
        listener: a socket that is bound; None to bind one as the settings say.
    """
    config = uvicorn.Config(
        create_app(container),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws=Socket,
        ws_max_size=settings.sockets.max_frame_bytes,
        ws_ping_interval=settings.runs.keepalive_s,
        ws_ping_timeout=settings.runs.keepalive_s,
        ws_per_message_deflate=False,  # memory and time for each socket, for words of a few bytes
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.runs.drain_s) + 5,
    )
    server = _Server(config, container)
    server.run(sockets=[listener] if listener else None)
    if server.refusal:
        sys.stderr.write(f"MemoryChat does not start: {server.refusal}\n")
    return 1 if server.refusal else 0


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket that is closed by the application alone, or because its client is not there."""

    def shutdown(self) -> None:
        """Nothing: whoever follows a run hears its end first, and is closed with 1012 after that."""

    def keepalive_timeout(self) -> None:
        """It has ended, also for a client that reads nothing and so would never let it end."""
        super().keepalive_timeout()
        self.transport.abort()


class _Server(uvicorn.Server):
    """Says where it is once it can be reached; at its end, runs drain while they are followed."""

    def __init__(self, config: uvicorn.Config, container: Container) -> None:
        super().__init__(config)
        self._container = container
        self.refusal = ""
        """Why it did not start, to the operator."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """The sockets are open, and the address stands on standard output."""
        try:
            await join(self._container)
        except (StartRefused, StorageUnavailable) as error:
            self.refusal = str(error)
            self.should_exit = True
            await self._container.close()
            return
        await super().startup(sockets)  # type: ignore[arg-type]
        if not self.started:
            return
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                sys.stdout.write(f"MemoryChat is ready: http://{shown}:{port}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """No run goes on, and whoever followed one has heard its end."""
        draining = asyncio.create_task(self._container.drain())
        await super().shutdown(sockets)  # type: ignore[arg-type]
        await draining
