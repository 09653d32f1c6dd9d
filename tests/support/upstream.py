"""A scripted OpenAI-compatible model endpoint: a real HTTP server on loopback.

In a test:

    async with Upstream() as upstream:
        upstream.script(Reply(status=500), Reply(text="Hello there."))
        ...
        assert upstream.requests[-1].body["store"] is False

For a server in another process: `python -m tests.support.upstream --port 9000`, then
`POST /_script {"replies": [{"text": "Hello"}]}` and `GET /_requests`.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the endpoint does with one request. The default repeats the user's last message."""

    text: str | None = None
    """The answer, sent word by word; None repeats the user's last message."""
    when: str | tuple[str, ...] = ""
    """Only for requests whose raw body contains this, or all of these."""
    keep: bool = False
    """Stays in the script for further requests."""
    status: int = 200
    error: dict[str, Any] = field(default_factory=dict)
    """The error object of a bad status, or of a frame inside the stream."""
    headers: dict[str, str] = field(default_factory=dict)
    after: int | None = None
    """How many words to send before `then`; None sends all of them."""
    then: Literal["end", "cut", "stall", "malformed", "error", "endless_line"] = "end"
    silent: bool = False
    """Never answer at all, not even with a status."""
    finish_reason: str | None = "stop"
    usage: bool = True
    done: bool = True
    """Close the stream with `[DONE]`."""
    linger_s: float = 0.0
    """Keep the response open for so long after its last event."""
    line_end: str = "\n"
    write_bytes: int | None = None
    """Write the stream in portions of this size; None writes event by event."""
    delay_s: float = 0.0
    """Before each word."""
    comments: int = 0
    """Keep-alive comments before each word, and again and again while stalled."""
    reasoning: tuple[str, ...] = ()
    """Sent as `reasoning_content` before the first word."""
    deltas: tuple[dict[str, Any], ...] = ()
    """Sent as they are after the last word, such as calls of tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    peer_port: int
    """Differs when the client opened a new connection."""


class Upstream:
    """The endpoint, running while its context is entered."""

    def __init__(self, *, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.hung_up = asyncio.Event()
        """Set once a client has left before its answer was complete."""
        self.refuses: frozenset[str] = frozenset()
        """Options of a body that are answered with status 400."""
        self.models_status = 200
        self._replies: list[Reply] = []
        self._port = port
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/_requests", self._show_requests)
        app.router.add_post("/_script", self._take_script)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    def script(self, *replies: Reply) -> None:
        """The next requests get these, one each, in order; later ones get the default."""
        self._replies = list(replies)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        body = orjson.loads(raw)
        self._record(request, body)
        if refused := sorted(self.refuses & body.keys()):
            message = f"Unrecognized request argument supplied: {refused[0]}"
            return web.json_response({"error": {"message": message, "param": None}}, status=400)
        reply = self._next_reply(raw)
        try:
            return await _answer(request, reply, body)
        except (asyncio.CancelledError, ConnectionError):
            self.hung_up.set()
            raise

    def _next_reply(self, raw: str) -> Reply:
        for reply in self._replies:
            wanted = (reply.when,) if isinstance(reply.when, str) else reply.when
            if all(words in raw for words in wanted):
                if not reply.keep:
                    self._replies.remove(reply)
                return reply
        return Reply()

    async def _models(self, request: web.Request) -> web.Response:
        self._record(request, {})
        models = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
        return web.json_response(models, status=self.models_status)

    async def _show_requests(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(received) for received in self.requests])

    async def _take_script(self, request: web.Request) -> web.Response:
        script = await request.json()
        self.script(*(Reply(**reply) for reply in script.get("replies", [])))
        self.refuses = frozenset(script.get("refuses", []))
        self.models_status = script.get("models_status", 200)
        return web.Response(status=204)

    def _record(self, request: web.Request, body: dict[str, Any]) -> None:
        transport = request.transport
        peer = transport.get_extra_info("peername") if transport else None
        self.requests.append(
            Received(
                path=request.path,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
                peer_port=peer[1] if peer else 0,
            )
        )


async def _answer(request: web.Request, reply: Reply, body: dict[str, Any]) -> web.StreamResponse:
    if reply.silent:
        await asyncio.Event().wait()
    if reply.status != 200:
        error = {"message": body["messages"][-1]["content"], **reply.error}
        return web.json_response({"error": error}, status=reply.status, headers=reply.headers)
    if not body.get("stream"):
        return web.json_response(_completion(reply, body), headers=reply.headers)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **reply.headers})
    await response.prepare(request)
    async for portion in _paced(reply, _text(reply, body)):
        await response.write(portion)
    await asyncio.sleep(reply.linger_s)
    while reply.then == "stall":
        await asyncio.sleep(0.05)
        await response.write(b": keep-alive\n\n" * reply.comments)
    if reply.then == "cut" and request.transport:
        request.transport.close()
    return response


async def _paced(reply: Reply, text: str) -> Any:
    events = (event.replace("\n", reply.line_end).encode() for event in _events(reply, text))
    if reply.write_bytes:
        whole, size = b"".join(events), reply.write_bytes
        events = (whole[at : at + size] for at in range(0, len(whole), size))
    for portion in events:
        await asyncio.sleep(reply.delay_s)
        yield portion


def _events(reply: Reply, text: str) -> Iterator[str]:
    words = re.findall(r"\S+\s*|\s+", text)
    yield _chunk({"role": "assistant", "content": ""})
    yield from (_chunk({"reasoning_content": thought}) for thought in reply.reasoning)
    for word in words[: reply.after]:
        yield ": keep-alive\n\n" * reply.comments + _chunk({"content": word})
    yield from map(_chunk, reply.deltas)
    match reply.then:
        case "malformed":
            yield 'data: {"choices": [{"delta"\n\n'
        case "error":
            yield f"data: {orjson.dumps({'error': {'message': text, **reply.error}}).decode()}\n\n"
        case "endless_line":
            yield "data: " + "x" * (2 << 20)
        case "end":
            yield from _end(reply, words)


def _end(reply: Reply, words: list[str]) -> Iterator[str]:
    if reply.finish_reason:
        yield _chunk({}, finish_reason=reply.finish_reason)
    if reply.usage:
        yield f"data: {orjson.dumps({'choices': [], 'usage': _usage(words)}).decode()}\n\n"
    if reply.done:
        yield "data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], *, finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {orjson.dumps(chunk).decode()}\n\n"


def _completion(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    text = _text(reply, body)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return {"object": "chat.completion", "choices": [choice], "usage": _usage(text.split())}


def _text(reply: Reply, body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"]) if reply.text is None else reply.text


def _usage(words: list[str]) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": len(words), "total_tokens": 10 + len(words)}


async def _serve(port: int) -> None:
    async with Upstream(port=port) as upstream:
        sys.stdout.write(f"{upstream.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.parse_args().port))
