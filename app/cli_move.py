"""`python main.py move --to URL`: an embedded installation becomes one on a Postgres."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from tqdm import tqdm

from app.adapters.backup import DATABASE
from app.adapters.data_folder import DataFolder
from app.adapters.relocation.fates import moved_tables
from app.adapters.relocation.rows import OriginalRows, Rows, TableRows, Tally, fingerprint
from app.adapters.sql import tables
from app.adapters.sql.encrypting import Sealing, check_plain, check_sealed, sealing_of
from app.adapters.sql.engines import Engines, open_key_file
from app.adapters.sql.migrate import current_revision, head
from app.adapters.sql.user_keys import user_keys as key_table
from app.core.config import Settings
from app.core.database_settings import EmbeddedDatabaseSettings, require_postgres
from app.core.errors import StartRefused
from app.core.index_settings import PgvectorIndexSettings
from app.core.running import let_go
from app.core.storage import embedded_engines, limits_of, user_keys
from app.models.tenant import DEFAULT_TENANT
from app.ports.database import Transaction

COMMAND: Final = "move"
_SHOWN_OF_A_CHECKSUM: Final = 16
_OF_THE_TARGET: Final = re.compile(r"^DATABASE_URL(?=:| logs)")
"""How a refusal of a Postgres begins, where a server would read its address."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`move` is known."""
    moving = commands.add_parser(
        COMMAND, help="copy everything to a Postgres, while the server is stopped; goes on when cut"
    )
    moving.add_argument(
        "--to", required=True, metavar="URL", help="postgresql://…, see instructions.txt"
    )


def run(to: str, settings: Settings) -> int:
    """The exit status: 0 when all is there and was compared, 1 with a sentence when it is not."""
    from app.adapters.relocation.moving import (  # noqa: PLC0415 - a driver that all else saves
        AGAIN,
        MoveUnfinished,
    )

    try:
        sys.stdout.write(_move(to, settings))
    except StartRefused as error:
        sentence = _OF_THE_TARGET.sub("--to", str(error))
        sys.stderr.write(f"Nothing was moved: {sentence}\n")
        return 1
    except MoveUnfinished as error:
        sys.stderr.write(f"The move is not finished: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"The move is not finished. {AGAIN}\n")
        return 1
    return 0


def _move(to: str, settings: Settings) -> str:
    """What to do next.

    Raises:
        StartRefused: nothing was done; says why.
        MoveUnfinished: it has begun; says what to do.
    """
    _require_address(to)
    if not isinstance(settings.store, EmbeddedDatabaseSettings):
        raise StartRefused(
            "DATABASE_URL (or SUPABASE_DB_URL) is set, and what is moved is an embedded installation: "
            "unset it until everything is there, and say where to by --to."
        )
    if not (settings.data_dir / DATABASE).exists():
        raise StartRefused(
            f"There is no installation in {settings.data_dir}: set MEMORYCHAT_DATA_DIR."
        )
    folder = DataFolder(settings.data_dir)
    try:
        with _embedded(settings, folder) as source:
            there = settings.model_copy(
                update={"database_url": SecretStr(to), "database_key": None}
            )
            tallies = _carry(source, there)
    finally:
        folder.close()
    return _table_of(tallies) + _what_next(settings, folder)


@dataclass(frozen=True, slots=True)
class _Source:
    """An embedded installation, open to be read."""

    installation: Any
    """The id of its first tenant, which no other installation has."""
    rows: Sequence[Rows]


@contextmanager
def _embedded(settings: Settings, folder: DataFolder) -> Iterator[_Source]:
    """The installation in the folder.

    Raises:
        StartRefused: it is damaged, of another version, or encrypted otherwise than the settings say.
    """
    engines = embedded_engines(settings, folder)
    keys = None
    try:
        its = tables.tenants.c
        with engines.reader.begin() as connection:
            if (revision := current_revision(connection)) != head():
                raise StartRefused(
                    f"The schema here is version {revision}, and not {head()}: run python main.py "
                    "migrate first."
                )
            first = select(its.id).where(its.name == DEFAULT_TENANT)
            installation = connection.execute(first).scalar_one()
        keys = open_key_file(folder.keys) if _is_sealed(settings, folder, engines) else None
        read: dict[str, Rows] = {
            tables.document_files.name: OriginalRows(engines.reader, folder.documents)
        }
        if keys is not None:
            read[key_table.name] = TableRows(keys, key_table)
        yield _Source(
            installation,
            [
                read.get(table.name) or TableRows(engines.reader, table)
                for table in moved_tables()
                if keys is not None or table is not key_table
            ],
        )
    finally:
        engines.reader.dispose()
        engines.writer.dispose()
        if keys is not None:
            keys.dispose()


def _is_sealed(settings: Settings, folder: DataFolder, engines: Engines) -> bool:
    """Whether words are encrypted, with keys that the configured master key opens.

    Raises:
        StartRefused: the settings do not fit; says what to set.
    """
    encryption = settings.encryption
    is_sealed = sealing_of(engines.reader) is not Sealing.PLAIN
    if not (encryption.master_key or encryption.master_key_file):
        check_plain(engines.reader)
        return False
    if not is_sealed:
        raise StartRefused(
            "A master key is set, and the words in the database stand in clear: run python main.py "
            "encrypt once, or unset the key."
        )
    if not folder.keys.exists():
        raise StartRefused(f"{folder.keys} is not there: put its newest copy back.")
    if keys := user_keys(settings, folder):
        try:
            check_sealed(engines.reader, keys)
        finally:
            keys.close()
    return True


def _carry(source: _Source, there: Settings) -> Mapping[str, Tally]:
    """What was moved, by table.

    Raises:
        StartRefused: nothing was done; says why.
        MoveUnfinished: it has begun; says what to do.
    """
    from app.adapters.relocation import moving  # noqa: PLC0415 - a driver that all else saves
    from app.adapters.relocation.target import Beginning, open_target  # noqa: PLC0415 - the same

    url = there.database_url.get_secret_value() if there.database_url else ""
    target = open_target(url, limits_of(there.database))
    try:
        _require_index(there)
        with _bar("Reading", moving.rows_here(source.rows)) as advance:
            here = moving.survey(source.rows, advance=advance)
        begun = target.begin(source.installation, source=fingerprint(here))
        total = sum(one.rows for one in here.values())
        if begun is Beginning.ANEW:
            sys.stdout.write("What was copied before is of another state: copying begins anew.\n")
        with _bar("Copying", total, since=moving.rows_there(source.rows, target)) as advance:
            moving.copy(source.rows, target, advance=advance)
        with _bar("Comparing", total) as advance:
            moving.compare(here, target, source.rows, advance=advance)
        moving.finish(target, _settle)
        return here
    finally:
        target.close()


def _require_address(to: str) -> None:
    """Raises StartRefused when it is no address of a Postgres; nothing of it is told, for it may hold a password."""
    sentence = "--to is no address of a Postgres: postgresql://user:password@host:5432/database"
    try:
        require_postgres("--to", SecretStr(to))
        parsed = make_url(to)
    except (ArgumentError, ValueError):
        raise StartRefused(f"{sentence}.") from None
    if not parsed.database:
        raise StartRefused(f"{sentence}.")


def _require_index(there: Settings) -> None:
    """Raises StartRefused when there is nowhere for vectors."""
    if isinstance(there.index, PgvectorIndexSettings):
        from app.adapters.pgvector_opening import open_pgvector  # noqa: PLC0415 - loads a driver

        index = open_pgvector(there.index.url.get_secret_value(), form=COMMAND)
        asyncio.run(index.close())


def _settle(tx: Transaction) -> None:
    """No run and no job survived the move, and everything is to be looked for in the new index."""
    let_go(tx)
    for tenant_id, namespace in tx.profiles.namespaces():
        tx.index_changes.mark_arrivals(namespace, of=namespace.profile_id, tenant_id=tenant_id)


@contextmanager
def _bar(what: str, total: int, *, since: int = 0) -> Iterator[Callable[[int], object]]:
    with tqdm(total=total, initial=since, unit=" rows", desc=what) as bar:

        def advance(done: int) -> None:
            bar.update(done)

        yield advance


def _table_of(tallies: Mapping[str, Tally]) -> str:
    lines = [f"{'table':<20} {'rows':>10}  checksum, the same here and there"]
    lines += [
        f"{name:<20} {one.rows:>10}  {one.sha256[:_SHOWN_OF_A_CHECKSUM]}"
        for name, one in tallies.items()
    ]
    return "\n".join(lines) + "\n\n"


def _what_next(settings: Settings, folder: DataFolder) -> str:
    steps = ["Set DATABASE_URL to the address that was given by --to."]
    if settings.database_key:
        steps.append("Unset MEMORYCHAT_DATABASE_KEY, which is for the embedded database.")
    if settings.encryption.master_key or settings.encryption.master_key_file:
        steps.append("Keep the master key set: it opens the same words there.")
    if settings.jwt_secret is None:
        steps.append(
            f"Keep {folder.path / 'secret'} and MEMORYCHAT_DATA_DIR, or set MEMORYCHAT_JWT_SECRET to what "
            "is in that file: else everybody has to sign in anew, and keys of tenants do not hold."
        )
    steps += [
        "Start the server: it makes the vectors anew by itself, and finds more and more meanwhile. Or run "
        "python main.py reindex first, which shows how far it is.",
        f"{folder.path} is as it was, and still holds everything, also what is forgotten from now on. When "
        f"you are content, delete in it: {DATABASE}, {DATABASE}-wal, {DATABASE}-shm, keys.db, documents, "
        "index.",
    ]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join(["Everything is there, and was compared. Now:", *numbered]) + "\n"
