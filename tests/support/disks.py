"""Disks that are small enough to be full."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A file system of its own, and what fills it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self, *, but_bytes: int = 0) -> None:
        """So much is left, and no more."""
        free = shutil.disk_usage(self.path).free
        with self._filler.open("ab", buffering=0) as file:
            os.posix_fallocate(file.fileno(), file.tell(), max(1, free - but_bytes))

    def make_room(self) -> None:
        """There is as much room as at first."""
        self._filler.unlink()


@contextmanager
def a_small_disk(path: Path, *, size_bytes: int) -> Iterator[SmallDisk]:
    """A disk in memory; the test is skipped where none may be mounted."""
    path.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={size_bytes},mode=700", "tmpfs", str(path)]
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None:
        pytest.skip("no disk can be mounted: there is no mount")
    done = subprocess.run(  # noqa: S603 - arguments of ours
        [mount, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted: {done.stderr.strip()}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run([unmount, "-l", str(path)], check=True)  # noqa: S603 - as above
