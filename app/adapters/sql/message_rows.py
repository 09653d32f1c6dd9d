from typing import Any
from uuid import UUID

from app.core.privacy import PrivacyLayer, PrivacyMode
from app.models.ids import MemoryId
from app.models.memory import MemoryKind
from app.models.message import FinishReason, MemoryUse, Message, Role, Usage


def message_values(message: Message) -> dict[str, object]:
    """The columns of a message's row that the message itself knows."""
    usage = message.usage
    return {
        "id": message.id,
        "user_id": message.user_id,
        "memory_profile_id": message.profile_id,
        "session_id": message.session_id,
        "seq": message.seq,
        "role": message.role,
        "name": message.name,
        "content": message.content,
        "privacy_mode": message.privacy_mode,
        "tightened_by": list(message.tightened_by),
        "learnable": message.learnable,
        "searchable": message.searchable,
        "withheld": message.withheld,
        "quoted": message.quoted,
        "repeats_forgotten": message.repeats_forgotten,
        "finish_reason": message.finish_reason,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "run_id": message.run_id,
        "memory_job_id": message.job_id,
        "memories_used": [
            {
                "id": str(use.id),
                "kind": use.kind,
                "score": use.score,
                "terms": dict(use.terms),
            }
            for use in message.memories_used
        ],
        "created_at": message.created_at,
    }


def message_of(row: Any) -> Message:
    """The message of a row."""
    usage = None
    if row.input_tokens is not None:
        usage = Usage(input_tokens=row.input_tokens, output_tokens=row.output_tokens)
    return Message(
        id=row.id,
        user_id=row.user_id,
        profile_id=row.memory_profile_id,
        session_id=row.session_id,
        seq=row.seq,
        role=Role(row.role),
        name=row.name,
        content=row.content,
        privacy_mode=PrivacyMode(row.privacy_mode),
        tightened_by=tuple(map(PrivacyLayer, row.tightened_by)),
        learnable=row.learnable,
        searchable=row.searchable,
        withheld=row.withheld,
        quoted=row.quoted,
        repeats_forgotten=row.repeats_forgotten,
        finish_reason=FinishReason(row.finish_reason) if row.finish_reason else None,
        usage=usage,
        run_id=row.run_id,
        job_id=row.memory_job_id,
        memories_used=tuple(
            MemoryUse(
                MemoryId(UUID(use["id"])), MemoryKind(use["kind"]), use["score"], use["terms"]
            )
            for use in row.memories_used
        ),
        created_at=row.created_at,
    )
