"""Writes points into a folder's index for ever, saying after each batch how many are acknowledged.

Run as `python -m tests.support.upsert_until_killed FOLDER`.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.ids import ProfileId, UserId
from app.models.namespace import Namespace
from tests.support.points import DIMS, a_point, some_facts

NAMESPACE = Namespace(UserId(UUID(int=1)), ProfileId(UUID(int=2)))
BATCH = 7


async def upsert_for_ever(folder: Path) -> None:
    """Never returns; point ids count from 1."""
    index = QdrantEdgeIndex(folder, dims=DIMS)
    written = 0
    while True:
        ids = [UUID(int=written + number) for number in range(1, BATCH + 1)]
        points = [a_point(f"text {point_id}", some_facts(point_id=point_id)) for point_id in ids]
        await index.upsert(NAMESPACE, points)
        written += BATCH
        sys.stdout.write(f"{written}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(upsert_for_ever(Path(sys.argv[1])))
