"""What file systems promise, once they are asked."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """What was written to a file, or made in a folder, is on its disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
