"""Looking through files, and putting them into the database."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from app.core.transfer_errors import FileRefused
from app.models.clock import Clock
from app.models.imports import ImportReport, ImportRequest
from app.models.portable import Noun, PortableFormat
from app.ports.database import Database, Transaction
from app.ports.portable import Importer
from app.services.imports.placing import Placement
from app.services.imports.rows import KeptRows, NoRows
from app.services.imports.surveying import Survey, survey
from app.services.quotas import Quotas

Progress = Callable[[int], None]
"""Called with the number of records done, from another thread."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A file that was looked through."""

    file: BinaryIO
    importer: Importer
    survey: Survey


class Reading:
    """Files that are here already: what is in them, what would become of it, and what does."""

    def __init__(
        self,
        database: Database,
        *,
        importers: Sequence[Importer],
        quotas: Quotas,
        clock: Clock,
    ) -> None:
        self._database = database
        self._importers = importers
        self._quotas = quotas
        self._clock = clock

    async def look_through(self, request: ImportRequest, file: BinaryIO) -> Surveyed:
        """What is in a seekable file.

        Raises:
            FileRefused: nobody can tell what it is.
        """

        def work() -> Surveyed:
            importer = self._importer(request.format, file)
            return Surveyed(file, importer, survey(importer, file))

        return await asyncio.to_thread(work)

    async def plan(self, request: ImportRequest, found: Surveyed) -> ImportReport:
        """What importing the file would do, or what is wrong with it. Nothing is changed.

        Raises:
            ProfileNotFound: absent, or someone else's.
            FileRefused: it cannot go there.
            QuotaFull: the user's plan has no room for it.
        """
        if found.survey.flaws:
            return found.survey.report()
        found.survey.require_room(into_profile=request.into is not None)

        def work(tx: Transaction) -> ImportReport:
            report = self._placement(tx, request, found, keeps=False).place(
                found.importer.read(found.file), file_format=found.survey.format, progress=_unheard
            )
            self._quotas.admit(
                tx,
                request.caller,
                memories=report.tallies[Noun.MEMORIES].added,
                documents=report.tallies[Noun.DOCUMENTS].added,
            )
            return report

        return await self._database.read(work, by=request.caller)

    def place(
        self, tx: Transaction, request: ImportRequest, found: Surveyed, *, progress: Progress
    ) -> ImportReport:
        """What became of the file, all of which is written in this transaction.

        Raises:
            ProfileNotFound: absent, or someone else's.
            QuotaFull: the user's plan has no room for it, and nothing is to be kept.
        """
        before = self._quotas.kept(tx, request.caller)
        report = self._placement(tx, request, found, keeps=True).place(
            found.importer.read(found.file), file_format=found.survey.format, progress=progress
        )
        self._quotas.require_kept(tx, request.caller, before=before)
        return report

    def _importer(self, file_format: PortableFormat | None, file: BinaryIO) -> Importer:
        for importer in self._importers:
            if importer.format is file_format or (
                file_format is None and importer.recognises(file)
            ):
                return importer
        known = ", ".join(importer.format for importer in self._importers)
        raise FileRefused(f"Nobody can tell what this file is: say with ?format= ({known})")

    def _placement(
        self, tx: Transaction, request: ImportRequest, found: Surveyed, *, keeps: bool
    ) -> Placement:
        now = self._clock()
        return Placement(
            tx,
            KeptRows(tx, request.caller, at=now) if keeps else NoRows(),
            caller=request.caller,
            into=request.into,
            default=found.survey.default,
            at=now,
        )


def _unheard(_done: int) -> None:
    """Nobody waits for a look at what an import would do."""
