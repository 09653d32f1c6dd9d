"""The command line: `serve` by default."""

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from tqdm import tqdm

from app import (
    cli_backup,
    cli_doctor,
    cli_files,
    cli_keys,
    cli_move,
    cli_plans,
    cli_tenants,
    cli_workers,
)
from app.cli_serve import listen, serve
from app.cli_worker import work
from app.core.config import Settings
from app.core.container import Container, build
from app.core.errors import AppError, IndexUnavailable, StartRefused
from app.core.logging import configure_logging
from app.models.process import ProcessRole

PRIVATE_UMASK = 0o077
"""Whatever is written is for the account that runs the server, and for nobody else."""

_NOTHING_DONE: Final = {
    "backup": "No backup was made",
    "restore": "Nothing was restored",
    "tenants": "Nothing was done",
    cli_plans.COMMAND: "Nothing was done",
    "move": "Nothing was moved",
    "encrypt": "Nothing was encrypted",
    "rotate-keys": "No key was changed",
    "erase-unreadable": "Nothing was deleted",
}
"""How a refusal begins, of commands that start no server."""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when the command did what it says, 1 with a sentence when it could not."""
    given = _parser().parse_args([*arguments] or ["serve"])
    os.umask(PRIVATE_UMASK)
    if given.command == "doctor":
        return cli_doctor.examine(as_json=given.json, sentence=_sentence)
    try:
        settings = cli_workers.settings_of(given)
        configure_logging(settings.log_level)
        if getattr(given, "with_its_starter", False):
            cli_workers.end_with_starter()
        if (status := _without_services(given, settings)) is not None:
            return status
        listener = listen(settings) if given.command == "serve" else None
        role = ProcessRole.WORKER if given.command == "worker" else ProcessRole.SERVER
        container = build(settings, role=role)
    except ValidationError as error:
        return _refuse(given.command, *map(_sentence, error.errors()))
    except (StartRefused, AppError) as error:
        return _refuse(given.command, str(error))
    return _obey(given, container, listener)


def _without_services(given: argparse.Namespace, settings: Settings) -> int | None:
    """The exit status of a command that opens what it needs by itself; None of all others."""
    if given.command == "serve" and given.workers > 1:
        return cli_workers.supervise(settings, given.workers)
    if cli_keys.is_known(given.command):
        return cli_keys.run(given.command, settings, confirmed=getattr(given, "yes", False))
    if cli_backup.is_known(given.command):
        return cli_backup.run(given.command, given.file, settings)
    if given.command == cli_move.COMMAND:
        return cli_move.run(given.to, settings)
    if given.command == "tenants":
        return cli_tenants.run(given, settings)
    if given.command == cli_plans.COMMAND:
        return cli_plans.run(given, settings)
    return None


def _obey(given: argparse.Namespace, container: Container, listener: socket.socket | None) -> int:
    match given.command:
        case "serve":
            return serve(container.settings, container, listener)
        case "worker":
            return work(container)
        case "migrate":
            asyncio.run(container.close())
            sys.stdout.write("The schema is at head.\n")
        case "reindex":
            return asyncio.run(_reindex(container))
        case "import":
            return asyncio.run(cli_files.import_file(container, given))
        case _:
            return asyncio.run(cli_files.export_file(container, given))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="MemoryChat")
    commands = parser.add_subparsers(dest="command", metavar="command")
    cli_workers.add_commands(commands)
    commands.add_parser("migrate", help="bring the schema to head and exit")
    commands.add_parser("reindex", help="rebuild the index from the database and exit")
    cli_files.add_commands(commands)
    cli_keys.add_commands(commands)
    cli_backup.add_commands(commands)
    cli_move.add_commands(commands)
    cli_tenants.add_commands(commands)
    cli_plans.add_command(commands)
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


def _refuse(command: str, *sentences: str) -> int:
    beginning = _NOTHING_DONE.get(command, "MemoryChat does not start")
    for sentence in sentences:
        sys.stderr.write(f"{beginning}: {sentence}\n")
    return 1


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
