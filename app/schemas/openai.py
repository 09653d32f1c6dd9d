"""What OpenAI's clients send. What is not known is ignored, since each of them sends a little more."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from app.schemas.openai_messages import talk_of
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


class ChatCompletionRequest(BaseModel):
    """A conversation to be answered, as chat completions have it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: Annotated[
        str,
        Field(
            min_length=1,
            max_length=300,
            description="`memorychat` for the default profile, `memorychat/<profile>` for another one, "
            "either with `:incognito` or `:pause_memories` after it; `memorychat-task` for titles and the "
            "like, which reads and writes no memory.",
            examples=["memorychat/work:incognito"],
        ),
    ]
    messages: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=10_000, description="The conversation, oldest first."),
    ]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=1, description="One answer.")] = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    store: Annotated[
        StrictBool | None, Field(description="`false`: nothing is kept, and nothing is learnt.")
    ] = None
    memorychat: Annotated[
        dict[str, Any] | None,
        Field(description="`profile`, `mode` and `session_id`; `metadata` may have them instead."),
    ] = None
    metadata: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        _ = self.talk
        return self

    @property
    def slots(self) -> Mapping[str, Any]:
        """Where profile, mode and session may be selected."""
        return {"memorychat": self.memorychat, "metadata": self.metadata}

    @cached_property
    def talk(self) -> SuppliedTalk:
        """The conversation, and what is asked of the model beside it."""
        given = self.model_extra or {}
        wishes = Wishes(
            options={name: given[name] for name in PASSED_ON if given.get(name) is not None},
            max_output_tokens=self.max_completion_tokens or self.max_tokens,
        )
        return talk_of(self.messages, wishes)
