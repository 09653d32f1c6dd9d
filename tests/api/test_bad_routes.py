import socket
from urllib.parse import urlsplit

import orjson
import pytest

from tests.support.documented import Document
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
ANSWER_HEAD = {"/", "/health", "/ready"}


def said_by(server: Server, request: bytes) -> bytes:
    """What comes back on a plain connection."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received


@pytest.mark.parametrize("method", METHODS)
def test_every_method_that_a_path_lacks_is_told_those_that_it_has(
    server: Server, ada: Person, method: str
) -> None:
    document = Document(ada.http.get("/openapi.json").json())
    known: dict[str, set[str]] = {}
    for verb, path, _ in document.operations():
        known.setdefault(path, {"HEAD"} if path in ANSWER_HEAD else set()).add(verb)

    for path, verbs in known.items():
        if method in verbs:
            continue
        answer = ada.http.request(method, path.replace("{", "").replace("}", ""))
        assert answer.status_code == 405, f"{method} {path}"
        assert set(answer.headers["allow"].split(", ")) == verbs, f"{method} {path}"
        if method != "HEAD":
            problem_of(answer, 405, "method-not-allowed")


@pytest.mark.parametrize("path", sorted(ANSWER_HEAD))
def test_monitors_may_ask_for_the_head_alone(server: Server, path: str) -> None:
    with server.client() as client:
        answer = client.head(path)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/zebra",
        "/api",
        "/api/v1",
        "/api/v1/zebra",
        "/api/v2/sessions",
        "/api/v1//sessions",
        "/API/V1/SESSIONS",
        "/api/v1/sessions%00",
        "/api/v1/sessions%2f..%2f..%2fhealth",
        "/api/v1/%ff%fe",
        "/%2e%2e/etc/passwd",
        "/" + "z" * 8_000,
    ],
)
def test_an_unknown_path_is_a_problem(ada: Person, method: str, path: str) -> None:
    answer = ada.http.request(method, path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not-found"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/web/../main.py", "/web/%2e%2e/config.py", "/web/zebra", "/web/"]
)
def test_files_outside_the_web_client_are_not_served(server: Server, path: str) -> None:
    received = said_by(
        server, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode()
    )

    assert received.startswith(b"HTTP/1.1 404 ")
    assert b"application/problem+json" in received


@pytest.mark.parametrize("host", [b"[", b"", b"a b", b"\xff", b"evil.example:zebra"])
def test_an_odd_host_breaks_nothing(server: Server, host: bytes) -> None:
    received = said_by(
        server, b"GET /api/v1/zebra HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host
    )

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert orjson.loads(body)["error"]["code"] == "not-found"


@pytest.mark.parametrize("given", ["01a1f85c-0f61-71cd-b18c-36f2b1af2465", "a" * 64])
def test_a_request_id_of_the_client_is_kept(server: Server, given: str) -> None:
    with server.client() as client:
        answer = client.get("/api/v1/zebra", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["a" * 65, "zebra", "a b", "a\tb", "{}", '"'])
def test_what_is_no_request_id_is_replaced(server: Server, given: str) -> None:
    with server.client() as client:
        answer = client.get("/api/v1/zebra", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] == answer.json()["request_id"] != given


@pytest.mark.parametrize("path", ["/health", "/", "/api/v1/sessions", "/zebra", "/web/index.html"])
def test_every_answer_has_an_id_and_guards_the_browser(server: Server, path: str) -> None:
    with server.client() as client:
        headers = client.get(path).headers

    assert headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
