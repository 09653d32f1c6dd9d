"""What Anthropic's clients are answered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import Field, RootModel

from app.core.errors import ModelRefused
from app.models.message import FinishReason, Usage
from app.schemas.fields import Answer
from app.schemas.memories import UsedMemory
from app.schemas.openai_answers import (
    CompletionMemory,
    ModelAnswer,
    ModelList,
    ToolCall,
    tool_calls,
)
from app.services.run_events import RunEvent
from app.services.run_views import RunView

StopReason = Literal["end_turn", "max_tokens", "tool_use", "refusal"]
_REASONS: Final[dict[FinishReason, StopReason]] = {
    FinishReason.LENGTH: "max_tokens",
    FinishReason.CONTENT_FILTER: "refusal",
    FinishReason.TOOL_CALLS: "tool_use",
}


def stop_reason(reason: FinishReason | str | None) -> StopReason:
    """A reason by the name that this protocol has for it: what was broken off is a turn's end."""
    return _REASONS.get(FinishReason(reason), "end_turn") if reason else "end_turn"


class TextBlock(Answer):
    """What is said."""

    type: Literal["text"] = "text"
    text: str
    citations: None = None


class ToolUseBlock(Answer):
    """A tool that the client is asked to use."""

    type: Literal["tool_use"] = "tool_use"
    id: str
    name: str
    input: dict[str, Any]

    @classmethod
    def of(cls, call: ToolCall) -> "ToolUseBlock":
        """The call.

        Raises:
            ModelRefused: its arguments are no JSON object.
        """
        try:
            arguments = orjson.loads(call.function.arguments or "{}")
        except orjson.JSONDecodeError:
            arguments = None
        if not isinstance(arguments, dict):
            raise ModelRefused("The model called a tool with what is no JSON object")
        return cls(id=call.id, name=call.function.name, input=arguments)


class MessageUsage(Answer):
    """Tokens of one answer; an estimate when the model endpoint does not count."""

    input_tokens: int
    output_tokens: int

    @classmethod
    def of(cls, usage: Usage | None) -> "MessageUsage":
        """The usage by the names that this protocol has; zeros when nobody has counted."""
        if usage is None:
            return cls(input_tokens=0, output_tokens=0)
        return cls(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


class AnsweredMessage(Answer):
    """A whole answer, as Anthropic's protocol has it."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    model: str = Field(description="As it was asked for.")
    content: list[Annotated[TextBlock | ToolUseBlock, Field(discriminator="type")]]
    stop_reason: StopReason
    stop_sequence: None = None
    usage: MessageUsage
    memorychat: CompletionMemory

    @classmethod
    def of(cls, view: RunView, *, model: str, events: Sequence[RunEvent]) -> "AnsweredMessage":
        """The answer of a run that has ended, with the calls that its events tell of.

        Raises:
            ModelRefused: a call's arguments are no JSON object.
        """
        answer = view.answer
        text = answer.content if answer else ""
        return cls(
            id=f"msg_{view.id.hex}",
            model=model,
            content=[
                *([TextBlock(text=text)] if text else []),
                *map(ToolUseBlock.of, tool_calls(events)),
            ],
            stop_reason=stop_reason(answer.finish_reason if answer else None),
            usage=MessageUsage.of(answer.usage if answer else None),
            memorychat=CompletionMemory(
                run_id=str(view.id),
                mode=view.privacy.mode,
                memories_used=[UsedMemory.of(one) for one in view.memories],
            ),
        )


class TokenCount(Answer):
    """How long a conversation is, without what would be remembered for it."""

    input_tokens: int


class ModelInfo(Answer):
    """A profile in a mode, as a model of Anthropic's protocol."""

    type: Literal["model"] = "model"
    id: str
    display_name: str
    created_at: datetime
    lifecycle: Literal["active"] = "active"

    @classmethod
    def of(cls, model: ModelAnswer) -> "ModelInfo":
        """The same model as this protocol has it."""
        created_at = datetime.fromtimestamp(model.created, UTC)
        return cls(id=model.id, display_name=model.id, created_at=created_at)


class ModelInfoList(Answer):
    """Every profile in every mode, on one page."""

    data: list[ModelInfo]
    has_more: Literal[False] = False
    first_id: str
    last_id: str

    @classmethod
    def of(cls, models: ModelList) -> "ModelInfoList":
        """The same list as this protocol has it."""
        told = [ModelInfo.of(one) for one in models.data]
        return cls(data=told, first_id=told[0].id, last_id=told[-1].id)


class ListedModels(RootModel[ModelList | ModelInfoList]):
    """Every profile in every mode, in the form of the client that asks: OpenAI's or Anthropic's."""


class OneModel(RootModel[ModelAnswer | ModelInfo]):
    """A profile in a mode, in the form of the client that asks: OpenAI's or Anthropic's."""
