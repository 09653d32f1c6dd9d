import time
from typing import Final

import qdrant_edge as edge

from app.adapters.qdrant_edge_points import StoredId
from app.adapters.qdrant_edge_shard import translated
from app.core.errors import IndexUnavailable

POINTS_AT_A_TIME: Final = 64
"""They take 2 ms, in which some searches wait for the interpreter."""


class ShardCopy:
    """All points of a shard on their way into another, which meanwhile follows every change.

    A point that changes after it was copied changes in both; one that changes before is copied as
    it is by then.
    """

    def __init__(self, source: edge.EdgeShard, *, into: edge.EdgeShard) -> None:
        self.shard = into
        self._source = source
        self._next: StoredId | None = None
        self.is_whole = False
        """Whether every point has been copied."""
        self._failed = False

    def some(self) -> float:
        """The seconds that it took to copy some more points.

        Raises:
            IndexUnavailable: the copy is of no use.
        """
        self._require_soundness()
        start_s = time.perf_counter()
        request = edge.ScrollRequest(
            offset=self._next, limit=POINTS_AT_A_TIME, with_payload=True, with_vector=True
        )
        records, self._next = self._source.scroll(request)
        points = [edge.Point(one.id, one.vector or {}, one.payload) for one in records]
        self.shard.update(edge.UpdateOperation.upsert_points(points))
        self.is_whole = self._next is None
        return time.perf_counter() - start_s

    def follow(self, operation: edge.UpdateOperation) -> None:
        """The change is made here as well; if that fails, the copy is of no use."""
        if self._failed:
            return
        try:
            with translated():
                self.shard.update(operation)
        except IndexUnavailable:
            self._failed = True

    def give_up(self) -> None:
        """The copy is of no use."""
        self._failed = True

    def require_whole(self) -> None:
        """Returns when the copy holds what its source does.

        Raises:
            IndexUnavailable: it does not.
        """
        self._require_soundness()
        if not self.is_whole:
            raise IndexUnavailable("The copy is not whole")

    def _require_soundness(self) -> None:
        if self._failed:
            raise IndexUnavailable("The copy has failed")
