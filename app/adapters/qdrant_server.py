import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import httpx
import numpy as np
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from app.adapters.qdrant_points import DENSE, FACTS, NAMESPACE, WORDS, facts_in, stored_id
from app.adapters.qdrant_server_points import inside, says_the_same, stored_point
from app.adapters.qdrant_server_search import search_collection
from app.core.errors import IndexUnavailable
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Point, QueryVectors

logger = logging.getLogger(__name__)

UPSERT_POINTS: Final = 256
"""Points per request."""

SCROLL_POINTS: Final = 2_000

OLDEST: Final = (1, 19)
"""The first version that can scope IDF to a tenant. An older one would let the words of all users
count, without a word."""

_CONFLICT: Final = 409
_NOT_FOUND: Final = 404


class QdrantServerIndex:
    """One collection of a Qdrant server, for any number of processes.

    No graph is built: within a tenant the server looks at every vector, so that it finds what the
    exact index does. IDF is per shard, hence the one shard; replicas are the server's affair. The
    collection is made when it is first needed, so that a server that is down at the start is no
    reason not to start. Nothing is stored of a point but vectors, ids and numbers.
    """

    erases_bytes: Final = False

    def __init__(
        self,
        client: AsyncQdrantClient,
        *,
        collection: str,
        dims: int,
        deadline_s: float = 2.0,
        write_deadline_s: float = 30.0,
    ) -> None:
        """Over a client that it closes in the end.

        Args:
            client: of a server, or in memory: then for one thread.
            collection: its name says what vectors and words were made by.
            dims: length of the dense vectors.
            deadline_s: for a search.
            write_deadline_s: for a change.
        """
        self._client = client
        self._collection = collection
        self._dims = dims
        self._deadline_s = deadline_s
        self._write_deadline_s = write_deadline_s
        self._is_there = False

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """The number of points that replace one of other words; the next search finds all.

        Raises:
            IndexUnavailable: nothing is promised about any of the points; do it again.
        """
        replaced = 0
        for start in range(0, len(points), UPSERT_POINTS):
            batch = [stored_point(namespace, point) for point in points[start:][:UPSERT_POINTS]]
            async with self._asking(self._write_deadline_s):
                replaced += await self._count_others(batch)
                await self._client.upsert(self._collection, batch, wait=True)
        return replaced

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """The number of points that were there and are gone.

        Raises:
            IndexUnavailable: do it again.
        """
        keys: list[models.ExtendedPointId] = [stored_id(namespace, one) for one in set(ids)]
        if not keys:
            return 0
        async with self._asking(self._write_deadline_s):
            there = await self._client.retrieve(self._collection, keys, with_payload=False)
            selector = models.PointIdsList(points=[record.id for record in there])
            if there:
                await self._client.delete(self._collection, selector, wait=True)
        return len(there)

    async def delete_namespace(self, namespace: Namespace) -> int:
        """The number of points that were there; the namespace is empty afterwards.

        Raises:
            IndexUnavailable: do it again.
        """
        scope = models.Filter(must=[inside(namespace, with_past=True)])
        async with self._asking(self._write_deadline_s):
            there = await self._client.count(self._collection, count_filter=scope, exact=True)
            selector = models.FilterSelector(filter=scope)
            await self._client.delete(self._collection, selector, wait=True)
        return there.count

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
        async with self._asking(self._deadline_s):
            return await search_collection(
                self._client, self._collection, namespace, query, limit=limit, as_of=as_of
            )

    async def ids(self, namespace: Namespace) -> set[UUID]:
        """The ids of all points of a namespace.

        Raises:
            IndexUnavailable: no answer.
        """
        found: set[UUID] = set()
        async for records in self._pages(namespace, with_payload=[FACTS]):
            found.update(facts_in(record.payload).id for record in records)
        return found

    async def holds_exactly(self, namespace: Namespace, ids: Collection[UUID]) -> bool:
        """Whether the points of a namespace are these and no others.

        Raises:
            IndexUnavailable: no answer.
        """
        there: set[models.ExtendedPointId] = set()
        async for records in self._pages(namespace, with_payload=False):
            there.update(record.id for record in records)
        return there == {stored_id(namespace, point_id) for point_id in ids}

    async def count(self) -> int:
        """How many points there are, of all namespaces.

        Raises:
            IndexUnavailable: no answer.
        """
        async with self._asking(self._deadline_s):
            return (await self._client.count(self._collection, exact=True)).count

    async def check(self) -> None:
        """Returns when the server has the collection.

        Raises:
            IndexUnavailable: it does not answer, or is too old.
        """
        async with self._asking(self._deadline_s):
            await self._client.get_collection(self._collection)

    async def flush(self) -> None:
        """Nothing: a change is in the server's log before it is acknowledged."""

    async def clear(self) -> None:
        """The collection is another one, without a point; the server has let go of the files.

        Raises:
            IndexUnavailable: do it again.
        """
        async with self._asking(self._write_deadline_s):
            await self._client.delete_collection(self._collection)
            self._is_there = False
            await self._prepare()

    async def wipe(self) -> None:
        """What was deleted is found by no request; the server blanks its bytes when it sees fit.

        It rewrites a segment once 5 % of it are deleted, and its log in its turn. There is no
        request that does either at once: `clear` does.
        """

    async def close(self) -> None:
        """Connections are let go. Later calls raise IndexUnavailable."""
        await self._client.close()

    @asynccontextmanager
    async def _asking(self, deadline_s: float) -> AsyncIterator[None]:
        """The collection is there; whatever fails, or takes longer, is IndexUnavailable."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._prepare()
                yield
        except TimeoutError:
            raise IndexUnavailable("The index did not answer in time") from None
        except UnexpectedResponse as error:
            self._is_there &= error.status_code != _NOT_FOUND
            raise IndexUnavailable(f"The index answered {error.status_code}") from error
        except (ApiException, httpx.HTTPError, RuntimeError, ValueError) as error:
            raise IndexUnavailable("The index failed") from error

    async def _prepare(self) -> None:
        """The collection is there."""
        if self._is_there:
            return
        await self._require_version()
        if not await self._client.collection_exists(self._collection):
            try:
                await self._create()
            except UnexpectedResponse as error:
                if error.status_code != _CONFLICT:  # another process was quicker
                    raise
        tenants = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
        await self._client.create_payload_index(
            self._collection, NAMESPACE, field_schema=tenants, wait=True
        )
        self._is_there = True

    async def _create(self) -> None:
        dense = models.VectorParams(
            size=self._dims, distance=models.Distance.COSINE, datatype=models.Datatype.FLOAT16
        )
        words = models.SparseVectorParams(modifier=models.Modifier.IDF)
        await self._client.create_collection(
            self._collection,
            vectors_config={DENSE: dense},
            sparse_vectors_config={WORDS: words},
            shard_number=1,
            hnsw_config=models.HnswConfigDiff(m=0, payload_m=0),
            optimizers_config=models.OptimizersConfigDiff(
                deleted_threshold=0.05, vacuum_min_vector_number=100
            ),
        )

    async def _require_version(self) -> None:
        version = (await self._client.info()).version
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
            logger.error("the Qdrant server is too old: 1.19 or later", extra={"version": version})
            raise IndexUnavailable("The Qdrant server is older than 1.19")

    async def _count_others(self, points: Sequence[models.PointStruct]) -> int:
        """How many of the points are there already, with other words or another vector."""
        new = {point.id: point for point in points}
        there = await self._client.retrieve(
            self._collection, list(new), with_payload=False, with_vectors=True
        )
        return sum(not says_the_same(record, new[record.id]) for record in there)

    async def _pages(
        self, namespace: Namespace, *, with_payload: bool | list[str]
    ) -> AsyncGenerator[Sequence[models.Record]]:
        scope = models.Filter(must=[inside(namespace, with_past=True)])
        offset: models.ExtendedPointId | None = None
        while True:
            async with self._asking(self._deadline_s):
                records, offset = await self._client.scroll(
                    self._collection,
                    scroll_filter=scope,
                    limit=SCROLL_POINTS,
                    offset=offset,
                    with_payload=with_payload,
                )
            yield records
            if offset is None:
                return
