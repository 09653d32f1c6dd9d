from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from app.adapters.openai_calls import ToolCalls
from app.adapters.openai_dialect import reported
from app.adapters.sse_parser import EventTooLongError, SseParser
from app.core.errors import ModelInterrupted, ModelUnavailable
from app.models.message import FinishReason, Usage
from app.ports.chat_model import Finished, TextDelta, ToolCallDelta

_TEXTS: Final = ("content", "refusal")
_REASONS: Final = {
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "tool_calls": FinishReason.TOOL_CALLS,
}


class OpenAIAnswer:
    """One answer of a chat completion stream, as its bytes arrive."""

    def __init__(self) -> None:
        self._events = SseParser()
        self._calls = ToolCalls()
        self._reason: FinishReason | None = None
        self._usage: Usage | None = None
        self._done = False
        self.started = False
        """Whether a piece of text, or of a call, has come."""
        self.progress = 0
        """Grows with text and reasoning, and after the first piece with every event; comments and
        empty chunks keep a connection open, and do not count."""

    @property
    def done(self) -> bool:
        """Whether the stream has said that nothing follows."""
        return self._done

    @property
    def complete(self) -> bool:
        """Whether the answer has come to its proper end, though its usage may follow."""
        return self._done or self._reason is not None

    @property
    def finished(self) -> Finished:
        """How the answer ended; a stream that was closed properly without a reason has stopped.

        Where it made calls, it has ended for them, though endpoints may say that it stopped.
        """
        reason = self._reason or FinishReason.STOP
        if reason is FinishReason.STOP and self._calls:
            reason = FinishReason.TOOL_CALLS
        return Finished(reason, self._usage)

    def feed(self, chunk: bytes) -> Iterator[TextDelta | ToolCallDelta]:
        """The pieces in the events that `chunk` completes; an empty chunk is the end.

        Raises:
            ModelRefused: before the first piece: an error that the same prompt will meet again.
            ModelUnavailable: before the first piece: another, or nothing that can be read.
            ModelInterrupted: the same after the first piece.
        """
        try:
            events = self._events.feed(chunk) if chunk else self._events.flush()
        except EventTooLongError:
            events = None
        if events is None:
            raise self.broken("The model endpoint sent an event without an end")
        for event in events:
            for piece in self._read(event):
                self.started = True
                yield piece
        if not chunk and not self.complete:
            raise self.broken("The model endpoint closed the stream before its end")

    def broken(self, detail: str) -> ModelUnavailable:
        """The error for an answer that ends here."""
        return ModelInterrupted(detail) if self.started else ModelUnavailable(detail)

    def _read(self, event: bytes) -> Iterable[TextDelta | ToolCallDelta]:
        self.progress += self.started
        if event == b"[DONE]":
            self._done = True
            return ()
        chunk = _json(event)
        if not isinstance(chunk, dict):
            raise self.broken("The model endpoint sent malformed data")
        if error := chunk.get("error"):
            raise reported(error, begun=self.started)
        if usage := _usage(chunk.get("usage")):
            self._usage = usage
        return self._pieces(chunk.get("choices"))

    def _pieces(self, choices: object) -> Iterator[TextDelta | ToolCallDelta]:
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict) or choice.get("index"):
            return
        if isinstance(reason := choice.get("finish_reason"), str):
            self._reason = _REASONS.get(reason, FinishReason.STOP)
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return
        self.progress += self.complete or any(delta[key] for key in delta if key != "role")
        for name in _TEXTS:
            if isinstance(text := delta.get(name), str) and text:
                yield TextDelta(text)
        if pieces := delta.get("tool_calls"):
            yield from self._calls.read(pieces)


def _json(event: bytes) -> object:
    """None for what is no JSON, so that no traceback carries the text along."""
    try:
        return orjson.loads(event)
    except orjson.JSONDecodeError:
        return None


def _usage(counts: object) -> Usage | None:
    if not isinstance(counts, dict):
        return None
    sent, received = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if not isinstance(sent, int) or not isinstance(received, int):
        return None
    return Usage(input_tokens=sent, output_tokens=received)
