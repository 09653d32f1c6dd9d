"""Clients that are a burden, in a process of their own: `python -m bench.rig.crowd`.

A line on standard input says what they are to do. Once all of them do it, a line on standard output
says so; at the next line of input they stop, and what they did is told.
"""

import asyncio
import itertools
import re
import socket
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
import uvloop

from bench.rig.load import TEXT, encoded

SMALL_BUFFER_BYTES: Final = 4_096
AT_ONCE: Final = 50
LONG: Final = " [[1000 tokens at once]]"
"""Makes an answer of 200 kB, which no buffer holds."""
LISTEN_S: Final = 0.3
REST_S: Final = 0.7
_RUN: Final = re.compile(rb'"run_id":"([0-9a-f-]{36})"')
_ID: Final = re.compile(rb"^id: (\d+)", re.MULTILINE)


class Habit(StrEnum):
    """What makes a client a burden."""

    IDLE = "idle"
    """Follows its feed, in which nothing happens."""
    SLOW = "slow"
    """Asks, and does not read the answer."""
    RECONNECTING = "reconnecting"
    """Loses its connection once a second, and follows its run from the last event that it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowding:
    """Who is to do what."""

    habit: Habit
    port: int
    clients: Sequence[Mapping[str, Any]]
    """For each its turn's {path, headers, body}."""
    feed: str = "/api/v1/events"
    run: str = "/api/v1/runs/{run_id}/events?after={after}"


class Crowd:
    """All of them."""

    def __init__(self, plan: Crowding) -> None:
        self._plan = plan
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._began: set[int] = set()
        self._all_began = asyncio.Event()
        self.met: Counter[str] = Counter()

    async def burden(self, lines: asyncio.StreamReader) -> None:
        """They do it until another line comes."""
        habits = {
            Habit.IDLE: self._be_idle,
            Habit.SLOW: self._be_slow,
            Habit.RECONNECTING: self._reconnect,
        }
        act = habits[self._plan.habit]
        tasks = [
            asyncio.create_task(act(number, client))
            for number, client in enumerate(self._plan.clients)
        ]
        await self._all_began.wait()
        _say({"began": len(self._began)})
        await lines.readline()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _say(dict(self.met))

    def _begin(self, number: int) -> None:
        self._began.add(number)
        if len(self._began) == len(self._plan.clients):
            self._all_began.set()

    async def _be_idle(self, number: int, client: Mapping[str, Any]) -> None:
        request = encoded("GET", self._plan.feed, client["headers"])
        async with self._gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._plan.port)
            writer.write(request)
            self.met[_status(await reader.read(4_096))] += 1
        self._begin(number)
        try:
            while await reader.read(4_096):
                pass
            self.met["closed"] += 1
        finally:
            writer.transport.abort()

    async def _be_slow(self, number: int, client: Mapping[str, Any]) -> None:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        narrow.setblocking(False)  # noqa: FBT003 - its only argument
        loop = asyncio.get_running_loop()
        try:
            async with self._gate:
                await loop.sock_connect(narrow, ("127.0.0.1", self._plan.port))
                await loop.sock_sendall(narrow, _turn(client, number, wish=LONG))
                self.met[_status(await loop.sock_recv(narrow, 64))] += 1
            self._begin(number)
            await asyncio.Event().wait()
        finally:
            narrow.close()

    async def _reconnect(self, number: int, client: Mapping[str, Any]) -> None:
        await asyncio.sleep(number / len(self._plan.clients))
        for turn in itertools.count():
            run_id, seen, has_ended = "", 0, False
            while not has_ended:
                if run_id:
                    path = self._plan.run.format(run_id=run_id, after=seen)
                    request = encoded("GET", path, client["headers"])
                else:
                    request = _turn(client, turn)
                heard = await self._listen(request)
                self.met[_status(heard)] += 1
                run_id = run_id or _first(_RUN, heard)
                seen = max([seen, *map(int, _ID.findall(heard))])
                has_ended = b"event: run.completed" in heard or not run_id
                self._begin(number)
                await asyncio.sleep(REST_S)

    async def _listen(self, request: bytes) -> bytes:
        """What comes in a short time; then the connection is lost."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._plan.port)
        heard = b""
        try:
            writer.write(request)
            with suppress(TimeoutError):
                async with asyncio.timeout(LISTEN_S):
                    while piece := await reader.read(65_536):
                        heard += piece
        finally:
            writer.transport.abort()
        return heard


def _turn(client: Mapping[str, Any], number: int, *, wish: str = "") -> bytes:
    said = f"And what about number {number}?{wish}"
    body = client["body"].replace(TEXT, said).encode()
    return encoded("POST", client["path"], client["headers"], body)


def _first(pattern: re.Pattern[bytes], heard: bytes) -> str:
    found = pattern.search(heard)
    return found[1].decode() if found else ""


def _status(heard: bytes) -> str:
    return (
        heard[9:12].decode() if heard.startswith(b"HTTP/1.1 ") else f"nothing within {LISTEN_S:g} s"
    )


def _say(line: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


async def _main() -> None:
    lines = asyncio.StreamReader(limit=64 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        await Crowd(Crowding(**orjson.loads(line))).burden(lines)


if __name__ == "__main__":
    uvloop.run(_main())
