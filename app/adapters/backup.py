"""A backup of a data folder: one tar file, complete as soon as its name is there.

It holds the database as one moment knew it, the originals of documents, each sealed with a key in
there, and a manifest with checksums. It holds neither the index, which is derived, nor any key of
an account: what is encrypted stays so.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Any, BinaryIO, Final

from app.adapters.disk import sync
from app.adapters.sql.sqlcipher import driver, open_read_only
from app.core.errors import StartRefused

MANIFEST: Final = "manifest.json"
DATABASE: Final = "memorychat.db"
INDEX: Final = "index"
ORIGINALS: Final = "documents"
FORMAT: Final = "memorychat-backup"
VERSION: Final = 1
_ORIGINAL: Final = re.compile(rf"{ORIGINALS}/[0-9a-f-]{{36}}/[0-9a-f-]{{36}}")
"""Two ids, and so never a path that leads elsewhere."""
_CHUNK_BYTES: Final = 1 << 20
_MAX_MANIFEST_BYTES: Final = 1_000_000
_LOOK_EVERY_S: Final = 0.1

Progress = Callable[[int], object]


def back_up(data: Path, target: Path, *, key: bytes | None, advance: Progress) -> int:
    """The bytes of the backup at `target`. A server may run and write meanwhile.

    Args:
        data: the folder of the installation.
        target: the file to write, for this account's eyes only; it must not exist yet.
        key: what the database is encrypted with; its copy is, too. None when it is not.
        advance: called with the bytes that were copied since its last call.

    Raises:
        StartRefused: there is no database, it cannot be read, or the target cannot be written.
    """
    source = data / DATABASE
    if not source.exists():
        raise StartRefused(f"There is no installation in {data}: set MEMORYCHAT_DATA_DIR.")
    if target.exists():
        raise StartRefused(f"{target} is there already: choose another name.")
    try:
        with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            copy, archive = Path(folder) / DATABASE, Path(folder) / "archive"
            with _watched(copy, advance):
                _copy_database(source, copy, key)
            _pack([(DATABASE, copy), *_originals(data)], archive)
            os.link(archive, target)  # unlike a renaming, it replaces nothing
            return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        raise StartRefused(f"{_reason(error, file=target)}.") from None


def restore(data: Path, source: Path, *, advance: Progress) -> datetime:
    """When the backup was made whose database is in the folder now.

    The folder is held by the caller. Nothing in it changes unless the whole backup is sound; then an
    index that is there goes as well, for it is of another time, and the next start builds it anew.

    Args:
        data: the folder of the installation, without a database.
        source: the backup.
        advance: called with the bytes that were read since its last call.

    Raises:
        StartRefused: there is a database already, or the backup is none, or damaged.
    """
    target = data / DATABASE
    beside = [target, *(data / f"{DATABASE}{suffix}" for suffix in ("-wal", "-shm"))]
    if there := [file.name for file in beside if file.exists()]:
        raise StartRefused(
            f"{data} holds {', '.join(there)}: move it elsewhere first, so that nothing is lost."
        )
    try:
        with (
            TemporaryDirectory(dir=data, prefix=".restoring-") as folder,
            tarfile.open(source) as tar,
        ):
            made_at = _unpack(tar, Path(folder), advance)
            shutil.rmtree(data / INDEX, ignore_errors=True)
            shutil.rmtree(data / ORIGINALS, ignore_errors=True)
            if (Path(folder) / ORIGINALS).exists():
                (Path(folder) / ORIGINALS).replace(data / ORIGINALS)
            (Path(folder) / DATABASE).replace(target)
            sync(data)
            return made_at
    except OSError as error:
        raise StartRefused(f"{_reason(error, file=source)}.") from None
    except (tarfile.TarError, KeyError, TypeError, ValueError):
        raise StartRefused(f"{source} is no backup of MemoryChat, or it is damaged.") from None


def has_sealed_words(file: Path, *, key: bytes | None) -> bool:
    """Whether words of the database are encrypted under keys; True also of one that cannot be read.

    Args:
        file: the database, of this version or an earlier one.
        key: what the whole file is encrypted with; None when it is not.
    """
    failure = driver().Error if key else sqlite3.Error
    try:
        with closing(_opened(file, key)) as connection:
            named = "SELECT 1 FROM sqlite_master WHERE name = 'encryption'"
            if not connection.execute(named).fetchone():
                return False
            return connection.execute("SELECT 1 FROM encryption").fetchone() is not None
    except failure:
        return True


def _opened(file: Path, key: bytes | None) -> sqlite3.Connection:
    address = f"{file.resolve().as_uri()}?mode=ro"
    return open_read_only(address, key) if key else sqlite3.connect(address, uri=True)


def _originals(data: Path) -> Iterator[tuple[str, Path]]:
    """The originals of documents by their names; those that came after the copy mean nothing in it."""
    for file in sorted((data / ORIGINALS).glob("*/*")):
        name = file.relative_to(data).as_posix()
        if _ORIGINAL.fullmatch(name):
            yield name, file


def _copy_database(source: Path, copy: Path, key: bytes | None) -> None:
    """A copy of one moment, without free pages, and so without what was deleted."""
    failure = driver().Error if key else sqlite3.Error
    try:
        with closing(_opened(source, key)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except failure as error:
        raise sqlite3.Error(str(error)) from None
    copy.chmod(0o600)


class _Digested:
    """What is read of a file, and the SHA-256 of that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256: Final = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        content = self._file.read(size)
        self.sha256.update(content)
        return content


def _pack(files: Iterable[tuple[str, Path]], archive: Path) -> None:
    """All files are in the archive, and what it holds is told at its end."""
    digests: dict[str, str] = {}
    with archive.open("xb") as stream:
        archive.chmod(0o600)
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for name, path in files:
                with suppress(FileNotFoundError), path.open("rb") as file:  # it was just deleted
                    digested = _Digested(file)
                    tar.addfile(_entry(name, os.fstat(file.fileno()).st_size), digested)
                    digests[name] = digested.sha256.hexdigest()
            content = json.dumps(
                {
                    "format": FORMAT,
                    "version": VERSION,
                    "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "sha256": digests,
                }
            ).encode()
            tar.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))
        stream.flush()
        os.fsync(stream.fileno())


def _entry(name: str, size_bytes: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size_bytes, 0o600
    return entry


def _unpack(tar: tarfile.TarFile, folder: Path, advance: Progress) -> datetime:
    """When the backup was made whose files stand in `folder` now.

    Raises:
        ValueError: one is missing, too much, or another than it was.
    """
    digests: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    for entry in tar:
        content = tar.extractfile(entry)
        if content is None or manifest is not None:
            raise ValueError("it holds something else")
        if entry.name == MANIFEST:
            manifest = json.loads(content.read(_MAX_MANIFEST_BYTES))
        elif entry.name == DATABASE or _ORIGINAL.fullmatch(entry.name):
            (folder / entry.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            digests[entry.name] = _write(folder / entry.name, content, advance)
        else:
            raise ValueError("it holds something else")
    if manifest is None or (manifest["format"], manifest["version"]) != (FORMAT, VERSION):
        raise ValueError("it ends early, or is of another version")
    if digests != manifest["sha256"] or DATABASE not in digests:
        raise ValueError("a checksum is another")
    return datetime.fromisoformat(manifest["created_at"])


def _write(file: Path, content: IO[bytes], advance: Progress) -> str:
    """The SHA-256, in hex, of what stands in the file now."""
    sha256 = hashlib.sha256()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        while chunk := content.read(_CHUNK_BYTES):
            sha256.update(chunk)
            stream.write(chunk)
            advance(len(chunk))
        stream.flush()
        os.fsync(stream.fileno())
    return sha256.hexdigest()


@contextmanager
def _watched(file: Path, advance: Progress) -> Iterator[None]:
    """Meanwhile `advance` is told how the file grows."""
    told = 0
    ended = False

    def look() -> None:
        nonlocal told
        while not ended:
            time.sleep(_LOOK_EVERY_S)
            size = file.stat().st_size if file.exists() else 0
            advance(size - told)
            told = size

    watching = Thread(target=look, name="backup-progress", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended = True
        watching.join()


def _reason(error: OSError | sqlite3.Error, *, file: Path) -> str:
    """What went wrong, and with which file: what stands beside it for a moment has a name of no use."""
    if isinstance(error, OSError):
        return f"{file}: {error.strerror or 'the file cannot be read or written'}"
    return str(error)
