import io
import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

from app.adapters.portable.mem0_folder import write_mem0_list
from app.core.transfer_errors import FileRefused
from app.models.portable import PortableFormat, PortableMemory
from tests.support.portable_files import read


def a_point(data: str, user_id: str) -> PointStruct:
    payload = {
        "data": data,
        "user_id": user_id,
        "hash": "0123",
        "created_at": "2024-07-01T12:00:00-07:00",
    }
    return PointStruct(id=str(uuid4()), vector=[0.1, 0.2, 0.3], payload=payload)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What mem0 leaves behind when its store is Qdrant's local mode."""
    client = QdrantClient(path=str(tmp_path / "qdrant"))
    for name in ("mem0", "mem0migrations"):
        client.create_collection(
            name, vectors_config=VectorParams(size=3, distance=Distance.COSINE)
        )
    client.upsert("mem0", [a_point("Lives in Bergen", "anna"), a_point("Likes tea", "bert")])
    client.upsert("mem0migrations", [a_point("not a memory", "nobody")])
    client.close()
    return tmp_path / "qdrant"


def memories_of(folder: Path, *, user_id: str | None = None) -> list[str]:
    file = io.BytesIO()
    write_mem0_list(folder, user_id=user_id, file=file)
    entries = read(PortableFormat.MEM0, file.getvalue())
    return [entry.content for entry in entries if isinstance(entry, PortableMemory)]


def plant(folder: Path, point: bytes) -> None:
    """A point that somebody else has put into the folder."""
    with closing(sqlite3.connect(folder / "collection" / "mem0" / "storage.sqlite")) as database:
        database.execute("INSERT INTO points VALUES ('planted', ?)", (point,))
        database.commit()


class Trap:
    """What runs a command in whoever loads it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self._file),)


def test_the_memories_of_one_user_are_read(folder: Path) -> None:
    assert memories_of(folder, user_id="anna") == ["Lives in Bergen"]


def test_nothing_in_the_folder_is_run(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    plant(folder, pickle.dumps(Trap(trap)))

    with pytest.raises(FileRefused):
        memories_of(folder)

    assert not trap.exists()


@pytest.mark.parametrize("point", [b"", b"\x80\x05", b"nonsense", pickle.dumps({"a": 1})])
def test_a_damaged_point_is_refused(folder: Path, point: bytes) -> None:
    plant(folder, point)

    with pytest.raises(FileRefused):
        memories_of(folder)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        memories_of(tmp_path)
