import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.cipher import Cipher, PlainText
from app.adapters.sql.engines import Engines, Medium
from app.adapters.sql.transaction import SqlTransaction
from app.adapters.sql.trouble import Trouble
from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM, Actor
from app.ports.database import Transaction

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 6
"""Of a transaction that others stood in the way of."""
FIRST_WAIT_S: Final = 0.01
_DETAILS: Final[Mapping[Trouble, str]] = {
    Trouble.FULL: "Storage has no room left at the moment",
    Trouble.DAMAGED: "Storage is damaged, and has to be restored",
}


class Unwritten(StorageUnavailable):
    """What it was asked for could not be read or written, for a reason that the database gives."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(_DETAILS.get(trouble))
        self.trouble = trouble


class SqlStore:
    """The Database port over SQLAlchemy Core: one transaction is one hop to a thread.

    Measured against an async driver, whose every statement hops: see checkpoints/01.
    """

    def __init__(self, engines: Engines, *, cipher: Cipher | None = None) -> None:
        """A store whose words stand there in clear unless there is a cipher."""
        self._engines = engines
        self._cipher = cipher or PlainText()
        self._scrub_owed = False
        self._cannot_write: Trouble | None = None
        """What kept the last write from being committed."""
        self._medium = engines.medium
        self._writers = ThreadPoolExecutor(engines.writers, thread_name_prefix="sql-write")
        self._readers = (
            ThreadPoolExecutor(engines.readers, thread_name_prefix="sql-read")
            if engines.readers is not None
            else self._writers
        )

    @property
    def exclusive(self) -> bool:
        """Whether no other process can have this database open."""
        return self._engines.exclusive

    @property
    def erases_bytes(self) -> bool:
        """Whether a wipe takes away bytes, and not rows only."""
        return self._medium.erases_bytes

    async def read(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, from one consistent view of what `by` may see.

        Raises:
            StorageUnavailable: the database gave no answer.
        """
        return await self._run(self._readers, self._engines.reader, work, by=by)

    async def write(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, committed, also when the caller is cancelled meanwhile.

        It is done anew when others stood in its way, and what it did is gone.

        Raises:
            StorageUnavailable: nothing of it was committed.
        """
        try:
            result = await self._run(self._writers, self._engines.writer, work, by=by)
        except Unwritten as error:
            self._tell(error.trouble)
            raise
        if self._cannot_write is not None:  # it may have had nothing to write
            with suppress(StorageUnavailable):
                await self.check_writing()
        return result

    @property
    def scrub_owed(self) -> bool:
        """Whether the last scrub left bytes of what was deleted in the files."""
        return self._scrub_owed

    async def scrub(self) -> bool:
        """Whether the bytes of what was deleted are gone from the files, logs included.

        Raises:
            StorageUnavailable: they are still there.
        """
        loop = asyncio.get_running_loop()
        gone = False
        try:
            gone = await loop.run_in_executor(self._writers, self._scrub)
        finally:
            self._scrub_owed = not gone
        return gone

    async def wipe(self) -> bool:
        """Whether nothing is left in the files of what was deleted before.

        Raises:
            StorageUnavailable: something may be left.
        """
        loop = asyncio.get_running_loop()
        page: int | None = 1
        while page is not None:
            work = partial(_wipe, self._medium, page)
            try:
                page = await loop.run_in_executor(self._writers, work)
            except BlockingIOError:
                return False
        return True

    async def check(self) -> None:
        """Returns when the database answers.

        Raises:
            StorageUnavailable: it does not.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._readers, self._ping)

    async def check_writing(self) -> None:
        """Returns when the last write was committed, or one that is made to see.

        Raises:
            StorageUnavailable: it was not.
        """
        if self._cannot_write is None:
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writers, _try_writing, self._medium)
        self._tell(None)

    async def close(self) -> None:
        """Work under way has ended, and the files are let go."""
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._engines.close()
        self._cipher.close()

    def _scrub(self) -> bool:
        try:
            self._cipher.settle(self._engines.system)
            return self._medium.scrub()
        except (DBAPIError, self._engines.writer.dialect.loaded_dbapi.Error) as error:
            raise StorageUnavailable from error

    def _tell(self, trouble: Trouble | None) -> None:
        """Operators are told when writing ceases to work, and when it works again."""
        if trouble is self._cannot_write:
            return
        self._cannot_write = trouble
        if trouble is None:
            logger.warning("the database is written again")
        else:
            logger.error("the database cannot be written", extra={"error": trouble})

    async def _run(
        self,
        threads: ThreadPoolExecutor,
        engine: Engine,
        work: Callable[[Transaction], Result],
        *,
        by: Actor,
    ) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._in_transactions, engine, work, by)

    def _in_transactions(
        self, engine: Engine, work: Callable[[Transaction], Result], by: Actor
    ) -> Result:
        """What the work returns from the first transaction that nobody stood in the way of."""
        for attempt in range(ATTEMPTS - 1):
            try:
                return self._in_transaction(engine, work, by)
            except Unwritten as error:
                if error.trouble is not Trouble.CONTESTED:
                    raise
            time.sleep(FIRST_WAIT_S * 2**attempt * (1 + random.random()))  # noqa: S311 - no secret
        return self._in_transaction(engine, work, by)

    def _begun(self, connection: Connection, by: Actor) -> RootTransaction:
        """The beginning of a transaction, over another connection if this one was cut since its last."""
        options = connection.execution_options(actor=by)
        try:
            return options.begin()
        except DBAPIError as error:
            waited = self._medium.trouble_of(error) is Trouble.SLOW
            if waited or not error.connection_invalidated:
                raise
        return options.begin()

    def _ping(self) -> None:
        try:
            with self._engines.reader.connect() as connection, self._begun(connection, SYSTEM):
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise StorageUnavailable from error

    def _in_transaction(
        self, engine: Engine, work: Callable[[Transaction], Result], by: Actor
    ) -> Result:
        try:
            with engine.connect() as connection, self._begun(connection, by):
                return work(SqlTransaction(connection, self._cipher, within=by.within))
        except DBAPIError as error:
            raise _unavailable(self._medium, error) from error


def _unavailable(medium: Medium, error: DBAPIError) -> Unwritten:
    trouble = medium.trouble_of(error)
    if trouble is Trouble.DAMAGED:
        logger.error("the database is damaged: restore it from a backup")
    return Unwritten(trouble)


def _try_writing(medium: Medium) -> None:
    trouble = medium.try_writing()
    if trouble is not None:
        raise Unwritten(trouble)


def _wipe(medium: Medium, first: int) -> int | None:
    try:
        return medium.wipe(first)
    except BlockingIOError:
        raise
    except (DBAPIError, OSError) as error:
        raise StorageUnavailable from error
