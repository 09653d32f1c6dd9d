"""What the models see, within their context windows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from string import Template
from typing import Final

from app.core.errors import InvalidInput
from app.models.memory import Layer, Recalled
from app.models.message import Message, Role
from app.models.profile import Profile
from app.models.prompt_texts import PromptTexts
from app.ports.chat_model import Prompt, PromptMessage, Purpose
from app.ports.token_counter import TokenCounter
from app.services.prompt_lines import BLOCK_TAG, as_data, day, memory_line
from app.services.supplied import SuppliedTalk, wishing, words_of

# What chat templates put around a message and before the answer, in OpenAI's own reckoning:
# https://github.com/openai/openai-cookbook/blob/main/examples/How_to_count_tokens_with_tiktoken.ipynb
MESSAGE_OVERHEAD_TOKENS: Final = 4
ANSWER_OVERHEAD_TOKENS: Final = 3
PROMPT_OVERHEAD_TOKENS: Final = 2 * MESSAGE_OVERHEAD_TOKENS + ANSWER_OVERHEAD_TOKENS
"""Around a system message, a user's message and an answer."""

FORGOTTEN: Final = "(This answer repeated something that was deleted since.)"
_NOTHING: Final = "(none)"
_SUMMARISE: Final = "Write the summary of this conversation now."
_WORDS_PER_TOKEN: Final = 0.6
_TRAITS: Final = ("warmth", "humour", "formality")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How a model's context window is shared out."""

    window_tokens: int = 16_000
    answer_tokens: int = 2_000
    """Kept free for the answer."""
    memory_tokens: int = 1_500
    """The most that memories may take; history has what is left."""
    summary_tokens: int = 400
    """The most that a summary may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedAnswer:
    """A prompt for an answer, and what of memory and history is in it."""

    prompt: Prompt
    memories: tuple[Recalled, ...]
    """Best first."""
    history: tuple[Message, ...]
    """Oldest first, with no gap before the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedSummary:
    """A prompt for a summary, and how far it reaches."""

    prompt: Prompt
    through_seq: int
    """The position of the last message that it covers."""


class PromptBuilder:
    """Prompts that fit, from texts, memories and history. Pure: the same in, the same out."""

    def __init__(self, *, texts: PromptTexts, tokens: TokenCounter, budget: Budget) -> None:
        self._texts = texts
        self._tokens = tokens
        self.budget = budget

    def answer(
        self,
        *,
        profile: Profile,
        message: str,
        now: datetime,
        memories: Sequence[Recalled] = (),
        history: Sequence[Message] = (),
        summary: str | None = None,
        talk: SuppliedTalk | None = None,
    ) -> PackedAnswer:
        """A prompt that holds the whole message, then memories, then as much history as fits.

        Args:
            profile: whose persona speaks.
            message: what the user says now.
            now: what the model is told the time is.
            memories: best first; each that no longer fits is left out.
            history: oldest first; the newest that fit, without a gap.
            summary: what was said before the history.
            talk: with the message as its client gave it, and what else it asks for.

        Raises:
            InvalidInput: the message alone is too long for the window.
        """
        budget = self.budget
        bare = self._system(profile, memories=(), now=now, summary=summary)
        room = self._room(bare, message, answer_tokens=budget.answer_tokens)
        if room < 0:
            raise InvalidInput(f"The message is {-room} tokens too long for the model")
        packed, spent = self._pack_memories(
            memories, room=min(room, budget.memory_tokens), zone=now.tzinfo
        )
        kept = self._pack_newest(history, room=room - spent)
        system = self._system(profile, memories=packed, now=now, summary=summary)
        prompt = Prompt(
            messages=_framed(system, map(as_shown, kept), message),
            memories=packed,
            max_output_tokens=budget.answer_tokens,
        )
        wished = prompt if talk is None else wishing(prompt, talk)
        return PackedAnswer(prompt=wished, memories=packed, history=kept)

    def supplied(
        self, talk: SuppliedTalk, *, profile: Profile, now: datetime, memories: Sequence[Recalled]
    ) -> PackedAnswer:
        """A prompt with the whole of a conversation as its client has it, and what fits of memories."""
        system = self._system(profile, memories=(), now=now, summary=None)
        packed: tuple[Recalled, ...] = ()
        if memories:
            room = self._room(system, words_of(talk), answer_tokens=self.budget.answer_tokens)
            most = min(room, self.budget.memory_tokens)
            packed, _ = self._pack_memories(memories, room=most, zone=now.tzinfo)
            system = self._system(profile, memories=packed, now=now, summary=None)
        prompt = Prompt(
            messages=(PromptMessage(Role.SYSTEM, system), *talk.before, talk.question),
            memories=packed,
        )
        return PackedAnswer(prompt=wishing(prompt, talk), memories=packed, history=())

    def fitting(
        self,
        history: Sequence[Message],
        *,
        profile: Profile,
        message: str,
        now: datetime,
        summary: str | None = None,
    ) -> tuple[Message, ...]:
        """The newest messages that fit beside as many memories as there may be, without a gap."""
        if not history:
            return ()
        most_tokens = sum(
            len(as_shown(one).content.encode()) + MESSAGE_OVERHEAD_TOKENS for one in history
        )
        bare = self._system(profile, memories=(), now=now, summary=summary)
        room = self._room(bare, message, answer_tokens=self.budget.answer_tokens)
        room -= self.budget.memory_tokens
        # A token has at least one byte, so most histories need no counting here.
        return tuple(history) if most_tokens <= room else self._pack_newest(history, room=room)

    def refuse_too_long(self, profile: Profile, message: str, *, now: datetime) -> None:
        """Returns when the message fits into a prompt by itself.

        A text has no more tokens than bytes, so that short ones need no counting.

        Raises:
            InvalidInput: the message alone is too long for the window.
        """
        bare = self._system(profile, memories=(), now=now, summary=None)
        most_tokens = len(bare.encode()) + len(message.encode()) + PROMPT_OVERHEAD_TOKENS
        if most_tokens > self.budget.window_tokens - self.budget.answer_tokens:
            self.answer(profile=profile, message=message, now=now)

    def summary(self, messages: Sequence[Message], *, previous: str | None = None) -> PackedSummary:
        """A prompt for a summary of the oldest messages that fit, at least the first, cut to fit.

        Args:
            messages: oldest first, those that `previous` does not cover.
            previous: the summary so far.

        Raises:
            InvalidInput: there are no messages.
        """
        if not messages:
            raise InvalidInput("There is nothing to summarise")
        budget = self.budget
        system = Template(self._texts.summary).safe_substitute(
            summary=as_data(previous) if previous else _NOTHING,
            words=round(budget.summary_tokens * _WORDS_PER_TOKEN),
        )
        room = self._room(system, _SUMMARISE, answer_tokens=budget.summary_tokens)
        said: list[PromptMessage] = []
        through_seq = messages[0].seq
        for message in messages:
            if _is_said(message):
                line = as_shown(message)
                cost = self._cost(line)
                if said and cost > room:
                    break
                said.append(line if cost <= room else self._cut(line, room=room))
                room -= cost
            through_seq = message.seq
        prompt = Prompt(
            messages=_framed(system, said, _SUMMARISE),
            purpose=Purpose.SUMMARY,
            max_output_tokens=budget.summary_tokens,
        )
        return PackedSummary(prompt=prompt, through_seq=through_seq)

    def _system(
        self,
        profile: Profile,
        *,
        memories: Sequence[Recalled],
        now: datetime,
        summary: str | None,
    ) -> str:
        return Template(self._texts.system).safe_substitute(
            persona=BLOCK_TAG.sub("&lt;", persona_text(profile)),
            memories="\n".join(memory_line(one, zone=now.tzinfo) for one in memories) or _NOTHING,
            summary=as_data(summary) if summary else _NOTHING,
            now=f"{now:%A}, {day(now, zone=now.tzinfo)}, {now:%H:%M} {now:%Z}",
        )

    def _room(self, system: str, message: str, *, answer_tokens: int) -> int:
        """Tokens that are left beside the system message, the user's and the answer."""
        fixed = self._tokens.count(system) + self._tokens.count(message)
        return self.budget.window_tokens - answer_tokens - fixed - PROMPT_OVERHEAD_TOKENS

    def _pack_memories(
        self, memories: Sequence[Recalled], *, room: int, zone: tzinfo | None
    ) -> tuple[tuple[Recalled, ...], int]:
        """Those that fit, in their order, and the tokens that they take.

        Layers beside the search come first: their places are reserved.
        """
        packed: set[int] = set()
        spent = 0
        for at in sorted(range(len(memories)), key=lambda at: memories[at].layer is Layer.SEMANTIC):
            cost = self._tokens.count(memory_line(memories[at], zone=zone) + "\n")
            if spent + cost <= room:
                packed.add(at)
                spent += cost
        return tuple(memories[at] for at in sorted(packed)), spent

    def _pack_newest(self, history: Sequence[Message], *, room: int) -> tuple[Message, ...]:
        kept: list[Message] = []
        for message in reversed(history):
            if _is_said(message):
                room -= self._cost(as_shown(message))
                if room < 0:
                    break
                kept.append(message)
        return tuple(reversed(kept))

    def _cost(self, message: PromptMessage) -> int:
        return self._tokens.count(message.content) + MESSAGE_OVERHEAD_TOKENS

    def _cut(self, message: PromptMessage, *, room: int) -> PromptMessage:
        """As much of the message's beginning as fits, by halving."""
        while message.content and self._cost(message) > room:
            message = PromptMessage(message.role, message.content[: len(message.content) // 2])
        return message


def persona_text(profile: Profile) -> str:
    """Who speaks, in sentences; only the profile's name when it has no persona."""
    persona = profile.persona or {}
    name, relationship = _word(persona, "name"), _word(persona, "relationship")
    sentences = [f"This conversation belongs to their memory profile “{profile.name}”."]
    if name:
        kinship = f", their {relationship}" if relationship else ""
        sentences.append(f"You speak as {name}{kinship}.")
    if biography := _word(persona, "biography"):
        sentences.append(f"About you: {biography}")
    if instructions := _word(persona, "instructions"):
        sentences.append(f"How you behave: {instructions}")
    tone = persona.get("tone")
    traits = tone if isinstance(tone, Mapping) else {}
    if told := ", ".join(f"{trait} {traits[trait]}" for trait in _TRAITS if trait in traits):
        sentences.append(f"Your tone, from 0 (not at all) to 1 (very): {told}.")
    return "\n".join(sentences)


def _word(persona: Mapping[str, object], key: str) -> str:
    value = persona.get(key)
    return value.strip() if isinstance(value, str) else ""


def _is_said(message: Message) -> bool:
    return message.role is not Role.SYSTEM and bool(message.content.strip())


def as_shown(message: Message) -> PromptMessage:
    """The message as a model is shown it: what repeats forgotten words only by a placeholder."""
    if message.repeats_forgotten:
        return PromptMessage(message.role, FORGOTTEN)
    text = f"{message.name}: {message.content}" if message.name else message.content
    return PromptMessage(message.role, text)


def _framed(system: str, said: Iterable[PromptMessage], message: str) -> tuple[PromptMessage, ...]:
    return (PromptMessage(Role.SYSTEM, system), *said, PromptMessage(Role.USER, message))
