"""Somebody who listens to the feed of a person's events, without a thread of its own."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.person import Person


class Follower:
    """A connection to the feed, read from time to time."""

    def __init__(self, person: Person) -> None:
        url = urlsplit(str(person.http.base_url))
        self._connection = socket.create_connection((str(url.hostname), url.port or 80))
        self._connection.sendall(
            f"GET /api/v1/events HTTP/1.1\r\nHost: {url.hostname}\r\n"
            f"Authorization: {person.http.headers['Authorization']}\r\n\r\n".encode()
        )
        self._connection.setblocking(False)  # noqa: FBT003 - the socket module's own word
        self._heard = b""

    def heard(self) -> bytes:
        """All that was told so far."""
        with suppress(BlockingIOError, ConnectionError):
            while piece := self._connection.recv(65_536):
                self._heard += piece
        return self._heard

    def close(self) -> None:
        """Nobody listens any more."""
        self._connection.close()
