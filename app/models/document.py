from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models.actor import OneUser
from app.models.ids import ChunkId, DocumentId, ProfileId, TenantId, UserId
from app.models.namespace import Namespace


class MediaType(StrEnum):
    """The kinds of files that are read."""

    PLAIN = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentState(StrEnum):
    """Where a document stands."""

    ARRIVING = "arriving"
    """Its original is being stored: nobody sees it yet, and a crash leaves nothing of it."""
    PENDING = "pending"
    """It is whole, and the index does not have all of it yet."""
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that a user brought to a profile. Its words stand in its chunks."""

    id: DocumentId
    tenant_id: TenantId
    user_id: UserId
    profile_id: ProfileId
    title: str
    media_type: MediaType
    size_bytes: int
    digest: str
    """SHA-256 of the original, in hex; without one, of what it was cut into."""
    file_key: str
    """What the original is sealed with, in base64: whoever deletes the row makes it unreadable.

    Empty for a document that was imported, and has none.
    """
    state: DocumentState
    chunk_count: int
    created_at: datetime
    updated_at: datetime

    @property
    def owner(self) -> OneUser:
        """On whose behalf it is worked on."""
        return OneUser(self.user_id, self.tenant_id)

    @property
    def has_original(self) -> bool:
        """Whether the file that it came as is here."""
        return bool(self.file_key)

    @property
    def namespace(self) -> Namespace:
        """Where its chunks are found."""
        return Namespace(self.user_id, self.profile_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a document, about a paragraph long."""

    id: ChunkId
    user_id: UserId
    profile_id: ProfileId
    document_id: DocumentId
    title: str
    """Of the document."""
    position: int
    """From 1."""
    page: int | None
    """From 1; None where there are no pages."""
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """Text of a file that stands together: a page, or all of it."""

    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentProgress:
    """A document, and how many of its chunks searches find."""

    document: Document
    indexed: int
