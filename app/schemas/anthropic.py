"""What Anthropic's clients send. What is not known is ignored, as is `thinking`."""

from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.schemas.anthropic_blocks import completion_messages
from app.schemas.anthropic_tools import completion_options
from app.schemas.fields import json_text
from app.schemas.openai_messages import talk_of
from app.schemas.selecting import Conversation, ModelName, Selecting, Stores
from app.services.supplied import SuppliedTalk, Wishes, words_of


class TokenCountRequest(BaseModel):
    """A conversation whose length is asked for."""

    model_config = ConfigDict(frozen=True)

    model: ModelName
    messages: Conversation
    system: Annotated[
        str | list[dict[str, Any]] | None, Field(description="A text, or blocks of text.")
    ] = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: dict[str, Any] | None = None
    output_config: Annotated[
        dict[str, Any] | None, Field(description="Of it, `format` with a JSON schema.")
    ] = None

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        _ = self.talk
        return self

    @property
    def words(self) -> str:
        """All that it says, its tools as JSON."""
        tools = json_text(self.talk.wishes.options["tools"]) if self.tools else ""
        return f"{words_of(self.talk)}\n{tools}"

    @cached_property
    def talk(self) -> SuppliedTalk:
        """The conversation, and what is asked of the model beside it."""
        messages = completion_messages(self.system, self.messages)
        return talk_of(messages, self._wishes())

    def _wishes(self) -> Wishes:
        return Wishes(options=completion_options(self.model_dump()))


class MessageRequest(TokenCountRequest, Selecting):
    """A conversation to be answered, as Anthropic's protocol has it."""

    max_tokens: Annotated[int, Field(ge=1)]
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: Annotated[
        int | None, Field(description="Passed on: not every model's endpoint knows it.")
    ] = None
    store: Stores = None

    def _wishes(self) -> Wishes:
        options = completion_options(self.model_dump())
        return Wishes(options=options, max_output_tokens=self.max_tokens)
