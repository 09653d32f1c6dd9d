import shutil
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.opening import try_writing
from app.adapters.sql.residue import Residue, Rewriting
from app.adapters.sql.sqlite_engine import scrub
from app.adapters.sql.sqlite_errors import trouble_of
from app.adapters.sql.trouble import Trouble

SPARE_BYTES: Final = 1_000_000
"""A disk with less is full: the smallest write may succeed where a turn does not."""


class SqliteFile:
    """One file and its log, both ours to blank."""

    erases_bytes: Final = True

    def __init__(self, engine: Engine, file: Path, *, is_encrypted: bool) -> None:
        """The file behind a writing engine.

        Args:
            engine: the only one that writes.
            file: where it is.
            is_encrypted: whether as a whole, so that its pages cannot be read from outside.
        """
        self._engine = engine
        self._file = file
        self._residue = Rewriting() if is_encrypted else Residue(file)

    def trouble_of(self, error: DBAPIError | sqlite3.Error) -> Trouble:
        """What an error of the driver stands for."""
        return trouble_of(error)

    def scrub(self) -> bool:
        """Whether deleted bytes are gone from the file and its log."""
        return scrub(self._engine)

    def wipe(self, first: int) -> int | None:
        """The page to go on with, None after the last; nothing is left of what was deleted.

        Raises:
            BlockingIOError: somebody reads what stands in the log.
            OSError: the file cannot be written.
        """
        return self._residue.blank(self._engine, first)

    def try_writing(self) -> Trouble | None:
        """What keeps it from being written; None when something could be."""
        if shutil.disk_usage(self._file.parent).free < SPARE_BYTES:
            return Trouble.FULL
        try:
            try_writing(self._engine)
        except DBAPIError as error:
            return trouble_of(error)
        return None

    def close(self) -> None:
        """The file is let go. Only after every connection."""
        self._residue.close()
