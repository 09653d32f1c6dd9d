from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import ChatUser, Services
from app.api.problems import OF_USERS, problems
from app.api.repeating import Repeatable
from app.api.versions import UNCHANGED, IfMatch, ReadVersion, ToldVersion
from app.models.ids import MessageId, ProfileId, SessionId
from app.schemas.fields import Words
from app.schemas.lists import Cursor, Limit, Order, cursor_of, key_of
from app.schemas.receipts import Quotes, ReceiptAnswer
from app.schemas.sessions import (
    AppendAnswer,
    AppendRequest,
    MessageAnswer,
    MessageList,
    SessionAnswer,
    SessionCreation,
    SessionList,
    SessionUpdate,
    SummaryAnswer,
)

router = APIRouter(prefix="/sessions", tags=["sessions"], responses=OF_USERS)


@router.get("", responses=problems(404))
async def list_sessions(
    *,
    caller: ChatUser,
    services: Services,
    memory_profile_id: Annotated[UUID | None, Query()] = None,
    q: Annotated[
        Words,
        Query(
            max_length=200,
            description="Words that must all be in title or messages. Where an operator has these "
            "encrypted, a page may hold fewer sessions than `limit`, or none, and go on.",
        ),
    ] = "",
    of_other_applications: Annotated[
        bool,
        Query(
            description="List what was learnt from conversations that other applications keep, each "
            "with the messages that memories come from, instead of sessions."
        ),
    ] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> SessionList:
    """List the caller's sessions, the latest active first."""
    page = await services.sessions.page(
        caller,
        profile_id=ProfileId(memory_profile_id) if memory_profile_id else None,
        words=tuple(q.split()),
        after=key_of(cursor, order=Order.TIME),
        limit=limit,
        threads=of_other_applications,
    )
    return SessionList(
        data=[SessionAnswer.of(view) for view in page.items],
        next_cursor=cursor_of(page.next_key),
    )


@router.post("", status_code=201, responses=problems(404, 409))
async def create_session(
    body: SessionCreation,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
    version: ToldVersion,
) -> SessionAnswer:
    """Start a conversation on a profile, in a privacy mode; it may read further profiles."""
    view = await repeatable.once(
        caller,
        lambda intent: services.sessions.create(
            caller,
            profile_id=ProfileId(body.memory_profile_id) if body.memory_profile_id else None,
            mode=body.privacy_mode,
            title=body.title,
            reads=[ProfileId(one) for one in body.reads_memory_profile_ids],
            intent=intent,
        ),
        lambda made: services.sessions.get(caller, SessionId(made[0])),
    )
    version.tell(view)
    return SessionAnswer.of(view)


@router.get("/{session_id}", responses=problems(404, 409) | UNCHANGED)
async def read_session(
    session_id: UUID, caller: ChatUser, services: Services, version: ReadVersion
) -> SessionAnswer:
    """Read a session."""
    view = await services.sessions.get(caller, SessionId(session_id))
    version.tell(view)
    return SessionAnswer.of(view)


@router.patch("/{session_id}", responses=problems(404, 409, 412))
async def update_session(
    session_id: UUID,
    body: SessionUpdate,
    caller: ChatUser,
    services: Services,
    version: ToldVersion,
    expected: IfMatch,
) -> SessionAnswer:
    """Change title, mode, or what is read. When the mode changes, incognito words are gone."""
    view = await services.sessions.update(
        caller, SessionId(session_id), changes=body.of_session(), expected=expected
    )
    version.tell(view)
    return SessionAnswer.of(view)


@router.delete("/{session_id}", responses=problems(404, 412))
async def delete_session(
    session_id: UUID,
    caller: ChatUser,
    services: Services,
    expected: IfMatch,
    *,
    quotes: Quotes = False,
) -> ReceiptAnswer:
    """Forget a session, and whatever was known from it alone."""
    return ReceiptAnswer.of(
        await services.mem0.forgetting.session(
            caller, SessionId(session_id), quotes=quotes, expected=expected
        )
    )


@router.get("/{session_id}/messages", responses=problems(404, 409))
async def list_messages(
    session_id: UUID,
    caller: ChatUser,
    services: Services,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> MessageList:
    """List a session's newest messages, oldest first; the cursor leads to those before them."""
    page = await services.sessions.messages(
        caller, SessionId(session_id), before=key_of(cursor, order=Order.POSITION), limit=limit
    )
    return MessageList(
        data=[MessageAnswer.of(view) for view in page.items],
        next_cursor=cursor_of(page.next_key),
    )


@router.post("/{session_id}/messages", status_code=201, responses=problems(404, 409))
async def append_messages(
    session_id: UUID,
    body: AppendRequest,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
) -> AppendAnswer:
    """Append past messages, without asking for an answer."""
    past = [message.to_past() for message in body.messages]
    placed = await repeatable.once(
        caller,
        lambda intent: services.sessions.append(caller, SessionId(session_id), past, intent=intent),
        lambda made: services.sessions.past.placed(caller, [MessageId(one) for one in made]),
    )
    return AppendAnswer(data=[MessageAnswer.plain(message, []) for message in placed])


@router.delete("/{session_id}/messages", responses=problems(404))
async def delete_messages(
    session_id: UUID, caller: ChatUser, services: Services, *, quotes: Quotes = False
) -> ReceiptAnswer:
    """Forget what was said in a session, and whatever was known from it alone."""
    receipt = await services.mem0.forgetting.messages_of_session(
        caller, SessionId(session_id), quotes=quotes
    )
    return ReceiptAnswer.of(receipt)


@router.delete("/{session_id}/messages/{message_id}", responses=problems(404, 409))
async def delete_message(
    session_id: UUID,
    message_id: UUID,
    caller: ChatUser,
    services: Services,
    *,
    quotes: Quotes = False,
) -> ReceiptAnswer:
    """Forget one message, and whatever was known from it alone."""
    receipt = await services.mem0.forgetting.message(
        caller, SessionId(session_id), MessageId(message_id), quotes=quotes
    )
    return ReceiptAnswer.of(receipt)


@router.get("/{session_id}/summary", responses=problems(404, 409, 502))
async def read_session_summary(
    session_id: UUID, caller: ChatUser, services: Services
) -> SummaryAnswer:
    """Summarise a session, going on from its last summary."""
    summary = await services.summaries.of(caller, SessionId(session_id))
    return SummaryAnswer.of(session_id, summary)
