"""The first look at a file: is all of it sound, and what is in it?"""

from dataclasses import dataclass
from typing import BinaryIO

from app.core.transfer_errors import FileRefused
from app.models.imports import ImportReport, Tally
from app.models.portable import (
    Counts,
    Flaw,
    Noun,
    PortableFormat,
    PortableHeader,
    PortableProfile,
    Scope,
    Skipped,
    noun_of,
)
from app.ports.portable import Importer
from app.services.imports.tallies import MOST_TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is in a file."""

    format: PortableFormat
    counts: Counts
    skipped: int
    scope: Scope | None
    """None when the format has no scopes."""
    default: PortableProfile | None
    """The profile that is the default one where the file comes from."""
    flaws: tuple[Flaw, ...]
    """The first ones; the file is sound when there are none."""

    @property
    def total(self) -> int:
        """Records in the file."""
        return sum(self.counts.values())

    def report(self) -> ImportReport:
        """What is in the file, and what is wrong with it; nothing becomes of it."""
        return ImportReport(
            format=self.format,
            tallies={noun: Tally(in_file=count) for noun, count in self.counts.items()},
            skipped=self.skipped,
            to_learn=0,
            conflict_count=0,
            flaws=self.flaws,
        )

    def require_soundness(self) -> None:
        """Returns when the file has no flaws.

        Raises:
            FileRefused: it has some.
        """
        if not self.flaws:
            return
        first = self.flaws[0]
        raise FileRefused(
            f"{first.place}: {first.detail}",
            flaws=[(flaw.place, flaw.detail) for flaw in self.flaws],
        )

    def require_room(self, *, into_profile: bool) -> None:
        """Returns when what is in the file can go there.

        Raises:
            FileRefused: it is a whole account's for a profile, or a foreign format's for an account.
        """
        if into_profile and self.scope is Scope.ACCOUNT:
            raise FileRefused("This is a whole account's file: import it at /api/v1/me/import")
        if not into_profile and self.scope is None:
            raise FileRefused("A file of this format is imported into one memory profile")


def survey(importer: Importer, file: BinaryIO) -> Survey:
    """What is in the file, read to its end unless it has too many flaws to tell."""
    counts = dict.fromkeys(Noun, 0)
    scope: Scope | None = None
    default: PortableProfile | None = None
    flaws: list[Flaw] = []
    skipped = 0
    for entry in importer.read(file):
        match entry:
            case Flaw():
                flaws.append(entry)
                if len(flaws) == MOST_TOLD:
                    break
            case Skipped():
                skipped += 1
            case PortableHeader():
                scope = entry.scope
            case _ if noun := noun_of(entry):
                counts[noun] += 1
                if isinstance(entry, PortableProfile) and entry.is_default:
                    default = entry
    return Survey(
        format=importer.format,
        counts=counts,
        skipped=skipped,
        scope=scope,
        default=default,
        flaws=tuple(flaws),
    )
