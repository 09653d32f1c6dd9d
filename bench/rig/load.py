"""Those who talk, in a process of their own: `python -m bench.rig.load`.

Each line of standard input is a plan as JSON, each line of standard output what came of it. A stream
is one connection that sends one request after the other and reads each answer to its end, as bytes: a
parser of HTTP or JSON would take more of the machine than the server does.
"""

import asyncio
import itertools
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, cast

import orjson
import uvloop

from bench.rig.clocks import cpu_s

TEXT: Final = "%TEXT%"
"""Stands in a body where the next text goes."""
REFUSED_REST_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Dialect:
    """How tokens look in a stream of bytes."""

    token: bytes
    stamp: re.Pattern[bytes]
    ahead: int
    """How often `token` stands before the first one."""


DIALECTS: Final = {
    "native": Dialect(b"event: message.delta", re.compile(rb'"delta":"@(\d+)'), 0),
    "openai": Dialect(b'"content":"', re.compile(rb'"content":"@(\d+)'), 1),
}


@dataclass(slots=True)
class Observed:
    """What the streams saw between the two ends of the window; all of it, where there is none."""

    begin_s: float = 0.0
    end_s: float = float("inf")
    first_ms: list[float] = field(default_factory=list)
    """From a request to its first token."""
    whole_ms: list[float] = field(default_factory=list)
    delay_ms: list[float] = field(default_factory=list)
    """From the model's writing a token to its arrival."""
    tokens: Counter[int] = field(default_factory=Counter)
    """By the second of the window."""
    ended: Counter[int] = field(default_factory=Counter)
    """Turns, likewise."""
    refused: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    """Of whole answers, in tokens."""

    def counts(self, now_s: float) -> bool:
        """Whether what happens now is measured."""
        return self.begin_s <= now_s < self.end_s


class Stream(asyncio.Protocol):
    """A connection with one answer at a time."""

    def __init__(self, dialect: Dialect, observed: Observed) -> None:
        self._dialect = dialect
        self._observed = observed
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._tokens = 0
        self._asked_s = 0.0
        self._answered: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be asked."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit it

    @property
    def is_open(self) -> bool:
        """Whether it can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> bool:
        """Whether an answer came to its end."""
        self._rest, self._tokens = b"", -self._dialect.ahead
        self._answered = asyncio.get_running_loop().create_future()
        self._asked_s = time.monotonic()
        if self._transport is not None:
            self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """The connection is gone."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer under way has failed."""
        if self._answered and not self._answered.done():
            self._observed.refused["cut"] += 1
            self._answered.set_result(False)

    def data_received(self, data: bytes) -> None:
        """Tokens are counted, and those with a stamp timed."""
        if data.startswith(b"HTTP/1.1 ") and data[9:12] != b"200":
            self._refuse(data[9:12].decode())
            return
        if self._rest:
            data = self._rest + data
        end = data.rfind(b"\n") + 1
        data, self._rest = data[:end], data[end:]
        now_s = time.monotonic()
        if found := data.count(self._dialect.token):
            self._heard(data, found, now_s)
        if data.endswith(b"0\r\n\r\n"):
            self._finish(now_s)

    def _heard(self, data: bytes, found: int, now_s: float) -> None:
        observed, before = self._observed, self._tokens
        self._tokens += found
        if not observed.counts(now_s):
            return
        if before <= 0 < self._tokens:
            observed.first_ms.append(1_000 * (now_s - self._asked_s))
        observed.tokens[int(now_s - observed.begin_s)] += self._tokens - max(before, 0)
        for stamp in self._dialect.stamp.findall(data):
            observed.delay_ms.append(1_000 * now_s - int(stamp) / 1_000)

    def _finish(self, now_s: float) -> None:
        if self._answered is None or self._answered.done():
            return
        if self._observed.counts(now_s):
            self._observed.ended[int(now_s - self._observed.begin_s)] += 1
            self._observed.whole_ms.append(1_000 * (now_s - self._asked_s))
            self._observed.lengths[self._tokens] += 1
        self._answered.set_result(True)

    def _refuse(self, status: str) -> None:
        self._observed.refused[status] += 1
        self.close()
        if self._answered and not self._answered.done():
            self._answered.set_result(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who asks what, how long.

    Either `times` is given, and each stream asks so often; or `window_s`, and all of them ask until
    it has passed, after `warm_s` of which nothing counts. Both begin one after the other within `warm_s`.
    """

    port: int
    dialect: str
    streams: Sequence[Sequence[Mapping[str, Any]]]
    """For each stream its requests, {path, headers, body}, again and again in order."""
    texts: Sequence[str] = ()
    times: int = 0
    rest_s: float = 0.0
    """After each answer."""
    warm_s: float = 0.0
    window_s: float = 0.0
    processes: Mapping[str, int] = field(default_factory=dict)
    """Whose processor time is to be told."""


class Crowd:
    """All streams of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._texts = itertools.cycle(plan.texts or ("Hello there.",))
        self.observed = Observed()
        self._streams: set[Stream] = set()

    async def talk(self) -> dict[str, Any]:
        """What was seen, and the processor time that it took."""
        plan, observed = self._plan, self.observed
        count = len(plan.streams)
        if plan.times:
            before, started_s = self._clocks(), time.monotonic()
            observed.begin_s = started_s
            await asyncio.gather(
                *(
                    self._turns(one, rest_s=plan.warm_s * number / count)
                    for number, one in enumerate(plan.streams)
                )
            )
            return self._result(before, time.monotonic() - started_s)
        observed.begin_s = time.monotonic() + plan.warm_s
        observed.end_s = observed.begin_s + plan.window_s
        tasks = [
            asyncio.create_task(self._turns(one, rest_s=plan.warm_s * number / count))
            for number, one in enumerate(plan.streams)
        ]
        await asyncio.sleep(plan.warm_s)
        before = self._clocks()
        await asyncio.sleep(plan.window_s)
        result = self._result(before, plan.window_s)
        for task in tasks:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in self._streams:
            stream.close()
        return result

    async def _turns(self, requests: Sequence[Mapping[str, Any]], *, rest_s: float = 0.0) -> None:
        await asyncio.sleep(rest_s)
        stream: Stream | None = None
        for number in itertools.count():
            if self._plan.times and number >= self._plan.times:
                break
            if stream is None or not stream.is_open:
                stream = await self._connected()
            request = requests[number % len(requests)]
            has_answer = await stream.ask(self._encoded(request))
            await asyncio.sleep(self._plan.rest_s if has_answer else REFUSED_REST_S)
        if stream is not None:
            stream.close()

    async def _connected(self) -> Stream:
        dialect = DIALECTS[self._plan.dialect]
        make: Callable[[], Stream] = lambda: Stream(dialect, self.observed)  # noqa: E731
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(make, "127.0.0.1", self._plan.port)
        self._streams.add(stream)
        return stream

    def _encoded(self, request: Mapping[str, Any]) -> bytes:
        body = request["body"].replace(TEXT, next(self._texts)).encode()
        return encoded("POST", request["path"], request["headers"], body)

    def _clocks(self) -> dict[str, float]:
        clocks = {name: cpu_s(pid) for name, pid in self._plan.processes.items()}
        return {**clocks, "load": time.process_time()}

    def _result(self, before: Mapping[str, float], wall_s: float) -> dict[str, Any]:
        after = self._clocks()
        used = {name: after[name] - before[name] for name in after}
        seen = {one.name: getattr(self.observed, one.name) for one in fields(Observed)}
        return {**seen, "wall_s": wall_s, "cpu_s": used}


def encoded(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> None:
    """Carries out plan after plan, until there are no more."""
    for line in sys.stdin.buffer:
        result = uvloop.run(Crowd(Plan(**orjson.loads(line))).talk())
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
