import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Self
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

MAX_MESSAGE_LENGTH = 32_000
MAX_READS = 8


def without_null(schema: dict[str, Any]) -> None:
    """The schema is of something that is left out, and not null, where there is nothing."""
    if {"type": "null"} not in schema.get("anyOf", ()):
        return
    rest = [one for one in schema["anyOf"] if one != {"type": "null"}]
    schema.pop("default", None)
    if len(rest) == 1:
        del schema["anyOf"]
        schema |= {**rest[0], **schema}
    else:
        schema["anyOf"] = rest


class Body(BaseModel):
    """A request body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Patch(Body):
    """A body that changes some fields; null is refused for those that always have a value."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _nulls_are_allowed(self) -> Self:
        nulls = {name for name, value in self.changes().items() if value is None}
        if refused := sorted(nulls - self.nullable):
            raise ValueError(f"must not be null: {', '.join(refused)}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema, in which null is for the fields that may be null."""
        schema = handler(core)
        for name, told in handler.resolve_ref_schema(schema)["properties"].items():
            if name not in cls.nullable:
                without_null(told)
        return schema

    def changes(self) -> dict[str, object]:
        """The fields that were given."""
        return self.model_dump(exclude_unset=True)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)


def storable(text: str) -> str:
    """The text, if every database and every encoder can hold it.

    Raises:
        ValueError: it has NUL characters or halves of characters.
    """
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain unpaired surrogates") from None
    return text


def json_text(value: object) -> str:
    """The value as JSON, in characters that every model's endpoint can be sent.

    Raises:
        ValueError: it has halves of characters, or is nested too deeply.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        pass  # also of whole numbers over 64 bits, which JSON may have
    try:
        return json.dumps(value, ensure_ascii=False).encode().decode()
    except (UnicodeEncodeError, RecursionError):
        raise ValueError("must not contain unpaired surrogates, or be nested deeply") from None


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) in _BREAKING for char in text):
        raise ValueError("must not contain line breaks or other control characters")
    return text


_BREAKING: Final = frozenset({"Cc", "Zl", "Zp"})


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999 in UTC") from None


Words = Annotated[str, AfterValidator(storable)]
FormerName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(storable),
]
"""A name that was given when control characters were still taken."""
Name = Annotated[
    FormerName,
    AfterValidator(_one_line),
    Field(
        json_schema_extra={"pattern": r"^[^\u0000-\u001F\u007F-\u009F\u2028\u2029]+$"},
    ),
]
"""One line: models and their clients are told it among other words."""
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(storable),
]
MessageText = Annotated[
    Words,
    AfterValidator(_not_blank),
    Field(min_length=1, max_length=MAX_MESSAGE_LENGTH),
]
MemoryText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000),
    AfterValidator(storable),
]
Reads = Annotated[
    list[UUID],
    Field(
        max_length=MAX_READS,
        description="Further profiles to recall from. What is said is learnt into the session's own "
        "one only, and an answer that was given anything of another one is not learnt from.",
    ),
]
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]


def _written_out(moment: object) -> object:
    """The moment as text: a bare number has no offset, and might be a year as well as seconds."""
    if not isinstance(moment, str) or _DATE.match(moment) is None:
        raise ValueError("must be a date and time with its offset, such as 2024-03-01T00:00:00Z")
    return moment


_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_written_out)]
"""RFC 3339, with its offset; without one it is refused, since nobody knows when it was."""

Timestamp = datetime
