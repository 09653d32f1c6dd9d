"""What OpenAI's clients send. What is not known is ignored, since each of them sends a little more."""

from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from app.schemas.openai_messages import talk_of
from app.schemas.selecting import Conversation, ModelName, Selecting, Stores
from app.services.supplied import SuppliedTalk, Wishes

PASSED_ON: Final = (
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "stop",
    "seed",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "reasoning_effort",
    "verbosity",
)
"""To the model, as they are: what they mean is between the client and the model's endpoint."""


class StreamOptions(BaseModel):
    """What a stream contains besides its text."""

    include_usage: bool | None = None


class ChatCompletionRequest(Selecting):
    """A conversation to be answered, as chat completions have it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: ModelName
    messages: Conversation
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=1, description="One answer.")] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    store: Stores = None

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        _ = self.talk
        return self

    @cached_property
    def talk(self) -> SuppliedTalk:
        """The conversation, and what is asked of the model beside it."""
        given = self.model_extra or {}
        wishes = Wishes(
            options={name: given[name] for name in PASSED_ON if given.get(name) is not None},
            max_output_tokens=self.max_completion_tokens or self.max_tokens,
        )
        return talk_of(self.messages, wishes)
