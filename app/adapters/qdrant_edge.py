import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
import qdrant_edge as edge

from app.adapters.deadlines import in_time
from app.adapters.qdrant_edge_copy import ShardCopy
from app.adapters.qdrant_edge_folder import ShardFolder
from app.adapters.qdrant_edge_points import StoredId, facts_of, inside_with_past, stored_point
from app.adapters.qdrant_edge_search import count_others, search_shard, those_there
from app.adapters.qdrant_edge_shard import put_away, translated
from app.adapters.qdrant_points import FACTS, stored_id
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Point, QueryVectors

Answer = TypeVar("Answer")

UPSERT_POINTS: Final = 256
"""Points per write, which takes about 13 ms."""

SCROLL_POINTS: Final = 2_000
"""Points per read of all, which takes about 2 ms, and 10 with their facts."""


class QdrantEdgeIndex:
    """Qdrant's engine inside this process, on a folder of its own that no other process has open.

    A point is stored under a hash of its namespace and id, so that no call can reach a point of
    another namespace by its id; one that becomes past, or present again, is replaced in its place.
    What was acknowledged survives kill -9, and from the next `flush` on a loss of power.
    """

    erases_bytes: Final = True

    def __init__(
        self,
        folder: Path,
        *,
        dims: int,
        mend: bool = False,
        deadline_s: float = 2.0,
        write_deadline_s: float = 30.0,
    ) -> None:
        """Opens the folder, or makes it; 50,000 points take 0.2 s.

        Args:
            folder: everything in there belongs to the index.
            dims: length of the dense vectors.
            mend: whether a folder that the engine cannot read is emptied, for what should be in
                there to be put there again. Only for who knows that no other process has it open.
            deadline_s: for a search, with its wait.
            write_deadline_s: for a change, with its wait.

        Raises:
            IndexUnavailable: the folder cannot be written, holds something else, or, unless it is
                mended, is damaged, of another form, or in use.
        """
        self._deadline_s = deadline_s
        self._write_deadline_s = write_deadline_s
        self._folder = ShardFolder(folder, dims=dims)
        self._shard = self._folder.open(mend=mend)
        self._copy: ShardCopy | None = None
        """Follows every change while it is made. Of the writing thread, as `_shard` is."""
        self._wiping = asyncio.Lock()
        # One writer, so that counting what is there and deleting it cannot interleave.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="index-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="index-read")
        self._reading: set[Future[Any]] = set()

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """The number of points that replace one of other words; the next search finds all.

        Raises:
            IndexUnavailable: nothing is promised about any of the points; do it again.
        """
        return await self._write(lambda: self._upsert(namespace, points)) if points else 0

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """The number of points that were there and are gone.

        Raises:
            IndexUnavailable: do it again.
        """
        keys = [stored_id(namespace, point_id) for point_id in set(ids)]
        return await self._write(lambda: self._delete(keys)) if keys else 0

    async def delete_namespace(self, namespace: Namespace) -> int:
        """The number of points that were there; the namespace is empty afterwards.

        Raises:
            IndexUnavailable: do it again.
        """
        return await self._write(lambda: self._delete_namespace(namespace))

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
            lambda: search_shard(self._shard, namespace, query, limit=limit, as_of=as_of)
        )

    async def ids(self, namespace: Namespace) -> set[UUID]:
        """The ids of all points of a namespace.

        Raises:
            IndexUnavailable: no answer.
        """
        found: set[UUID] = set()
        async for records in self._pages(namespace, with_payload=[FACTS]):
            found.update(facts_of(record).id for record in records)
        return found

    async def holds_exactly(self, namespace: Namespace, ids: Collection[UUID]) -> bool:
        """Whether the points of a namespace are these and no others; 1 ms for a thousand.

        Raises:
            IndexUnavailable: no answer.
        """
        there: set[StoredId] = set()
        async for records in self._pages(namespace, with_payload=False):
            there.update(record.id for record in records)
        return there == {stored_id(namespace, point_id) for point_id in ids}

    async def count(self) -> int:
        """How many points there are, of all namespaces.

        Raises:
            IndexUnavailable: no answer.
        """
        return await self._read(lambda: self._shard.count(edge.CountRequest()))

    async def check(self) -> None:
        """Returns when the shard answers, and has room for changes.

        Raises:
            IndexUnavailable: it does not, or has none.
        """
        self._folder.require_room()
        await self._read(lambda: self._shard.info())

    async def flush(self) -> None:
        """What was written survives a loss of power; takes 5 to 50 ms.

        Raises:
            IndexUnavailable: nothing is promised.
        """
        await self._write(lambda: self._shard.flush())

    async def clear(self) -> None:
        """The index is empty, for every namespace, and its old bytes are gone from the folder.

        Raises:
            IndexUnavailable: do it again.
        """
        await self._write(self._clear)

    async def wipe(self) -> None:
        """Nothing is left in the folder of what was deleted or replaced before.

        All points are copied into another shard, a few at a time; searches and changes go on
        meanwhile, and take the same time. It needs room for both.

        Raises:
            IndexUnavailable: it is all still there; do it again.
        """
        async with self._wiping:
            try:
                copy = await self._write(self._begin_copy)
                while not copy.is_whole:
                    took_s = await self._write(copy.some)
                    await asyncio.sleep(took_s)  # half of the time for everybody else
                with translated():
                    await asyncio.to_thread(self._folder.settle)  # so that changes wait for less
                await self._write(lambda: self._move_into(copy))
            except BaseException:
                with suppress(RuntimeError):  # at the end, `close` does it
                    self._writer.submit(self._drop_copy)
                raise

    async def close(self) -> None:
        """Flushed, and files and threads are let go. Later calls raise IndexUnavailable."""
        await asyncio.to_thread(self._close)

    async def _read(self, work: Callable[[], Answer]) -> Answer:
        with translated():
            reading = self._readers.submit(work)
            self._reading.add(reading)
            reading.add_done_callback(self._reading.discard)
            return await in_time(reading, self._deadline_s)

    async def _write(self, work: Callable[[], Answer]) -> Answer:
        self._folder.require_room()
        with translated():
            return await in_time(self._writer.submit(work), self._write_deadline_s)

    def _change(self, operation: edge.UpdateOperation) -> None:
        self._shard.update(operation)
        if self._copy is not None:
            self._copy.follow(operation)

    def _upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        replaced = 0
        for start in range(0, len(points), UPSERT_POINTS):
            batch = [stored_point(namespace, point) for point in points[start:][:UPSERT_POINTS]]
            replaced += count_others(self._shard, batch)
            self._change(edge.UpdateOperation.upsert_points(batch))
        return replaced

    def _delete(self, keys: Sequence[StoredId]) -> int:
        there = those_there(self._shard, keys)
        self._change(edge.UpdateOperation.delete_points(there))
        return len(there)

    def _delete_namespace(self, namespace: Namespace) -> int:
        scope = edge.Filter(must=[inside_with_past(namespace)])
        there = self._shard.count(edge.CountRequest(filter=scope))
        self._change(edge.UpdateOperation.delete_points_by_filter(scope))
        return there

    async def _pages(
        self, namespace: Namespace, *, with_payload: bool | list[str]
    ) -> AsyncGenerator[Sequence[edge.Record]]:
        """All points of a namespace, some at a time, so that searches come in between."""
        scope = edge.Filter(must=[inside_with_past(namespace)])
        offset: StoredId | None = None
        while True:
            request = edge.ScrollRequest(
                offset=offset, limit=SCROLL_POINTS, filter=scope, with_payload=with_payload
            )
            records, offset = await self._read(partial(self._scroll, request))
            yield records
            if offset is None:
                return

    def _scroll(self, request: edge.ScrollRequest) -> tuple[list[edge.Record], StoredId | None]:
        return self._shard.scroll(request)

    def _clear(self) -> None:
        self._drop_copy()
        self._replace_shard(self._folder.begin())

    def _begin_copy(self) -> ShardCopy:
        self._drop_copy()
        self._copy = ShardCopy(self._shard, into=self._folder.begin())
        return self._copy

    def _move_into(self, copy: ShardCopy) -> None:
        copy.require_whole()
        self._copy = None
        self._replace_shard(copy.shard)

    def _drop_copy(self) -> None:
        """What a copy has come to is gone, unless it counts by now."""
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.give_up()
            copy.shard.close()
        self._folder.tidy()

    def _replace_shard(self, new: edge.EdgeShard) -> None:
        """Searches find what the new shard holds, and the old one's files are gone."""
        self._folder.settle()
        new.flush()
        self._folder.switch()
        old, self._shard = self._shard, new
        wait(self._reading.copy())
        old.close()
        self._folder.tidy()

    def _close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown(cancel_futures=True)
        with translated():
            self._drop_copy()
        put_away(self._shard)
