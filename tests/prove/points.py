"""What an index holds whose server has ended, against what the database says."""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from uuid import UUID

from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.ids import ProfileId, UserId
from app.models.namespace import Namespace

DIMS = 384


def stray_points(data_dir: Path, user: str, profiles: Iterable[str]) -> set[UUID]:
    """Points of messages and memories that are gone, or may not be found any more."""
    with closing(sqlite3.connect(data_dir / "memorychat.db")) as connection:
        rows = connection.execute(
            "SELECT id FROM memories UNION SELECT id FROM chat_messages WHERE searchable"
        ).fetchall()
    wanted = {UUID(str(row[0])) for row in rows}
    [config] = (data_dir / "index").rglob("edge_config.json")
    namespaces = [Namespace(UserId(UUID(user)), ProfileId(UUID(one))) for one in profiles]
    return asyncio.run(_held(config.parent, namespaces)) - wanted


async def _held(folder: Path, namespaces: Iterable[Namespace]) -> set[UUID]:
    index = QdrantEdgeIndex(folder, dims=DIMS)
    try:
        return {point for namespace in namespaces for point in await index.ids(namespace)}
    finally:
        await index.close()
