"""Somebody's WebSocket, driven by the real client library."""

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from socket import SO_RCVBUF, SOL_SOCKET
from socket import socket as TcpSocket  # noqa: N812 - beside the one that is meant here
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.person import Person

DEADLINE_S = 20.0
TERMINAL = frozenset({"run.completed", "run.failed", "run.cancelled"})


def address_of(url: str, query: Mapping[str, str]) -> str:
    """Where a server takes sockets."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    path = "/api/v1/ws" + (f"?{asked}" if asked else "")
    return url.replace("http://", "ws://", 1) + path


class Socket:
    """An open socket: what is said on it and heard on it, as objects."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        subprotocols: tuple[str, ...] = (),
        query: Mapping[str, str] | None = None,
        slow: bool = False,
    ) -> None:
        self.connection: ClientConnection = connect(
            address_of(url, query or {}),
            additional_headers=dict(headers or {}),
            origin=Origin(origin) if origin else None,
            subprotocols=[Subprotocol(one) for one in subprotocols] or None,
            open_timeout=DEADLINE_S,
            close_timeout=1,
            proxy=None,
            max_size=None,
            sock=_with_little_room(url) if slow else None,
        )

    @classmethod
    def of(cls, person: Person, *, slow: bool = False, **query: str) -> Self:
        """One that is ready, opened with the credential of this person at their server.

        A slow one has no room for what is not heard.
        """
        authorization = person.http.headers["Authorization"]
        url = str(person.http.base_url).rstrip("/")
        socket = cls(url, headers={"Authorization": authorization}, query=query, slow=slow)
        assert socket.hear()["type"] == "ready"
        return socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def say(self, kind: str, **fields: Any) -> None:
        """The message has been sent."""
        self.connection.send(orjson.dumps({"type": kind, **fields}).decode())

    def hear(self) -> Any:
        """What comes next."""
        return orjson.loads(self.connection.recv(timeout=DEADLINE_S))

    def until(self, good: Callable[[Any], bool]) -> Any:
        """The first that is good of what comes."""
        while not good(heard := self.hear()):
            pass
        return heard

    def told(self, request_id: str) -> list[Any]:
        """All events of what was asked for under this number, to the end of its stream."""
        mine = (one for one in iter(self.hear, None) if one.get("request_id") == request_id)
        return list(takewhile(lambda one: one["type"] != "stream.ended", mine))

    def rest(self) -> Iterator[Any]:
        """What comes until the server closes."""
        while True:
            try:
                yield self.hear()
            except ConnectionClosed:
                return

    def close_code(self) -> int:
        """The code that the server closes with, whatever it says before."""
        list(self.rest())
        return int(self.connection.close_code or 0)


def _with_little_room(url: str) -> TcpSocket:
    """A connection that takes a few kilobytes before somebody reads them."""
    address = urlsplit(url)
    connection = TcpSocket()
    connection.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
    connection.connect((address.hostname, address.port))
    return connection
