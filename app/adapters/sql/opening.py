"""Whether a SQLite file may be opened at all, and what to do when it may not."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.sqlcipher import driver, open_read_only
from app.adapters.sql.sqlite_errors import trouble_of
from app.adapters.sql.trouble import Trouble
from app.core.errors import StartRefused

QUICK_CHECK_S: Final = 2.0
"""Of SQLite's own check at start, which takes 0.7 s a GB that is cached; `doctor` checks all."""

_LOG_MAGIC: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""https://sqlite.org/fileformat2.html#the_write_ahead_log"""


def require_usable(file: Path, *, is_lived_in: bool) -> None:
    """Returns when the file and its log can be read and written. Nothing is changed.

    To be called before SQLite has it open in this process: what opens a file beside SQLite and
    closes it lets go of SQLite's locks.

    Args:
        file: the database; it may be absent, and is made then.
        is_lived_in: whether there must be something in it.

    Raises:
        StartRefused: what is wrong with it, and what to do.
    """
    log = _beside(file, "-wal")
    for path in (file, log, _beside(file, "-shm")):
        _require_access(path)
    if is_lived_in and file.exists() and not _size(file) and not _size(log):
        raise StartRefused(
            f"The database {file} is empty, although there is an index. {how_to_restore(file)} To "
            "begin anew, delete the empty file."
        )
    if file.exists() and not _is_log(log):
        raise StartRefused(
            f"The database's log {log} is damaged; nothing was changed. {how_to_restore(file)} To "
            "go on without what only the log held, move the log elsewhere, and start."
        )


def require_sound(file: Path, *, key: bytes | None = None) -> None:
    """Returns when no damage was found in the file, if there is one. Nothing is changed.

    Args:
        file: the database.
        key: what the whole file is encrypted with; None when it is not.

    Raises:
        StartRefused: it is damaged, and what to do.
    """
    if not file.exists():
        return
    with refusing(file, key=key), closing(_read_only(file, key)) as connection:
        found = _quick_check(connection)
    if found != "ok":
        raise _damaged(file)


@contextmanager
def refusing(file: Path, *, key: bytes | None = None) -> Iterator[None]:
    """What SQLite, or SQLCipher with a key, raises meanwhile is StartRefused, with what to do."""
    of_driver = driver().Error if key else sqlite3.Error
    try:
        yield
    except (DBAPIError, of_driver) as error:
        trouble = trouble_of(error)
        if trouble is Trouble.DAMAGED:
            raise _damaged(file) from None
        if trouble in _ADVICE:
            raise StartRefused(f"{_ADVICE[trouble].format(file=file)}") from None
        raise


def try_writing(engine: Engine) -> None:
    """Returns when something could be written, which says what was there before."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


_ADVICE: Final = {
    Trouble.FULL: "There is no room left for the database {file}: make room on its disk, and start.",
    Trouble.READ_ONLY: "The database {file} cannot be written: let this account write it and its "
    "folder, or set MEMORYCHAT_DATA_DIR to a folder that it may write.",
    Trouble.LOCKED: "Another program holds the database {file}: close it, and start.",
    Trouble.UNREADABLE: "The disk of the database {file} does not read or write as it should: see "
    "to the disk; the database itself was not changed.",
}


def _damaged(file: Path) -> StartRefused:
    return StartRefused(
        f"The database {file} is damaged; nothing was changed. {how_to_restore(file)} Without a backup, "
        f"'sqlite3 {file.name} .recover | sqlite3 recovered.db' saves what can be read."
    )


def how_to_restore(file: Path) -> str:
    """What to do with a backup."""
    return (
        f"Restore it: move {file.name}, {file.name}-wal and {file.name}-shm elsewhere, run 'python "
        "main.py restore FILE' with a backup, and start."
    )


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _require_access(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StartRefused(
            f"{path} cannot be read and written ({error.strerror}): let this account do so, or set "
            "MEMORYCHAT_DATA_DIR to a folder that it may write."
        ) from None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_log(log: Path) -> bool:
    """Whether it begins as SQLite's logs do, or with zeros, as after a loss of power."""
    if not log.exists():
        return True
    with log.open("rb") as file:
        magic = file.read(4)
    return magic in _LOG_MAGIC or not any(magic)


def _read_only(file: Path, key: bytes | None) -> sqlite3.Connection:
    address = f"{file.resolve().as_uri()}?mode=ro"
    if key is None:
        return sqlite3.connect(address, uri=True, check_same_thread=False)
    opened: sqlite3.Connection = open_read_only(address, key)
    return opened


def _quick_check(connection: sqlite3.Connection) -> str:
    """`ok`, or the first damage that is found in the time that there is."""
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    in_time = Timer(QUICK_CHECK_S, connection.interrupt)
    in_time.start()
    try:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except connection.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return "ok"
    finally:
        in_time.cancel()
        in_time.join()
