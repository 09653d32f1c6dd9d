from datetime import datetime
from typing import Protocol

from app.models.actor import OneUser
from app.models.ids import TenantId, UserId
from app.models.session import Session


class ThreadRepository(Protocol):
    """Conversations that other applications keep: what was learnt from each, known by keyed hashes."""

    def find(self, thread: str, *, owner: UserId) -> Session | None:
        """The session that holds what was learnt from a conversation."""
        ...

    def open(self, session: Session, *, tenant_id: TenantId) -> Session:
        """The session of its thread: this one, unless there was one already."""
        ...

    def hear(self, digest: str, *, by: OneUser, at: datetime) -> bool:
        """Whether it was said for the first time."""
        ...

    def purge(self, *, heard_before: datetime) -> int:
        """How many were heard before then; they are not known any more."""
        ...
