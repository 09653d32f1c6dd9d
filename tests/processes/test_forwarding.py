"""nginx, as the example has it, tells the processes where a request came from."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support import nginx
from tests.support.nginx import Nginx, in_front_of

CLIENT = "203.0.113.7"


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that came."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class Echoing(ThreadingHTTPServer):
    """Where it answers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Nginx]:
    if not nginx.is_installed():
        pytest.skip(nginx.MISSING)
    with Echoing(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with in_front_of([server] * 3, tmp_path) as front:
                yield front
        finally:
            server.shutdown()
            thread.join()


def seen(front: Nginx, **sent: str) -> tuple[str, str]:
    """Where a process is told that a request with these headers came from, and by which scheme."""
    with front.client() as client:
        told = client.get("/", headers={name.replace("_", "-"): sent[name] for name in sent}).json()
    return told["x-forwarded-for"], told["x-forwarded-proto"]


def test_a_request_comes_from_where_it_comes_from(front: Nginx) -> None:
    assert seen(front) == ("127.0.0.1", "http")


def test_what_terminates_tls_on_this_machine_is_believed(front: Nginx) -> None:
    assert seen(front, X_Forwarded_For=CLIENT, X_Forwarded_Proto="https") == (CLIENT, "https")


def test_what_a_client_says_of_itself_is_not(front: Nginx) -> None:
    assert seen(front, X_Forwarded_For=f"198.51.100.1, {CLIENT}")[0] == CLIENT
