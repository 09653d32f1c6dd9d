"""Points of the index as their rows are, also when several processes write them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.models.actor import OneUser
from app.models.namespace import Namespace
from app.ports.database import Database
from app.ports.embedder import Embedder
from app.ports.vector_index import VectorIndex
from app.services.index_entries import entries_of
from app.services.points import IndexEntry, points_of


class IndexWriter:
    """Reads rows, embeds them, and writes their points."""

    def __init__(self, database: Database, *, index: VectorIndex, embedder: Embedder) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder

    async def settle(
        self, namespace: Namespace, points: Sequence[tuple[UUID, bool]], *, by: OneUser
    ) -> bool:
        """Whether a point that was there is gone, or another in its place; each is as its row now.

        Another process may be applying changes of the same points, and write what it read before
        this one did. So each looks at the rows again after it has written, and writes anew unless
        they are what it wrote: whoever writes last has written what the rows say.

        Raises:
            IndexUnavailable: some points may be as their rows are.
        """
        let_go = False
        entries = await self.entries(namespace, points, by=by)
        while True:
            let_go |= await self._put(namespace, entries) > 0
            lost = {point for point, _ in points} - {entry.facts.id for entry in entries}
            let_go |= await self._index.delete(namespace, lost) > 0
            if self._database.exclusive:
                return let_go
            written, entries = entries, await self.entries(namespace, points, by=by)
            if set(written) == set(entries):
                return let_go

    async def entries(
        self, namespace: Namespace, points: Iterable[tuple[UUID, bool]], *, by: OneUser
    ) -> list[IndexEntry]:
        """Those of the points that belong in the index, as their rows are now."""
        return await self._database.read(lambda tx: entries_of(tx, namespace, list(points)), by=by)

    async def _put(self, namespace: Namespace, entries: Sequence[IndexEntry]) -> int:
        if not entries:
            return 0
        vectors = await self._embedder.embed([entry.dense_text for entry in entries])
        return await self._index.upsert(namespace, points_of(entries, vectors))
