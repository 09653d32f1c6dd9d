"""Inputs with the items that they merely refer to, and the last answer of ours among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.api.deps import Services
from app.api.openai.response_calls import calls_of, last_calls
from app.core.errors import InvalidInput
from app.core.privacy import POLICIES, PrivacyMode, strictest
from app.core.surface_errors import ItemNotFound
from app.models.ids import MessageId, RunId
from app.models.message import Message, Role
from app.models.user import Caller
from app.ports.chat_model import GivenMessage
from app.schemas.openai_ids import Kind, id_in, run_of_call
from app.schemas.openai_items import GivenItem
from app.services.prompts import as_shown

NOTHING: Final = MessageId(UUID(int=0))
"""The id of no message."""


@dataclass(frozen=True, slots=True)
class GivenTalk:
    """What a client has given, in full."""

    messages: Sequence[GivenMessage]
    answer: RunId | None
    """The run that wrote the last answer of ours among them."""
    answer_at: int
    """How many of the messages there are up to it, itself among them."""
    modes: Sequence[PrivacyMode | None]
    """Of each message that is here, so that its words come to nothing that they were kept from."""
    referred: Sequence[bool]
    """Of each message, whether it was not given but referred to."""

    def strictest_mode(self, *, start: int = 0) -> PrivacyMode | None:
        """What messages from this one on ask for, if any does."""
        modes = [mode for mode in self.modes[start:] if mode is not None]
        return strictest(*modes).mode if modes else None

    @property
    def refers(self) -> bool:
        """Whether words are referred to, which may not come into another conversation."""
        return any(self.referred)

    def to_be_kept(self, *, start: int = 0) -> Sequence[GivenMessage]:
        """The messages from this one on, all of them the client's own.

        Raises:
            InvalidInput: words that stand elsewhere are referred to: a copy would outlive them.
        """
        if any(self.referred[start:]):
            raise InvalidInput(
                "input: item_reference names words that are kept elsewhere; send them as your own, "
                "or set store to false"
            )
        return self.messages[start:]

    def after_answer(self) -> Sequence[GivenMessage]:
        """What is new: results stand with the calls that the answer asked for.

        Raises:
            InvalidInput: as `to_be_kept` says.
        """
        told = self.messages[: self.answer_at]
        return [*last_calls(told), *self.to_be_kept(start=self.answer_at)]


async def given_talk(services: Services, caller: Caller, items: Sequence[GivenItem]) -> GivenTalk:
    """The input with what it refers to.

    Raises:
        ItemNotFound: an item that is referred to is absent, or someone else's.
    """
    named = [message_id for one in items if (message_id := _looked_for(one)) is not None]
    known = await services.chat.continuing.messages(caller, named)
    told = [await _told(services, caller, one, known) for one in items]
    messages, modes = [one for one, _ in told], [mode for _, mode in told]
    referred = [one.message is None and run_of_call(one.id or "") is None for one in items]
    for at in range(len(items), 0, -1):
        run_id = _run_of(items[at - 1], known)
        if run_id is not None:
            return GivenTalk(messages, run_id, at, modes, referred)
    return GivenTalk(messages, None, 0, modes, referred)


async def _told(
    services: Services, caller: Caller, item: GivenItem, known: Mapping[MessageId, Message]
) -> tuple[GivenMessage, PrivacyMode | None]:
    """The message of an item, and the mode that it is in if it is here."""
    item_id = item.id or ""
    message = known.get(_looked_for(item) or NOTHING)
    if item.message is not None:
        return item.message, message.privacy_mode if message else None
    if (run_id := run_of_call(item_id)) is not None:
        return await _call(services, caller, RunId(run_id), item_id)
    if message is None:
        raise ItemNotFound
    shown = as_shown(message)
    body = {"role": shown.role, "content": shown.content}
    mode = strictest(message.privacy_mode, PrivacyMode.PAUSE_MEMORIES).mode
    return GivenMessage(shown.role, shown.content, body), mode


async def _call(
    services: Services, caller: Caller, run_id: RunId, item_id: str
) -> tuple[GivenMessage, PrivacyMode]:
    calls = await calls_of(services, caller, run_id)
    if item_id not in calls:
        raise ItemNotFound
    view = await services.run_views.get(caller, run_id)
    return calls[item_id], view.privacy.mode


def _looked_for(item: GivenItem) -> MessageId | None:
    message_id = id_in(Kind.ITEM, item.id) if item.id else None
    return MessageId(message_id) if message_id is not None else None


def _run_of(item: GivenItem, known: Mapping[MessageId, Message]) -> RunId | None:
    """The run that wrote the item, if it is an answer of ours."""
    run_id = run_of_call(item.id or "")
    if run_id is not None:
        return RunId(run_id)
    message = known.get(_looked_for(item) or NOTHING)
    return message.run_id if message and message.role is Role.ASSISTANT else None


async def strictest_mode_of(
    services: Services, caller: Caller, items: Sequence[GivenItem]
) -> PrivacyMode | None:
    """What items that are to be kept ask for, as far as they are here under their ids; None for nothing.

    Raises:
        InvalidInput: one of them was said in incognito.
    """
    named = [message_id for one in items if (message_id := _looked_for(one)) is not None]
    known = await services.chat.continuing.messages(caller, named)
    if not known:
        return None
    mode = strictest(*(one.privacy_mode for one in known.values())).mode
    if not POLICIES[mode].retain:
        raise InvalidInput("items: one was said in incognito, and is not kept")
    return mode
