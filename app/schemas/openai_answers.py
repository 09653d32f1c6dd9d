"""What OpenAI's clients are answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.core.privacy import PrivacyMode
from app.models.message import FinishReason, Usage
from app.schemas.fields import Answer
from app.schemas.memories import UsedMemory
from app.services.run_events import RunEvent
from app.services.run_views import RunView

FinishWord = Literal["stop", "length", "content_filter", "tool_calls"]
_WORDS: dict[FinishReason, FinishWord] = {
    FinishReason.LENGTH: "length",
    FinishReason.CONTENT_FILTER: "content_filter",
    FinishReason.TOOL_CALLS: "tool_calls",
}


def finish_word(reason: FinishReason | str | None) -> FinishWord:
    """A reason by the name that chat completions have for it: what was broken off has stopped."""
    return _WORDS.get(FinishReason(reason), "stop") if reason else "stop"


class CalledFunction(Answer):
    """A function that the client is asked to call."""

    name: str
    arguments: str = Field(description="A JSON text.")


class ToolCall(Answer):
    """A tool that the client is asked to call."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class CompletionMessage(Answer):
    """The answer itself."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: None = None
    tool_calls: list[ToolCall] | None = None


class CompletionChoice(Answer):
    """The only choice."""

    index: int = Field(default=0, description="0.")
    message: CompletionMessage
    logprobs: None = None
    finish_reason: FinishWord


class CompletionUsage(Answer):
    """Tokens of one answer; an estimate when the model endpoint does not count."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, usage: Usage) -> "CompletionUsage":
        """The usage by the names that chat completions have."""
        return cls(
            prompt_tokens=usage.input_tokens,
            completion_tokens=usage.output_tokens,
            total_tokens=usage.total_tokens,
        )


class CompletionMemory(Answer):
    """What was done with memories."""

    run_id: str
    mode: PrivacyMode
    memories_used: list[UsedMemory]


class ChatCompletion(Answer):
    """A whole answer, as chat completions have it."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.")
    model: str = Field(description="As it was asked for.")
    choices: list[CompletionChoice]
    usage: CompletionUsage | None
    memorychat: CompletionMemory

    @classmethod
    def of(
        cls, view: RunView, *, model: str, at: datetime, events: Sequence[RunEvent]
    ) -> "ChatCompletion":
        """The answer of a run that has ended, with the calls that its events tell of."""
        answer = view.answer
        calls = tool_calls(events)
        usage = answer.usage if answer else None
        message = CompletionMessage(
            content=(answer.content if answer else "") or (None if calls else ""),
            **({"tool_calls": calls} if calls else {}),
        )
        return cls(
            id=f"chatcmpl-{view.id.hex}",
            created=int(at.timestamp()),
            model=model,
            choices=[
                CompletionChoice(
                    message=message,
                    finish_reason=finish_word(answer.finish_reason if answer else None),
                )
            ],
            usage=CompletionUsage.of(usage) if usage else None,
            memorychat=CompletionMemory(
                run_id=str(view.id),
                mode=view.privacy.mode,
                memories_used=[UsedMemory.of(one) for one in view.memories],
            ),
        )


def tool_calls(events: Sequence[RunEvent]) -> list[ToolCall]:
    """The calls that an answer's events tell of, each whole."""
    calls: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.type == "tool.call":
            _add(calls, event.fields)
    return [
        ToolCall(
            id=call["id"], function=CalledFunction(name=call["name"], arguments=call["arguments"])
        )
        for _, call in sorted(calls.items())
    ]


def _add(calls: dict[int, dict[str, Any]], fields: Mapping[str, Any]) -> None:
    call = calls.setdefault(fields["index"], {"id": "", "name": "", "arguments": ""})
    call["id"] = call["id"] or fields["call_id"] or ""
    call["name"] = call["name"] or fields["name"] or ""
    call["arguments"] += fields["arguments"]


class ModelAnswer(Answer):
    """A profile in a mode, as a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["memorychat"] = "memorychat"


class ModelList(Answer):
    """Every profile in every mode."""

    object: Literal["list"] = "list"
    data: list[ModelAnswer]
