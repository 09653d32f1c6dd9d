from datetime import UTC, datetime
from typing import Final

from app.core.privacy import PrivacyMode
from app.models.ids import MemoryId, MessageId, ProfileId, SessionId, UserId, new_id
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import Message, Role

MONDAY: Final = datetime(2023, 5, 8, 12, 0, tzinfo=UTC)


def a_message(
    content: str,
    *,
    role: Role = Role.USER,
    name: str | None = None,
    quoted: bool = False,
    learnable: bool = True,
    created_at: datetime = MONDAY,
) -> Message:
    return Message(
        id=MessageId(new_id()),
        user_id=UserId(new_id()),
        profile_id=ProfileId(new_id()),
        session_id=SessionId(new_id()),
        seq=1,
        role=role,
        name=name,
        content=content,
        privacy_mode=PrivacyMode.NORMAL,
        learnable=learnable,
        quoted=quoted,
        created_at=created_at,
    )


def a_memory(content: str) -> Memory:
    return Memory(
        id=MemoryId(new_id()),
        user_id=UserId(new_id()),
        profile_id=ProfileId(new_id()),
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        confidence=0.9,
        status=MemoryStatus.ACTIVE,
        said_at=MONDAY,
        source=MemorySource.LEARNT,
        created_at=MONDAY,
        updated_at=MONDAY,
    )
