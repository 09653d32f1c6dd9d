from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, LargeBinary, delete, insert, literal, select

from app.adapters.sql import tables
from app.core.document_errors import DocumentNotFound
from app.models.ids import DocumentId, UserId

_table: Final = tables.document_files
_documents: Final = tables.documents


class SqlDocumentFiles:
    """The originals of documents, sealed: see `file_sealing.py`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, document_id: DocumentId, content: bytes, *, owner: UserId) -> None:
        """The original of a document is this one.

        The document's row is held until then: whoever deletes it at the same time waits, and finds
        the original.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        row = (
            select(
                _documents.c.id,
                _documents.c.tenant_id,
                _documents.c.user_id,
                literal(content, LargeBinary),
            )
            .where(_documents.c.id == document_id, _documents.c.user_id == owner)
            .with_for_update(read=True, key_share=True)
        )
        columns = ["document_id", "tenant_id", "user_id", "content"]
        self.delete(document_id, owner=owner)
        added = self._connection.execute(
            insert(_table).from_select(columns, row).returning(_table.c.document_id)
        )
        if added.first() is None:
            raise DocumentNotFound

    def get(self, document_id: DocumentId, *, owner: UserId) -> bytes | None:
        """The original of a document, None when there is none."""
        query = select(_table.c.content).where(
            _table.c.document_id == document_id, _table.c.user_id == owner
        )
        found: bytes | None = self._connection.execute(query).scalar()
        return found

    def delete(self, document_id: DocumentId, *, owner: UserId) -> bool:
        """Whether there was one; it is gone."""
        gone = self._connection.execute(
            delete(_table).where(_table.c.document_id == document_id, _table.c.user_id == owner)
        )
        return gone.rowcount > 0

    def kept(self, owner: UserId | None = None) -> Sequence[tuple[UserId, DocumentId]]:
        """Whose documents have an original here, of one user or of all, in no order."""
        query = select(_table.c.user_id, _table.c.document_id)
        if owner is not None:
            query = query.where(_table.c.user_id == owner)
        return [(UserId(row[0]), DocumentId(row[1])) for row in self._connection.execute(query)]
