"""Identifiers: UUIDv7, so that sorting by id sorts by time of creation."""

from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)
ProfileId = NewType("ProfileId", UUID)
SessionId = NewType("SessionId", UUID)
MessageId = NewType("MessageId", UUID)
MemoryId = NewType("MemoryId", UUID)
RunId = NewType("RunId", UUID)
JobId = NewType("JobId", UUID)


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562), as the standard library's type."""
    return uuid7()
