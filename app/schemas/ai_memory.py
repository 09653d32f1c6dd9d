"""What services of other applications send and get: users by the names that they have there."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.models.memory import Memory, MemoryKind, Recalled
from app.models.user import User
from app.schemas.fields import Answer, Body, MemoryText, Name, Timestamp, Unit, Words, storable
from app.schemas.lists import ListAnswer
from app.schemas.memories import DistilledKind
from app.schemas.sessions import PastMessageBody

WHO: Final = (
    "What the service calls its user. A user's own token or API key leaves it out, or gives the id "
    "of the account."
)
WHICH: Final = "One of the user's memory profiles, by name or id; the default one if left out."

UserName = Annotated[str, AfterValidator(storable), Field(min_length=1, max_length=200)]
Query = Annotated[Words, Field(min_length=1, max_length=4_000)]


class MemoryToStore(Body):
    """Something to remember of a user: `content` as it stands, or `messages` to learn from."""

    user_id: UserName | None = Field(default=None, description=WHO)
    content: MemoryText | None = None
    messages: list[PastMessageBody] | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="A conversation, or what is new of one. `kind` and `importance` are not for it.",
    )
    kind: DistilledKind = "fact"
    importance: Unit = 0.5
    profile: Name | None = Field(
        default=None, description=f"{WHICH} A service's new name makes a profile."
    )
    metadata: Mapping[str, Any] | None = Field(default=None, description="Taken, and not kept.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.content is None) is (self.messages is None):
            raise ValueError("needs content or messages, and not both")
        return self


class MemoriesToRetrieve(Body):
    """What to look for among a user's memories."""

    user_id: UserName | None = Field(default=None, description=WHO)
    query: Query
    limit: int = Field(default=10, ge=1, le=100)
    profile: Name | None = Field(default=None, description=WHICH)


class MemoryUserCreation(Body):
    """A user of a service."""

    user_id: UserName | None = Field(default=None, description=WHO)
    display_name: Name | None = None


class MemoryUser(Answer):
    """A user, by the name that the service has for them."""

    user_id: str
    display_name: str | None
    created_at: Timestamp

    @classmethod
    def of(cls, user: User, *, name: str) -> "MemoryUser":
        """The user as the service sees them."""
        return cls(user_id=name, display_name=user.display_name, created_at=user.created_at)


class UserMemory(Answer):
    """A memory of a user."""

    id: UUID
    user_id: str
    memory_profile_id: UUID
    kind: MemoryKind
    content: str
    importance: float
    said_at: Timestamp
    created_at: Timestamp
    updated_at: Timestamp
    score: float | None = Field(
        description="How well it matches; null where nothing was looked for."
    )

    @classmethod
    def of(cls, memory: Memory, *, name: str, score: float | None = None) -> "UserMemory":
        """The memory as the service sees it."""
        return cls(
            id=memory.id,
            user_id=name,
            memory_profile_id=memory.profile_id,
            kind=memory.kind,
            content=memory.content,
            importance=memory.importance,
            said_at=memory.said_at,
            created_at=memory.created_at,
            updated_at=memory.updated_at,
            score=score,
        )

    @classmethod
    def found(cls, one: Recalled, memory: Memory, *, name: str) -> "UserMemory":
        """The memory that a search has found."""
        return cls.of(memory, name=name, score=round(one.score, 4))


class HeardAnswer(Answer):
    """A conversation that is kept, and will be learnt from in the background."""

    user_id: str
    memory_profile_id: UUID
    session_id: UUID
    message_ids: list[UUID]


class UserMemoryList(ListAnswer[UserMemory]):
    """Memories of one user. What was found by a search has no further pages."""
