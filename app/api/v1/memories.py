from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import ChatUser, MemoryReader, MemoryWriter, Services
from app.api.preferring import Preferred
from app.api.problems import problems
from app.api.repeating import Repeatable
from app.api.versions import UNCHANGED, IfMatch, ReadVersion, ToldVersion
from app.models.ids import JobId, MemoryId, ProfileId, SessionId
from app.models.job import JobState
from app.models.memory import MemoryKind, MemoryStatus, Recalled
from app.schemas.fields import Moment
from app.schemas.lists import Cursor, Limit, cursor_of, key_of
from app.schemas.memories import (
    AS_OF,
    FoundMemory,
    HistoryAnswer,
    JobAnswer,
    MemoryAnswer,
    MemoryCreation,
    MemoryList,
    MemorySearch,
    MemoryUpdate,
    MoveAnswer,
    MoveRequest,
    QuoteAnswer,
    SearchAnswer,
    StatsAnswer,
    VersionAnswer,
)
from app.schemas.previews import PreviewAnswer, PreviewRequest
from app.schemas.receipts import Quotes, ReceiptAnswer

router = APIRouter(tags=["memories"], responses=problems(401, 404, 429))


@router.get("/memory-profiles/{profile_id}/memories")
async def list_memories(
    profile_id: UUID,
    caller: MemoryReader,
    services: Services,
    kind: Annotated[MemoryKind | None, Query()] = None,
    status: Annotated[
        MemoryStatus | None, Query(description="What the memory is now, also with `as_of`.")
    ] = None,
    as_of: Annotated[Moment | None, Query(description=AS_OF)] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> MemoryList:
    """List a profile's memories, newest first: all of them, or those that held `as_of` a moment.

    With both, `status=superseded` lists what held then and holds no longer; what is pending or
    rejected never held. Give `as_of` with every page.
    """
    page = await services.mem0.book.page(
        caller,
        ProfileId(profile_id),
        kind=kind,
        status=status,
        as_of=as_of,
        after=key_of(cursor),
        limit=limit,
    )
    return MemoryList(
        data=[MemoryAnswer.of(memory) for memory in page.items],
        next_cursor=cursor_of(page.next_key),
    )


@router.post("/memory-profiles/{profile_id}/memories", status_code=201, responses=problems(409))
async def create_memory(
    profile_id: UUID,
    body: MemoryCreation,
    caller: MemoryWriter,
    services: Services,
    repeatable: Repeatable,
    version: ToldVersion,
) -> MemoryAnswer:
    """Add a memory by hand."""
    memory = await repeatable.once(
        caller,
        lambda intent: services.mem0.book.add(
            caller,
            ProfileId(profile_id),
            kind=MemoryKind(body.kind),
            content=body.content,
            importance=body.importance,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            intent=intent,
        ),
        lambda made: services.mem0.book.get(caller, MemoryId(made[0])),
    )
    version.tell(memory)
    return MemoryAnswer.of(memory)


@router.delete("/memory-profiles/{profile_id}/memories")
async def delete_all_memories(
    profile_id: UUID, caller: MemoryWriter, services: Services, *, quotes: Quotes = False
) -> ReceiptAnswer:
    """Forget all memories of a profile.

    Its conversations stay, and are not learnt from again. Its documents stay as well, and are found:
    they were brought, and not learnt. Each is deleted by itself.
    """
    receipt = await services.mem0.forgetting.memories_of_profile(
        caller, ProfileId(profile_id), quotes=quotes
    )
    return ReceiptAnswer.of(receipt)


@router.post("/memory-profiles/{profile_id}/memories/move")
async def move_memories(
    profile_id: UUID, body: MoveRequest, caller: MemoryWriter, services: Services
) -> MoveAnswer:
    """Move memories to another profile, with ids, history and sources: all of them or none.

    What superseded one of them, or was superseded by it, goes along. The messages that they came
    from stay in their sessions.
    """
    to = ProfileId(body.to_profile_id)
    moved = await services.mem0.moving.move(
        caller, ProfileId(profile_id), [MemoryId(one) for one in body.memory_ids], to=to
    )
    return MoveAnswer(
        memory_profile_id=to, memory_ids=list(moved.moved), superseded=list(moved.superseded)
    )


@router.post("/memory-profiles/{profile_id}/memories/search")
async def search_memories(
    profile_id: UUID, body: MemorySearch, caller: MemoryReader, services: Services
) -> SearchAnswer:
    """Search memories, what was said, and documents, best first.

    What holds, or what held `as_of` a moment; of documents, those that had been brought by then.
    """
    found = await services.mem0.recaller.search(
        caller,
        ProfileId(profile_id),
        body.query,
        kinds=tuple(body.kinds),
        limit=body.limit,
        as_of=body.as_of,
    )
    return SearchAnswer(data=[_found(profile_id, one) for one in found])


@router.post("/memory-profiles/{profile_id}/memories/preview")
async def preview_prompt(
    profile_id: UUID, body: PreviewRequest, caller: ChatUser, services: Services
) -> PreviewAnswer:
    """Show exactly what the model would see for a message, and why. Nothing is sent or kept."""
    preview = await services.previews.of(
        caller,
        ProfileId(profile_id),
        body.message,
        session_id=SessionId(body.session_id) if body.session_id else None,
        reads=_profiles(body.reads_memory_profile_ids),
    )
    return PreviewAnswer.of(preview)


@router.get("/memory-profiles/{profile_id}/memories/stats")
async def read_memory_stats(
    profile_id: UUID, caller: MemoryReader, services: Services
) -> StatsAnswer:
    """Count a profile's memories, and what still waits to be indexed or learnt."""
    return StatsAnswer.of(await services.mem0.book.stats(caller, ProfileId(profile_id)))


@router.get("/memories/{memory_id}", responses=UNCHANGED)
async def read_memory(
    memory_id: UUID, caller: MemoryReader, services: Services, version: ReadVersion
) -> MemoryAnswer:
    """Read a memory."""
    memory = await services.mem0.book.get(caller, MemoryId(memory_id))
    version.tell(memory)
    return MemoryAnswer.of(memory)


@router.patch("/memories/{memory_id}", responses=problems(412))
async def update_memory(
    memory_id: UUID,
    body: MemoryUpdate,
    caller: MemoryWriter,
    services: Services,
    version: ToldVersion,
    expected: IfMatch,
) -> MemoryAnswer:
    """Change a memory; what is left out stays."""
    memory = await services.mem0.book.update(
        caller, MemoryId(memory_id), changes=body.changes(), expected=expected
    )
    version.tell(memory)
    return MemoryAnswer.of(memory)


@router.delete("/memories/{memory_id}", responses=problems(412))
async def delete_memory(
    memory_id: UUID,
    caller: MemoryWriter,
    services: Services,
    expected: IfMatch,
    *,
    quotes: Quotes = False,
) -> ReceiptAnswer:
    """Forget a memory, and what repeats it; the messages it came from are not learnt from again."""
    receipt = await services.mem0.forgetting.memory(
        caller, MemoryId(memory_id), quotes=quotes, expected=expected
    )
    return ReceiptAnswer.of(receipt)


@router.get("/memories/{memory_id}/history")
async def read_memory_history(
    memory_id: UUID, caller: MemoryReader, services: Services
) -> HistoryAnswer:
    """Read every version of a memory, oldest first, and what superseded it since when."""
    versions = await services.mem0.book.history(caller, MemoryId(memory_id))
    return HistoryAnswer(data=[VersionAnswer.of(version) for version in versions])


@router.post("/memories/{memory_id}/approve", responses=problems(409))
async def approve_memory(
    memory_id: UUID, caller: MemoryWriter, services: Services, version: ToldVersion
) -> MemoryAnswer:
    """Let a memory count, also one that was rejected. What it contradicts holds no longer."""
    memory = await services.mem0.review.approve(caller, MemoryId(memory_id))
    version.tell(memory)
    return MemoryAnswer.of(memory)


@router.post("/memories/{memory_id}/reject", responses=problems(409))
async def reject_memory(
    memory_id: UUID, caller: MemoryWriter, services: Services, version: ToldVersion
) -> MemoryAnswer:
    """Let a memory not count; it is kept so that it is not learnt again."""
    memory = await services.mem0.review.reject(caller, MemoryId(memory_id))
    version.tell(memory)
    return MemoryAnswer.of(memory)


@router.get("/memory-jobs/{job_id}")
async def read_memory_job(
    job_id: UUID, caller: MemoryReader, services: Services, preferred: Preferred
) -> JobAnswer:
    """Read where a learning job stands, and which memories it changed."""
    read = partial(services.mem0.learner.outcome, caller, JobId(job_id))
    outcome = await preferred.settled(
        await read(), read, is_done=lambda one: one.job.state in {JobState.DONE, JobState.FAILED}
    )
    return JobAnswer.of(outcome)


def _profiles(ids: Sequence[UUID] | None) -> Sequence[ProfileId] | None:
    return None if ids is None else [ProfileId(one) for one in ids]


def _found(profile_id: UUID, one: Recalled) -> FoundMemory:
    return FoundMemory(
        id=one.id,
        memory_profile_id=profile_id,
        content=one.content,
        score=round(one.score, 4),
        layer=one.layer,
        terms=dict(one.terms),
        kind=one.kind,
        source_message_ids=list(one.source_message_ids),
        source_document_id=one.quote.document_id if one.quote else None,
        quote=QuoteAnswer.of(one.quote) if one.quote else None,
        speaker=one.speaker,
        said_at=one.said_at,
        memory=MemoryAnswer.of(one.memory) if one.memory else None,
    )
