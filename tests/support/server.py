from collections.abc import Mapping
from pathlib import Path

import httpx

from bench.server import (
    ROOT,
    START_DEADLINE_S,
    STOP_DEADLINE_S,
    ServerProcess,
    inherited,
    line_from,
)
from tests.support.documented import Answers

__all__ = ["ROOT", "START_DEADLINE_S", "STOP_DEADLINE_S", "Server", "inherited", "line_from"]

DEFAULTS = {  # a cheap hash, and no long wait for more to be said
    "HOST": "127.0.0.1",
    "PORT": "0",
    "MEMORYCHAT_BCRYPT_COST": "4",
    "MEMORYCHAT_LEARNING__IDLE_S": "0.1",
}


class Server(ServerProcess):
    """A real server process, set up to be tested."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, {**DEFAULTS, **(environment or {})})
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
