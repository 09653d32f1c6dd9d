import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.adapters.memory_index import NumpyIndex
from app.core.errors import IndexUnavailable
from app.models.namespace import Namespace
from app.ports.vector_index import Found, Point, QueryVectors


class FragileIndex(NumpyIndex):
    """An exact index that can be out of reach: it refuses, or does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self._is_well = asyncio.Event()
        self._refuses = False
        self._is_well.set()

    def break_down(self, *, slowly: bool = False) -> None:
        """No call is answered; slowly: each waits until it is mended."""
        self._refuses = not slowly
        self._is_well.clear()

    def mend(self) -> None:
        """Calls are answered, those that wait as well."""
        self._is_well.set()

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """As the exact index does, when it is well."""
        await self._answers()
        return await super().upsert(namespace, points)

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """As the exact index does, when it is well."""
        await self._answers()
        return await super().delete(namespace, ids)

    async def delete_namespace(self, namespace: Namespace) -> int:
        """As the exact index does, when it is well."""
        await self._answers()
        return await super().delete_namespace(namespace)

    async def search(
        self,
        namespace: Namespace,
        query: QueryVectors,
        *,
        limit: int,
        as_of: datetime | None = None,
    ) -> Found:
        """As the exact index does, when it is well."""
        await self._answers()
        return await super().search(namespace, query, limit=limit, as_of=as_of)

    async def _answers(self) -> None:
        if self._refuses and not self._is_well.is_set():
            raise IndexUnavailable
        await self._is_well.wait()
