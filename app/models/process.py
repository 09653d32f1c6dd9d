from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.models.ids import ProcessId, new_id


class ProcessRole(StrEnum):
    """What a process is for."""

    SERVER = "server"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One of the processes that share a database."""

    id: ProcessId = field(default_factory=lambda: ProcessId(new_id()))
    role: ProcessRole = ProcessRole.SERVER
    has_bus: bool = False
    """Whether it can be reached by the others."""


@dataclass(frozen=True, slots=True)
class LiveProcess:
    """Another process, as it is known from what it said of itself last."""

    id: ProcessId
    has_bus: bool
    alive_until: datetime
