import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.adapters.deadlines import in_time
from app.adapters.pgvector_rows import drop, drop_all, lock, of, put
from app.adapters.pgvector_schema import SEARCH_PATH
from app.adapters.pgvector_search import search_namespace
from app.adapters.sql.postgres_engine import SYSTEM_ROLE, USER_ROLE
from app.adapters.sql.postgres_patience import Unanswered
from app.core.errors import IndexUnavailable
from app.models.ids import UserId
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Point, QueryVectors

Answer = TypeVar("Answer")

UPSERT_POINTS: Final = 256
"""Points per transaction."""

WRITE_S: Final = 30.0
READERS: Final = 4
WRITERS: Final = 2

_ENTER: Final = """
select set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true),
    set_config('search_path', %(path)s, true), set_config('jit', 'off', true),
    set_config('work_mem', '32MB', true),
    set_config('statement_timeout', %(timeout_ms)s, true),
    set_config('idle_in_transaction_session_timeout', %(timeout_ms)s, true)
"""
"""What a transaction begins with. Long searches would else be compiled, which takes longer, and those
of 50,000 points written to a file."""

_IDS: Final = """
select id from index_points
where user_id = %(user)s and memory_profile_id = %(profile)s and form = %(form)s
"""

_MAY_VACUUM: Final = """
select pg_has_role(relowner, 'usage') from pg_class where oid = 'index_points'::regclass
"""


class PgvectorIndex:
    """Vectors and postings in tables of a Postgres, for any number of processes.

    Searches are exact: there is no approximate index, and none is needed below some 100,000 points
    of one profile. Row-level security holds every transaction to the user of its namespace. What is
    acknowledged is as durable as any commit. Points of another `form`, such as of another embedding
    model, are not found, but go with the others.
    """

    erases_bytes: Final = False

    def __init__(
        self,
        engine: Engine,
        *,
        form: str,
        deadline_s: float = 2.0,
        write_deadline_s: float = WRITE_S,
    ) -> None:
        """Over tables that are there; connects at the first call.

        Args:
            engine: its own, with `READERS + WRITERS` connections.
            form: what vectors and words were made by; what was made otherwise is not searched.
            deadline_s: for a search, with its wait.
            write_deadline_s: for a change, with its wait.
        """
        self._engine = engine
        self._form = form
        self._deadline_s = deadline_s
        self._write_deadline_s = write_deadline_s
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="index-read")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="index-write")

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """The number of points that replace one of other words; the next search finds all.

        Raises:
            IndexUnavailable: nothing is promised about any of the points; do it again.
        """
        replaced = 0
        for start in range(0, len(points), UPSERT_POINTS):
            some = points[start:][:UPSERT_POINTS]
            replaced += await self._change(namespace, partial(self._put, namespace, some))
        return replaced

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """The number of points that were there and are gone.

        Raises:
            IndexUnavailable: do it again.
        """
        wanted = list(set(ids))
        if not wanted:
            return 0
        return await self._change(namespace, lambda one: drop(one, namespace, wanted))

    async def delete_namespace(self, namespace: Namespace) -> int:
        """The number of points that were there; the namespace is empty afterwards.

        Raises:
            IndexUnavailable: do it again.
        """
        return await self._change(namespace, lambda one: drop_all(one, namespace))

    async def search(
        self,
        namespace: Namespace,
        query: QueryVectors,
        *,
        limit: int,
        as_of: datetime | None = None,
    ) -> Found:
        """The `limit` best of each half, united, each scored by both; best cosine first.

        Raises:
            IndexUnavailable: no answer within the deadline.
        """
        if limit <= 0:
            return Found([], np.ones(len(query.sparse.indices)), 0)
        return await self._read(
            lambda one: search_namespace(
                one, namespace, query, form=self._form, limit=limit, as_of=as_of
            ),
            by=namespace.user_id,
        )

    async def ids(self, namespace: Namespace) -> set[UUID]:
        """The ids of all points of a namespace.

        Raises:
            IndexUnavailable: no answer.
        """

        def work(connection: Connection) -> set[UUID]:
            asked = {**of(namespace), "form": self._form}
            return set(connection.exec_driver_sql(_IDS, asked).scalars())

        return await self._read(work, by=namespace.user_id)

    async def holds_exactly(self, namespace: Namespace, ids: Collection[UUID]) -> bool:
        """Whether the points of a namespace are these and no others.

        Raises:
            IndexUnavailable: no answer.
        """
        return await self.ids(namespace) == set(ids)

    async def count(self) -> int:
        """How many points there are, of all namespaces.

        Raises:
            IndexUnavailable: no answer.
        """

        def work(connection: Connection) -> int:
            count = "select count(*) from index_points where form = %(form)s"
            return int(connection.exec_driver_sql(count, {"form": self._form}).scalar_one())

        return await self._read(work, by=None)

    async def check(self) -> None:
        """Returns when the tables answer.

        Raises:
            IndexUnavailable: they do not.
        """
        await self._read(
            lambda one: one.exec_driver_sql("select from index_points limit 1").all(), by=None
        )

    async def flush(self) -> None:
        """Nothing: what was acknowledged is committed."""

    async def clear(self) -> None:
        """The index is empty, for every namespace and form; the server has let go of the files.

        Raises:
            IndexUnavailable: do it again.
        """

        def work(connection: Connection) -> None:
            connection.exec_driver_sql("set local role none")  # only their owner may do this
            connection.exec_driver_sql("truncate index_points, index_words")

        await self._write(work, by=None)

    async def wipe(self) -> None:
        """What was deleted cannot be read by any statement, and its room is used again.

        VACUUM does not blank: the bytes stay in free room of the files until something else is
        written there, and in the write-ahead log, replicas and backups as long as these are kept.

        Raises:
            IndexUnavailable: do it again; or this role may not vacuum.
        """
        with _translated():
            await in_time(self._writers.submit(self._vacuum), self._write_deadline_s)

    async def close(self) -> None:
        """Threads and connections are let go. Later calls raise IndexUnavailable."""
        await asyncio.to_thread(self._close)

    def _put(self, namespace: Namespace, points: Sequence[Point], connection: Connection) -> int:
        return put(connection, namespace, points, form=self._form)

    async def _change(self, namespace: Namespace, work: Callable[[Connection], Answer]) -> Answer:
        """What the work comes to, while no other process changes the namespace."""

        def alone(connection: Connection) -> Answer:
            lock(connection, namespace)
            return work(connection)

        return await self._write(alone, by=namespace.user_id)

    async def _read(self, work: Callable[[Connection], Answer], *, by: UserId | None) -> Answer:
        with _translated():
            run = partial(self._transact, work, by=by, timeout_s=self._deadline_s)
            return await in_time(self._readers.submit(run), self._deadline_s)

    async def _write(self, work: Callable[[Connection], Answer], *, by: UserId | None) -> Answer:
        with _translated():
            run = partial(self._transact, work, by=by, timeout_s=self._write_deadline_s)
            return await in_time(self._writers.submit(run), self._write_deadline_s)

    def _transact(
        self, work: Callable[[Connection], Answer], *, by: UserId | None, timeout_s: float
    ) -> Answer:
        """What the work comes to, committed; done anew when the connection had been lost before."""
        first = {
            "role": USER_ROLE if by else SYSTEM_ROLE,
            "claims": orjson.dumps({"sub": by, "role": USER_ROLE}).decode() if by else "",
            "path": SEARCH_PATH,
            "timeout_ms": str(int(timeout_s * 1000)),
        }

        def once() -> Answer:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(_ENTER, first)
                return work(connection)

        try:
            return once()
        except DBAPIError as error:
            if not error.connection_invalidated or isinstance(error.orig, Unanswered):
                raise
        return once()

    def _vacuum(self) -> None:
        with self._engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            if not alone.exec_driver_sql(_MAY_VACUUM).scalar_one():
                raise IndexUnavailable("Only the owner of index_points may vacuum it")
            alone.exec_driver_sql("vacuum index_points")
            alone.exec_driver_sql("vacuum index_words")

    def _close(self) -> None:
        self._readers.shutdown(cancel_futures=True)
        self._writers.shutdown()
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever the driver raises is IndexUnavailable."""
    try:
        yield
    except TimeoutError:
        raise IndexUnavailable("The index did not answer in time") from None
    except (SQLAlchemyError, RuntimeError) as error:
        raise IndexUnavailable("The index failed") from error
