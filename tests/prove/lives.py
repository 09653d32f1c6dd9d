"""The real server, life after life, telling of every call that could reach another machine.

Run as `python -m tests.prove.lives CALLS`: each line on standard input starts one life over the
configured data folder. Says each life's process id, where it answers, and when it has ended. Lives are
forked from a process that has everything imported, which saves two seconds each, and run on asyncio's
own event loop, since the faster one connects without the interpreter noticing.
"""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Final

import uvicorn

from app import adapters
from app.api.app import create_app
from app.cli import PRIVATE_UMASK
from app.core.config import Settings
from app.core.container import build
from app.core.logging import configure_logging
from tests.support.audited_server import audit

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
            _say(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


def _live(calls: Path) -> None:
    audit(calls)
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


def _lives(calls: Path) -> None:
    ours = [one.name for one in walk_packages(adapters.__path__, f"{adapters.__name__}.")]
    for name in (*ours, *IMPORTED_LATE):
        import_module(name)
    gc.freeze()  # what is imported stays, and need not be looked at again and again in each life
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(calls)
            os._exit(0)
        _say(f"pid {pid}")
        os.waitpid(pid, 0)
        _say("ended")


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _lives(Path(sys.argv[1]))
