"""What AG-UI's clients send. What is not known is ignored, as are `state` and `resume`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from app.schemas.ag_ui_messages import completion_messages
from app.schemas.openai_messages import talk_of
from app.services.supplied import SuppliedTalk, Wishes


class _Sent(BaseModel):
    """A part of an input, whose names are in camel case."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class FrontendTool(_Sent):
    """A tool that the client runs itself."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    parameters: dict[str, Any] | None = None

    def as_completions_have_it(self) -> Mapping[str, Any]:
        """The tool as a function."""
        function = {"name": self.name, "description": self.description}
        parameters = {} if self.parameters is None else {"parameters": self.parameters}
        return {"type": "function", "function": {**function, **parameters}}


class ContextEntry(_Sent):
    """Something that the application knows at the moment."""

    description: str
    value: str


class RunAgentRequest(_Sent):
    """A conversation of an AG-UI client, to be answered."""

    thread_id: Annotated[
        str,
        Field(
            max_length=200,
            description="The conversation. The id of a session makes it that session: its history is the "
            "context, and its answer can be followed again. Of any other, the client has the history.",
        ),
    ]
    run_id: Annotated[str, Field(max_length=200, description="The client's own word for this run.")]
    messages: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=10_000, description="The conversation, oldest first."),
    ]
    tools: Annotated[list[FrontendTool], Field(max_length=1_000)] = []
    context: Annotated[
        list[ContextEntry], Field(max_length=1_000, description="Told to the model, never learnt.")
    ] = []
    forwarded_props: Annotated[
        dict[str, Any] | None,
        Field(
            description="`memorychat` with `profile`, `mode` and `session_id`; `store: false` keeps and "
            "learns nothing."
        ),
    ] = None

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        _ = self.talk
        return self

    @property
    def slots(self) -> Mapping[str, Any]:
        """Where profile, mode and session may be selected."""
        return self.forwarded_props or {}

    @property
    def stores(self) -> bool:
        """False when the client said `store: false`."""
        return self.slots.get("store") is not False

    @cached_property
    def talk(self) -> SuppliedTalk:
        """The conversation, and what is asked of the model beside it."""
        context = "\n".join(f"{one.description}: {one.value}" for one in self.context)
        known = [{"role": "system", "content": context}] if context else []
        tools = [one.as_completions_have_it() for one in self.tools]
        wishes = Wishes(options={"tools": tools} if tools else {})
        return talk_of([*known, *completion_messages(self.messages)], wishes)
