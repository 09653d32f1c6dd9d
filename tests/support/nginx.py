"""A real nginx, configured as `deploy/nginx.conf` says, but for the ports."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from bench.server import ROOT

MISSING: Final = "NGINX IS NOT TESTED: install nginx"
START_DEADLINE_S: Final = 10.0
_SERVER: Final = re.compile(r"server 127\.0\.0\.1:(\d+) (.*;)")


def is_installed() -> bool:
    """Whether there is an nginx to start."""
    return shutil.which("nginx") is not None


class Located(Protocol):
    """Something that answers at an address."""

    @property
    def url(self) -> str:
        """The address."""
        ...


class Nginx:
    """Where it answers."""

    def __init__(self, port: int, pid: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pid = pid

    def client(self) -> httpx.Client:
        """A client of it."""
        return httpx.Client(base_url=self.url, timeout=30)


@contextmanager
def in_front_of(servers: Sequence[Located], folder: Path) -> Iterator[Nginx]:
    """An nginx before these servers, of which the example has as many."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    example = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    lines = _SERVER.findall(example)
    assert len(lines) == len(servers)
    for (old, rest), server in zip(lines, servers, strict=True):
        example = example.replace(
            f"server 127.0.0.1:{old} {rest}",
            f"server 127.0.0.1:{urlsplit(server.url).port} {rest}",
        )
    file = folder / "nginx.conf"
    file.write_text(example.replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};"))
    running = subprocess.Popen(  # noqa: S603 - as an operator would
        [
            str(shutil.which("nginx")),
            *("-p", str(folder), "-c", str(file)),
            *("-g", f"daemon off; pid {folder / 'nginx.pid'};"),
        ],
        stderr=subprocess.DEVNULL,
    )
    nginx = Nginx(port, running.pid)
    try:
        _wait_for(nginx)
        yield nginx
    finally:
        running.terminate()
        running.wait()


def _wait_for(nginx: Nginx) -> None:
    deadline_s = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            httpx.get(f"{nginx.url}/health")
        except httpx.TransportError:
            assert time.monotonic() < deadline_s, "nginx does not start"
            time.sleep(0.02)
        else:
            return
