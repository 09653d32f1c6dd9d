"""Files out and in from the command line, while the server is stopped."""

import argparse
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from tqdm import tqdm

from app.adapters.portable.mem0_folder import write_mem0_list
from app.core.container import Container
from app.core.errors import AppError, InvalidInput, UserNotFound
from app.models.actor import SYSTEM
from app.models.ids import ProfileId
from app.models.imports import ImportReport, ImportRequest
from app.models.portable import PortableFormat
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.new_accounts import account_of
from app.services.own_profiles import profiles_of


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`import` and `export` are known."""
    importing = commands.add_parser("import", help="import a file into a profile, or an account")
    exporting = commands.add_parser("export", help="write a profile, or an account, to a file")
    for parser in (importing, exporting):
        parser.add_argument("file", type=Path)
        parser.add_argument("--email", required=True, help="whose account")
        parser.add_argument("--profile", help="the memory profile's name; the account without it")
    importing.add_argument("--format", type=PortableFormat, choices=list(PortableFormat))
    importing.add_argument("--dry-run", action="store_true", help="only tell what would happen")
    importing.add_argument(
        "--mem0-user", help="of a Qdrant folder that mem0 wrote, the memories of this user_id only"
    )


async def import_file(container: Container, given: argparse.Namespace) -> int:
    """The exit status: 0 when the file is imported, or would be."""
    try:
        with ExitStack() as opened:
            request, file = await _request(container, given, opened)
            if given.dry_run:
                reading = container.portability.reading
                report = await reading.plan(request, await reading.look_through(request, file))
            else:
                report = await container.portability.importing.run(
                    request, file, announce=_progress_bar(opened)
                )
    except (AppError, OSError) as error:
        return _refuse(error)
    finally:
        await container.close()
    _tell(report, planned=given.dry_run)
    return 1 if report.flaws else 0


async def export_file(container: Container, given: argparse.Namespace) -> int:
    """The exit status: 0 when the file is written; it is for this account's eyes only."""
    try:
        caller, profile_id = await _target(container, given)
        exporting = container.portability.exporting
        export = await (
            exporting.profile(caller, profile_id) if profile_id else exporting.account(caller)
        )
        with export.file, given.file.open("xb") as file:
            shutil.copyfileobj(export.file, file)
    except (AppError, OSError) as error:
        return _refuse(error)
    finally:
        await container.close()
    sys.stdout.write(f"{given.file}: {export.size_bytes} bytes\n")
    return 0


async def _request(
    container: Container, given: argparse.Namespace, opened: ExitStack
) -> tuple[ImportRequest, BinaryIO]:
    caller, profile_id = await _target(container, given)
    file_format, path = given.format, given.file
    if not path.is_dir():
        file = opened.enter_context(path.open("rb"))
    else:
        file = opened.enter_context(container.stores.folder.scratch())
        write_mem0_list(path, user_id=given.mem0_user, file=file)
        file_format = PortableFormat.MEM0
    return ImportRequest(caller=caller, into=profile_id, format=file_format), file


async def _target(
    container: Container, given: argparse.Namespace
) -> tuple[Caller, ProfileId | None]:
    def work(tx: Transaction) -> tuple[Caller, ProfileId | None]:
        known = account_of(tx, given.email, tenant_id=tx.users.default_tenant())
        if known is None:
            raise UserNotFound("There is no account of this address.")
        user, _ = known
        caller = Caller(user.id, user.tenant_id, login_id=UUID(int=0))
        if given.profile is None:
            return caller, None
        profiles = profiles_of(tx, user.id)
        for profile in profiles:
            if profile.name.casefold() == given.profile.casefold():
                return caller, profile.id
        names = ", ".join(profile.name for profile in profiles)
        raise InvalidInput(f"There is no such profile; there are: {names}")

    return await container.supabase.database.read(work, by=SYSTEM)


def _progress_bar(opened: ExitStack) -> Callable[[int], Callable[[int], None]]:
    def announce(total: int) -> Callable[[int], None]:
        bar: Any = opened.enter_context(tqdm(total=total, unit=" records", desc="Importing"))

        def advance(done: int) -> None:
            bar.update(done - bar.n)

        return advance

    return announce


def _tell(report: ImportReport, *, planned: bool) -> None:
    for flaw in report.flaws:
        sys.stdout.write(f"{flaw.place}: {flaw.detail}\n")
    if report.flaws:
        return
    for noun, tally in report.tallies.items():
        verb = "would be added" if planned else "added"
        sys.stdout.write(f"{noun}: {tally.added} {verb}, {tally.known} known\n")
    sys.stdout.write(
        f"{report.skipped} entries are nothing to remember; {report.conflict_count} conflicts. "
        f"The server will learn from {report.to_learn} messages, and index what is new.\n"
    )


def _refuse(error: Exception) -> int:
    sys.stderr.write(f"Nothing was done: {error}\n")
    return 1
