"""The command line: `serve` by default."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

import uvicorn
from pydantic import ValidationError
from tqdm import tqdm

from app.api.app import create_app
from app.core.config import Settings
from app.core.container import Container, build
from app.core.errors import AppError, StartRefused
from app.core.logging import configure_logging

PRIVATE_UMASK = 0o077
"""Whatever is written is for the account that runs the server, and for nobody else."""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when the command did what it says, 1 with a sentence when it could not."""
    command = _parser().parse_args(arguments).command
    os.umask(PRIVATE_UMASK)
    try:
        settings = Settings()
        configure_logging(settings.log_level)
        container = build(settings)
    except ValidationError as error:
        return _refuse(*(str(one["msg"]).removeprefix("Value error, ") for one in error.errors()))
    except (StartRefused, AppError) as error:
        return _refuse(str(error))
    match command:
        case "serve":
            serve(settings, container)
        case "migrate":
            asyncio.run(container.close())
            sys.stdout.write("The schema is at head.\n")
        case "reindex":
            asyncio.run(_reindex(container))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="MemoryChat")
    parser.add_argument(
        "command",
        nargs="?",
        default="serve",
        choices=("serve", "migrate", "reindex"),
        help="serve: answer requests (default); migrate: bring the schema to head and exit; "
        "reindex: rebuild the index from the database and exit",
    )
    return parser


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        sys.stderr.write(f"MemoryChat does not start: {sentence}\n")
    return 1


def serve(settings: Settings, container: Container) -> None:
    """Requests have been answered until a signal ended it, and runs have drained."""
    config = uvicorn.Config(
        create_app(container),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.runs.drain_s) + 5,
    )
    _Server(config, container).run()


class _Server(uvicorn.Server):
    """Says where it is once it can be reached; at its end, runs drain while they are followed."""

    def __init__(self, config: uvicorn.Config, container: Container) -> None:
        super().__init__(config)
        self._container = container

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """The sockets are open, and the address stands on standard output."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if not self.started:
            return
        for server in self.servers:
            for socket in server.sockets:
                host, port = socket.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                sys.stdout.write(f"MemoryChat is ready: http://{shown}:{port}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """No run goes on, and whoever followed one has heard its end."""
        draining = asyncio.create_task(self._container.drain())
        await super().shutdown(sockets)  # type: ignore[arg-type]
        await draining


async def _reindex(container: Container) -> None:
    indexer = container.mem0.indexer
    total = await indexer.count_wanted()
    with tqdm(total=total, unit=" memories", desc="Indexing") as bar:

        def advance(done: int) -> None:
            bar.update(done)

        await indexer.rebuild(progress=advance)
    await container.close()
    sys.stdout.write(f"The index holds {total} memories and messages.\n")
