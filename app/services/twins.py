"""Memories of two profiles that say the same: pure functions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from app.models.ids import MemoryId
from app.models.memory import MemoryStatus
from app.ports.repositories.places import Outline
from app.services.paraphrase import claim_of

_COUNTS_MORE: Final = (MemoryStatus.ACTIVE, MemoryStatus.REJECTED, MemoryStatus.PENDING)
"""What was decided outweighs what waits for a decision."""


def twins_of(
    receiving: Iterable[Outline], arriving: Iterable[Outline]
) -> Mapping[MemoryId, MemoryId]:
    """Which memories yield to which: those that say the same, of the same time, on both profiles.

    Two that have both been decided, and differently, stay as they are. So does what holds no
    longer, since it is a history, and what would end something else once it is approved.

    Args:
        receiving: the memories of the profile that goes on.
        arriving: those of the other one.
    """
    candidates: dict[object, list[Outline]] = defaultdict(list)
    for memory in receiving:
        if memory.status is not MemoryStatus.SUPERSEDED:
            candidates[_claim(memory)].append(memory)
    yields: dict[MemoryId, MemoryId] = {}
    for memory in arriving:
        alike = candidates.get(_claim(memory), [])
        for place, other in enumerate(alike):
            if _can_be_one(memory, other):
                stays, goes = sorted((other, memory), key=_weight)
                yields[goes.id] = stays.id
                alike[place] = stays
                break
    return {goes: _last(stays, yields) for goes, stays in yields.items()}


def _claim(memory: Outline) -> object:
    return (claim_of(memory.content), memory.valid_until)


def _can_be_one(one: Outline, other: Outline) -> bool:
    statuses = {one.status, other.status}
    if MemoryStatus.SUPERSEDED in statuses or one.replaces or other.replaces:
        return False
    if len(statuses) == 2 and MemoryStatus.PENDING not in statuses:
        return False
    return None in (one.valid_from, other.valid_from) or one.valid_from == other.valid_from


def _weight(memory: Outline) -> tuple[int, bool]:
    """Least for the memory that stays: it was decided, and says since when it holds."""
    return _COUNTS_MORE.index(memory.status), memory.valid_from is None


def _last(stays: MemoryId, yields: Mapping[MemoryId, MemoryId]) -> MemoryId:
    while stays in yields:
        stays = yields[stays]
    return stays
