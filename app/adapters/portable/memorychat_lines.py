"""The lines of our own format, version 1, as docs/export-format.md describes them."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from app.core.privacy import PrivacyMode
from app.models.document import MediaType
from app.models.memory import MemoryChange, MemoryKind, MemorySource, MemoryStatus
from app.models.message import FinishReason, Role
from app.models.portable import Noun, Scope
from app.models.profile import Learning

FORMAT: Final = "memorychat-export"
VERSION: Final = 1

_MAX_POSITION: Final = 2**31 - 2


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999 in UTC") from None


Text = Annotated[str, AfterValidator(_storable)]
Words = Annotated[Text, Field(max_length=2_000_000)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Position = Annotated[int, Field(ge=1, le=_MAX_POSITION)]
Count = Annotated[int, Field(ge=0)]


class Line(BaseModel):
    """One line: every field is there, but for those of a later day; and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HeaderLine(Line):
    """The first line."""

    type: Literal["header"]
    format: Literal["memorychat-export"]
    version: int
    scope: Scope
    created_at: Moment
    counts: dict[Noun, Count]


class AccountLine(Line):
    """The second line of an account's file."""

    type: Literal["account"]
    email: Annotated[Text, Field(max_length=320)]
    display_name: Annotated[Text, Field(max_length=200)] | None
    created_at: Moment


class ProfileLine(Line):
    """A memory profile."""

    type: Literal["profile"]
    id: UUID
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    description: Annotated[Text, Field(max_length=2_000)] | None
    is_default: bool
    persona: dict[str, object] | None
    learning: Learning
    redact_pii: bool = False
    created_at: Moment
    updated_at: Moment


class SessionLine(Line):
    """A conversation."""

    type: Literal["session"]
    id: UUID
    memory_profile_id: UUID
    privacy_mode: PrivacyMode
    title: Annotated[Text, Field(max_length=200)] | None
    summary: Words | None
    summary_seq: Annotated[int, Field(ge=0, le=_MAX_POSITION)]
    created_at: Moment
    updated_at: Moment
    reads_memory_profile_ids: (
        Annotated[tuple[UUID, ...], Field(min_length=1, max_length=8)] | None
    ) = None


class UsageFields(Line):
    """Tokens that an answer cost."""

    input_tokens: Count
    output_tokens: Count


class UseFields(Line):
    """A memory, or for an episode a message, that an answer was given to read."""

    id: UUID
    kind: MemoryKind
    score: Annotated[float, Field(allow_inf_nan=False)]


class MessageLine(Line):
    """Something that was said."""

    type: Literal["message"]
    id: UUID
    session_id: UUID
    seq: Position
    role: Role
    name: Annotated[Text, Field(max_length=100)] | None
    content: Words
    privacy_mode: PrivacyMode
    learnable: bool
    searchable: bool
    quoted: bool
    repeats_forgotten: bool = False
    learnt: bool
    run_id: UUID | None
    finish_reason: FinishReason | None
    usage: UsageFields | None
    memories_used: Annotated[tuple[UseFields, ...], Field(max_length=1_000)]
    created_at: Moment


class VersionFields(Line):
    """A memory after one change."""

    version: Annotated[int, Field(ge=1, le=_MAX_POSITION)]
    change: MemoryChange
    content: Words
    created_at: Moment


class MemoryLine(Line):
    """A memory with its history."""

    type: Literal["memory"]
    id: UUID
    memory_profile_id: UUID
    kind: Literal["fact", "preference", "event", "context"]
    content: Annotated[Words, Field(min_length=1)]
    importance: Unit
    confidence: Unit
    status: MemoryStatus
    said_at: Moment
    slot: Annotated[Text, Field(max_length=200)] | None
    valid_from: Moment | None
    valid_until: Moment | None
    superseded_by: UUID | None
    replaces: tuple[UUID, ...] = ()
    repeats: tuple[UUID, ...] = ()
    source: MemorySource
    source_message_ids: tuple[UUID, ...]
    versions: Annotated[tuple[VersionFields, ...], Field(min_length=1)]
    created_at: Moment
    updated_at: Moment


class ChunkFields(Line):
    """A piece of a document."""

    content: Annotated[Text, Field(min_length=1, max_length=20_000)]
    page: Position | None


class DocumentLine(Line):
    """A document, as it was cut up."""

    type: Literal["document"]
    id: UUID
    memory_profile_id: UUID
    title: Annotated[Text, Field(min_length=1, max_length=200)]
    media_type: MediaType
    bytes: Count
    chunks: Annotated[tuple[ChunkFields, ...], Field(min_length=1, max_length=100_000)]
    created_at: Moment
    updated_at: Moment


class EndLine(Line):
    """The last line."""

    type: Literal["end"]
    counts: dict[Noun, Count]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


RecordLine = (
    HeaderLine | AccountLine | ProfileLine | SessionLine | MessageLine | MemoryLine | DocumentLine
)
AnyLine = RecordLine | EndLine
_LINE: Final[TypeAdapter[AnyLine]] = TypeAdapter(Annotated[AnyLine, Field(discriminator="type")])


class UnreadableLineError(Exception):
    """A line is none of ours; its text says why, and quotes nothing."""


def parse_line(line: bytes) -> AnyLine:
    """The line, its fields checked one by one.

    Raises:
        UnreadableLineError: it is not UTF-8, not JSON, or has a field that is missing, wrong or unknown.
    """
    try:
        return _LINE.validate_json(line, strict=True)
    except ValidationError as error:
        raise UnreadableLineError(_complaint(line, error)) from None


def version_of(line: bytes) -> int | None:
    """The version that a header names, whatever else stands in it; None when it names none."""
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    version = header.get("version") if isinstance(header, dict) else None
    return version if type(version) is int else None


def _complaint(line: bytes, error: ValidationError) -> str:
    try:
        line.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    first = error.errors(include_url=False, include_context=True, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"][1:])
    return f"{path}: {_sentence(first)}" if path else _sentence(first)


def _sentence(error: ErrorDetails) -> str:
    """What is wrong in words of ours, since the library's may quote the file."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return _SENTENCES.get(error["type"], "not as docs/export-format.md has it")


_SENTENCES: Final = {
    "json_invalid": "not valid JSON, or cut off, or nested too deeply",
    "missing": "is missing",
    "extra_forbidden": "is not known in version 1",
    "union_tag_invalid": "no line of this type is known in version 1",
    "union_tag_not_found": "there is no field type",
    "enum": "not one of the known values",
    "literal_error": "not one of the known values",
    "uuid_parsing": "not a UUID",
    "string_too_long": "too long",
    "string_too_short": "must not be empty",
    "greater_than_equal": "too small",
    "less_than_equal": "too large",
    "timezone_aware": "a time without its offset",
}
