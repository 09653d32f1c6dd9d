from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.models.ids import DocumentId, JobId, MemoryId, MessageId, ProfileId, UserId
from app.models.namespace import Namespace


class MemoryKind(StrEnum):
    """What a memory is about.

    An episode is a message itself, and a document a chunk of one: found by search, never a row.
    """

    FACT = "fact"
    PREFERENCE = "preference"
    EVENT = "event"
    CONTEXT = "context"
    EPISODE = "episode"
    DOCUMENT = "document"


NO_MEMORIES: Final = (MemoryKind.EPISODE, MemoryKind.DOCUMENT)
"""What is found beside memories, and has its words elsewhere."""
REMEMBERED_KINDS: Final = tuple(kind for kind in MemoryKind if kind not in NO_MEMORIES)
"""What is remembered of somebody: rows."""


class MemoryStatus(StrEnum):
    """Only an active memory is ever recalled; a superseded one is found as of its time."""

    ACTIVE = "active"
    PENDING = "pending"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


REMEMBERED: Final = (MemoryStatus.ACTIVE, MemoryStatus.SUPERSEDED)
"""What holds, or held once. Anything else has never counted."""


class MemorySource(StrEnum):
    """How a memory came to be."""

    LEARNT = "learnt"
    MANUAL = "manual"
    COPIED = "copied"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing known about the user, and where it is known from."""

    id: MemoryId
    user_id: UserId
    profile_id: ProfileId
    kind: MemoryKind
    content: str
    importance: float
    """0 trivial … 1 vital."""
    confidence: float
    """0 guessed … 1 said in so many words."""
    status: MemoryStatus
    said_at: datetime
    """When it was first said; when it was written down, for what was never said."""
    slot: str | None = None
    """What can hold only once of one subject, such as `User|residence`."""
    valid_from: datetime | None = None
    """When it began to hold, if that was said."""
    valid_until: datetime | None = None
    """When it ceased to hold: as was said, or when what superseded it was said."""
    superseded_by: MemoryId | None = None
    replaces: tuple[MemoryId, ...] = ()
    """What ceases to hold when this one, which waits for review, is approved."""
    source: MemorySource
    source_message_ids: tuple[MessageId, ...] = ()
    repeats: tuple[MemoryId, ...] = ()
    """Memories with words in it that its messages do not say: it does not outlive these."""
    job_id: JobId | None = None
    """The learning job that wrote it."""
    created_at: datetime
    updated_at: datetime

    @property
    def namespace(self) -> Namespace:
        """Where this memory is found."""
        return Namespace(self.user_id, self.profile_id)

    def is_over(self, now: datetime) -> bool:
        """Whether it was said to hold only until a time that has come."""
        return self.valid_until is not None and self.valid_until <= now


class Layer(StrEnum):
    """By what a memory came to be given to a turn. All but the first are off unless configured."""

    SEMANTIC = "semantic"
    """It matches what was said."""
    IMPORTANT = "important"
    PREFERENCES = "preferences"
    RECENT = "recent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLimits:
    """How many memories layers give that are not searched, and which they may give."""

    at_most: Mapping[Layer, int]
    """Of each layer that is wanted; SEMANTIC cannot be had this way."""
    least_importance: float
    """Of the important layer."""
    at: datetime
    """Memories that ceased to hold by then are left out."""


class MemoryChange(StrEnum):
    """What happened to a memory at one version."""

    ADDED = "added"
    UPDATED = "updated"
    SUPERSEDED = "superseded"
    APPROVED = "approved"
    REJECTED = "rejected"
    RESTORED = "restored"
    """What had taken its place was rejected, or is forgotten, and it holds again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVersion:
    """A memory as it stood after one change."""

    memory_id: MemoryId
    version: int
    change: MemoryChange
    content: str
    job_id: JobId | None
    created_at: datetime
    valid_until: datetime | None = None
    """Of the change that superseded it: since when it holds no longer."""
    superseded_by: MemoryId | None = None
    """Of that change: what holds instead, None when nothing does, or when that is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Where a chunk of a document stands."""

    document_id: DocumentId
    title: str
    position: int
    """From 1."""
    page: int | None
    """From 1; None where there are no pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A memory, an episode or a chunk that search found for a text, with its words."""

    id: MemoryId
    """The memory's id; for an episode, its message's, and for a document, its chunk's."""
    profile_id: ProfileId
    """Where it was found."""
    kind: MemoryKind
    content: str
    speaker: str | None
    """Who said an episode: a name, or `user` / `assistant`. None for a memory."""
    score: float
    """The ranking's final score: higher is better, comparable within one layer of one search only;
    in a layer that is not searched, the memory's importance."""
    said_at: datetime
    since: datetime | None = None
    """When it began to hold, if that was said; None for an event, which names its day."""
    ended: tuple[str, ...] = ()
    """What an episode says that holds no longer, as the memories put it that it became."""
    source_message_ids: tuple[MessageId, ...]
    terms: Mapping[str, float] = field(default_factory=dict)
    """What the score is the sum of, by the names of the ranking's terms."""
    memory: Memory | None = None
    """The whole row, None for an episode or a document."""
    quote: Quote | None = None
    """Of a document: what is cited."""
    was_given: tuple[MemoryId, ...] = ()
    """What an episode, if it is an answer, was given to read."""

    @property
    def layer(self) -> Layer:
        """Which layer gave it: the one that a term is named after."""
        return next((layer for layer in Layer if layer in self.terms), Layer.SEMANTIC)
