"""Conversations that clients of other protocols keep themselves, and bring along with each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
