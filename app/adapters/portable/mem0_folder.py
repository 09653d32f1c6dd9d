"""Memories out of the folder that mem0 keeps with Qdrant's local mode."""

import io
import pickle
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from app.core.transfer_errors import FileRefused

_NOT_MEMORIES: Final = "mem0migrations"
_KEPT: Final = ("created_at", "updated_at", "user_id")

_BROKEN: Final = (
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    MemoryError,
)
"""What the standard library raises for a pickle that is damaged."""


class _Inert:
    """Stands for every class and function that a pickle names: none is looked up, none is called."""

    def __init__(self, *_args: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _InertUnpickler(pickle.Unpickler):
    """Reads data, and runs nothing: a pickle can otherwise do whatever this process can."""

    def find_class(self, module: str, name: str) -> type[_Inert]:
        """The inert stand-in, whatever is asked for."""
        return _Inert


def write_mem0_list(folder: Path, *, user_id: str | None, file: BinaryIO) -> int:
    """How many memories the folder holds; `file` holds them as mem0's JSON list, at its start.

    Args:
        folder: what mem0's `vector_store.config.path` names.
        user_id: only those of this mem0 user; None for all.
        file: writable.

    Raises:
        FileRefused: it is not such a folder, or damaged.
    """
    stores = sorted(folder.glob("collection/*/storage.sqlite"))
    count = 0
    file.write(b"[")
    for store in stores:
        if store.parent.name == _NOT_MEMORIES:
            continue
        for memory in _memories(store):
            if user_id in {None, memory.get("user_id")}:
                file.write((b"," if count else b"") + orjson.dumps(memory))
                count += 1
    file.write(b"]")
    file.seek(0)
    if not stores:
        raise FileRefused("This is no folder of Qdrant's local mode: there is no storage.sqlite")
    return count


def _memories(store: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as database:
            for (point,) in database.execute("SELECT point FROM points ORDER BY rowid"):
                yield _memory(point)
    except sqlite3.Error:
        raise FileRefused("The folder's storage.sqlite cannot be read") from None


def _memory(point: bytes) -> Mapping[str, Any]:
    try:
        loaded = _InertUnpickler(io.BytesIO(point)).load()
        fields = loaded.state["__dict__"]
        payload = dict(fields["payload"])
        kept = {name: payload[name] for name in _KEPT if isinstance(payload.get(name), str)}
        return {"id": str(fields["id"]), "memory": payload.get("data"), **kept}
    except _BROKEN:
        raise FileRefused("A point of the folder cannot be read") from None
