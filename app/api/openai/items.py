from collections.abc import Sequence
from itertools import takewhile
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query

from app.api.deps import ChatUser, Services
from app.api.openai.named_sessions import (
    conversation_named,
    conversations_and_items,
    message_named,
)
from app.api.openai.response_references import strictest_mode_of
from app.api.openai.response_views import run_named, view_named
from app.api.problems import compatible_problems
from app.api.repeating import NOT_REPEATABLE
from app.models.message import Message, Role
from app.schemas.openai_conversations import ConversationAnswer, ItemsRequest
from app.schemas.openai_ids import Kind, id_in
from app.schemas.openai_response_answers import ItemList, MessageItem
from app.services.items import Stretch

router = APIRouter(prefix="/v1", tags=["openai"], responses=compatible_problems(401, 404, 409, 429))

_OVERLAP: Final = 50
"""The newest messages that items may turn out to be already."""


def _stretch(
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Annotated[Literal["asc", "desc"], Query(description="By when they were said.")] = "desc",
    after: Annotated[str | None, Query(description="The last item of the page before.")] = None,
) -> Stretch:
    return Stretch(
        after=message_named(after) if after else None, limit=limit, ascending=order == "asc"
    )


Wanted = Annotated[Stretch, Depends(_stretch)]


@router.post("/conversations/{conversation_id}/items", dependencies=NOT_REPEATABLE)
async def create_conversation_items(
    conversation_id: str, body: ItemsRequest, caller: ChatUser, services: Services
) -> ItemList:
    """Append messages to a conversation. Those that it ends with already, by the id of the last, stay."""
    session = (await conversation_named(services, caller, conversation_id)).session
    newest, _ = await services.sessions.items.page(
        caller, session.id, Stretch(after=None, limit=_OVERLAP, ascending=False)
    )
    there = _there_already(body, newest)
    past, given = body.past[len(there) :], body.given[len(there) :]
    mode = await strictest_mode_of(services, caller, given)
    with conversations_and_items():
        placed = await services.sessions.append(caller, session.id, past, mode=mode) if past else ()
    return ItemList.of([*there, *placed], has_more=False)


@router.get("/conversations/{conversation_id}/items")
async def list_conversation_items(
    conversation_id: str, wanted: Wanted, caller: ChatUser, services: Services
) -> ItemList:
    """List a conversation's items, the newest first unless told otherwise."""
    session = (await conversation_named(services, caller, conversation_id)).session
    messages, has_more = await services.sessions.items.page(caller, session.id, wanted)
    return ItemList.of(messages, has_more=has_more)


@router.get("/conversations/{conversation_id}/items/{item_id}")
async def read_conversation_item(
    conversation_id: str, item_id: str, caller: ChatUser, services: Services
) -> MessageItem:
    """Read one item."""
    session = (await conversation_named(services, caller, conversation_id)).session
    message_id = message_named(item_id)
    return MessageItem.of(await services.sessions.items.get(caller, session.id, message_id))


@router.delete("/conversations/{conversation_id}/items/{item_id}")
async def delete_conversation_item(
    conversation_id: str, item_id: str, caller: ChatUser, services: Services
) -> ConversationAnswer:
    """Forget one item, and whatever was known from it alone."""
    view = await conversation_named(services, caller, conversation_id)
    with conversations_and_items():
        await services.mem0.forgetting.message(caller, view.session.id, message_named(item_id))
    return ConversationAnswer.of(await conversation_named(services, caller, conversation_id))


@router.get("/responses/{response_id}/input_items")
async def list_input_items(
    response_id: str, wanted: Wanted, caller: ChatUser, services: Services
) -> ItemList:
    """List what was said in a response's conversation before its answer, as far as it is kept here."""
    view = await view_named(services, caller, run_named(response_id))
    if wanted.after is None and not wanted.ascending and view.answer is not None:
        wanted = Stretch(after=view.answer.id, limit=wanted.limit, ascending=False)
    messages, has_more = await services.sessions.items.page(caller, view.session_id, wanted)
    if not wanted.ascending:
        return ItemList.of(messages, has_more=has_more)
    before = list(takewhile(lambda one: not _answers(one, view.id), messages))
    return ItemList.of(before, has_more=has_more and len(before) == len(messages))


def _answers(message: Message, run_id: object) -> bool:
    return message.role is Role.ASSISTANT and message.run_id == run_id


def _there_already(body: ItemsRequest, newest: Sequence[Message]) -> Sequence[Message]:
    """The conversation's last messages, if the items begin with them and one has the last one's id."""
    known = [id_in(Kind.ITEM, one.id or "") for one in body.given]
    if not newest or newest[0].id not in known:
        return ()
    count = known.index(newest[0].id) + 1
    there = list(reversed(newest[:count]))
    said = [(one.role, one.content) for one in body.past[:count]]
    return there if said == [(one.role, one.content) for one in there] else ()
