"""What an index holds, against what the database says."""

import asyncio
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.core.errors import IndexUnavailable
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
    namespaces = [Namespace(UserId(UUID(user)), ProfileId(UUID(one))) for one in profiles]
    with TemporaryDirectory(prefix="prove-index-") as copy:
        try:
            copied(data_dir / "index", Path(copy))
            [folder] = {config.parent.parent for config in Path(copy).rglob("edge_config.json")}
            return asyncio.run(_held(folder, namespaces)) - wanted
        except (FileNotFoundError, IndexUnavailable):
            return set()  # it is being rebuilt at this very moment


def copied(folder: Path, to: Path) -> None:
    """A copy of files that are mostly holes, which are holes there too."""
    for file in folder.rglob("*"):
        place = to / file.relative_to(folder)
        if file.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as one, place.open("wb") as other:
            for start, content in regions(one.fileno()):
                os.pwrite(other.fileno(), content, start)
            other.truncate(file.stat().st_size)


def regions(descriptor: int) -> Iterator[tuple[int, bytes]]:
    """What is in a file that is mostly holes, and where."""
    end = 0
    while True:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError:  # ENXIO: nothing but a hole is left
            return
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, os.pread(descriptor, end - start, start)


async def _held(folder: Path, namespaces: Iterable[Namespace]) -> set[UUID]:
    index = QdrantEdgeIndex(folder, dims=DIMS)
    try:
        return {point for namespace in namespaces for point in await index.ids(namespace)}
    finally:
        await index.close()
