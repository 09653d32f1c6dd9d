"""What documents are in the database: pieces of transactions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.models.document import Chunk, Document, DocumentProgress, DocumentState
from app.models.ids import ChunkId, ProcessId, ProfileId, TenantId, UserId, new_id
from app.models.intent import Intent
from app.models.portable import PortableChunk, PortableDocument, origin_of
from app.models.profile import Profile
from app.models.wipe import Store
from app.ports.database import Transaction
from app.services.chunking import Piece
from app.services.intents import keep
from app.services.quotas import Quotas

NOT_LATE: Final = timedelta(0)


def begin(
    tx: Transaction, *, document: Document, quotas: Quotas, by: ProcessId | None = None
) -> None:
    """The document has a row, which nobody sees yet, and which goes with the process if one is said.

    Raises:
        ProfileNotFound: its profile is gone.
        QuotaFull: the user's plan has no room for it.
    """
    tx.profiles.get(document.profile_id, owner=document.user_id)
    quotas.admit(tx, document.owner, documents=1, document_bytes=document.size_bytes)
    tx.documents.add(document, by=by)


def finish(
    tx: Transaction,
    document: Document,
    pieces: Sequence[Piece],
    *,
    at: datetime,
    intent: Intent | None = None,
) -> Document:
    """The document as it is now, whole, and on the profile that it is on by now.

    Raises:
        DocumentNotFound: it is gone meanwhile, with its profile or its account.
        IntentTaken: another request was faster.
    """
    kept = tx.documents.finish(document.id, at=at)
    add_pieces(tx, kept, pieces)
    keep(tx, document.owner, intent, document.id, at=at)
    return kept


def add_pieces(tx: Transaction, kept: Document, pieces: Sequence[Piece]) -> None:
    """The document has these chunks, and the index will follow."""
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
            created_at=kept.created_at,
        )
        for position, piece in enumerate(pieces, start=1)
    ]
    tx.documents.add_chunks(chunks, tenant_id=kept.tenant_id)
    ids = [chunk.id for chunk in chunks]
    tx.index_changes.mark(kept.namespace, ids, tenant_id=kept.tenant_id, is_episode=False)


def progress_of(tx: Transaction, document: Document) -> DocumentProgress:
    """The document, and how many of its chunks searches find."""
    if document.state is DocumentState.READY:
        return DocumentProgress(document, document.chunk_count)
    waiting = tx.documents.count_waiting(document.id, owner=document.user_id)
    return DocumentProgress(document, document.chunk_count - waiting)


def documents_of(tx: Transaction, profile: Profile) -> Sequence[Document]:
    """The documents of a profile, oldest first."""
    page = tx.documents.page(profile.id, owner=profile.user_id, after=None, limit=_ALL)
    return page.items[::-1]


def portable_document(tx: Transaction, document: Document) -> PortableDocument:
    """The document with all that it was cut into."""
    return PortableDocument(
        origin=origin_of(document.id),
        profile=origin_of(document.profile_id),
        title=document.title,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        chunks=tuple(PortableChunk(one.text, one.page) for one in pieces_of(tx, document=document)),
        created_at=document.created_at,
        updated_at=document.updated_at,
    )


def documents_to_copy(
    tx: Transaction, profile_id: ProfileId, *, to: ProfileId, owner: UserId
) -> Sequence[Document]:
    """The documents of a profile that another one has not, oldest first.

    Raises:
        ProfileNotFound: either is absent, or someone else's.
    """
    tx.profiles.get(to, owner=owner)
    return [
        one
        for one in documents_of(tx, tx.profiles.get(profile_id, owner=owner))
        if tx.documents.with_digest(one.digest, to, owner=owner) is None
    ]


def pieces_of(tx: Transaction, *, document: Document) -> Sequence[Piece]:
    """What the document was cut into."""
    chunks = tx.documents.chunk_page(
        document.id, owner=document.user_id, after=None, limit=document.chunk_count
    ).items
    return [Piece(chunk.content, chunk.page) for chunk in chunks]


def undo(tx: Transaction, *, document: Document, late: timedelta = NOT_LATE) -> None:
    """Nothing is left of the document, but its original, which is owed.

    Args:
        tx: of its owner.
        document: that is not kept.
        late: for so long its original may still arrive; then it is looked for again.

    Raises:
        DocumentNotFound: it is gone already.
    """
    tx.documents.delete(document.id, owner=document.user_id)
    tx.wipes.owe(Store.DATABASE, user_id=document.user_id, tenant_id=document.tenant_id)
    owe_original(tx, document=document, late=late)


def owe_original(tx: Transaction, *, document: Document, late: timedelta = NOT_LATE) -> None:
    """The original of a document that is gone is owed, also when its account is."""
    _owe_originals(tx, document.tenant_id, document.user_id, late)


def drop_arriving(
    tx: Transaction, *, late: timedelta = NOT_LATE, before: datetime | None = None
) -> int:
    """How many documents were arriving, since before a moment if one is given; they are gone."""
    return _owe_all(tx, tx.documents.drop_arriving(before=before), late)


def drop_abandoned(tx: Transaction, *, silent_since: datetime, late: timedelta = NOT_LATE) -> int:
    """How many documents arrived at a process that was last alive before then; they are gone."""
    return _owe_all(tx, tx.documents.drop_abandoned(silent_since=silent_since), late)


def _owe_all(tx: Transaction, dropped: Sequence[Document], late: timedelta) -> int:
    for tenant_id, owner in {(one.tenant_id, one.user_id) for one in dropped}:
        tx.wipes.owe(Store.DATABASE, user_id=owner, tenant_id=tenant_id)
        _owe_originals(tx, tenant_id, owner, late)
    return len(dropped)


def _owe_originals(tx: Transaction, tenant_id: TenantId, owner: UserId, late: timedelta) -> None:
    """Twice if they may be late: most are there already, or never will be."""
    for wait in {NOT_LATE, late}:
        tx.wipes.owe(Store.FILES, user_id=owner, tenant_id=tenant_id, late=wait)


_ALL = 100_000
