"""What SQLite leaves of deleted rows although `secure_delete` overwrites them.

When SQLite moves rows from one page to another, it writes the first page anew from its end, and
what stood between the new list of cells and the cells stays as it was: copies of rows that live
elsewhere, and outlive them there (one deleted row in 200, measured with SQLite 3.40.1). SQLite never
reads that gap, so it can be blanked in the file itself, while nobody writes and the log is empty.
"""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from app.adapters.sql.sqlite_engine import truncate_log

PAGES_AT_A_TIME: Final = 2_048
"""8 MiB; whoever wants to write waits some 8 ms."""

_MOST_PAGES: Final = 1 << 25
"""128 GiB. In a larger file, the first byte of a page does not tell what the page is."""

_HEADER_BYTES: Final = {2: 12, 5: 12, 10: 8, 13: 8}
"""Of pages with cells, by the byte that they begin with: https://sqlite.org/fileformat2.html#b_tree_pages"""
_FILE_HEADER_BYTES: Final = 100


class Residue:
    """The gaps in the pages of one SQLite file.

    The file stays open from the first use on: to close it would let go of the locks that SQLite has
    on it in this process (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def blank(self, engine: Engine, first: int) -> int | None:
        """The page to go on with, None after the last; some gaps hold nothing, from `first` on.

        Args:
            engine: the writing engine; nobody else writes meanwhile.
            first: a page's number, from 1.

        Raises:
            BlockingIOError: somebody reads what stands in the log.
            OSError: the file cannot be written.
        """
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDWR)
        with closing(engine.raw_connection()) as connection:
            if not truncate_log(connection):
                raise BlockingIOError("the log is being read")
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                self._require_empty_log()
                page_bytes = int(cursor.execute("PRAGMA page_size").fetchone()[0])
                blanked, after = self._blank(self._descriptor, first, page_bytes)
            finally:
                cursor.execute("ROLLBACK")
            if blanked:  # its cache holds the pages as they were, and would write them again
                connection.invalidate()
        return after

    def close(self) -> None:
        """The file is let go. Only after every connection."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _require_empty_log(self) -> None:
        log = self._file.with_name(f"{self._file.name}-wal")
        with suppress(FileNotFoundError):
            if log.stat().st_size:
                raise BlockingIOError("somebody else writes")

    def _blank(self, file: int, first: int, page_bytes: int) -> tuple[bool, int | None]:
        pages = os.fstat(file).st_size // page_bytes
        if pages >= _MOST_PAGES:
            raise OSError("the database is too large to be looked through")
        content = os.pread(file, PAGES_AT_A_TIME * page_bytes, (first - 1) * page_bytes)
        at = (first - 1) * page_bytes
        blanked = False
        for start, end in _gaps(content, page_bytes, is_start=first == 1):
            if content.count(0, start, end) != end - start:
                os.pwrite(file, bytes(end - start), at + start)
                blanked = True
        if blanked:
            os.fsync(file)
        after = first + PAGES_AT_A_TIME
        return blanked, after if after <= pages else None


class Rewriting:
    """The same for a file that is encrypted: nobody sees into its pages, so all are written anew."""

    def blank(self, engine: Engine, first: int) -> None:
        """Nothing is left of what was deleted; it takes a second per 50 MB, and as much memory.

        Raises:
            BlockingIOError: somebody reads what stands in the log.
        """
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")
            if not truncate_log(connection):
                raise BlockingIOError("the log is being read")

    def close(self) -> None:
        """There is nothing to let go."""


def _gaps(content: bytes, page_bytes: int, *, is_start: bool) -> Iterator[tuple[int, int]]:
    """Where each page's list of cells ends and its first cell begins."""
    for page in range(0, len(content) - page_bytes + 1, page_bytes):
        header = page + (_FILE_HEADER_BYTES if is_start and page == 0 else 0)
        header_bytes = _HEADER_BYTES.get(content[header])
        if header_bytes is None:
            continue
        cells = int.from_bytes(content[header + 3 : header + 5])
        first_cell = int.from_bytes(content[header + 5 : header + 7]) or 65_536
        start, end = header + header_bytes + 2 * cells, page + first_cell
        if start < end <= page + page_bytes:
            yield start, end
