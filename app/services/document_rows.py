"""What documents are in the database: pieces of transactions."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from app.models.document import Chunk, Document, DocumentProgress, DocumentState
from app.models.ids import ChunkId, new_id
from app.models.wipe import Store
from app.ports.database import Transaction
from app.services.chunking import Piece


def finish(
    tx: Transaction, document: Document, pieces: Sequence[Piece], *, at: datetime
) -> Document:
    """The document as it is now, whole, and on the profile that it is on by now.

    Raises:
        DocumentNotFound: it is gone meanwhile, with its profile or its account.
    """
    kept = tx.documents.finish(document.id, at=at)
    chunks = [
        Chunk(
            id=ChunkId(new_id()),
            user_id=kept.user_id,
            profile_id=kept.profile_id,
            document_id=kept.id,
            title=kept.title,
            position=position,
            page=piece.page,
            content=piece.text,
            created_at=at,
        )
        for position, piece in enumerate(pieces, start=1)
    ]
    tx.documents.add_chunks(chunks, tenant_id=kept.tenant_id)
    ids = [chunk.id for chunk in chunks]
    tx.index_changes.mark(kept.namespace, ids, tenant_id=kept.tenant_id, is_episode=False)
    return kept


def progress_of(tx: Transaction, document: Document) -> DocumentProgress:
    """The document, and how many of its chunks searches find."""
    if document.state is DocumentState.READY:
        return DocumentProgress(document, document.chunk_count)
    waiting = tx.documents.count_waiting(document.id, owner=document.user_id)
    return DocumentProgress(document, document.chunk_count - waiting)


def drop_arriving(tx: Transaction, *, before: datetime | None = None) -> int:
    """How many documents were arriving, since before a moment if one is given; they are gone."""
    dropped = tx.documents.drop_arriving(before=before)
    for tenant_id, owner in {(one.tenant_id, one.user_id) for one in dropped}:
        owe = partial(tx.wipes.owe, user_id=owner, tenant_id=tenant_id)
        owe(Store.DATABASE)
        owe(Store.FILES)
    return len(dropped)
