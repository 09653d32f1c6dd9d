from collections import Counter
from typing import Final

from app.models.imports import Conflict, ImportReport, Tally
from app.models.portable import Flaw, Noun, PortableFormat

MOST_TOLD: Final = 20
"""Conflicts and flaws that a report tells one by one."""


class Tallies:
    """Counts what becomes of the records of a file."""

    def __init__(self) -> None:
        self._in_file: Counter[Noun] = Counter()
        self._added: Counter[Noun] = Counter()
        self._conflicts: list[Conflict] = []
        self._conflict_count = 0
        self.skipped = 0
        self.to_learn = 0

    @property
    def seen(self) -> int:
        """Records so far."""
        return self._in_file.total()

    def count(self, noun: Noun, *, in_file: int, added: int) -> None:
        """Some more records of a noun; those that are not added are known."""
        self._in_file[noun] += in_file
        self._added[noun] += added

    def conflict(self, conflict: Conflict) -> None:
        """One more thing that differs from the file."""
        self._conflict_count += 1
        if len(self._conflicts) < MOST_TOLD:
            self._conflicts.append(conflict)

    def report(self, file_format: PortableFormat, *, flaws: tuple[Flaw, ...] = ()) -> ImportReport:
        """All of it."""
        return ImportReport(
            format=file_format,
            tallies={noun: self._tally(noun) for noun in Noun},
            skipped=self.skipped,
            to_learn=self.to_learn,
            conflict_count=self._conflict_count,
            conflicts=tuple(self._conflicts),
            flaws=flaws,
        )

    def _tally(self, noun: Noun) -> Tally:
        in_file, added = self._in_file[noun], self._added[noun]
        return Tally(in_file=in_file, added=added, known=in_file - added)
