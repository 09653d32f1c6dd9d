import logging

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.middleware import BodyLimit, LastResort, RequestContext
from app.core.metrics import Metrics
from tests.support.problem import problem_of

CANARY = "Zyrafa7731"


async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError(CANARY)


async def breaks_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise LookupError(CANARY)


async def echoes(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    layers = RequestContext(
        BodyLimit(LastResort(app), max_bytes=10, max_import_bytes=10, max_document_bytes=10),
        metrics=Metrics(),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(layers), base_url="http://test")


async def test_what_nobody_caught_is_a_problem_with_its_id_and_without_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client_of(breaks) as client:
        answer = await client.get("/x", headers={"X-Request-Id": "0123456789abcdef"})

    problem = problem_of(answer, 500, "internal")
    assert problem["request_id"] == "0123456789abcdef"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert CANARY not in answer.text
    [entry] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert entry.exc_info is not None
    assert CANARY not in entry.getMessage()


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    async with client_of(breaks_half_way) as client:
        with pytest.raises(LookupError):
            await client.get("/x")


@pytest.mark.parametrize("size", [0, 1, 10])
async def test_a_body_up_to_the_limit_passes_whole(size: int) -> None:
    async with client_of(echoes) as client:
        answer = await client.post("/x", content=b"x" * size)

    assert (answer.status_code, answer.content) == (200, b"x" * size)


async def test_a_body_over_the_limit_reaches_nobody() -> None:
    async with client_of(breaks) as client:
        answer = await client.post("/x", content=b"x" * 11)

    problem_of(answer, 413, "payload-too-large")
    assert answer.headers["connection"] == "close", "the rest of the body is not read"
