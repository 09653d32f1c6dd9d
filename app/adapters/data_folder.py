import errno
import fcntl
import io
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

from app.core.errors import StartRefused, StorageUnavailable


class FolderInUse(StartRefused):
    """Another process holds the folder."""


class _Scratch(io.BufferedRandom):
    """A file that can be closed also when there is no room for the last that was written to it."""

    def close(self) -> None:
        """The file is gone."""
        with suppress(OSError):
            super().close()


class DataFolder:
    """The folder that an embedded installation lives in, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """The folder exists, is private to this account, and is locked until `close`.

        Raises:
            StartRefused: another process holds it, or it cannot be written.
        """
        self.path = path.resolve()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.path / "lock")
            _try_writing(self.path)
        except BlockingIOError:
            raise FolderInUse(
                f"Another MemoryChat process uses {self.path}. Stop it, or set "
                "MEMORYCHAT_DATA_DIR to another folder."
            ) from None
        except OSError as error:
            raise _unwritable(self.path, error) from None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "memorychat.db"

    @property
    def keys(self) -> Path:
        """The file of users' keys, which no backup of the rest may hold."""
        return self.path / "keys.db"

    @property
    def migration_backup(self) -> Path:
        """Where the SQLite file is copied to before a migration."""
        return self.path / "memorychat.before-migration.db"

    @property
    def has_index(self) -> bool:
        """Whether there is an index, of whatever model: the folder has been lived in."""
        return (self.path / "index").exists()

    @property
    def documents(self) -> Path:
        """Where the originals of documents are kept, sealed."""
        return self.path / "documents"

    def index(self, embedder: str) -> Path:
        """The index over vectors of one model; another model has another folder."""
        return self.path / "index" / embedder

    def secret(self) -> str:
        """The secret that tokens are signed with, made at the first call, in a file of mode 0600.

        Raises:
            StartRefused: it cannot be read, or not be written.
        """
        file = self.path / "secret"
        try:
            if not file.exists() or not file.stat().st_size:
                _write_whole(file, secrets.token_urlsafe(48))
            return file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise _unwritable(file, error) from None

    def scratch(self) -> BinaryIO:
        """A new file without a name: gone when it is closed, and when the process ends.

        Where the file system cannot make one, it has a name until just before it is returned, and
        no word in it.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        try:
            return _Scratch(TemporaryFile(dir=self.path, buffering=0))
        except OSError as error:
            raise StorageUnavailable from error

    def close(self) -> None:
        """Another process may use the folder."""
        self._lock.close()


def _lock(file: Path) -> IO[str]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    stream = os.fdopen(descriptor, "r+", encoding="ascii")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise
    return stream


_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def _unwritable(path: Path, error: OSError) -> StartRefused:
    if error.errno in _NO_ROOM:
        return StartRefused(f"There is no room left on the disk of {path}: make some, and start.")
    return StartRefused(
        f"{path} cannot be written ({error.strerror}). Let this account write it, or set "
        "MEMORYCHAT_DATA_DIR to a folder that it may write."
    )


def _try_writing(folder: Path) -> None:
    with TemporaryFile(dir=folder, buffering=0) as file:
        file.write(b"\0")


def _write_whole(file: Path, content: str) -> None:
    """The file holds this, for its owner only; a crash or a full disk leaves no part of it."""
    new = file.with_name(f"{file.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
