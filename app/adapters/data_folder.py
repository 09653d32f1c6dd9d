import fcntl
import os
import secrets
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from app.core.errors import StartRefused, StorageUnavailable


class FolderInUse(StartRefused):
    """Another process holds the folder."""


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
        except BlockingIOError:
            raise FolderInUse(
                f"Another MemoryChat process uses {self.path}. Stop it, or set "
                "MEMORYCHAT_DATA_DIR to another folder."
            ) from None
        except OSError as error:
            raise StartRefused(
                f"{self.path} cannot be written ({error.strerror}). Set MEMORYCHAT_DATA_DIR to a "
                "folder that this account may write."
            ) from None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "memorychat.db"

    @property
    def migration_backup(self) -> Path:
        """Where the SQLite file is copied to before a migration."""
        return self.path / "memorychat.before-migration.db"

    def index(self, embedder: str) -> Path:
        """The index over vectors of one model; another model has another folder."""
        return self.path / "index" / embedder

    def secret(self) -> str:
        """The secret that tokens are signed with, made at the first call, in a file of mode 0600."""
        file = self.path / "secret"
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text(encoding="ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48))
            stream.flush()
            os.fsync(stream.fileno())
        return file.read_text(encoding="ascii").strip()

    def scratch(self) -> BinaryIO:
        """A new file without a name: gone when it is closed, and when the process ends.

        Where the file system cannot make one, it has a name until just before it is returned, and
        no word in it.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        try:
            return TemporaryFile(dir=self.path)
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
