from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from app.models.job import JobOutcome, JobState
from app.models.memory import (
    Layer,
    Memory,
    MemoryChange,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    MemoryVersion,
    Quote,
    Recalled,
)
from app.schemas.fields import (
    Answer,
    Body,
    MemoryText,
    Moment,
    Patch,
    Timestamp,
    Unit,
    Words,
)
from app.schemas.lists import ListAnswer
from app.services.memory_book import MemoryStats

DistilledKind = Literal["fact", "preference", "event", "context"]

AS_OF: Final = (
    "A moment with its offset: what held then, also what has been superseded since, and nothing "
    "that was said, or began to hold, later. A moment to come: what is known, as far as it will "
    "hold then."
)


class MemoryCreation(Body):
    """A memory that the user writes."""

    content: MemoryText
    kind: DistilledKind = "fact"
    importance: Unit = 0.5
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class MemoryUpdate(Patch):
    """What changes of a memory; what is left out stays."""

    nullable: ClassVar = frozenset({"valid_from", "valid_until"})

    content: MemoryText | None = None
    kind: DistilledKind | None = None
    importance: Unit | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class MemorySearch(Body):
    """What to look for."""

    query: Words = Field(min_length=1, max_length=4_000)
    kinds: list[MemoryKind] = Field(default_factory=list, max_length=6)
    limit: int = Field(default=10, ge=1, le=100)
    as_of: Moment | None = Field(default=None, description=AS_OF)


class MoveRequest(Body):
    """Memories, and the profile of the same owner that they go to."""

    memory_ids: list[UUID] = Field(min_length=1, max_length=500)
    to_profile_id: UUID


class MoveAnswer(Answer):
    """What has moved."""

    memory_profile_id: UUID = Field(description="Where they are now.")
    memory_ids: list[UUID] = Field(
        description="Those that were named, and those that superseded them or were superseded."
    )
    superseded: list[UUID] = Field(
        description="Of either profile: they contradicted each other, and what was said last holds."
    )


class MemoryAnswer(Answer):
    """A memory."""

    id: UUID
    memory_profile_id: UUID
    kind: MemoryKind
    content: str
    importance: float
    confidence: float
    status: MemoryStatus
    said_at: Timestamp
    valid_from: Timestamp | None
    valid_until: Timestamp | None
    superseded_by: UUID | None
    replaces: list[UUID] = Field(
        description="Of a memory that waits for review: what ceases to hold when it is approved."
    )
    source: MemorySource
    source_message_ids: list[UUID]
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, memory: Memory) -> "MemoryAnswer":
        """The memory as clients see it."""
        return cls(
            id=memory.id,
            memory_profile_id=memory.profile_id,
            kind=memory.kind,
            content=memory.content,
            importance=memory.importance,
            confidence=memory.confidence,
            status=memory.status,
            said_at=memory.said_at,
            valid_from=memory.valid_from,
            valid_until=memory.valid_until,
            superseded_by=memory.superseded_by,
            replaces=list(memory.replaces),
            source=memory.source,
            source_message_ids=list(memory.source_message_ids),
            created_at=memory.created_at,
            updated_at=memory.updated_at,
        )


class MemoryList(ListAnswer[MemoryAnswer]):
    """One page of memories."""


class QuoteAnswer(Answer):
    """Where a chunk of a document stands."""

    document_id: UUID
    title: str
    position: int = Field(description="Of the chunk in its document, from 1.")
    page: int | None = Field(description="From 1; null where there are no pages.")

    @classmethod
    def of(cls, quote: Quote) -> "QuoteAnswer":
        """The quote as clients see it."""
        return cls(
            document_id=quote.document_id,
            title=quote.title,
            position=quote.position,
            page=quote.page,
        )


class UsedMemory(Answer):
    """A memory, an episode or a chunk of a document that an answer was given to read."""

    id: UUID
    memory_profile_id: UUID
    content: str
    score: float
    layer: Layer = Field(description="By what it came to be given; `semantic`: it matches.")
    terms: dict[str, float] = Field(
        description="What the score is the sum of. `importance`, `decay` and `recency` are there "
        "when the operator lets them count; of a layer that is not searched, its one term is the "
        "memory's importance."
    )
    kind: MemoryKind
    source_message_ids: list[UUID]
    source_document_id: UUID | None = Field(description="Of kind `document`, else null.")
    quote: QuoteAnswer | None = Field(description="Of kind `document`: what is cited.")

    @classmethod
    def of(cls, recalled: Recalled) -> "UsedMemory":
        """The memory as clients see it."""
        return cls(
            id=recalled.id,
            memory_profile_id=recalled.profile_id,
            content=recalled.content,
            score=round(recalled.score, 4),
            layer=recalled.layer,
            terms=dict(recalled.terms),
            kind=recalled.kind,
            source_message_ids=list(recalled.source_message_ids),
            source_document_id=recalled.quote.document_id if recalled.quote else None,
            quote=QuoteAnswer.of(recalled.quote) if recalled.quote else None,
        )


class FoundMemory(UsedMemory):
    """What search found. Of an episode, `speaker` says who said it."""

    speaker: str | None
    said_at: Timestamp
    memory: MemoryAnswer | None = Field(description="The whole memory; null for what is none.")


class SearchAnswer(Answer):
    """What was found, best first."""

    data: list[FoundMemory]


class VersionAnswer(Answer):
    """A memory as it stood after one change."""

    version: int
    change: MemoryChange
    content: str
    memory_job_id: UUID | None
    created_at: Timestamp
    valid_until: Timestamp | None = Field(
        description="Of the change that superseded it: since when it holds no longer."
    )
    superseded_by: UUID | None = Field(
        description="Of that change: the memory that holds instead; null when none does, or when "
        "it is forgotten."
    )

    @classmethod
    def of(cls, version: MemoryVersion) -> "VersionAnswer":
        """The version as clients see it."""
        return cls(
            version=version.version,
            change=version.change,
            content=version.content,
            memory_job_id=version.job_id,
            created_at=version.created_at,
            valid_until=version.valid_until,
            superseded_by=version.superseded_by,
        )


class HistoryAnswer(Answer):
    """Every version of a memory, oldest first."""

    data: list[VersionAnswer]


class StatsAnswer(Answer):
    """What a profile holds, in numbers."""

    total: int
    by_kind: dict[MemoryKind, int]
    by_status: dict[MemoryStatus, int]
    pending_index_changes: int
    pending_jobs: int

    @classmethod
    def of(cls, stats: MemoryStats) -> "StatsAnswer":
        """The numbers as clients see them."""
        return cls(
            total=stats.total,
            by_kind=dict(stats.by_kind),
            by_status=dict(stats.by_status),
            pending_index_changes=stats.pending_index_changes,
            pending_jobs=stats.pending_jobs,
        )


class JobAnswer(Answer):
    """A learning job, and the memories that it changed."""

    id: UUID
    memory_profile_id: UUID
    status: JobState
    attempts: int
    error: str | None
    added: list[UUID]
    superseded: list[UUID]
    dropped: int = Field(description="What was found and not written: mostly known already.")
    over_quota: int = Field(description="Of those, for how many the plan had no room.")
    created_at: Timestamp
    finished_at: Timestamp | None

    @classmethod
    def of(cls, outcome: JobOutcome) -> "JobAnswer":
        """The job as clients see it."""
        job = outcome.job
        return cls(
            id=job.id,
            memory_profile_id=job.profile_id,
            status=job.state,
            attempts=job.attempts,
            error=job.error,
            added=list(outcome.added),
            superseded=list(outcome.superseded),
            dropped=job.dropped,
            over_quota=job.over_quota,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )
