from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from app.models.document import Chunk, Document, DocumentState
from app.models.ids import ChunkId, DocumentId, ProcessId, ProfileId, TenantId, UserId
from app.models.page import Page, PageKey


class DocumentRepository(Protocol):
    """Documents and their chunks. One that is arriving is seen by `all_of` and `finish` only."""

    def add(self, document: Document, *, by: ProcessId | None = None) -> None:
        """The document has a row, and is seen once it is finished, by one of several processes if said."""
        ...

    def finish(self, document_id: DocumentId, *, at: datetime) -> Document:
        """The document, which was arriving, as it is now: there, and waiting for the index.

        Raises:
            DocumentNotFound: it is gone meanwhile, with its profile or its account.
        """
        ...

    def add_chunks(self, chunks: Sequence[Chunk], *, tenant_id: TenantId) -> None:
        """The chunks are there."""
        ...

    def get(self, document_id: DocumentId, *, owner: UserId) -> Document:
        """The document.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        ...

    def with_digest(self, digest: str, profile_id: ProfileId, *, owner: UserId) -> Document | None:
        """The first document of a profile whose original has this digest."""
        ...

    def page(
        self, profile_id: ProfileId, *, owner: UserId, after: PageKey | None, limit: int
    ) -> Page[Document]:
        """A profile's documents, newest first."""
        ...

    def chunk_page(
        self, document_id: DocumentId, *, owner: UserId, after: PageKey | None, limit: int
    ) -> Page[Chunk]:
        """The chunks of a document in their order; keys have a position."""
        ...

    def chunks_by_ids(self, ids: Iterable[ChunkId], *, owner: UserId) -> Sequence[Chunk]:
        """Those of the chunks that exist and are the owner's, in no order."""
        ...

    def chunk_ids(self, document_id: DocumentId, *, owner: UserId) -> Sequence[ChunkId]:
        """All chunks of a document, in their order."""
        ...

    def chunk_ids_of_profile(self, profile_id: ProfileId, *, owner: UserId) -> Sequence[ChunkId]:
        """All chunks of a profile."""
        ...

    def all_of(self, owner: UserId) -> Sequence[DocumentId]:
        """The documents of a user on any profile, those that are arriving as well."""
        ...

    def count_waiting(self, document_id: DocumentId, *, owner: UserId) -> int:
        """How many chunks of a document the index has still to follow."""
        ...

    def in_state(self, state: DocumentState) -> Sequence[Document]:
        """Everybody's documents that stand there, for upkeep that no user asked for."""
        ...

    def mark_ready(self, document_id: DocumentId) -> bool:
        """Whether the document was pending; it is ready."""
        ...

    def delete(self, document_id: DocumentId, *, owner: UserId) -> int:
        """How many chunks it had; the document is gone with them.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        ...

    def drop_arriving(self, *, before: datetime | None) -> Sequence[Document]:
        """Those that were arriving, since before a moment if one is given; they are gone."""
        ...

    def drop_abandoned(self, *, silent_since: datetime) -> Sequence[Document]:
        """Those that a process took in that was last alive before then; they are gone."""
        ...
