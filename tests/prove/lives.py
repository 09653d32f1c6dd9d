"""The real server, life after life, telling of every call that could reach another machine.

Run as `python -m tests.prove.lives`: each line on standard input starts one life, and says in JSON in
which folder, with what environment, and which file is told of the calls. Says each life's process id,
where it answers, and when it has ended. Lives are forked from a process that has everything imported,
which saves two seconds each, and run on asyncio's own event loop, since the faster one connects without
the interpreter noticing.
"""

import gc
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final

import orjson
import uvicorn

from app import adapters
from app.api.app import create_app
from app.cli import PRIVATE_UMASK
from app.core.config import Settings
from app.core.container import build
from app.core.logging import configure_logging
from tests.support.audited_server import audit
from tests.support.mother import give_lives, say

IMPORTED_LATE: Final = (
    "email_validator",
    "httpcore2",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
)
"""What others import when a life has begun, each of which would take its time again."""


class _Server(uvicorn.Server):
    """Says where it is once it can be reached."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """The socket is open, and the address stands on standard output."""
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in self.servers:
            say(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


def _live(life: Mapping[str, Any]) -> None:
    os.environ.update(life["environment"])
    os.chdir(life["folder"])
    tempfile.tempdir = None  # the mother's, if anything has asked for it
    log = os.open("server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, sys.stderr.fileno())
    audit(Path(life["calls"]))
    os.umask(PRIVATE_UMASK)
    settings = Settings()
    configure_logging(settings.log_level)
    config = uvicorn.Config(
        create_app(build(settings)),
        port=0,
        loop="asyncio",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    _Server(config).run()


def _lives() -> None:
    ours = [one.name for one in walk_packages(adapters.__path__, f"{adapters.__name__}.")]
    for name in (*ours, *IMPORTED_LATE):
        import_module(name)
    gc.freeze()  # what is imported stays, and need not be looked at again and again in each life
    give_lives(lambda line: _live(orjson.loads(line)))


if __name__ == "__main__":
    _lives()
