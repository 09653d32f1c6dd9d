"""A network that loses answers: the server has done what it was asked, and the client does not hear of it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import cast
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class LossyProxy(ThreadingTCPServer):
    """Passes connections on, and ends the first few of them when their first answer comes."""

    daemon_threads = True

    def __init__(self, url: str, *, losses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        target = urlsplit(url)
        self.target = (str(target.hostname), target.port or 80)
        self.losses = losses

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(BaseRequestHandler):
    def handle(self) -> None:
        proxy = cast(LossyProxy, self.server)
        with socket.create_connection(proxy.target) as far, suppress(OSError):
            Thread(target=_pass, args=(self.request, far), daemon=True).start()
            begun = far.recv(CHUNK_BYTES)
            if proxy.losses and begun:
                proxy.losses -= 1
                return
            self.request.sendall(begun)
            _pass(far, self.request)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while portion := source.recv(CHUNK_BYTES):
            target.sendall(portion)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def lossy_proxy(url: str, *, losses: int = 1) -> Iterator[LossyProxy]:
    """A proxy before a server, which loses so many answers and then none."""
    with LossyProxy(url, losses=losses) as proxy:
        Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
