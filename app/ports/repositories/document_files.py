from collections.abc import Sequence
from typing import Protocol

from app.models.ids import DocumentId, UserId


class DocumentFileRepository(Protocol):
    """The originals of documents, sealed, for a storage that keeps them in the database."""

    def put(self, document_id: DocumentId, content: bytes, *, owner: UserId) -> None:
        """The original of a document is this one.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        ...

    def get(self, document_id: DocumentId, *, owner: UserId) -> bytes | None:
        """The original of a document, None when there is none."""
        ...

    def delete(self, document_id: DocumentId, *, owner: UserId) -> bool:
        """Whether there was one; it is gone."""
        ...

    def kept(self, owner: UserId | None = None) -> Sequence[tuple[UserId, DocumentId]]:
        """Whose documents have an original here, of one user or of all, in no order."""
        ...
