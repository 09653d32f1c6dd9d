from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.paging import page_by_id, page_of
from app.adapters.sql.processes import has_no_carrier
from app.adapters.sql.words import CHUNK, DOCUMENT
from app.core.document_errors import DocumentNotFound
from app.models.document import Chunk, Document, DocumentState, MediaType
from app.models.ids import ChunkId, DocumentId, ProcessId, ProfileId, TenantId, UserId
from app.models.page import Page, PageKey

_table: Final = tables.documents
_chunks: Final = tables.document_chunks
_changes: Final = tables.index_changes
_IS_THERE: Final = _table.c.state != DocumentState.ARRIVING
_TITLE: Final = (_table.c.id, _table.c.user_id, _table.c.title, _table.c.sealed_title)


class SqlDocuments:
    """Documents and their chunks."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, document: Document, *, by: ProcessId | None = None) -> None:
        """The document has a row, and is seen once it is finished, by one of several processes if said."""
        values = {
            "id": document.id,
            "tenant_id": document.tenant_id,
            "user_id": document.user_id,
            "memory_profile_id": document.profile_id,
            "title": document.title,
            "media_type": document.media_type,
            "size_bytes": document.size_bytes,
            "digest": document.digest,
            "file_key": document.file_key,
            "state": document.state,
            "chunk_count": document.chunk_count,
            "created_at": document.created_at,
            "updated_at": document.updated_at,
            "process_id": by,
        }
        hidden = self._cipher.hide(DOCUMENT, values, owner=document.user_id, row=(document.id,))
        self._connection.execute(insert(_table).values(**hidden))

    def finish(self, document_id: DocumentId, *, at: datetime) -> Document:
        """The document, which was arriving, as it is now: there, and waiting for the index.

        Raises:
            DocumentNotFound: it is gone meanwhile, with its profile or its account.
        """
        row = self._connection.execute(
            update(_table)
            .where(_table.c.id == document_id, _table.c.state == DocumentState.ARRIVING)
            .values(state=DocumentState.PENDING, updated_at=at, process_id=None)
            .returning(_table)
        ).first()
        if row is None:
            raise DocumentNotFound
        return self._document(row)

    def add_chunks(self, chunks: Sequence[Chunk], *, tenant_id: TenantId) -> None:
        """The chunks are there."""
        rows = [
            dict(
                self._cipher.hide(
                    CHUNK, _chunk_values(chunk), owner=chunk.user_id, row=(chunk.id,)
                ),
                tenant_id=tenant_id,
            )
            for chunk in chunks
        ]
        if rows:
            self._connection.execute(insert(_chunks), rows)

    def get(self, document_id: DocumentId, *, owner: UserId) -> Document:
        """The document.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        row = self._connection.execute(_owned(owner).where(_table.c.id == document_id)).first()
        if row is None:
            raise DocumentNotFound
        return self._document(row)

    def with_digest(self, digest: str, profile_id: ProfileId, *, owner: UserId) -> Document | None:
        """The first document of a profile whose original has this digest."""
        [stored] = self._cipher.fingerprints(DOCUMENT, "digest", [digest], owner=lambda: owner)
        row = self._connection.execute(
            _owned(owner)
            .where(_table.c.memory_profile_id == profile_id, _table.c.digest == stored)
            .order_by(_table.c.id)
            .limit(1)
        ).first()
        return self._document(row) if row else None

    def page(
        self, profile_id: ProfileId, *, owner: UserId, after: PageKey | None, limit: int
    ) -> Page[Document]:
        """A profile's documents, newest first."""
        return page_by_id(
            self._connection,
            _owned(owner).where(_table.c.memory_profile_id == profile_id),
            _table.c.id,
            after=after,
            limit=limit,
            read=self._document,
            newest_first=True,
        )

    def chunk_page(
        self, document_id: DocumentId, *, owner: UserId, after: PageKey | None, limit: int
    ) -> Page[Chunk]:
        """The chunks of a document in their order; keys have a position."""
        query = _chunks_of(owner).where(_chunks.c.document_id == document_id)
        if after is not None:
            query = query.where(_chunks.c.position > (after.seq or 0))
        rows = self._connection.execute(query.order_by(_chunks.c.position).limit(limit + 1)).all()
        read = iter(self._read_chunks(rows))
        return page_of(
            rows,
            limit=limit,
            read=lambda _: next(read),
            key=lambda row: PageKey(id=row.id, seq=row.position),
        )

    def chunks_by_ids(self, ids: Iterable[ChunkId], *, owner: UserId) -> Sequence[Chunk]:
        """Those of the chunks that exist and are the owner's, in no order."""
        rows = [
            row
            for some in batches(ids)
            for row in self._connection.execute(_chunks_of(owner).where(_chunks.c.id.in_(some)))
        ]
        return self._read_chunks(rows)

    def chunk_ids(self, document_id: DocumentId, *, owner: UserId) -> Sequence[ChunkId]:
        """All chunks of a document, in their order."""
        query = select(_chunks.c.id).where(
            _chunks.c.document_id == document_id, _chunks.c.user_id == owner
        )
        return list(self._connection.execute(query.order_by(_chunks.c.position)).scalars())

    def chunk_ids_of_profile(self, profile_id: ProfileId, *, owner: UserId) -> Sequence[ChunkId]:
        """All chunks of a profile."""
        query = select(_chunks.c.id).where(
            _chunks.c.memory_profile_id == profile_id, _chunks.c.user_id == owner
        )
        return list(self._connection.execute(query).scalars())

    def all_of(self, owner: UserId) -> Sequence[DocumentId]:
        """The documents of a user on any profile, those that are arriving as well."""
        query = select(_table.c.id).where(_table.c.user_id == owner)
        return list(self._connection.execute(query).scalars())

    def count_waiting(self, document_id: DocumentId, *, owner: UserId) -> int:
        """How many chunks of a document the index has still to follow."""
        waiting = select(func.count(_changes.c.point_id.distinct())).where(
            _changes.c.memory_profile_id == _chunks.c.memory_profile_id,
            _changes.c.point_id == _chunks.c.id,
            ~_changes.c.applied,
            _chunks.c.document_id == document_id,
            _chunks.c.user_id == owner,
        )
        return self._connection.execute(waiting).scalar_one()

    def in_state(self, state: DocumentState) -> Sequence[Document]:
        """Everybody's documents that stand there, for upkeep that no user asked for."""
        rows = self._connection.execute(select(_table).where(_table.c.state == state))
        return [self._document(row) for row in rows]

    def mark_ready(self, document_id: DocumentId) -> bool:
        """Whether the document was pending; it is ready."""
        marked = self._connection.execute(
            update(_table)
            .where(_table.c.id == document_id, _table.c.state == DocumentState.PENDING)
            .values(state=DocumentState.READY)
        )
        return marked.rowcount > 0

    def delete(self, document_id: DocumentId, *, owner: UserId) -> int:
        """How many chunks it had; the document is gone with them.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        chunks = self._connection.execute(
            delete(_chunks).where(_chunks.c.document_id == document_id, _chunks.c.user_id == owner)
        ).rowcount
        gone = self._connection.execute(
            delete(_table).where(_table.c.id == document_id, _table.c.user_id == owner)
        )
        if gone.rowcount == 0:
            raise DocumentNotFound
        return chunks

    def drop_arriving(self, *, before: datetime | None) -> Sequence[Document]:
        """Those that were arriving, since before a moment if one is given; they are gone."""
        arriving = _table.c.state == DocumentState.ARRIVING
        return self._drop(arriving if before is None else arriving & (_table.c.created_at < before))

    def drop_abandoned(self, *, silent_since: datetime) -> Sequence[Document]:
        """Those that a process took in that was last alive before then; they are gone."""
        return self._drop(has_no_carrier(_table, silent_since=silent_since))

    def _drop(self, condition: ColumnElement[bool]) -> Sequence[Document]:
        dropped = self._connection.execute(delete(_table).where(condition).returning(_table)).all()
        return [self._document(row) for row in dropped]

    def _document(self, row: Any) -> Document:
        shown = self._cipher.show(DOCUMENT, row)
        return Document(
            id=shown.id,
            tenant_id=shown.tenant_id,
            user_id=shown.user_id,
            profile_id=shown.memory_profile_id,
            title=shown.title,
            media_type=MediaType(shown.media_type),
            size_bytes=shown.size_bytes,
            digest=shown.digest,
            file_key=shown.file_key,
            state=DocumentState(shown.state),
            chunk_count=shown.chunk_count,
            created_at=shown.created_at,
            updated_at=shown.updated_at,
        )

    def _read_chunks(self, rows: Sequence[Any]) -> list[Chunk]:
        """Chunks with the titles of their documents."""
        titles = {
            row.id: self._cipher.show(DOCUMENT, row).title
            for some in batches({row.document_id for row in rows})
            for row in self._connection.execute(select(*_TITLE).where(_table.c.id.in_(some)))
        }
        return [
            Chunk(
                id=row.id,
                user_id=row.user_id,
                profile_id=row.memory_profile_id,
                document_id=row.document_id,
                title=titles[row.document_id],
                position=row.position,
                page=row.page,
                content=self._cipher.show(CHUNK, row).content,
                created_at=row.created_at,
            )
            for row in rows
        ]


def _owned(owner: UserId) -> Select[Any]:
    return select(_table).where(_table.c.user_id == owner, _IS_THERE)


def _chunks_of(owner: UserId) -> Select[Any]:
    return select(_chunks).where(_chunks.c.user_id == owner)


def _chunk_values(chunk: Chunk) -> dict[str, object]:
    return {
        "id": chunk.id,
        "user_id": chunk.user_id,
        "memory_profile_id": chunk.profile_id,
        "document_id": chunk.document_id,
        "position": chunk.position,
        "page": chunk.page,
        "content": chunk.content,
        "created_at": chunk.created_at,
    }
