"""Pages of other origins send what clients send, and read what clients read."""

from collections.abc import Iterator

import pytest

from tests.support.person import Person
from tests.support.server import Server

PAGE = "https://app.example.com"
SENT = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Api-Key",
    "X-Memory-Mode",
    "X-Memory-Profile",
    "X-Memory-Session",
    "X-Request-Id",
]
READ = [
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "Retry-After",
    "X-Memory-Mode",
    "X-Memory-Profile",
    "X-Memory-Run",
    "X-Memory-Session",
    "X-Request-Id",
]


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {"MEMORYCHAT_CORS_ORIGINS": PAGE}
    with Server(tmp_path_factory.mktemp("open"), environment) as running:
        yield running


def preflight(server: Server, header: str, *, method: str = "POST", origin: str = PAGE) -> int:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": header.lower(),
    }
    with server.client() as client:
        answer = client.options("/api/v1/sessions", headers=headers)
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    return answer.status_code if allowed == origin else 0


@pytest.mark.parametrize("header", SENT)
def test_a_page_may_send_it(open_server: Server, header: str) -> None:
    assert preflight(open_server, header) == 200
    assert preflight(open_server, header, method="DELETE") == 200


def test_a_page_may_not_send_what_nobody_reads(open_server: Server) -> None:
    assert preflight(open_server, "X-Other") == 400
    assert preflight(open_server, "Prefer", origin="https://evil.example.com") == 0


def test_a_page_may_read_what_it_is_told(open_server: Server) -> None:
    with Person(open_server) as ada:
        headers = {"Origin": PAGE, "Idempotency-Key": "once"}
        told = ada.http.post("/api/v1/sessions", json={}, headers=headers)

    exposed = told.headers["Access-Control-Expose-Headers"].split(", ")
    assert set(READ) <= set(exposed)
    assert "ETag" in told.headers
