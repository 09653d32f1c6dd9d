"""Inputs with the items that they merely refer to, and the last answer of ours among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.api.deps import Services
from app.api.openai.response_calls import calls_of, last_calls
from app.core.surface_errors import ItemNotFound
from app.models.ids import MessageId, RunId
from app.models.message import Role
from app.models.user import Caller
from app.ports.chat_model import GivenMessage
from app.schemas.openai_ids import Kind, id_in, run_of_call
from app.schemas.openai_items import GivenItem


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer of ours that a client brings along."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class GivenTalk:
    """What a client has given, in full."""

    messages: Sequence[GivenMessage]
    answer: GivenAnswer | None
    """The last answer of ours among them."""
    answer_at: int
    """How many of the messages there are up to it, itself among them."""

    @property
    def after_answer(self) -> Sequence[GivenMessage]:
        """What is new: results stand with the calls that the answer asked for."""
        told = self.messages[: self.answer_at]
        return [*last_calls(told), *self.messages[self.answer_at :]]


async def given_talk(services: Services, caller: Caller, items: Sequence[GivenItem]) -> GivenTalk:
    """The input with what it refers to.

    Raises:
        ItemNotFound: an item that is referred to is absent, or someone else's.
    """
    messages: list[GivenMessage] = []
    answer, answer_at = None, 0
    for item in items:
        found = await _answer_of(services, caller, item)
        messages.append(item.message or await _referred_to(services, caller, item))
        if found is not None:
            answer, answer_at = GivenAnswer(found), len(messages)
    return GivenTalk(messages, answer, answer_at)


async def _referred_to(services: Services, caller: Caller, item: GivenItem) -> GivenMessage:
    item_id = item.id or ""
    if (run_id := run_of_call(item_id)) is not None:
        calls = await calls_of(services, caller, RunId(run_id))
        if item_id in calls:
            return calls[item_id]
    elif (message_id := id_in(Kind.ITEM, item_id)) is not None:
        message = await services.chat.continuing.message(caller, MessageId(message_id))
        body = {"role": message.role.value, "content": message.content}
        return GivenMessage(message.role, message.content, body)
    raise ItemNotFound


async def _answer_of(services: Services, caller: Caller, item: GivenItem) -> RunId | None:
    """The run that wrote the item, if it is an answer of ours."""
    item_id = item.id or ""
    if (run_id := run_of_call(item_id)) is not None:
        return RunId(run_id)
    message_id = id_in(Kind.ITEM, item_id)
    if message_id is None:
        return None
    try:
        message = await services.chat.continuing.message(caller, MessageId(message_id))
    except ItemNotFound:
        return None
    return message.run_id if message.role is Role.ASSISTANT else None
