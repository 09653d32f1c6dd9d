from fastapi import APIRouter, Request

from app.api.deps import ChatUser, Services
from app.api.openai.named_sessions import conversation_named, conversations_and_items
from app.api.openai.response_references import strictest_mode_of
from app.api.problems import compatible_problems
from app.api.repeating import NOT_REPEATABLE
from app.api.selection import NamedModel, selection_of
from app.core.privacy import PrivacyMode
from app.schemas.openai_conversations import (
    ConversationAnswer,
    ConversationCreation,
    ConversationDeleted,
    ConversationUpdate,
    title_in,
)

router = APIRouter(
    prefix="/v1/conversations", tags=["openai"], responses=compatible_problems(401, 404, 409, 429)
)

_NO_MODEL = NamedModel(None, None)


@router.post("", dependencies=NOT_REPEATABLE)
async def create_conversation(
    body: ConversationCreation, request: Request, caller: ChatUser, services: Services
) -> ConversationAnswer:
    """Start a conversation: a session, on a profile and in a mode that are selected as everywhere."""
    selection = selection_of(request.headers, body.slots, _NO_MODEL, stores=True)
    profile = (
        await services.supabase.profiles.called(caller, selection.profile)
        if selection.profile
        else None
    )
    mode = await strictest_mode_of(services, caller, body.given)
    view = await services.sessions.create(
        caller,
        profile_id=profile.id if profile else None,
        mode=selection.mode or PrivacyMode.NORMAL,
        title=body.title,
    )
    if body.past:
        await services.sessions.append(caller, view.session.id, body.past, mode=mode)
    return ConversationAnswer.of(view)


@router.get("/{conversation_id}")
async def read_conversation(
    conversation_id: str, caller: ChatUser, services: Services
) -> ConversationAnswer:
    """Read a conversation."""
    return ConversationAnswer.of(await conversation_named(services, caller, conversation_id))


@router.post("/{conversation_id}")
async def update_conversation(
    conversation_id: str,
    body: ConversationUpdate,
    request: Request,
    caller: ChatUser,
    services: Services,
) -> ConversationAnswer:
    """Change its title or its mode. When the mode changes, incognito words are gone."""
    view = await conversation_named(services, caller, conversation_id)
    selection = selection_of(request.headers, {"metadata": body.metadata}, _NO_MODEL, stores=True)
    title = title_in(body.metadata)
    changes: dict[str, object] = {
        **({"title": title} if title else {}),
        **({"privacy_mode": selection.mode} if selection.mode else {}),
    }
    with conversations_and_items():
        changed = await services.sessions.update(caller, view.session.id, changes=changes)
    return ConversationAnswer.of(changed)


@router.delete("/{conversation_id}")
async def delete_conversation(
    conversation_id: str, caller: ChatUser, services: Services
) -> ConversationDeleted:
    """Forget a conversation with its items, and whatever was known from it alone."""
    view = await conversation_named(services, caller, conversation_id)
    with conversations_and_items():
        await services.mem0.forgetting.session(caller, view.session.id)
    return ConversationDeleted(id=conversation_id)
