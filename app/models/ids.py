"""Identifiers: UUIDv7, so that sorting by id sorts by time of creation."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NewType
from uuid import UUID

from uuid_utils.compat import uuid7

VERSION_OF_IDS: Final = 7

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)
ProfileId = NewType("ProfileId", UUID)
SessionId = NewType("SessionId", UUID)
MessageId = NewType("MessageId", UUID)
MemoryId = NewType("MemoryId", UUID)
RunId = NewType("RunId", UUID)
JobId = NewType("JobId", UUID)
ImportId = NewType("ImportId", UUID)
ProcessId = NewType("ProcessId", UUID)
DocumentId = NewType("DocumentId", UUID)
ChunkId = NewType("ChunkId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562), as the standard library's type."""
    return uuid7()


def id_of(text: str) -> UUID | None:
    """The id that a text is; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def time_of(made: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, tz=UTC)


def derived_id(seed: bytes, *, at_ms: int) -> UUID:
    """The UUIDv7 that always comes of this seed, sorted as if it had been made at `at_ms`."""
    random = int.from_bytes(sha256(seed).digest()[:10])
    bits = (at_ms & 0xFFFF_FFFF_FFFF) << 80 | random
    bits &= ~(0xF << 76 | 0b11 << 62)
    return UUID(int=bits | 0x7 << 76 | 0b10 << 62)
