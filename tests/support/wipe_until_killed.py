"""Wipes a folder's index, in one life after the other, each of which ends at a given step.

Run as `python -m tests.support.wipe_until_killed FOLDER`: each line on standard input is the number of
a step. A step is what is done to the file system below the folder: making, renaming, truncating or
removing something, and opening a file to write. The life ends just before its step, by kill -9, and
says "killed", or "survived" when it had fewer.
"""

import asyncio
import os
import signal
import sys
from itertools import count
from pathlib import Path

from app.adapters.qdrant_edge import QdrantEdgeIndex
from tests.support.points import DIMS

_CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"})


def die_at(step: int, *, below: Path) -> None:
    """This process ends just before it does so many things to the file system."""
    steps = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]
        if not (writes or event in _CHANGES):
            return
        of_index = os.fspath(below) in str(arguments[0]) or event in {"os.remove", "os.rmdir"}
        if of_index and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


async def wipe(folder: Path, *, step: int) -> None:
    """The index is wiped, unless this process ends before."""
    index = QdrantEdgeIndex(folder, dims=DIMS)
    die_at(step, below=folder)
    await index.wipe()


def _lives(folder: Path) -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(wipe(folder, step=int(line)))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"survived {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _lives(Path(sys.argv[1]))
