import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, Final

from app.core.errors import AppError
from app.models.actor import OneUser
from app.models.clock import Clock
from app.models.ids import ImportId, ProcessId, new_id
from app.models.imports import Import, ImportReport, ImportRequest, ImportState
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.portable import Scratch
from app.services.feed import Feed
from app.services.imports.reading import Progress, Reading, Surveyed
from app.services.imports.receiving import receive
from app.services.imports.surveying import Survey
from app.services.indexing import Indexer
from app.services.learning import Learner
from app.services.transfers import Transfers

logger = logging.getLogger(__name__)

INTERRUPTED: Final = "Interrupted"
"""The error of an import whose process ended before it did."""


class Importing:
    """Reads files into profiles and accounts, each in one transaction: all of it or nothing.

    A file is looked through first, and refused as a whole for any flaw. Then it is imported in the
    background, and `get` tells how far it is.
    """

    def __init__(
        self,
        database: Database,
        *,
        reading: Reading,
        scratch: Scratch,
        transfers: Transfers,
        indexer: Indexer,
        learner: Learner,
        feed: Feed,
        clock: Clock,
        carrier: ProcessId | None = None,
    ) -> None:
        """A `carrier` is this process, if others on the database can see when it has ended."""
        self._database = database
        self._reading = reading
        self._scratch = scratch
        self._transfers = transfers
        self._indexer = indexer
        self._learner = learner
        self._feed = feed
        self._clock = clock
        self._carrier = carrier
        self._done: dict[ImportId, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def plan(self, request: ImportRequest, upload: AsyncIterator[bytes]) -> ImportReport:
        """What importing the file would do, or what is wrong with it. Nothing is changed.

        Raises:
            ProfileNotFound: absent, or someone else's.
            TransferInProgress: the caller has another one under way.
            FileRefused: nobody can tell what it is, or it cannot go there.
            PayloadTooLarge: it is over the limit.
        """
        with ExitStack() as held:
            file = await self._received(request, upload, held)
            async with self._transfers.room():
                found = await self._reading.look_through(request, file)
                return await self._reading.plan(request, found)

    async def start(self, request: ImportRequest, upload: AsyncIterator[bytes]) -> Import:
        """The import, under way; its file is sound.

        Raises:
            ProfileNotFound: absent, or someone else's.
            TransferInProgress: the caller has another one under way.
            FileRefused: it has flaws, nobody can tell what it is, or it cannot go there.
            PayloadTooLarge: it is over the limit.
        """
        with ExitStack() as held:
            file = await self._received(request, upload, held)
            async with self._transfers.room():
                found = await self._reading.look_through(request, file)
            found.survey.require_soundness()
            found.survey.require_room(into_profile=request.into is not None)
            started = self._started(request, found.survey)
            await self._database.write(
                lambda tx: tx.imports.add(started, by=self._carrier), by=request.caller
            )
            self._done[started.id] = 0
            task = asyncio.create_task(self._carry_out(request, started, found, held.pop_all()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return started

    async def run(
        self, request: ImportRequest, file: BinaryIO, *, announce: Callable[[int], Progress]
    ) -> ImportReport:
        """What became of a file that is here already, when it is done.

        Args:
            request: where it goes.
            file: seekable.
            announce: told how many records there are; what it returns is told how many are done.

        Raises:
            ProfileNotFound: absent, or someone else's.
            FileRefused: it has flaws, nobody can tell what it is, or it cannot go there.
        """
        found = await self._reading.look_through(request, file)
        found.survey.require_soundness()
        found.survey.require_room(into_profile=request.into is not None)
        progress = announce(found.survey.total)
        return await self._database.write(
            lambda tx: self._reading.place(tx, request, found, progress=progress), by=request.caller
        )

    async def get(self, caller: Caller, import_id: ImportId) -> Import:
        """Where an import stands; it runs until its owner can begin another one.

        Raises:
            ImportNotFound: absent, or someone else's.
        """
        found = await self._database.read(
            lambda tx: tx.imports.get(import_id, owner=caller.user_id), by=caller
        )
        if import_id not in self._done:
            return found
        return replace(
            found,
            state=ImportState.RUNNING,
            done=self._done[import_id],
            report=None,
            finished_at=None,
        )

    async def close(self, *, timeout_s: float) -> None:
        """No import is under way; one that did not end in time has left nothing behind."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _received(
        self, request: ImportRequest, upload: AsyncIterator[bytes], held: ExitStack
    ) -> BinaryIO:
        """The upload in a file of its own, which is gone when `held` is left."""
        owner, into = request.caller.user_id, request.into
        held.enter_context(self._transfers.of(owner))
        if into is not None:
            await self._database.read(
                lambda tx: tx.profiles.get(into, owner=owner), by=request.caller
            )
        return await receive(upload, held.enter_context(self._scratch()))

    async def _carry_out(
        self, request: ImportRequest, started: Import, found: Surveyed, held: ExitStack
    ) -> None:
        loop = asyncio.get_running_loop()

        def progress(done: int) -> None:
            loop.call_soon_threadsafe(self._advance, started, done)

        with held:
            try:
                async with self._transfers.room():
                    finished = await self._database.write(
                        lambda tx: self._finish(tx, request, started, found, progress),
                        by=request.caller,
                    )
            except AppError as error:
                finished = await self._failed(request.caller, started, error)
            except Exception as error:
                logger.exception("import failed unexpectedly", exc_info=error)
                finished = await self._failed(request.caller, started, error)
        self._done.pop(started.id, None)
        self._indexer.wake()
        self._learner.wake()
        self._tell(finished)

    def _finish(
        self,
        tx: Transaction,
        request: ImportRequest,
        started: Import,
        found: Surveyed,
        progress: Progress,
    ) -> Import:
        report = self._reading.place(tx, request, found, progress=progress)
        finished = replace(
            started,
            state=ImportState.DONE,
            done=started.total,
            report=report,
            finished_at=self._clock(),
        )
        tx.imports.finish(finished)
        return finished

    def _started(self, request: ImportRequest, found: Survey) -> Import:
        return Import(
            id=ImportId(new_id()),
            tenant_id=request.caller.tenant_id,
            user_id=request.caller.user_id,
            profile_id=request.into,
            format=found.format,
            state=ImportState.RUNNING,
            done=0,
            total=found.total,
            report=None,
            error=None,
            created_at=self._clock(),
            finished_at=None,
        )

    async def _failed(self, owner: OneUser, started: Import, error: Exception) -> Import:
        failed = replace(
            started,
            state=ImportState.FAILED,
            error=type(error).__name__,
            finished_at=self._clock(),
        )
        try:
            await self._database.write(lambda tx: tx.imports.finish(failed), by=owner)
        except AppError:
            logger.warning("import failed, and so did saying so")
        return failed

    def _advance(self, started: Import, done: int) -> None:
        if started.id in self._done:
            self._done[started.id] = done
            self._tell(replace(started, done=done))

    def _tell(self, one: Import) -> None:
        self._feed.tell(
            one.user_id,
            "import.updated",
            import_id=one.id,
            status=one.state,
            done=one.done,
            total=one.total,
        )
