import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from app.adapters.credentials import holds_credential
from app.adapters.mem0_answer import (
    INSTRUCTIONS,
    AnsweredMemory,
    UnreadableAnswerError,
    midnight,
    read_answer,
)
from app.adapters.mem0_prompts import ExtractionPrompts, load_extraction_prompts
from app.adapters.subjects import USER, subject_of
from app.core.errors import ExtractionMalformed
from app.models.clock import Clock, utc_now
from app.models.memory import Memory
from app.models.message import Message, Role
from app.ports.chat_model import Prompt, PromptMessage, Purpose
from app.ports.extractor import Extracted

_MAX_MESSAGE_CHARS: Final = 8_000
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


class Mem0Extractor:
    """Memories by a model that is asked with mem0's extraction prompt, and read strictly."""

    def __init__(self, complete: Complete, *, clock: Clock = utc_now) -> None:
        self._complete = complete
        self._clock = clock
        self._prompts: ExtractionPrompts | None = None

    async def extract(
        self, new: Sequence[Message], *, context: Sequence[Message], known: Sequence[Memory]
    ) -> Sequence[Extracted]:
        """See `Extractor`. The model is not asked when no message can be learnt from."""
        numbered = _numbered(new)
        if not numbered:
            return ()
        prompt = await self._prompt(new, numbered=numbered, context=context, known=known)
        answer = await self._ask(prompt, numbers=tuple(numbered))
        found = [_extracted(item, numbered) for item in answer if _is_kept(item, numbered)]
        position = {message.id: index for index, message in enumerate(new)}
        return sorted(found, key=lambda item: position[item.source_message_ids[0]])

    async def _ask(self, prompt: Prompt, *, numbers: Sequence[int]) -> Sequence[AnsweredMemory]:
        """The model's memories, after at most one repair."""
        text = await self._complete(prompt)
        try:
            return read_answer(text, numbers=numbers)
        except UnreadableAnswerError as malformed:
            repair = _repair(prompt, answer=text, reason=str(malformed))
        try:
            return read_answer(await self._complete(repair), numbers=numbers)
        except UnreadableAnswerError:
            raise ExtractionMalformed from None

    async def _prompt(
        self,
        new: Sequence[Message],
        *,
        numbered: Mapping[int, Message],
        context: Sequence[Message],
        known: Sequence[Memory],
    ) -> Prompt:
        if self._prompts is None:
            self._prompts = await asyncio.to_thread(load_extraction_prompts)
        asked = self._prompts.build_user_part(
            existing_memories=[
                {"id": str(number), "text": memory.content}
                for number, memory in enumerate(known[:_MAX_KNOWN])
            ],
            new_messages=_told(new, numbered),
            last_k_messages=[_line(message) for message in context[-_MAX_CONTEXT:]],
            current_date=self._clock().date().isoformat(),
            timestamp=new[-1].created_at.date().isoformat(),
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
    """The messages that can be learnt from, by the number that the model knows them by."""
    teaching = [message for message in new if subject_of(message) is not None]
    return dict(enumerate(teaching, start=1))


def _told(
    new: Sequence[Message], numbered: Mapping[int, Message]
) -> Sequence[Mapping[str, object]]:
    """The new messages as JSON data; an answer that only quotes memories is left out."""
    numbers = {message.id: number for number, message in numbered.items()}
    return [
        {
            **({"number": numbers[message.id]} if message.id in numbers else {}),
            "role": message.role.value,
            "said_on": message.created_at.date().isoformat(),
            "content": _spoken(message)[:_MAX_MESSAGE_CHARS],
        }
        for message in new
        if message.role is not Role.SYSTEM and not message.quoted
    ]


def _line(message: Message) -> Mapping[str, str]:
    """A context message on one line, since mem0 writes it unquoted into its own markup."""
    return {
        "role": message.role.value,
        "content": "" if message.quoted else " ".join(_spoken(message).split()),
    }


def _spoken(message: Message) -> str:
    """The words as mem0's prompt expects them of named speakers: `Caroline: …`."""
    subject = subject_of(message)
    if subject is None or subject == USER:
        return message.content
    return f"{subject}: {message.content}"


def _is_kept(item: AnsweredMemory, numbered: Mapping[int, Message]) -> bool:
    """Whether it is the speakers' own, and opens nobody's account."""
    if holds_credential(item.text):
        return False
    spoken_by = {numbered[number].role for number in item.sources}
    return item.attributed_to == "user" or Role.ASSISTANT in spoken_by


def _extracted(item: AnsweredMemory, numbered: Mapping[int, Message]) -> Extracted:
    return Extracted(
        kind=item.kind,
        content=item.text,
        importance=item.importance,
        confidence=item.confidence,
        source_message_ids=tuple(numbered[number].id for number in sorted(item.sources)),
        valid_from=midnight(item.valid_from),
        valid_until=midnight(item.valid_until),
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
