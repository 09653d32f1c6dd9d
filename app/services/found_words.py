"""The words of what was found: SQL has the last word on what exists, and on what holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.models.document import Chunk
from app.models.ids import ChunkId, MemoryId, MessageId, UserId
from app.models.memory import NO_MEMORIES, Memory, MemoryKind, MemoryStatus, Quote, Recalled
from app.models.message import Message
from app.ports.database import Transaction
from app.services.recall_several import Placed

Row = Memory | Message | Chunk


def with_words(
    tx: Transaction, placed: Sequence[Placed], *, now: datetime, as_of: datetime | None = None
) -> Sequence[Recalled]:
    """Those of the hits that SQL knows, and knows to be where they were found, in their order.

    Args:
        tx: the transaction to read in.
        placed: in namespaces of one owner.
        now: what is over by now is left out.
        as_of: another time to look at, at which all that held then is there.
    """
    if not placed:
        return ()
    owner = placed[0][0].user_id
    points = [(one.hit.facts.id, one.hit.facts.kind) for _, one in placed]
    rows = recallable(tx, owner, points, as_of=as_of)
    return [
        recalled(row, score=one.score, terms=one.terms)
        for namespace, one in placed
        if (row := rows.get(one.hit.facts.id)) and row.profile_id == namespace.profile_id
        if as_of or not isinstance(row, Memory) or not row.is_over(now)
    ]


def recallable(
    tx: Transaction,
    owner: UserId,
    points: Sequence[tuple[UUID, MemoryKind]],
    *,
    as_of: datetime | None = None,
) -> dict[UUID, Row]:
    """The rows of those points that exist, may be recalled, and are the owner's.

    Without `as_of` only active memories may, with it whatever held then.
    """
    episodes = [MessageId(p) for p, kind in points if kind is MemoryKind.EPISODE]
    chunks = [ChunkId(p) for p, kind in points if kind is MemoryKind.DOCUMENT]
    memories = [MemoryId(p) for p, kind in points if kind not in NO_MEMORIES]
    found: dict[UUID, Row] = {
        message.id: message
        for message in tx.messages.by_ids(episodes, owner=owner)
        if message.searchable and (as_of is None or message.created_at <= as_of)
    }
    found.update(
        (chunk.id, chunk)
        for chunk in tx.documents.chunks_by_ids(chunks, owner=owner)
        if as_of is None or chunk.created_at <= as_of
    )
    found.update((memory.id, memory) for memory in _memories(tx, owner, memories, as_of=as_of))
    return found


def _memories(
    tx: Transaction, owner: UserId, ids: Sequence[MemoryId], *, as_of: datetime | None
) -> Sequence[Memory]:
    if as_of is not None:
        return tx.memories.held_at(as_of, ids, owner=owner)
    known = tx.memories.by_ids(ids, owner=owner)
    return [memory for memory in known if memory.status is MemoryStatus.ACTIVE]


def recalled(row: Row, *, score: float, terms: Mapping[str, float]) -> Recalled:
    """A row as search found it."""
    match row:
        case Memory():
            return Recalled(
                id=row.id,
                profile_id=row.profile_id,
                kind=row.kind,
                content=row.content,
                speaker=None,
                score=score,
                terms=terms,
                said_at=row.said_at,
                since=None if row.kind is MemoryKind.EVENT else row.valid_from,
                source_message_ids=row.source_message_ids,
                memory=row,
            )
        case Message():
            return Recalled(
                id=MemoryId(row.id),
                profile_id=row.profile_id,
                kind=MemoryKind.EPISODE,
                content=row.content,
                speaker=row.name or row.role,
                score=score,
                terms=terms,
                said_at=row.created_at,
                source_message_ids=(row.id,),
                was_given=tuple(use.id for use in row.memories_used),
            )
        case Chunk():
            return _quoted(row, score=score, terms=terms)


def _quoted(chunk: Chunk, *, score: float, terms: Mapping[str, float]) -> Recalled:
    return Recalled(
        id=MemoryId(chunk.id),
        profile_id=chunk.profile_id,
        kind=MemoryKind.DOCUMENT,
        content=chunk.content,
        speaker=None,
        score=score,
        terms=terms,
        said_at=chunk.created_at,
        source_message_ids=(),
        quote=Quote(
            document_id=chunk.document_id,
            title=chunk.title,
            position=chunk.position,
            page=chunk.page,
        ),
    )
