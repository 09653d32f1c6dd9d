"""A large number of conversations in batches, each of which can be had again by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Final

BATCH: Final = 250
"""Conversations on one data folder, so that files, memory and time stay as they are."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Conversations in a world of their own, that depend on nothing but these three."""

    number: int
    conversations: int
    seed: int


def batches(conversations: int, *, seed: int) -> Iterator[Batch]:
    """At least two, so that two processes have something to do, whoever does what."""
    size = min(BATCH, max(1, (conversations + 1) // 2))
    for number, done in zip(count(1), range(0, conversations, size), strict=False):
        digest = sha256(f"{seed} {number}".encode()).digest()
        yield Batch(number, min(size, conversations - done), int.from_bytes(digest[:4]))
