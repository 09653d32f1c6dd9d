from typing import Any
from uuid import UUID

from app.models.ids import MemoryId
from app.models.memory import (
    Memory,
    MemoryChange,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    MemoryVersion,
)


def memory_values(memory: Memory) -> dict[str, object]:
    """The columns of a memory's row that the memory itself knows."""
    return {
        "id": memory.id,
        "user_id": memory.user_id,
        "memory_profile_id": memory.profile_id,
        "kind": memory.kind,
        "content": memory.content,
        "importance": memory.importance,
        "confidence": memory.confidence,
        "status": memory.status,
        "said_at": memory.said_at,
        "slot": memory.slot,
        "valid_from": memory.valid_from,
        "valid_until": memory.valid_until,
        "superseded_by": memory.superseded_by,
        "replaces": [str(one) for one in memory.replaces],
        "repeats": [str(one) for one in memory.repeats],
        "source": memory.source,
        "memory_job_id": memory.job_id,
        "created_at": memory.created_at,
        "updated_at": memory.updated_at,
    }


def memory_of(row: Any) -> Memory:
    """The memory of a row, its sources not looked up yet."""
    return Memory(
        id=row.id,
        user_id=row.user_id,
        profile_id=row.memory_profile_id,
        kind=MemoryKind(row.kind),
        content=row.content,
        importance=row.importance,
        confidence=row.confidence,
        status=MemoryStatus(row.status),
        said_at=row.said_at,
        slot=row.slot,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        superseded_by=row.superseded_by,
        replaces=tuple(MemoryId(UUID(one)) for one in row.replaces),
        repeats=tuple(MemoryId(UUID(one)) for one in row.repeats),
        source=MemorySource(row.source),
        job_id=row.memory_job_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def version_of(row: Any) -> MemoryVersion:
    """How a memory stood after one change."""
    return MemoryVersion(
        memory_id=row.memory_id,
        version=row.version,
        change=MemoryChange(row.change),
        content=row.content,
        job_id=row.memory_job_id,
        created_at=row.created_at,
    )


def version_values(memory: Memory) -> dict[str, object]:
    """The columns of a version's row that the memory itself knows, as it stands now."""
    return {
        "memory_id": memory.id,
        "user_id": memory.user_id,
        "content": memory.content,
        "memory_job_id": memory.job_id,
        "created_at": memory.updated_at,
    }
