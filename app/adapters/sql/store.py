import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.accounts import SqlLogins, SqlUsers
from app.adapters.sql.cipher import Cipher, PlainText
from app.adapters.sql.engines import Engines, scrub
from app.adapters.sql.identities import SqlIdentities
from app.adapters.sql.imports import SqlImports
from app.adapters.sql.index_changes import SqlIndexChanges
from app.adapters.sql.jobs import SqlJobs
from app.adapters.sql.memories import SqlMemories
from app.adapters.sql.messages import SqlMessages
from app.adapters.sql.opening import try_writing
from app.adapters.sql.places import SqlPlaces
from app.adapters.sql.portability import SqlPortability
from app.adapters.sql.profiles import SqlProfiles
from app.adapters.sql.residue import Residue, Rewriting
from app.adapters.sql.sessions import SqlSessions
from app.adapters.sql.sqlite_errors import Trouble, trouble_of
from app.adapters.sql.tenants import SqlTenants
from app.adapters.sql.wipes import SqlWipes
from app.core.errors import StorageUnavailable
from app.models.actor import Actor
from app.ports.database import Transaction
from app.ports.repositories.accounts import LoginRepository, UserRepository
from app.ports.repositories.identities import IdentityRepository, TenantRepository
from app.ports.repositories.jobs import IndexChangeRepository, JobRepository
from app.ports.repositories.memories import MemoryRepository
from app.ports.repositories.messages import MessageRepository
from app.ports.repositories.places import PlaceRepository
from app.ports.repositories.portability import ImportRepository, PortabilityRepository
from app.ports.repositories.profiles import ProfileRepository
from app.ports.repositories.sessions import SessionRepository
from app.ports.repositories.wipes import WipeRepository

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

SPARE_BYTES: Final = 1_000_000
"""A disk with less is full: the smallest write may succeed where a turn does not."""
_DETAILS: Final[Mapping[Trouble, str]] = {
    Trouble.FULL: "Storage has no room left at the moment",
    Trouble.DAMAGED: "Storage is damaged, and has to be restored",
}


class SqlTransaction:
    """The repositories over one connection."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self.users: UserRepository = SqlUsers(connection, cipher)
        self.logins: LoginRepository = SqlLogins(connection)
        self.identities: IdentityRepository = SqlIdentities(connection)
        self.tenants: TenantRepository = SqlTenants(connection)
        self.profiles: ProfileRepository = SqlProfiles(connection, cipher)
        self.sessions: SessionRepository = SqlSessions(connection, cipher)
        self.messages: MessageRepository = SqlMessages(connection, cipher)
        self.memories: MemoryRepository = SqlMemories(connection, cipher)
        self.places: PlaceRepository = SqlPlaces(connection, cipher)
        self.jobs: JobRepository = SqlJobs(connection)
        self.index_changes: IndexChangeRepository = SqlIndexChanges(connection)
        self.portability: PortabilityRepository = SqlPortability(connection, cipher)
        self.imports: ImportRepository = SqlImports(connection)
        self.wipes: WipeRepository = SqlWipes(connection)


class Unwritten(StorageUnavailable):
    """What it was asked for could not be read or written, for a reason that SQLite gives."""

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
        self._residue = Rewriting() if engines.is_encrypted else Residue(engines.file)
        self._writers = ThreadPoolExecutor(engines.writers, thread_name_prefix="sql-write")
        self._readers = ThreadPoolExecutor(engines.readers, thread_name_prefix="sql-read")

    @property
    def exclusive(self) -> bool:
        """Whether no other process can have this database open."""
        return self._engines.exclusive

    async def read(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, from one consistent view.

        Raises:
            StorageUnavailable: the database gave no answer.
        """
        return await self._run(self._readers, self._engines.reader, work)

    async def write(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        """What `work` returns, committed, also when the caller is cancelled meanwhile.

        Raises:
            StorageUnavailable: nothing of it was committed.
        """
        try:
            result = await self._run(self._writers, self._engines.writer, work)
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
            work = partial(_blank, self._residue, self._engines.writer, page)
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
        await loop.run_in_executor(self._readers, _ping, self._engines.reader)

    async def check_writing(self) -> None:
        """Returns when the last write was committed, or one that is made to see.

        Raises:
            StorageUnavailable: it was not.
        """
        if self._cannot_write is None:
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writers, _try_writing, self._engines)
        self._tell(None)

    async def close(self) -> None:
        """Work under way has ended, and the files are let go."""
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._engines.reader.dispose()
        self._engines.writer.dispose()
        self._residue.close()
        self._cipher.close()

    def _scrub(self) -> bool:
        engine = self._engines.writer
        try:
            self._cipher.settle(engine)
            return scrub(engine)
        except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
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
        self, threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Transaction], Result]
    ) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._in_transaction, engine, work)

    def _in_transaction(self, engine: Engine, work: Callable[[Transaction], Result]) -> Result:
        try:
            with engine.begin() as connection:
                return work(SqlTransaction(connection, self._cipher))
        except DBAPIError as error:
            raise _unavailable(error) from error


def _unavailable(error: DBAPIError) -> Unwritten:
    trouble = trouble_of(error)
    if trouble is Trouble.DAMAGED:
        logger.error("the database is damaged: restore it from a backup")
    return Unwritten(trouble)


def _try_writing(engines: Engines) -> None:
    if shutil.disk_usage(engines.file.parent).free < SPARE_BYTES:
        raise Unwritten(Trouble.FULL)
    try:
        try_writing(engines.writer)
    except DBAPIError as error:
        raise _unavailable(error) from error


def _blank(residue: Residue | Rewriting, engine: Engine, first: int) -> int | None:
    try:
        return residue.blank(engine, first)
    except BlockingIOError:
        raise
    except (DBAPIError, engine.dialect.loaded_dbapi.Error, OSError) as error:
        raise StorageUnavailable from error


def _ping(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        raise StorageUnavailable from error
