"""What every failure looks like."""

from typing import Any

import httpx

FIELDS = {"type", "title", "status", "detail", "instance", "request_id", "error"}

IN_OTHER_WORDS = "insufficient_quota"
"""A code that is OpenAI's, and not the name of the problem."""


def problem_of(response: httpx.Response, status: int, slug: str | None = None) -> Any:
    """The body of a failure, after asserting that it has the documented shape."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    path = httpx.URL(str(response.request.url)).path
    if path.startswith("/v1/messages"):
        return _failure_of_message(response, slug)
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body.keys() - {"errors", "quota"} == FIELDS
    assert body["status"] == status
    if body["error"]["code"] != IN_OTHER_WORDS:
        assert body["type"] == f"/problems/{body['error']['code']}"
    assert slug in (None, body["type"].removeprefix("/problems/")), body
    assert body["error"].keys() == {"message", "type", "code", "param"}
    assert body["error"]["message"] == body["detail"] != ""
    wordless = ("/v1/models", "/v1/memories/user", "/mcp/profiles")  # then a name follows
    assert body["instance"] == next((one for one in wordless if path.startswith(f"{one}/")), path)
    assert body["request_id"] == response.headers["x-request-id"]
    for error in body.get("errors", []):
        assert error.keys() == {"in", "pointer", "detail"}
    return body


def _failure_of_message(response: httpx.Response, slug: str | None) -> Any:
    """The same, as Anthropic's protocol has it."""
    body = response.json()
    assert response.headers["content-type"] == "application/json"
    assert body.keys() == {"type", "error", "request_id"}
    assert body["type"] == "error"
    assert body["error"].keys() == {"type", "message", "details"}
    assert body["error"]["message"] != ""
    assert slug in (None, body["error"]["details"]["error_code"]), body
    assert body["request_id"] == response.headers["request-id"] == response.headers["x-request-id"]
    return body
