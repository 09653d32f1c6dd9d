import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from bench.server import (
    ROOT,
    START_DEADLINE_S,
    STOP_DEADLINE_S,
    ServerProcess,
    inherited,
    line_from,
)
from tests.support.database import postgres_for
from tests.support.documented import Answers

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


class Server(ServerProcess):
    """A real server process, set up to be tested."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        database = on_postgres(folder) if ON_POSTGRES else {}
        super().__init__(folder, {**DEFAULTS, **database, **(environment or {})})
        self.answers = Answers()
        """What clients of this server received."""

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of this server, signed in when given a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=30,
            event_hooks={"response": [self.answers.record]},
        )
