from collections.abc import Mapping
from dataclasses import dataclass

from app.models.process import ProcessRole


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be done in the background, and who is there to do it. Counts only."""

    jobs_waiting: int
    """Pending or running."""
    jobs_dead: int
    """Failed for good."""
    index_changes_waiting: int
    processes_alive: Mapping[ProcessRole, int]
    """Of every role, also where there is none."""
