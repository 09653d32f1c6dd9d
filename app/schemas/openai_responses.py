"""What OpenAI's clients send to be answered by a response. What is not known is ignored."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.schemas.openai_items import GivenItem, items_of
from app.schemas.openai_tools import options_of
from app.schemas.selecting import ModelName, Selecting, Stores
from app.services.supplied import Wishes

_REPEATED: Final = (
    "background",
    "instructions",
    "max_output_tokens",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
)
"""In every answer to the request, as long as the run is known."""
_UNKNOWN: Final = ("prompt", "top_logprobs")
MOST_ITEMS: Final = 10_000
_LOGPROBS: Final = "message.output_text.logprobs"


class ConversationReference(BaseModel):
    """A conversation, by its id."""

    id: str


class ResponseRequest(Selecting):
    """Something to be answered."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: ModelName = "memorychat"
    input: Annotated[
        str | list[dict[str, Any]],
        Field(
            min_length=1,
            description="A text of the user's, or items: messages, `function_call`, "
            "`function_call_output`, and references to items that are here.",
        ),
    ]
    instructions: str | None = None
    previous_response_id: Annotated[
        str | None,
        Field(
            description="The response to go on from; from an older one, in a conversation of its own."
        ),
    ] = None
    conversation: Annotated[
        str | ConversationReference | None,
        Field(description="The conversation that input and output are added to."),
    ] = None
    stream: bool | None = None
    store: Stores = None
    background: Annotated[
        bool | None, Field(description="Whether to return at once; only where the answer is kept.")
    ] = None
    max_output_tokens: Annotated[int | None, Field(ge=1)] = None
    tools: Annotated[
        list[dict[str, Any]] | None, Field(description="Functions that the client calls itself.")
    ] = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    text: Annotated[dict[str, Any] | None, Field(description="`format` and `verbosity`.")] = None
    reasoning: Annotated[dict[str, Any] | None, Field(description="`effort`.")] = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        if len(self.input) > MOST_ITEMS and not isinstance(self.input, str):
            raise ValueError(f"input: at most {MOST_ITEMS} items")
        _ = self.items, self.wishes
        if self.conversation is not None and self.previous_response_id is not None:
            raise ValueError("conversation and previous_response_id exclude each other")
        given = self.model_extra or {}
        if asked := [name for name in _UNKNOWN if given.get(name)]:
            raise ValueError(f"{asked[0]} cannot be had here")
        if isinstance(given.get("include"), list) and _LOGPROBS in given["include"]:
            raise ValueError(f"include: {_LOGPROBS} cannot be had here")
        return self

    @property
    def conversation_id(self) -> str | None:
        """The conversation that is named."""
        named = self.conversation
        return named.id if isinstance(named, ConversationReference) else named

    @cached_property
    def items(self) -> Sequence[GivenItem]:
        """The input."""
        return items_of(self.input, of="input")

    @cached_property
    def wishes(self) -> Wishes:
        """What is asked of the model beside it."""
        return Wishes(
            instructions=self.instructions or "",
            options=options_of(self._all),
            max_output_tokens=self.max_output_tokens,
        )

    @property
    def repeated(self) -> Mapping[str, object]:
        """What the response repeats of the request."""
        given = self._all
        return {name: given[name] for name in _REPEATED if given.get(name) is not None}

    @property
    def _all(self) -> Mapping[str, Any]:
        return {**(self.model_extra or {}), **{name: getattr(self, name) for name in _DECLARED}}


_DECLARED: Final = tuple(ResponseRequest.model_fields)
