"""The model endpoint of the measurements, in a process of its own: `python -m bench.rig.upstream`.

It answers `POST /v1/chat/completions` with chunks that are encoded beforehand, at a given pace. Every
tenth token is `@` and the microsecond of CLOCK_MONOTONIC at which it was written, so that whoever reads
it, in whatever process, knows how old it is. `POST /_set` changes the answers, `GET /_asked` tells how
often it was asked, and with which messages where JSON was wanted. A prompt that has
`[[1000 tokens at once]]` in it is answered so. HTTP is read by hand, just enough for
the clients of the measurements.
"""

import asyncio
import re
import sys
import time
from contextlib import suppress
from typing import Any, Final, cast

import orjson
import uvloop

STAMP_EVERY: Final = 10
"""Tokens. A stamp costs more than a word: to write, to read and to embed."""
WORDS: Final = ("time", "people", "water", "work", "world", "house", "night", "number", "book")
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_NOTE: Final = re.compile(r'"number": (\d+)|(I noted that [a-z]+ [a-z]+ is number \d+)')
"""What the scripted model holds for worth remembering, and the number of the message before it."""


_WISH: Final = re.compile(rb"\[\[(\d+) tokens at once\]\]")


def chunk(content: str) -> bytes:
    """One event of a chat completion, as a chunk of HTTP."""
    return _framed(_event({"content": content}))


def _event(delta: dict[str, str], *, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "bench",
        "choices": [choice],
    }
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_ROLE: Final = _framed(_event({"role": "assistant", "content": ""}))
_WORDS: Final = tuple(chunk(f"{word} ") for word in WORDS)
_BEFORE, _AFTER = _event({"content": "@ "}).split(b"@")
_USAGE: Final = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
_END: Final = (
    _framed(_event({}, reason="stop"))
    + _framed(b"data: " + orjson.dumps({"choices": [], "usage": _USAGE}) + b"\n\n")
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


def token(number: int) -> bytes:
    """The chunk of one token; the first and every tenth after it carry the time."""
    if number % STAMP_EVERY:
        return _WORDS[number % len(_WORDS)]
    return _framed(b"%b@%d%b" % (_BEFORE, time.monotonic_ns() // 1_000, _AFTER))


class Script:
    """How the endpoint answers, and what it was asked."""

    def __init__(self) -> None:
        self.tokens = 100
        self.per_second = 0.0
        """Of one stream; 0 for as fast as it goes."""
        self.asked = 0
        self.json_prompts: list[list[dict[str, Any]]] = []

    def set(self, wishes: dict[str, Any]) -> None:
        """The following answers are so."""
        self.tokens = wishes.get("tokens", self.tokens)
        self.per_second = wishes.get("per_second", self.per_second)
        self.asked, self.json_prompts = 0, []

    def extraction(self, messages: list[dict[str, Any]]) -> str:
        """The answer to a prompt that wants memories: one for each new sentence of a certain form."""
        self.json_prompts.append(messages)
        new = messages[-1]["content"].partition("## New Messages")[2]
        memory: list[dict[str, Any]] = []
        number = 0
        for numbered, text in _NOTE.findall(new):
            number = int(numbered or number)
            if text:
                item = {"id": str(len(memory)), "text": text, "attributed_to": "user"}
                memory.append({**item, "linked_memory_ids": [], "sources": [number]})
        return orjson.dumps({"memory": memory}).decode()


class Endpoint(asyncio.Protocol):
    """One connection, on which one request is answered at a time."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._transport: asyncio.Transport
        self._received = b""
        self._pace: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit it

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is written."""
        if self._pace:
            self._pace.cancel()

    def data_received(self, data: bytes) -> None:
        """Whole requests are answered."""
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            if b"100-continue" in head:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        self._received = rest[size:]
        self._answer(head.split(b" ", 2)[1], rest[:size])

    def _answer(self, path: bytes, body: bytes) -> None:
        if path.endswith(b"/chat/completions"):
            self._complete(body)
        elif path == b"/_set":
            self._script.set(orjson.loads(body))
            self._say({})
        elif path == b"/_asked":
            self._say({"asked": self._script.asked, "json_prompts": self._script.json_prompts})
        else:
            self._say({"object": "list", "data": [{"id": "bench", "object": "model"}]})

    def _complete(self, body: bytes) -> None:
        self._script.asked += 1
        is_streamed = b'"stream":true' in body or b'"stream": true' in body
        if b"json_object" in body:
            text = self._script.extraction(orjson.loads(body)["messages"])
            if is_streamed:
                self._transport.write(_HEAD + _ROLE + chunk(text) + _END)
            else:
                message = {"role": "assistant", "content": text}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._say({"id": "1", "object": "chat.completion", "choices": [choice]})
            return
        self._transport.write(_HEAD + _ROLE + token(0))
        if wishes := _WISH.findall(body):
            self._hurry(1, int(wishes[-1]))
        elif self._script.per_second:
            self._loop_s = asyncio.get_running_loop().time()
            self._go_on(1, self._script.tokens, 1 / self._script.per_second)
        else:
            self._hurry(1, self._script.tokens)

    def _go_on(self, number: int, tokens: int, every_s: float) -> None:
        """The tokens whose time has come are written, and the next one is waited for."""
        self._pace = asyncio.get_running_loop().call_at(
            self._loop_s + number * every_s, self._next, number, tokens, every_s
        )

    def _next(self, number: int, tokens: int, every_s: float) -> None:
        if number >= tokens:
            self._transport.write(_END)
            return
        self._transport.write(token(number))
        self._go_on(number + 1, tokens, every_s)

    def _hurry(self, number: int, tokens: int) -> None:
        """A token in each round of the loop, as a quick model sends them."""
        if self._transport.is_closing():
            return
        if number >= tokens:
            self._transport.write(_END)
            return
        self._transport.write(token(number))
        asyncio.get_running_loop().call_soon(self._hurry, number + 1, tokens)

    def _say(self, answer: object) -> None:
        body = orjson.dumps(answer)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


async def _serve() -> None:
    script = Script()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(script), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve())
