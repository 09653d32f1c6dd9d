"""Tenants from the command line, while the server is stopped: customers with users of their own."""

import argparse
import asyncio
import re
import sys
from datetime import timedelta
from typing import Final

from app.adapters.data_folder import DataFolder
from app.core.config import Settings
from app.core.errors import InvalidInput, NotFound
from app.core.storage import open_database
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.tenant import Tenant
from app.ports.database import Database, Transaction
from app.services.service_tokens import LONGEST, ServiceTokens

SCOPES: Final = ("memories:read", "memories:write")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEFAULT_DAYS: Final = 90


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`tenants` is known, with what can be done with them."""
    parser = commands.add_parser("tenants", help="customers with users of their own, and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="verb", required=True)
    verbs.add_parser("list", help="say which there are")
    for verb, text in (
        ("add", "make one"),
        ("token", "write a token for its service, which is not kept: it is shown this once"),
        ("key", "show what its service can sign such tokens with itself"),
        ("renew", "take another key: all of its tokens hold no more"),
    ):
        chosen = verbs.add_parser(verb, help=text)
        chosen.add_argument("name")
        if verb == "token":
            chosen.add_argument("--scope", action="append", choices=SCOPES, help="default: all")
            chosen.add_argument("--days", type=int, default=_DEFAULT_DAYS, help="it holds for")


def run(given: argparse.Namespace, settings: Settings) -> int:
    """The exit status: 0, for what goes wrong is raised.

    Raises:
        AppError: nothing was done; says why.
        StartRefused: the folder is in use, or cannot be opened.
    """
    folder = DataFolder(settings.data_dir)
    try:
        told = asyncio.run(_opened(given, settings, folder))
    finally:
        folder.close()
    sys.stdout.write(f"{told}\n")
    return 0


async def _opened(given: argparse.Namespace, settings: Settings, folder: DataFolder) -> str:
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else folder.secret()
    database = open_database(settings, folder)
    try:
        return await _told(given, database, secret)
    finally:
        await database.close()


async def _told(given: argparse.Namespace, database: Database, secret: str) -> str:
    if given.verb == "list":
        known = await database.read(lambda tx: tx.tenants.all(), by=SYSTEM)
        return "\n".join(f"{tenant.name}: {users} users" for tenant, users in known)
    if given.verb == "add":
        return await _add(database, given.name)
    tenant = await _find(database, given.name)
    tokens = ServiceTokens(database, secret=secret, clock=utc_now)
    match given.verb:
        case "token":
            days = timedelta(days=given.days)
            if not timedelta() < days <= LONGEST:
                raise InvalidInput(f"A token holds for 1 to {LONGEST.days} days.")
            return tokens.issue(tenant, scopes=given.scope or SCOPES, lifetime=days)
        case "key":
            return tokens.key(tenant)
        case _:
            await database.write(lambda tx: tx.tenants.renew_key(tenant.id), by=SYSTEM)
            return f"{tenant.name}: no token that was signed before holds any more."


async def _add(database: Database, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInput("A name has letters, digits, dots, dashes and underscores, 100 at most.")

    def work(tx: Transaction) -> None:
        if tx.tenants.find(name):
            raise InvalidInput(f"There is a tenant {name}.")
        tx.tenants.ensure(name, at=utc_now())

    await database.write(work, by=SYSTEM)
    return f"{name}: made. Its service calls with: python main.py tenants token {name}"


async def _find(database: Database, name: str) -> Tenant:
    found = await database.read(lambda tx: tx.tenants.find(name), by=SYSTEM)
    if found is None:
        raise NotFound(f"There is no tenant {name}: python main.py tenants list says which.")
    return found
