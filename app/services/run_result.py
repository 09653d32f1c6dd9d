from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.core.errors import AppError
from app.models.ids import JobId
from app.models.memory import Recalled
from app.models.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run came to, for those who want it in one piece."""

    answer: Message | None
    """None when nothing was said, or its session is gone."""
    memories: Sequence[Recalled]
    memory_job_id: JobId | None
    failure: AppError | None

    def without(self, ids: Collection[UUID]) -> "RunResult":
        """The same, and nothing told of these memories."""
        return replace(self, memories=[one for one in self.memories if one.id not in ids])
