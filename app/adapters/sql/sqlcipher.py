"""SQLCipher: the whole SQLite file under one key. Needs the package `sqlcipher3`."""

import os
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from app.core.errors import StartRefused

_HEADER: Final = b"SQLite format 3\0"
_CHUNK_BYTES: Final = 1 << 20


def driver() -> Any:
    """The module that takes the place of `sqlite3`.

    Raises:
        StartRefused: it is not installed.
    """
    try:
        from sqlcipher3 import dbapi2  # noqa: PLC0415 - 7 MB that only this setting needs
    except ImportError:
        raise StartRefused(
            "MEMORYCHAT_DATABASE_KEY is set, and the package sqlcipher3 is not installed: "
            "pip install sqlcipher3, or unset the key."
        ) from None
    return dbapi2


def unlock(engine: Engine, key: bytes) -> None:
    """Every connection of the engine begins with the key."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _entry: object, arguments: Any, options: Any) -> Any:
        return _unlocked(dialect.connect(*arguments, **options), key)


def is_plain(file: Path) -> bool:
    """Whether the file is a database that anybody can read; False when there is none."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_HEADER)) == _HEADER
    except FileNotFoundError:
        return False


def opens(file: Path, key: bytes) -> bool:
    """Whether the file is a database under this key, or is still to be made. Nothing is changed."""
    if not file.exists() or file.stat().st_size == 0:
        return True
    with closing(open_read_only(f"{file.resolve().as_uri()}?mode=ro", key)) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except driver().DatabaseError:
            return False
    return True


def open_read_only(address: str, key: bytes) -> Any:
    """A connection to a file, by its address, that changes nothing."""
    opened = driver().connect(address, uri=True, timeout=5, check_same_thread=False)
    return _unlocked(opened, key)


def encrypt_file(file: Path, key: bytes) -> None:
    """The database is under the key, and the bytes of the former file are overwritten.

    After a crash it is as before or as after.
    """
    target = file.with_name(f"{file.name}.encrypting")
    target.unlink(missing_ok=True)
    with closing(driver().connect(str(file), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"ATTACH DATABASE ? AS sealed KEY {_literal(key)}", (str(target),))
        connection.execute("SELECT sqlcipher_export('sealed')")
        connection.execute("DETACH DATABASE sealed")
    target.chmod(0o600)
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())
    with file.open("rb+") as former:
        target.replace(file)
        _overwrite(former)


def _unlocked(connection: Any, key: bytes) -> Any:
    connection.execute("PRAGMA cipher_log_level = NONE")  # else it writes to standard error
    connection.execute(f"PRAGMA key = {_literal(key)}")
    return connection


def _overwrite(stream: Any) -> None:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    for start in range(0, size, _CHUNK_BYTES):
        stream.write(bytes(min(_CHUNK_BYTES, size - start)))
    stream.flush()
    os.fsync(stream.fileno())


def _literal(key: bytes) -> str:
    """A raw key in SQL: it takes no parameter, and no derivation of 0.2 s per connection."""
    return f"\"x'{key.hex()}'\""
