"""What travels between installations: the records of a file, whichever format it is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.privacy import PrivacyMode
from app.models.document import MediaType
from app.models.memory import MemoryChange, MemoryKind, MemorySource, MemoryStatus
from app.models.message import FinishReason, Role, Usage
from app.models.profile import Learning


class PortableFormat(StrEnum):
    """The formats that are read. The first one is ours, and the only one that is written."""

    MEMORYCHAT = "memorychat"
    MEM0 = "mem0"
    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    TEXT = "text"


class Scope(StrEnum):
    """How much a file of ours holds."""

    PROFILE = "profile"
    ACCOUNT = "account"


class Noun(StrEnum):
    """The kinds of records that are counted."""

    PROFILES = "profiles"
    SESSIONS = "sessions"
    MESSAGES = "messages"
    MEMORIES = "memories"
    DOCUMENTS = "documents"


Counts = Mapping[Noun, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a record is called where it comes from. The same record always has the same origin."""

    key: str
    """Unique among the records of a noun in all files of its format."""
    at_ms: int
    """When it came to be, in milliseconds since 1970: its new id is sorted by this."""
    id: UUID | None = None
    """Its id, when it comes from a file of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableHeader:
    """What a file of ours says of itself."""

    scope: Scope
    created_at: datetime
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableAccount:
    """Whose the file is. Nothing that signs in or permits anything."""

    email: str
    display_name: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableProfile:
    """A memory profile."""

    origin: Origin
    name: str
    description: str | None
    is_default: bool
    persona: Mapping[str, object] | None
    learning: Learning
    redact_pii: bool = False
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableSession:
    """A conversation."""

    origin: Origin
    profile: Origin | None
    """None for the profile that the file is read into."""
    privacy_mode: PrivacyMode
    title: str | None
    summary: str | None = None
    summary_seq: int = 0
    created_at: datetime | None
    """None when the file does not say."""
    updated_at: datetime | None
    reads: tuple[Origin, ...] = ()
    """Further profiles that it recalls from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableUse:
    """A memory, or a message, that an answer was given to read."""

    origin: Origin
    kind: MemoryKind
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableMessage:
    """Something that was said in the session before it in the file."""

    origin: Origin
    session: Origin
    seq: int | None
    """None for the next position."""
    role: Role
    name: str | None = None
    content: str
    privacy_mode: PrivacyMode = PrivacyMode.NORMAL
    learnable: bool = True
    searchable: bool = True
    quoted: bool = False
    repeats_forgotten: bool = False
    run: Origin | None = None
    """The run that wrote it, for an answer that was written here."""
    learnt: bool = False
    """Whether memories were made of it where it comes from."""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    memories_used: tuple[PortableUse, ...] = ()
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableVersion:
    """How a memory stood after one change."""

    version: int
    change: MemoryChange
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableMemory:
    """A memory with its history."""

    origin: Origin | None
    """None for one that is known by its words only."""
    profile: Origin | None = None
    """None for the profile that the file is read into."""
    kind: MemoryKind = MemoryKind.FACT
    content: str
    importance: float = 0.5
    confidence: float = 1.0
    status: MemoryStatus = MemoryStatus.ACTIVE
    said_at: datetime | None = None
    slot: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    superseded_by: Origin | None = None
    replaces: tuple[Origin, ...] = ()
    repeats: tuple[Origin, ...] = ()
    source: MemorySource = MemorySource.IMPORTED
    sources: tuple[Origin, ...] = ()
    versions: tuple[PortableVersion, ...] = ()
    """Empty when the file does not say; oldest first, and the last one says `content`."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortableChunk:
    """A piece of a document; its place among the others is its position."""

    content: str
    page: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableDocument:
    """What a document was cut into; the file that it came as stays behind."""

    origin: Origin
    profile: Origin
    title: str
    media_type: MediaType
    size_bytes: int
    chunks: tuple[PortableChunk, ...]
    created_at: datetime
    updated_at: datetime


Portable = (
    PortableHeader
    | PortableAccount
    | PortableProfile
    | PortableSession
    | PortableMessage
    | PortableMemory
    | PortableDocument
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a file cannot be read. Never quotes it."""

    place: str
    """A JSON pointer where the file is one JSON value, else `/lines/` and a number from 1."""
    detail: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that is sound, and not a thing that memories are about: an image, a tool's call."""


Entry = Portable | Flaw | Skipped


def noun_of(record: Portable) -> Noun | None:
    """What a record is counted as; None for what is not counted."""
    match record:
        case PortableProfile():
            return Noun.PROFILES
        case PortableSession():
            return Noun.SESSIONS
        case PortableMessage():
            return Noun.MESSAGES
        case PortableMemory():
            return Noun.MEMORIES
        case PortableDocument():
            return Noun.DOCUMENTS
        case PortableHeader() | PortableAccount():
            return None


def origin_of(record_id: UUID) -> Origin:
    """What a record of ours is called elsewhere."""
    at_ms = record_id.int >> 80 if record_id.version == 7 else 0
    return Origin(key=f"memorychat:{record_id}", at_ms=at_ms, id=record_id)
