"""What happens in a run, as it is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, cast
from uuid import UUID


class RunState(StrEnum):
    """Where a run stands; everything but running is final."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


TERMINAL: Final[Mapping[str, RunState]] = {
    "run.completed": RunState.COMPLETED,
    "run.failed": RunState.FAILED,
    "run.cancelled": RunState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One thing that happened in a run."""

    id: int
    type: str
    fields: Mapping[str, object]


def without(event: RunEvent, ids: Collection[UUID]) -> RunEvent:
    """The event, telling nothing of these memories."""
    if event.type != "memory.used":
        return event
    told = cast("Sequence[Mapping[str, object]]", event.fields["memories"])
    kept = [memory for memory in told if memory["id"] not in ids]
    return replace(event, fields={**event.fields, "memories": kept})


UNEXPECTED: Final[Mapping[str, str]] = {
    "type": "internal",
    "code": "internal",
    "message": "An unexpected error ended this answer",
}
"""What ended an answer that nobody has thought of."""
