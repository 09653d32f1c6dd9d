"""The command line: `serve` by default."""

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from tqdm import tqdm

from app import cli_backup, cli_doctor, cli_files, cli_keys, cli_tenants
from app.api.app import create_app
from app.core.config import Settings
from app.core.container import Container, build
from app.core.errors import AppError, IndexUnavailable, StartRefused
from app.core.logging import configure_logging

PRIVATE_UMASK = 0o077
"""Whatever is written is for the account that runs the server, and for nobody else."""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when the command did what it says, 1 with a sentence when it could not."""
    given = _parser().parse_args([*arguments] or ["serve"])
    os.umask(PRIVATE_UMASK)
    if given.command == "doctor":
        return cli_doctor.examine(as_json=given.json, sentence=_sentence)
    try:
        settings = Settings()
        configure_logging(settings.log_level)
        if cli_keys.is_known(given.command):
            return cli_keys.run(given.command, settings)
        if cli_backup.is_known(given.command):
            return cli_backup.run(given.command, given.file, settings)
        if given.command == "tenants":
            return cli_tenants.run(given, settings)
        listener = _listener(settings) if given.command == "serve" else None
        container = build(settings)
    except ValidationError as error:
        return _refuse(*map(_sentence, error.errors()))
    except (StartRefused, AppError) as error:
        return _refuse(str(error))
    return _obey(given, settings, container, listener)


def _obey(
    given: argparse.Namespace,
    settings: Settings,
    container: Container,
    listener: socket.socket | None,
) -> int:
    match given.command:
        case "migrate":
            asyncio.run(container.close())
            sys.stdout.write("The schema is at head.\n")
        case "reindex":
            return asyncio.run(_reindex(container))
        case "import":
            return asyncio.run(cli_files.import_file(container, given))
        case "export":
            return asyncio.run(cli_files.export_file(container, given))
        case _:
            serve(settings, container, listener)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="MemoryChat")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="answer requests (default)")
    commands.add_parser("migrate", help="bring the schema to head and exit")
    commands.add_parser("reindex", help="rebuild the index from the database and exit")
    cli_files.add_commands(commands)
    cli_keys.add_commands(commands)
    cli_backup.add_commands(commands)
    cli_tenants.add_commands(commands)
    cli_doctor.add_command(commands)
    return parser


def _sentence(error: ErrorDetails) -> str:
    """What is wrong with which setting, without its value, which may be a secret."""
    text = str(error["msg"]).removeprefix("Value error, ")
    path = [str(part) for part in error["loc"]]
    if not path:
        return text
    name = path[0] if path[0].isupper() else "__".join(["MEMORYCHAT_" + path[0], *path[1:]])
    if error["type"] == "extra_forbidden":
        return f"{name.upper()} is not a setting: see .env.example."
    return f"{name.upper()}: {text}. See .env.example."


def _refuse(*sentences: str) -> int:
    for sentence in sentences:
        sys.stderr.write(f"MemoryChat does not start: {sentence}\n")
    return 1


def _listener(settings: Settings) -> socket.socket:
    """The socket to listen on, taken before anything slow is opened.

    Raises:
        StartRefused: the address is in use, or not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise StartRefused(
            f"It cannot listen on {settings.host}, port {settings.port} ({error.strerror}): set "
            "HOST or PORT to another."
        ) from None
    return listener


def serve(settings: Settings, container: Container, listener: socket.socket | None = None) -> None:
    """Requests have been answered until a signal ended it, and runs have drained.

    Args:
        settings: of the server.
        container: its services, closed at the end.
        listener: a socket that is bound; None to bind one as the settings say.
    """
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
    _Server(config, container).run(sockets=[listener] if listener else None)


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
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                sys.stdout.write(f"MemoryChat is ready: http://{shown}:{port}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """No run goes on, and whoever followed one has heard its end."""
        draining = asyncio.create_task(self._container.drain())
        await super().shutdown(sockets)  # type: ignore[arg-type]
        await draining


async def _reindex(container: Container) -> int:
    """The exit status: 0 when the index holds everything, 1 when it has still to be finished."""
    indexer = container.mem0.indexer
    try:
        total = await indexer.count_wanted()
        with tqdm(total=total, unit=" memories", desc="Indexing") as bar:

            def advance(done: int) -> None:
                bar.update(done)

            await indexer.rebuild(progress=advance)
    except AppError as error:
        sys.stderr.write(
            f"The index is not finished: {error}. Nothing is lost: see to it, and run this again, or "
            "start the server, which goes on with it.\n"
        )
        return 1
    finally:
        with suppress(IndexUnavailable):
            await container.close()
    sys.stdout.write(f"The index holds {total} memories and messages.\n")
    return 0
