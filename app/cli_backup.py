"""Backups of the data folder from the command line."""

import argparse
import sys
from pathlib import Path
from typing import Final

from tqdm import tqdm

from app.adapters.backup import DATABASE, back_up, has_sealed_words, restore
from app.adapters.data_folder import DataFolder
from app.core.config import Settings
from app.core.database_settings import EmbeddedDatabaseSettings
from app.core.errors import StartRefused
from app.core.storage import database_key

_HELP: Final = {
    "backup": "write the database, as it is at this moment, to a new file; a server may run",
    "restore": "put the database of a backup into a data folder that has none, and exit",
}

_BRING_KEYS: Final = (
    "What is encrypted needs its keys here as well before the next start, and no backup holds them: "
    "bring the newest copy of keys.db, and the master key. See instructions.txt, 12."
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands are known."""
    for command, text in _HELP.items():
        commands.add_parser(command, help=text).add_argument("file", type=Path)


def is_known(command: str | None) -> bool:
    """Whether the command is one of these."""
    return command in _HELP


def run(command: str, file: Path, settings: Settings) -> int:
    """The exit status: 0, for what goes wrong is raised.

    Raises:
        StartRefused: nothing was done; says why.
    """
    if not isinstance(settings.store, EmbeddedDatabaseSettings):
        raise StartRefused(
            "DATABASE_URL is set, and this is for the embedded database: pg_dump and pg_restore do it "
            "for a Postgres, see instructions.txt."
        )
    told = _back_up(file, settings) if command == "backup" else _restore(file, settings)
    sys.stdout.write(f"{told}\n")
    return 0


def _back_up(file: Path, settings: Settings) -> str:
    source = settings.data_dir / DATABASE
    total = source.stat().st_size if source.exists() else None
    with tqdm(total=total, unit="B", unit_scale=True, desc="Copying") as bar:
        size_bytes = back_up(
            settings.data_dir, file, key=database_key(settings), advance=bar.update
        )
    without = " Originals of documents in the bucket are not in it." if settings.bucket else ""
    return f"{file}: {size_bytes} bytes. It keeps what is forgotten from now on.{without}"


def _restore(file: Path, settings: Settings) -> str:
    folder = DataFolder(settings.data_dir)
    try:
        total = file.stat().st_size if file.exists() else None
        with tqdm(total=total, unit="B", unit_scale=True, desc="Reading") as bar:
            made_at = restore(folder.path, file, advance=bar.update)
        needs_keys = has_sealed_words(folder.database, key=database_key(settings))
    finally:
        folder.close()
    told = (
        f"The database is that of {made_at:%Y-%m-%d %H:%M} UTC; the next start builds the index anew. What "
        "was forgotten since then is there again."
    )
    return f"{told} {_BRING_KEYS}" if needs_keys else told
