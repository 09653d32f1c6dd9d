"""Plans from the command line, while the server is stopped: who is on which."""

import argparse
import asyncio
import sys
from typing import Final

from app.adapters.data_folder import DataFolder
from app.core.config import Settings
from app.core.quota_wiring import usage_book
from app.core.storage import open_database
from app.services.usage import UsageBook

COMMAND: Final = "set-plan"
_TENANT: Final = "tenant:"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command is known."""
    parser = commands.add_parser(COMMAND, help="put an account, or a tenant, on a plan, and exit")
    parser.add_argument("who", help="the account's e-mail address, or tenant:NAME")
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
        return await _told(usage_book(settings, database), given.who, given.plan)
    finally:
        await database.close()


async def _told(book: UsageBook, who: str, plan: str) -> str:
    if not who.startswith(_TENANT):
        user = await book.set_plan(who, plan)
        return f"{user.email} is on the plan {user.plan}."
    users = await book.set_tenants_plan(who.removeprefix(_TENANT), plan)
    return f"{users} users are on the plan {plan}, and new ones of the tenant begin on it."
