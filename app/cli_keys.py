"""Encryption at rest from the command line, while no server runs; on Postgres keys can change meanwhile."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final, assert_never

from tqdm import tqdm

from app.adapters.data_folder import DataFolder
from app.adapters.sql.encrypting import (
    check_master,
    count_plain,
    seal_all,
)
from app.adapters.sql.engines import Engines
from app.adapters.sql.offline_work import BrokenOff, require_alone, telling_when_broken_off
from app.adapters.sql.planning import tell_planner
from app.adapters.sql.sqlcipher import encrypt_file, is_plain
from app.adapters.sql.unreadable import erase_unreadable
from app.adapters.sql.user_keys import UserKeys
from app.core.config import Settings
from app.core.database_settings import EmbeddedDatabaseSettings, PostgresSettings
from app.core.errors import StartRefused
from app.core.storage import database_key, engines_of, master_keys, user_keys

ERASE: Final = "erase-unreadable"
_HELP: Final = {
    "encrypt": "encrypt what stands in clear, as the settings say, and exit",
    "rotate-keys": "wrap the users' keys by the first master key, and exit",
    ERASE: "delete accounts whose key is gone, and exit",
}
_WHICH: Final = "MEMORYCHAT_ENCRYPTION__MASTER_KEY (or __MASTER_KEY_FILE)"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands are known."""
    for command, text in _HELP.items():
        parser = commands.add_parser(command, help=text)
        if command == ERASE:
            parser.add_argument("--yes", action="store_true", help="they are to be deleted")


def is_known(command: str | None) -> bool:
    """Whether the command is one of these."""
    return command in _HELP


def run(command: str, settings: Settings, *, confirmed: bool = False) -> int:
    """The exit status: 0, or 1 with a sentence when it has begun and is to be repeated.

    Args:
        command: one of these.
        settings: of the installation.
        confirmed: whether the operator has said that accounts are to be deleted.

    Raises:
        StartRefused: nothing was done; the folder is in use, or the settings do not fit what is in it.
    """
    folder = DataFolder(settings.data_dir)
    try:
        with telling_when_broken_off(command):
            told = _done(command, settings, folder, confirmed=confirmed)
    except BrokenOff as error:
        sys.stderr.write(f"{command} was broken off: {error}\n")
        return 1
    finally:
        folder.close()
    sys.stdout.write(f"{told}\n")
    return 0


def _done(command: str, settings: Settings, folder: DataFolder, *, confirmed: bool) -> str:
    match command:
        case "encrypt":
            return _encrypt(settings, folder)
        case "rotate-keys":
            return _rotate(settings, folder)
        case _:
            return _erase(settings, folder, confirmed=confirmed)


def _encrypt(settings: Settings, folder: DataFolder) -> str:
    key, master = database_key(settings), master_keys(settings)
    if key is None and master is None:
        raise StartRefused(
            f"Nothing says how to encrypt: set {_WHICH}, MEMORYCHAT_DATABASE_KEY, or both."
        )
    if key and is_plain(folder.database):
        encrypt_file(folder.database, key)
    with _engines(settings, folder) as engines:
        require_alone(engines.system)
        with engines.system.begin() as connection:
            tell_planner(connection)  # the copy of a file does not have it
        if master is None:
            return "The database file is encrypted."
        with _keys(settings, folder) as keys:
            _seal(engines, keys)
    return _encrypted(settings)


def _seal(engines: Engines, keys: UserKeys) -> None:
    with tqdm(total=count_plain(engines.system), unit=" rows", desc="Encrypting") as bar:

        def advance(done: int) -> None:
            bar.update(done)

        seal_all(engines.system, keys, advance=advance)


def _encrypted(settings: Settings) -> str:
    match settings.store:
        case EmbeddedDatabaseSettings():
            return "All words are encrypted. Back up keys.db apart from the rest: see instructions.txt."
        case PostgresSettings():
            return (
                "All words are encrypted. Back up the schema memorychat_keys apart from the rest: see "
                "instructions.txt, 14. The server's own log has them in clear until it is recycled, and "
                "so have backups from before."
            )
        case never:
            assert_never(never)


def _rotate(settings: Settings, folder: DataFolder) -> str:
    _require_prepared(settings, folder)
    with _keys(settings, folder) as keys:
        total = keys.count_to_rewrap()
        with tqdm(total=total, unit=" keys", desc="Wrapping") as bar:

            def advance(done: int) -> None:
                bar.update(done)

            keys.rewrap(advance)
    if not total:
        return (
            "0 keys changed: all are wrapped by the first master key already. Is the new one the "
            "first?"
        )
    return f"{total} keys are wrapped by the first master key; the others can go from the setting."


def _erase(settings: Settings, folder: DataFolder, *, confirmed: bool) -> str:
    _require_prepared(settings, folder)
    with _keys(settings, folder) as keys, _engines(settings, folder) as engines:
        require_alone(engines.system)
        erased = erase_unreadable(engines.system, keys, confirmed=confirmed)
    return f"{erased} accounts deleted. The next start takes them out of the index."


def _require_prepared(settings: Settings, folder: DataFolder) -> None:
    """Returns when there is a place for keys; a file is made by itself."""
    if master_keys(settings) is not None and isinstance(settings.store, PostgresSettings):
        with _engines(settings, folder):
            pass


@contextmanager
def _engines(settings: Settings, folder: DataFolder) -> Iterator[Engines]:
    with closing(engines_of(settings, folder)) as engines:
        yield engines


@contextmanager
def _keys(settings: Settings, folder: DataFolder) -> Iterator[UserKeys]:
    """Keys that these master keys open."""
    keys = user_keys(settings, folder)
    if keys is None:
        raise StartRefused(f"No master key is set: set {_WHICH}.")
    with closing(keys):
        check_master(keys)
        yield keys
