"""Sessions as conversations call them."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.api.deps import Services
from app.core.errors import MessageNotFound, SessionNotFound
from app.core.surface_errors import ConversationNotFound, ItemNotFound
from app.models.ids import MessageId, SessionId
from app.models.user import Caller
from app.schemas.openai_ids import Kind, id_in
from app.services.session_views import SessionView


@contextmanager
def conversations_and_items() -> Iterator[None]:
    """What is absent is told by the names that conversations have for it.

    Raises:
        ConversationNotFound: absent, or someone else's.
        ItemNotFound: it is not in the conversation.
    """
    try:
        yield
    except SessionNotFound:
        raise ConversationNotFound from None
    except MessageNotFound:
        raise ItemNotFound from None


async def conversation_named(
    services: Services, caller: Caller, conversation_id: str
) -> SessionView:
    """The session of a conversation.

    Raises:
        ConversationNotFound: absent, someone else's, or another application's own.
    """
    session_id = id_in(Kind.CONVERSATION, conversation_id)
    if session_id is None:
        raise ConversationNotFound
    with conversations_and_items():
        view = await services.sessions.get(caller, SessionId(session_id))
    if view.session.thread is not None:
        raise ConversationNotFound
    return view


def message_named(item_id: str) -> MessageId:
    """The message of an item.

    Raises:
        ItemNotFound: this is no item's id.
    """
    message_id = id_in(Kind.ITEM, item_id)
    if message_id is None:
        raise ItemNotFound
    return MessageId(message_id)
