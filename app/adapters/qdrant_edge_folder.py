"""The folder of an index: shards, one of which counts, and a file that says which."""

import os
import re
import shutil
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from app.adapters.disk import sync
from app.adapters.qdrant_edge_shard import create_shard, load_shard, settle, translated
from app.core.errors import IndexUnavailable

_CURRENT: Final = "current"
_NAME: Final = re.compile(r"shard-(\d{1,9})")
_FIRST_FORM: Final = frozenset({"edge_config.json", "segments", "wal"})
"""What stood here when the folder itself was the only shard, and is read as such."""

SPARE_BYTES: Final = 48_000_000
"""What must be free on the disk for a change. The engine writes to files with holes through memory:
where a hole cannot be filled, the system ends the process (SIGBUS). One change fills 42 MB at most:
vectors come in files of 33.5 MB, what is said of points in pages of 4, a new shard begins with 3."""


class ShardFolder:
    """Shards in folders of their own, so that one takes the place of another in a single step.

    The step is the renaming of one small file. Whatever ends the process before or after it, the
    next `open` finds a whole shard, the old or the new, and removes what does not count.
    """

    def __init__(self, path: Path, *, dims: int) -> None:
        self._path = path
        self._dims = dims
        self._begun: str | None = None

    def open(self, *, mend: bool) -> edge.EdgeShard:
        """The shard that counts, made if there is none; nothing else is left in the folder.

        Args:
            mend: whether one that cannot be read gives way to an empty one.

        Raises:
            IndexUnavailable: it cannot be opened, or the folder holds something else.
        """
        with translated():
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.require_room()
            there = {entry.name for entry in self._path.iterdir()}
            ours = {name for name in there if name.startswith(_CURRENT) or _NAME.fullmatch(name)}
            if there - ours - _FIRST_FORM:  # the engine would move in, and mending would delete it
                raise IndexUnavailable("The index folder holds something else")
            current = self._current()
            shard = load_shard(current, dims=self._dims, mend=mend) if current else None
            if shard is None:
                shard = self.begin()
                self.switch()
            self.tidy()
        return shard

    def require_room(self) -> None:
        """Returns when there is room for a change on the disk.

        Raises:
            IndexUnavailable: there is not.
        """
        if shutil.disk_usage(self._path).free < SPARE_BYTES:
            raise IndexUnavailable("The disk of the index has no room left")

    def begin(self) -> edge.EdgeShard:
        """An empty shard that does not count until `switch`."""
        numbers = [
            int(found[1]) for e in self._path.iterdir() if (found := _NAME.fullmatch(e.name))
        ]
        self._begun = f"shard-{max(numbers, default=0) + 1}"
        return create_shard(self._path / self._begun, dims=self._dims)

    def settle(self) -> None:
        """What was written to the shard that was begun is on the disk, but for its own caches."""
        if self._begun is not None:
            settle(self._path / self._begun)

    def switch(self) -> None:
        """The shard that was begun, and has been flushed, counts now, also after a loss of power."""
        if self._begun is None:
            raise IndexUnavailable("No shard has been begun")
        new = self._path / f"{_CURRENT}.new"
        with new.open("w", encoding="ascii") as file:
            file.write(self._begun)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / _CURRENT)
        self._begun = None
        sync(self._path)

    def tidy(self) -> None:
        """Nothing is there but the shard that counts. None of the others may be open."""
        keep = {self._path / _CURRENT, self._current()}
        if self._path in keep:
            return
        for entry in self._path.iterdir():
            if entry in keep:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        sync(self._path)

    def _current(self) -> Path | None:
        try:
            name = (self._path / _CURRENT).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            first_form = any((self._path / name).exists() for name in _FIRST_FORM)
            return self._path if first_form else None
        # A damaged name is that of a shard that cannot be read.
        return self._path / (name if _NAME.fullmatch(name) else "shard-0")
