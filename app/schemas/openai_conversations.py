"""Conversations: what OpenAI's clients send of them, and are told."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from app.models.message import Role
from app.schemas.fields import MAX_MESSAGE_LENGTH, Answer, Title
from app.schemas.openai_ids import Kind, named
from app.schemas.openai_items import GivenItem, items_of
from app.schemas.openai_response_answers import seconds_at
from app.services.appending import PastMessage
from app.services.session_views import SessionView

_TITLE = TypeAdapter(Title)
_METADATA = "Of these, `title`, `mode` and `profile` are kept, as the session's own; of all else nothing is."


class _WithItems(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    items: Annotated[
        list[dict[str, Any]] | None,
        Field(
            max_length=500,
            description="Messages of `user` and `assistant`, oldest first. Calls of tools are not kept.",
        ),
    ] = None

    @model_validator(mode="after")
    def _are_items(self) -> Self:
        _ = self.past
        return self

    @cached_property
    def given(self) -> Sequence[GivenItem]:
        """The items that are kept."""
        items = items_of(self.items or (), of="items")
        return [one for one in items if _is_kept(one)]

    @cached_property
    def past(self) -> Sequence[PastMessage]:
        """The items, as messages to be appended."""
        return [_past(one, at) for at, one in enumerate(self.given)]


class ConversationCreation(_WithItems):
    """A new conversation."""

    metadata: Annotated[dict[str, Any] | None, Field(description=_METADATA)] = None
    memorychat: Annotated[
        dict[str, Any] | None, Field(description="`profile` and `mode`; `metadata` may have them.")
    ] = None

    @model_validator(mode="after")
    def _has_a_title(self) -> Self:
        _ = self.title
        return self

    @property
    def slots(self) -> Mapping[str, Any]:
        """Where profile and mode may be selected."""
        return {"memorychat": self.memorychat, "metadata": self.metadata}

    @property
    def title(self) -> str | None:
        """The title that it has from the beginning."""
        return title_in(self.metadata or {})


class ConversationUpdate(BaseModel):
    """What changes of a conversation; what is left out stays."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    metadata: Annotated[dict[str, Any], Field(description=_METADATA)]

    @model_validator(mode="after")
    def _has_a_title(self) -> Self:
        _ = title_in(self.metadata)
        return self


class ItemsRequest(_WithItems):
    """Items for the end of a conversation."""

    items: Annotated[
        list[dict[str, Any]],
        Field(
            min_length=1,
            max_length=500,
            description="Messages of `user` and `assistant`, oldest first. Calls of tools are not kept.",
        ),
    ]


class ConversationAnswer(Answer):
    """A conversation: a session."""

    id: str
    object: Literal["conversation"] = "conversation"
    created_at: int = Field(description="Seconds since 1970.")
    metadata: dict[str, str] = Field(
        description="`profile` (an id), `mode`, and `title` if it has one."
    )

    @classmethod
    def of(cls, view: SessionView) -> "ConversationAnswer":
        """The session as a conversation."""
        session = view.session
        title = {"title": view.title} if view.title else {}
        return cls(
            id=named(Kind.CONVERSATION, session.id),
            created_at=seconds_at(session.created_at),
            metadata={
                "profile": str(session.profile_id),
                "mode": session.privacy_mode.value,
                **title,
            },
        )


class ConversationDeleted(Answer):
    """A conversation is gone, and whatever was known from it alone."""

    id: str
    object: Literal["conversation.deleted"] = "conversation.deleted"
    deleted: Literal[True] = True


def title_in(metadata: Mapping[str, Any]) -> str | None:
    """The title that it names.

    Raises:
        ValueError: that cannot be one.
    """
    return _TITLE.validate_python(metadata["title"]) if metadata.get("title") else None


def _is_kept(item: GivenItem) -> bool:
    """Whether it is a message; what tools were asked, and said, is not kept."""
    message = item.message
    if message is None:
        raise ValueError("items: a reference is no item of its own")
    return message.role != "tool" and not message.body.get("tool_calls")


def _past(item: GivenItem, at: int) -> PastMessage:
    message = item.message
    if message is None or message.role not in {"user", "assistant"}:
        raise ValueError(f"items[{at}]: the role is neither user nor assistant")
    if not message.content.strip() or len(message.content) > MAX_MESSAGE_LENGTH:
        raise ValueError(f"items[{at}]: has to have 1 to {MAX_MESSAGE_LENGTH} characters")
    return PastMessage(role=Role(message.role), content=message.content, name=None, created_at=None)
