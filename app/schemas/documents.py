from typing import Literal
from uuid import UUID

from pydantic import Field

from app.models.document import Chunk, DocumentProgress, DocumentState, MediaType
from app.schemas.fields import Answer, Timestamp
from app.schemas.lists import ListAnswer


class ProgressAnswer(Answer):
    """How many of a document's chunks searches find, of how many."""

    indexed: int
    total: int


class DocumentAnswer(Answer):
    """A document. It is `ready` once searches find all of it."""

    id: UUID
    memory_profile_id: UUID
    title: str
    media_type: MediaType
    bytes: int = Field(description="Of the original.")
    status: Literal[DocumentState.PENDING, DocumentState.READY]
    chunk_count: int
    progress: ProgressAnswer
    has_file: bool = Field(description="False for an imported one, which came without its file.")
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, found: DocumentProgress) -> "DocumentAnswer":
        """The document as clients see it."""
        one = found.document
        is_ready = one.state is DocumentState.READY
        return cls(
            id=one.id,
            memory_profile_id=one.profile_id,
            title=one.title,
            media_type=one.media_type,
            bytes=one.size_bytes,
            status=DocumentState.READY if is_ready else DocumentState.PENDING,
            chunk_count=one.chunk_count,
            progress=ProgressAnswer(indexed=found.indexed, total=one.chunk_count),
            has_file=one.has_original,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class DocumentList(ListAnswer[DocumentAnswer]):
    """One page of documents."""


class ChunkAnswer(Answer):
    """A piece of a document, as it is searched and quoted."""

    id: UUID
    document_id: UUID
    position: int = Field(description="From 1.")
    page: int | None = Field(description="From 1; null where there are no pages.")
    content: str

    @classmethod
    def of(cls, chunk: Chunk) -> "ChunkAnswer":
        """The chunk as clients see it."""
        return cls(
            id=chunk.id,
            document_id=chunk.document_id,
            position=chunk.position,
            page=chunk.page,
            content=chunk.content,
        )


class ChunkList(ListAnswer[ChunkAnswer]):
    """One page of chunks."""
