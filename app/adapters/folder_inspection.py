"""A data folder, looked at from outside. Nothing is opened, made or changed."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.models.finding import Finding, fine, size_of, trouble

MIN_FREE_BYTES: Final = 500_000_000
_SHOWN: Final = 5
_OURS: Final = frozenset(
    name
    for database in ("memorychat.db", "keys.db", "memorychat.before-migration.db")
    for name in (database, f"{database}-wal", f"{database}-shm", f"{database}-journal")
) | {"documents", "index", "lock", "secret"}
_BLOCK_BYTES: Final = 512
"""Of `st_blocks`, on every file system."""


def inspect_folder(
    folder: Path, *, holds_data: bool = True, min_free_bytes: int = MIN_FREE_BYTES
) -> Iterator[Finding]:
    """Who may read it, how large its stores are, and how much room they have left.

    Args:
        folder: the data folder.
        holds_data: whether its stores are the installation's, and not on a server.
        min_free_bytes: below this it has too little room.
    """
    yield _modes(folder)
    yield _strangers(folder)
    if holds_data:
        yield from _stores(folder)
    yield _room(folder, min_free_bytes=min_free_bytes)


def secret_in(folder: Path) -> str | None:
    """The secret that was made at the first start, None when there is none."""
    try:
        return (folder / "secret").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _modes(folder: Path) -> Finding:
    entries = list(_entries(folder))
    open_to_others = [
        f"{path.relative_to(folder.parent)} is {stat.S_IMODE(found.st_mode):04o}"
        for path, found in entries
        if found.st_mode & 0o077 and not stat.S_ISLNK(found.st_mode)
    ]
    foreign = sum(found.st_uid != os.getuid() for _, found in entries)
    if foreign:
        return trouble(
            "file modes",
            f"{foreign} files belong to another account",
            remedy=f"chown -R {os.getuid()} {folder}, or run as the account that owns them",
        )
    if not open_to_others:
        return fine("file modes", f"{folder} is 0700, and nothing in it is for others")
    shown = ", ".join(open_to_others[:_SHOWN])
    more = f" and {len(open_to_others) - _SHOWN} more" if len(open_to_others) > _SHOWN else ""
    return trouble(
        "file modes",
        f"others may read or change: {shown}{more}",
        remedy=f"chmod -R go-rwx {folder}",
    )


def _strangers(folder: Path) -> Finding:
    """What lies in the folder and is none of ours, such as a copy of what was forgotten since."""
    check = "other files"
    names = sorted(path.name for path in folder.iterdir() if path.name not in _OURS)
    if not names:
        return fine(check, "none in the data folder")
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return trouble(
        check,
        f"{shown}{more}: not MemoryChat's, and nothing that is forgotten is forgotten in them",
        remedy="move backups and copies to another disk; delete what is not needed",
    )


def _stores(folder: Path) -> Iterator[Finding]:
    database = folder / "memorychat.db"
    if database.exists():
        yield fine("database", f"{database}, {size_of(_size(database))}")
        log = _size(folder / "memorychat.db-wal")
        yield fine("database log", f"{size_of(log)}; emptied when a server starts")
    yield fine("index", f"{folder / 'index'}, {size_of(_size(folder / 'index'))}")
    yield fine(
        "documents", f"{folder / 'documents'}, {size_of(_size(folder / 'documents'))}, sealed"
    )
    backup = folder / "memorychat.before-migration.db"
    if backup.exists():
        yield trouble(
            "migration backup",
            f"{backup}, {size_of(_size(backup))}: a migration has failed, and what is forgotten "
            "since lives on in it",
            remedy="start the server: it migrates again, and removes the backup",
        )


def _room(folder: Path, *, min_free_bytes: int) -> Finding:
    free = shutil.disk_usage(folder).free
    needed = max(min_free_bytes, 2 * _size(folder))
    if free < needed:
        return trouble(
            "disk space",
            f"{size_of(free)} free; migrating and reindexing may need {size_of(needed)}",
            remedy=f"make room on the disk of {folder}",
        )
    return fine("disk space", f"{size_of(free)} free")


def _size(path: Path) -> int:
    """The room that it takes: the index reserves more than it fills."""
    return sum(found.st_blocks * _BLOCK_BYTES for _, found in _entries(path))


def _entries(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """It and everything in it, but for what a server that runs has just removed."""
    for entry in (path, *sorted(path.rglob("*"))):
        with suppress(FileNotFoundError):
            yield entry, entry.lstat()
