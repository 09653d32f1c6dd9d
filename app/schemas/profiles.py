from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from pydantic import Field, model_validator

from app.models.profile import Learning, Profile
from app.schemas.fields import Answer, Body, FormerName, Name, Patch, Timestamp, Unit, Words
from app.schemas.lists import ListAnswer
from app.services.mem0_service import Copied
from app.services.merging import Merged

REDACTION: Final = (
    "Whether payment cards, bank accounts, national identity numbers, e-mail addresses and telephone "
    "numbers are blanked before anything is learnt from what is said here from now on; a message "
    "that holds one is kept in its session, and not found by recall. What is recognised as a password "
    "or key is kept back in the same way, with or without this. What is already known, and memories "
    "written by hand, stay as they are. It recognises forms, check digits and the words around "
    "them: what is written otherwise may pass."
)


class Tone(Body):
    """How somebody speaks, each from 0 to 1."""

    warmth: Unit | None = None
    humour: Unit | None = None
    formality: Unit | None = None


class Persona(Body):
    """What makes a profile a conversational clone of somebody."""

    name: Name | None = None
    relationship: Words | None = Field(default=None, max_length=200)
    biography: Words | None = Field(default=None, max_length=8_000)
    greeting: Words | None = Field(default=None, max_length=1_000)
    instructions: Words | None = Field(default=None, max_length=8_000)
    tone: Tone | None = None


class _FormerPersona(Persona):
    name: FormerName | None = None


def check_persona(persona: Mapping[str, object]) -> None:
    """Returns when a profile may have brought this persona along from a file.

    Raises:
        ValueError: it may not.
    """
    _FormerPersona.model_validate(persona)


class ProfileCreation(Body):
    """A new memory profile."""

    name: Name
    description: Words | None = Field(default=None, max_length=2_000)
    is_default: bool = False
    persona: Persona | None = None
    learning: Learning = Learning.AUTO
    redact_pii: bool = Field(default=False, description=REDACTION)


class ProfileUpdate(Patch):
    """What changes of a profile; what is left out stays."""

    nullable: ClassVar = frozenset({"description", "persona"})

    name: Name | None = None
    description: Words | None = Field(default=None, max_length=2_000)
    persona: Persona | None = None
    learning: Learning | None = None
    redact_pii: bool | None = Field(default=None, description=REDACTION)


class CopyRequest(Body):
    """Where the active memories go: into a new profile, or into one that exists."""

    name: Name | None = None
    target_profile_id: UUID | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "CopyRequest":
        if (self.name is None) == (self.target_profile_id is None):
            raise ValueError("give either name or target_profile_id")
        return self


class ProfileAnswer(Answer):
    """A memory profile."""

    id: UUID
    name: str
    description: str | None
    is_default: bool
    persona: dict[str, Any] | None
    learning: Learning
    redact_pii: bool
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, profile: Profile) -> "ProfileAnswer":
        """The profile as clients see it."""
        return cls(
            id=profile.id,
            name=profile.name,
            description=profile.description,
            is_default=profile.is_default,
            persona=dict(profile.persona) if profile.persona else None,
            learning=profile.learning,
            redact_pii=profile.redact_pii,
            created_at=profile.created_at,
            updated_at=profile.updated_at,
        )


class ProfileList(ListAnswer[ProfileAnswer]):
    """One page of profiles."""


class CopyAnswer(Answer):
    """The profile that received what it had not, and how much of it there was."""

    profile: ProfileAnswer
    copied: int = Field(description="Memories.")
    documents: int = Field(description="Each is a document of its own from now on.")

    @classmethod
    def of(cls, copied: Copied) -> "CopyAnswer":
        """The copy as clients see it."""
        return cls(
            profile=ProfileAnswer.of(copied.profile),
            copied=copied.memories,
            documents=copied.documents,
        )


class MergeRequest(Body):
    """The profile whose everything goes over; it is gone afterwards."""

    from_profile_id: UUID


class MovedCounts(Answer):
    """How much belongs to another profile now."""

    memories: int
    sessions: int
    messages: int
    documents: int


class MergeAnswer(Answer):
    """The profile that has everything now, and what became of what it received."""

    profile: ProfileAnswer
    moved: MovedCounts
    merged: int = Field(
        description="Memories that said what another one says; it has their sources."
    )
    superseded: int = Field(description="Memories that hold no longer: what was said last does.")

    @classmethod
    def of(cls, merged: Merged) -> "MergeAnswer":
        """The merge as clients see it."""
        moved = merged.moved
        return cls(
            profile=ProfileAnswer.of(merged.profile),
            moved=MovedCounts(
                memories=moved.memories,
                sessions=moved.sessions,
                messages=moved.messages,
                documents=moved.documents,
            ),
            merged=len(merged.merged),
            superseded=len(merged.superseded),
        )
