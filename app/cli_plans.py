"""Plans from the command line, while the server is stopped: who is on which."""

import argparse
import asyncio
import sys
from typing import Final

from app.adapters.data_folder import DataFolder
from app.core.config import Settings
from app.core.storage import open_database
from app.core.wiring import usage_book

COMMAND: Final = "set-plan"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command is known."""
    parser = commands.add_parser(COMMAND, help="put an account on a plan, and exit")
    parser.add_argument("email")
    parser.add_argument("plan", help="one of MEMORYCHAT_PLANS, or free")


def run(given: argparse.Namespace, settings: Settings) -> int:
    """The exit status: 0, for what goes wrong is raised.

    Raises:
        AppError: nothing was done; says why.
        StartRefused: the folder is in use, or cannot be opened.
    """
    folder = DataFolder(settings.data_dir)
    try:
        told = asyncio.run(_set(given, settings, folder))
    finally:
        folder.close()
    sys.stdout.write(f"{told}\n")
    return 0


async def _set(given: argparse.Namespace, settings: Settings, folder: DataFolder) -> str:
    database = open_database(settings, folder)
    try:
        user = await usage_book(settings, database).set_plan(given.email, given.plan)
    finally:
        await database.close()
    return f"{user.email} is on the plan {user.plan}."
