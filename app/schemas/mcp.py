"""What tools of the Model Context Protocol take and give."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus, Recalled
from app.models.profile import Learning, Profile
from app.schemas.fields import (
    Answer,
    Body,
    MemoryText,
    Moment,
    Name,
    Patch,
    Timestamp,
    Unit,
    Words,
)
from app.schemas.memories import DistilledKind

MAX_FOUND: Final = 50
MAX_LISTED: Final = 100


def _is_true(given: bool) -> bool:  # noqa: FBT001 - a validator is called with the value
    if not given:
        raise ValueError("must be true: ask the user whether all of it is to be forgotten")
    return given


WhichProfile = Annotated[
    Name | None,
    Field(
        description="The name or the id of a memory profile, as list_memory_profiles has them. "
        "Leave it out for the user's default profile."
    ),
]
WhichMemory = Annotated[
    UUID, Field(description="The id of a memory, as search_memories and get_memories give it.")
]
Cursor = Annotated[
    str | None,
    Field(
        max_length=400, description="next_cursor of the page before; leave it out for the first."
    ),
]
AtMost = Annotated[int, Field(ge=1, le=MAX_LISTED, description="How many at most.")]
Quotes = Annotated[
    bool,
    Field(
        description="Also delete answers in the user's conversations that repeat what is forgotten. "
        "false keeps them; they are counted, and never shown to a model again."
    ),
]
Confirmed = Annotated[
    bool,
    Field(
        strict=True,
        description="Must be true. Set it only after the user has said that everything in this "
        "profile is to be forgotten: nothing brings it back.",
        json_schema_extra={"const": True},
    ),
    AfterValidator(_is_true),
]


class OfProfile(Body):
    """Arguments of a tool that is about one profile."""

    profile: WhichProfile = None


class SearchArguments(OfProfile):
    """What to look for."""

    query: Annotated[
        Words, Field(min_length=1, max_length=4_000, description="A question, or a few words.")
    ]
    limit: Annotated[int, Field(ge=1, le=MAX_FOUND, description="How many at most.")] = 10
    as_of: Annotated[
        Moment | None,
        Field(description="What held at this moment instead of now, such as 2024-03-01T00:00:00Z."),
    ] = None


class AddArguments(OfProfile):
    """A memory to be kept."""

    content: Annotated[
        MemoryText,
        Field(
            description="One thing in one sentence that can be understood by itself, such as "
            "'Has a sister called Anna, who lives in Bergen.'"
        ),
    ]
    kind: Annotated[
        DistilledKind, Field(description="What it is; an event has a day, a context passes.")
    ] = "fact"
    importance: Annotated[Unit, Field(description="0 trivial, 1 vital.")] = 0.5


class ListArguments(OfProfile):
    """Which memories to list."""

    kind: Annotated[DistilledKind | None, Field(description="Only these; all without it.")] = None
    limit: AtMost = 20
    cursor: Cursor = None


class MemoryArguments(Body):
    """Which memory."""

    memory_id: WhichMemory


class UpdateArguments(Patch):
    """Which memory, and what changes of it."""

    nullable: ClassVar = frozenset({"valid_from", "valid_until"})

    memory_id: WhichMemory
    content: Annotated[MemoryText | None, Field(description="What it says from now on.")] = None
    kind: DistilledKind | None = None
    importance: Annotated[Unit | None, Field(description="0 trivial, 1 vital.")] = None
    valid_from: Annotated[
        Moment | None, Field(description="When it began to hold; null when that is not known.")
    ] = None
    valid_until: Annotated[
        Moment | None, Field(description="When it ceased to hold; null while it holds.")
    ] = None

    def changes(self) -> dict[str, object]:
        """The fields of the memory that were given."""
        return self.model_dump(exclude_unset=True, exclude={"memory_id"})


class DeleteArguments(MemoryArguments):
    """Which memory to forget."""

    quotes: Quotes = False


class DeleteAllArguments(OfProfile):
    """Of which profile everything is to be forgotten."""

    confirm: Confirmed
    quotes: Quotes = False


class ProfilesArguments(Body):
    """Which page of the profiles."""

    limit: AtMost = 20
    cursor: Cursor = None


class ToldMemory(Answer):
    """A memory."""

    id: UUID
    memory_profile_id: UUID
    kind: MemoryKind
    content: str
    importance: float
    status: MemoryStatus
    source: MemorySource
    said_at: Timestamp
    valid_from: Timestamp | None
    valid_until: Timestamp | None

    @classmethod
    def of(cls, memory: Memory) -> "ToldMemory":
        """The memory as a model is told it."""
        return cls(
            id=memory.id,
            memory_profile_id=memory.profile_id,
            kind=memory.kind,
            content=memory.content,
            importance=memory.importance,
            status=memory.status,
            source=memory.source,
            said_at=memory.said_at,
            valid_from=memory.valid_from,
            valid_until=memory.valid_until,
        )


class MatchingMemory(ToldMemory):
    """A memory that was found."""

    score: float = Field(description="Higher is better, within one search only.")

    @classmethod
    def found(cls, recalled: Recalled, memory: Memory) -> "MatchingMemory":
        """The match as a model is told it."""
        return cls(**dict(ToldMemory.of(memory)), score=round(recalled.score, 4))


class MatchingMemories(Answer):
    """What matches, best first."""

    memories: list[MatchingMemory]


class ToldMemories(Answer):
    """One page of memories, newest first."""

    memories: list[ToldMemory]
    next_cursor: str | None


class ToldProfile(Answer):
    """A memory profile."""

    id: UUID
    name: str
    description: str | None
    is_default: bool
    learning: Learning

    @classmethod
    def of(cls, profile: Profile) -> "ToldProfile":
        """The profile as a model is told it."""
        return cls.model_validate(profile, from_attributes=True)


class ToldProfiles(Answer):
    """One page of profiles, oldest first."""

    memory_profiles: list[ToldProfile]
    next_cursor: str | None


class ProfileContents(Answer):
    """What a profile remembers, as a resource."""

    memory_profile: ToldProfile
    memories: list[ToldMemory] = Field(description="Those that hold, newest first.")
    has_more: bool = Field(description="Whether there are older ones: get_memories lists them all.")
