from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.document import Document
from app.models.ids import MessageId, ProfileId
from app.models.memory import REMEMBERED, Memory, MemoryVersion
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.chunking import Piece
from app.services.document_rows import add_pieces
from app.services.superseding import Author, make_room


class Rows(Protocol):
    """Where an import puts what is new."""

    def add_profile(self, profile: Profile) -> None:
        """The profile exists."""
        ...

    def update_profile(self, profile: Profile, changes: Mapping[str, object]) -> None:
        """The profile has these settings."""
        ...

    def rename_account(self, display_name: str) -> None:
        """The account has this display name."""
        ...

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """The sessions exist."""
        ...

    def add_messages(self, messages: Sequence[Message]) -> None:
        """The messages exist, and the index will follow."""
        ...

    def add_memories(self, memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]]) -> None:
        """The memories exist, and the index will follow."""
        ...

    def add_document(self, document: Document, pieces: Sequence[Piece]) -> None:
        """The document exists with these chunks, and the index will follow."""
        ...

    def make_room(self, memory: Memory) -> None:
        """Of what can hold only once, what was said last holds."""
        ...

    def learn(self, namespace: Namespace, messages: Sequence[MessageId]) -> None:
        """One job of the profile's lane will learn from the messages, in their order."""
        ...

    def add_speakers(self, profile_id: ProfileId, names: Iterable[str]) -> None:
        """The names are among the profile's speakers."""
        ...


class KeptRows:
    """Rows of one transaction."""

    def __init__(self, tx: Transaction, caller: Caller, *, at: datetime) -> None:
        self._tx = tx
        self._caller = caller
        self._at = at

    def add_profile(self, profile: Profile) -> None:
        """The profile exists."""
        self._tx.profiles.add(profile, tenant_id=self._caller.tenant_id)

    def update_profile(self, profile: Profile, changes: Mapping[str, object]) -> None:
        """The profile has these settings."""
        if changes:
            self._tx.profiles.update(
                profile.id, owner=self._caller.user_id, changes=changes, at=self._at
            )

    def rename_account(self, display_name: str) -> None:
        """The account has this display name."""
        self._tx.users.update(
            self._caller.user_id, changes={"display_name": display_name}, at=self._at
        )

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """The sessions exist."""
        self._tx.portability.add_sessions(sessions, tenant_id=self._caller.tenant_id)

    def add_messages(self, messages: Sequence[Message]) -> None:
        """The messages exist, and the index will follow."""
        self._tx.portability.add_messages(messages, tenant_id=self._caller.tenant_id)
        found = [(message.profile_id, message.id) for message in messages if message.searchable]
        self._mark(found, is_episode=True)

    def add_memories(self, memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]]) -> None:
        """The memories exist, and the index will follow."""
        self._tx.portability.add_memories(memories, tenant_id=self._caller.tenant_id)
        found = [
            (memory.profile_id, memory.id) for memory, _ in memories if memory.status in REMEMBERED
        ]
        self._mark(found, is_episode=False)

    def add_document(self, document: Document, pieces: Sequence[Piece]) -> None:
        """The document exists with these chunks, and the index will follow."""
        self._tx.documents.add(document)
        add_pieces(self._tx, document, pieces)

    def make_room(self, memory: Memory) -> None:
        """Of what can hold only once, what was said last holds."""
        claims = self._tx.memories.in_slot(memory.profile_id, memory.slot) if memory.slot else ()
        if memory.id in {one.id for one in claims}:
            author = Author(self._caller.tenant_id, None, self._at)
            make_room(self._tx, memory, replaces=(), author=author)

    def learn(self, namespace: Namespace, messages: Sequence[MessageId]) -> None:
        """One job of the profile's lane will learn from the messages, in their order."""
        self._tx.portability.add_job(
            namespace, messages, tenant_id=self._caller.tenant_id, at=self._at
        )

    def add_speakers(self, profile_id: ProfileId, names: Iterable[str]) -> None:
        """The names are among the profile's speakers."""
        self._tx.profiles.add_speakers(profile_id, names)

    def _mark(self, points: Sequence[tuple[ProfileId, UUID]], *, is_episode: bool) -> None:
        for profile_id in {profile_id for profile_id, _ in points}:
            self._tx.index_changes.mark(
                Namespace(self._caller.user_id, profile_id),
                [point for owner, point in points if owner == profile_id],
                tenant_id=self._caller.tenant_id,
                is_episode=is_episode,
            )


class NoRows:
    """Nothing is written: for a look at what an import would do."""

    def add_profile(self, profile: Profile) -> None:
        """Nothing is written."""

    def update_profile(self, profile: Profile, changes: Mapping[str, object]) -> None:
        """Nothing is written."""

    def rename_account(self, display_name: str) -> None:
        """Nothing is written."""

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """Nothing is written."""

    def add_messages(self, messages: Sequence[Message]) -> None:
        """Nothing is written."""

    def add_memories(self, memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]]) -> None:
        """Nothing is written."""

    def add_document(self, document: Document, pieces: Sequence[Piece]) -> None:
        """Nothing is written."""

    def make_room(self, memory: Memory) -> None:
        """Nothing is written."""

    def learn(self, namespace: Namespace, messages: Sequence[MessageId]) -> None:
        """Nothing is written."""

    def add_speakers(self, profile_id: ProfileId, names: Iterable[str]) -> None:
        """Nothing is written."""
