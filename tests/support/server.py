import os
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from functools import cache
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any, BinaryIO, Final

import httpx
import psycopg

from bench.server import (
    ROOT,
    START_DEADLINE_S,
    STOP_DEADLINE_S,
    Running,
    ServerProcess,
    inherited,
    line_from,
)
from tests.support.database import postgres_for
from tests.support.documented import Answers
from tests.support.forked import fork

__all__ = ["ROOT", "START_DEADLINE_S", "STOP_DEADLINE_S", "Server", "inherited", "line_from"]

DEFAULTS = {  # a cheap hash, and no long wait for more to be said
    "HOST": "127.0.0.1",
    "PORT": "0",
    "MEMORYCHAT_BCRYPT_COST": "4",
    "MEMORYCHAT_LEARNING__IDLE_S": "0.1",
}


ON_POSTGRES: Final = os.environ.get("TEST_DATABASE") == "postgres"
"""Whether every server of these tests has its data in a Postgres: `make test-postgres`."""


def on_postgres(folder: Path) -> Mapping[str, str]:
    """The environment of a server that has its data in the Postgres database of this folder."""
    return {"DATABASE_URL": postgres_for(folder).url}


def stored_in(folder: Path) -> Mapping[str, str]:
    """The environment of a server of these tests that says where it has its data."""
    return on_postgres(folder) if ON_POSTGRES else {}


def database_of(folder: Path) -> AbstractContextManager[Any]:
    """A connection to the database of a server of these tests, for somebody who may do anything."""
    if ON_POSTGRES:
        site = postgres_for(folder)
        return psycopg.connect(site.postgres.url(site.name))
    return closing(sqlite3.connect(folder / "data" / "memorychat.db", timeout=10))


@cache
def no_authorities() -> SSLContext:
    """What a client needs that asks by plain HTTP only; to load authorities takes 40 ms a client."""
    return SSLContext(PROTOCOL_TLS_CLIENT)


class ForkedServer(ServerProcess):
    """The same program, forked from a process that has everything imported."""

    def _begun(self, environment: Mapping[str, str], log: BinaryIO) -> Running:
        return fork(
            *self._arguments, environment=environment, folder=self.data_dir.parent, stderr=log
        )


class Server(ForkedServer):
    """A real server process, set up to be tested."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        super().__init__(folder, {**DEFAULTS, **stored_in(folder), **(environment or {})})
        self.answers = Answers()
        """What clients of this server received."""

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of this server, signed in when given a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=30,
            verify=no_authorities(),
            event_hooks={"response": [self.answers.record]},
        )
