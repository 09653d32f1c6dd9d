"""Conversations that clients of other protocols keep themselves, and bring along with each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from app.models.message import Role
from app.ports.chat_model import GivenMessage, Prompt, PromptMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an application asks of the model beside the conversation."""

    instructions: str = ""
    """For the model's system message, after ours."""
    options: Mapping[str, object] = field(default_factory=dict)
    """As chat completions name them, such as `tools` and `stop`."""
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedTalk:
    """A conversation as its client has it."""

    before: Sequence[GivenMessage] = ()
    """What was said before the question, oldest first."""
    between: Sequence[GivenMessage] = ()
    """Calls of tools and their results that come right before the question, where `before` is not
    shown because a session has its own history."""
    question: GivenMessage
    """The user's last message."""
    after: Sequence[GivenMessage] = ()
    """Calls of tools that the model has made since, and their results."""
    wishes: Wishes = Wishes()
    repeated: Mapping[str, object] = field(default_factory=dict)
    """What is repeated to the client of its request, in the words of its protocol."""


MOST_HELD_BYTES: Final = 128 << 10
"""Of a talk, as JSON: a larger one is not held with its run."""


def held(talk: SuppliedTalk | None) -> SuppliedTalk | None:
    """What is held of a talk as long as its run is known, for clients that come back to it."""
    if talk is None or not talk.repeated:
        return None
    said = [one.body for one in (*talk.before, *talk.between, talk.question, *talk.after)]
    size_bytes = len(orjson.dumps([said, talk.repeated], default=str))
    return talk if size_bytes <= MOST_HELD_BYTES else None


def words_of(talk: SuppliedTalk) -> str:
    """All that is said in it."""
    said = (*talk.before, *talk.between, talk.question, *talk.after)
    return "\n".join((talk.wishes.instructions, *(one.content for one in said)))


def wishing(prompt: Prompt, talk: SuppliedTalk) -> Prompt:
    """The prompt with its question as the client gave it, what came after it, and the wishes."""
    wishes = talk.wishes
    first, *between, _ = prompt.messages
    told = "\n\n".join(filter(None, (first.content, wishes.instructions)))
    system = PromptMessage(Role.SYSTEM, told)
    return replace(
        prompt,
        messages=(system, *between, *talk.between, talk.question, *talk.after),
        max_output_tokens=wishes.max_output_tokens or prompt.max_output_tokens,
        options=wishes.options,
    )
