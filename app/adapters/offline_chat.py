import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Final

from app.core.errors import ModelRefused
from app.models.memory import Layer, Recalled
from app.models.message import FinishReason, Role, Usage
from app.ports.chat_model import Finished, Piece, Prompt, Purpose, TextDelta
from app.ports.token_counter import TokenCounter

_MOST_QUOTES: Final = 3
_MOST_QUOTED_CHARS: Final = 300
_SUMMARY_TOKENS: Final = 300

_PRESENT: Final = (
    "I am the offline model (no model is configured), so I can only quote what I remember"
)
_QUESTION: Final = re.compile(
    r"\?\W*$|^\W*(?:who|whom|whose|what|when|where|which|why|how|do|does|did|is|are|was|were|can|"
    r"could|will|would|should|have|has|tell me|remind me)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r".+?(?:[.!?…。！？]+(?=\s|$)|$)", re.DOTALL)  # noqa: RUF001 - East Asian full stops
_TOOL: Final = "tool"
_SPEAKERS: Final = {"user": "you", "assistant": "I"}


class OfflineChatModel:
    """Answers without a model, by quoting: deterministic, and honest about being none.

    It cannot extract memories, and refuses to rather than find none. Of a client's further wishes
    it honours `stop`; it calls no tools.
    """

    name = "offline"
    only_quotes = True

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer to one prompt, word by word, as fast as it is read."""
        match prompt.purpose:
            case Purpose.ANSWER:
                text = _answer(prompt)
            case Purpose.SUMMARY:
                text = self._summary(prompt)
            case Purpose.EXTRACTION:
                raise ModelRefused("The offline model cannot extract memories")
        count = self._tokens.count
        written, reason = 0, FinishReason.STOP
        for word in re.findall(r"\S+\s*", _until_stop(text, prompt.options.get("stop"))):
            cost = count(word)
            if prompt.max_output_tokens is not None and written + cost > prompt.max_output_tokens:
                reason = FinishReason.LENGTH
                break
            written += cost
            yield TextDelta(word)
            await asyncio.sleep(0)
        read = sum(count(message.content) for message in prompt.messages)
        yield Finished(reason, Usage(input_tokens=read, output_tokens=written))

    async def check(self) -> None:
        """Returns at once."""

    async def close(self) -> None:
        """There is nothing to close."""

    def _summary(self, prompt: Prompt) -> str:
        """The first sentence of each of the user's messages, but the last, which asks for this."""
        room = prompt.max_output_tokens or _SUMMARY_TOKENS
        sentences = []
        for sentence in _first_sentences(prompt):
            # A blank joins it to the next, and words are counted one by one.
            room -= sum(self._tokens.count(word + " ") for word in sentence.split())
            if room < 0:
                break
            sentences.append(sentence)
        return " ".join(sentences)


def _first_sentences(prompt: Prompt) -> Iterator[str]:
    for message in prompt.messages[:-1]:
        if message.role == Role.USER and (first := _SENTENCE.match(message.content.strip())):
            yield " ".join(first.group().split())


def _answer(prompt: Prompt) -> str:
    matches = [memory for memory in prompt.memories if memory.layer is Layer.SEMANTIC]
    if matches:
        return f"{_PRESENT}:\n{_quotes(matches)}"
    last = prompt.messages[-1]
    if last.role != _TOOL and _QUESTION.search(last.content.strip()):
        return f"{_PRESENT}, and I remember nothing about this."
    return f"I have read that. {_PRESENT}, and I remember nothing about this yet."


def _until_stop(text: str, stop: object) -> str:
    """What comes before the first of the words that a client wants no more after."""
    stops = stop if isinstance(stop, list) else [stop]
    found = (text.find(one) for one in stops if isinstance(one, str) and one)
    return text[: min((at for at in found if at >= 0), default=None)]


def _quotes(memories: Sequence[Recalled]) -> str:
    return "\n".join(map(_quote, memories[:_MOST_QUOTES]))


def _quote(memory: Recalled) -> str:
    day = f"{memory.said_at.day} {memory.said_at:%B %Y}"
    speaker = f", {_SPEAKERS.get(memory.speaker, memory.speaker)}" if memory.speaker else ""
    if memory.quote:
        speaker = f", “{memory.quote.title}”"
    words = " ".join(memory.content.split())
    if len(words) > _MOST_QUOTED_CHARS:
        words = words[:_MOST_QUOTED_CHARS].rsplit(" ", 1)[0] + " …"
    return f"• {day}{speaker}: “{words}”"
