import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final, Protocol

from app.adapters.mem0_answer import (
    INSTRUCTIONS,
    AnsweredMemory,
    UnreadableAnswerError,
    midnight,
    read_answer,
)
from app.adapters.mem0_prompts import ExtractionPrompts, load_extraction_prompts
from app.adapters.pasted import own_words
from app.adapters.subjects import USER, subject_of
from app.core.credentials import holds_credential
from app.core.errors import ExtractionMalformed
from app.models.clock import Clock, utc_now
from app.models.memory import Memory, MemoryKind
from app.models.message import Message, Role
from app.ports.chat_model import Prompt, PromptMessage, Purpose
from app.ports.extractor import Extracted

_MAX_MESSAGE_CHARS: Final = 8_000
_MAX_AID_CHARS: Final = 600
"""Of a message that is there to understand others by."""
_MAX_CONTEXT: Final = 20
_MAX_KNOWN: Final = 60
_MAX_REPAIRED_CHARS: Final = 16_000

_REPAIR: Final = (
    "Your answer could not be used: {reason}\n"
    'Answer again with the whole JSON object {{"memory": [...]}} and nothing else.'
)


class Complete(Protocol):
    """Asks the model and waits for the whole answer."""

    async def __call__(self, prompt: Prompt) -> str:
        """The answer's text.

        Raises:
            ModelRefused: the same prompt will be refused again.
            ModelUnavailable: trying again may help.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """What the model is to read."""

    new: Sequence[Message]
    numbered: Mapping[int, Message]
    """The messages that can be learnt from, by the number that the model knows them by."""
    context: Sequence[Message]
    known: Mapping[str, Memory]
    """By the id that the model knows them by."""
    zone: tzinfo

    def day_of(self, message: Message) -> str:
        """The speaker's day."""
        return message.created_at.astimezone(self.zone).date().isoformat()


class Mem0Extractor:
    """Memories by a model that is asked with mem0's extraction prompt, and read strictly."""

    def __init__(self, complete: Complete, *, clock: Clock = utc_now) -> None:
        self._complete = complete
        self._clock = clock
        self._prompts: ExtractionPrompts | None = None

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        """See `Extractor`. The model is not asked when no message can be learnt from."""
        material = _Material(
            new=new,
            numbered=_numbered(new),
            context=context[-_MAX_CONTEXT:],
            known={str(number): memory for number, memory in enumerate(known[:_MAX_KNOWN])},
            zone=zone,
        )
        if not material.numbered:
            return ()
        answer = await self._ask(await self._prompt(material), material)
        found = [_extracted(item, material) for item in answer if _is_kept(item, material.numbered)]
        position = {message.id: index for index, message in enumerate(new)}
        return sorted(found, key=lambda item: position[item.source_message_ids[0]])

    async def _ask(self, prompt: Prompt, material: _Material) -> Sequence[AnsweredMemory]:
        """The model's memories, after at most one repair."""
        numbers, known = tuple(material.numbered), material.known.keys()
        text = await self._complete(prompt)
        try:
            return read_answer(text, numbers=numbers, known=known)
        except UnreadableAnswerError as malformed:
            repair = _repair(prompt, answer=text, reason=str(malformed))
        try:
            return read_answer(await self._complete(repair), numbers=numbers, known=known)
        except UnreadableAnswerError:
            raise ExtractionMalformed from None

    async def _prompt(self, material: _Material) -> Prompt:
        if self._prompts is None:
            self._prompts = await asyncio.to_thread(load_extraction_prompts)
        asked = self._prompts.build_user_part(
            existing_memories=[
                {"id": short_id, "text": memory.content}
                for short_id, memory in material.known.items()
            ],
            new_messages=_told(material),
            last_k_messages=[_line(message) for message in material.context],
            current_date=self._clock().astimezone(material.zone).date().isoformat(),
            timestamp=material.day_of(material.new[-1]),
            custom_instructions=INSTRUCTIONS,
            use_input_language=True,
        )
        return Prompt(
            messages=(
                PromptMessage(Role.SYSTEM, self._prompts.system),
                PromptMessage(Role.USER, asked),
            ),
            purpose=Purpose.EXTRACTION,
            json_object=True,
        )


def _numbered(new: Sequence[Message]) -> Mapping[int, Message]:
    teaching = [message for message in new if subject_of(message) is not None]
    return dict(enumerate(teaching, start=1))


def _told(material: _Material) -> Sequence[Mapping[str, object]]:
    """The new messages as JSON data; an answer that only quotes memories is left out."""
    numbers = {message.id: number for number, message in material.numbered.items()}
    return [
        {
            **({"number": numbers[message.id]} if message.id in numbers else {}),
            "role": message.role.value,
            "said_on": material.day_of(message),
            "content": _spoken(message),
        }
        for message in material.new
        if message.role is not Role.SYSTEM and not message.quoted
    ]


def _line(message: Message) -> Mapping[str, str]:
    """A context message on one line, since mem0 writes it unquoted into its own markup."""
    return {
        "role": message.role.value,
        "content": "" if message.quoted else " ".join(_spoken(message)[:_MAX_AID_CHARS].split()),
    }


def _spoken(message: Message) -> str:
    """What the speaker said themselves; named speakers as mem0's prompt expects them: `Caroline: …`.

    What cannot be learnt from is cut short: its beginning is enough to understand an answer to it.
    """
    subject = subject_of(message)
    if subject is None:
        return message.content[:_MAX_AID_CHARS]
    words = own_words(message.content)[:_MAX_MESSAGE_CHARS]
    return words if subject == USER else f"{subject}: {words}"


def _is_kept(item: AnsweredMemory, numbered: Mapping[int, Message]) -> bool:
    """Whether it is the speakers' own, and opens nobody's account."""
    if holds_credential(item.text):
        return False
    spoken_by = {numbered[number].role for number in item.sources}
    return item.attributed_to == "user" or Role.ASSISTANT in spoken_by


def _extracted(item: AnsweredMemory, material: _Material) -> Extracted:
    return Extracted(
        kind=item.kind,
        content=item.text,
        importance=item.importance,
        confidence=item.confidence,
        source_message_ids=tuple(material.numbered[n].id for n in sorted(item.sources)),
        valid_from=midnight(item.valid_from),
        # An event that is over still took place, so that it does not cease to hold.
        valid_until=None if item.kind is MemoryKind.EVENT else midnight(item.valid_until),
        replaces=tuple(material.known[short_id].id for short_id in item.replaces),
    )


def _repair(prompt: Prompt, *, answer: str, reason: str) -> Prompt:
    """The same question with the unusable answer and what is wrong with it."""
    return Prompt(
        messages=(
            *prompt.messages,
            PromptMessage(Role.ASSISTANT, answer[:_MAX_REPAIRED_CHARS] or "(nothing)"),
            PromptMessage(Role.USER, _REPAIR.format(reason=reason)),
        ),
        purpose=prompt.purpose,
        json_object=True,
    )
