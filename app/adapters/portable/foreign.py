"""What readers of other people's formats have in common."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from app.core.privacy import POLICIES, PrivacyMode
from app.models.message import Role
from app.models.portable import Origin, PortableMessage

MAX_LEARNT_CHARS: Final = 32_000
"""What is longer was pasted, not said: it is kept and found, and nothing is learnt from it."""

MAX_TITLE_CHARS: Final = 200

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class Foreign(BaseModel):
    """A part of somebody else's format, of which we know the fields that we need."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def clean(text: str) -> str:
    """The text, without what no database can hold."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def title_of(text: str | None) -> str | None:
    """A title as long as titles may be; None for none."""
    return clean(text or "").strip()[:MAX_TITLE_CHARS] or None


def _moment(value: object) -> object:
    """Seconds since 1970, or a date and time; without an offset it is taken as UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError("not a time") from None
    if isinstance(value, str) and value:
        try:
            parsed = datetime.fromisoformat(value)
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        except (OverflowError, ValueError):
            raise ValueError("not a time") from None
    return value or None


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


def origin(key: str, *, at: datetime | None) -> Origin:
    """What a record is called elsewhere; `key` begins with the format's name."""
    at_ms = int(at.timestamp() * 1_000) if at else 0
    return Origin(key=clean(key), at_ms=max(0, at_ms))


def digest(*parts: object) -> str:
    """A name for what has none: the same for the same words."""
    return sha256(repr(parts).encode("utf-8", "replace")).hexdigest()


def said(
    text: str,
    *,
    by: Role,
    within: Origin,
    message: Origin,
    at: datetime | None,
    mode: PrivacyMode = PrivacyMode.NORMAL,
) -> PortableMessage:
    """Something that was said in a conversation elsewhere."""
    learnable = POLICIES[mode].learn
    return PortableMessage(
        origin=message,
        session=within,
        seq=None,
        role=by,
        content=text,
        privacy_mode=mode,
        learnable=learnable,
        searchable=learnable,
        learnt=len(text) > MAX_LEARNT_CHARS,
        created_at=at,
    )


def complaint(error: ValidationError) -> str:
    """Which field is not as expected, in words that quote nothing of the file."""
    first = error.errors(include_url=False, include_input=False)[0]
    names: Sequence[str] = [part for part in first["loc"] if isinstance(part, str)]
    known = [name for name in names if name.isidentifier() and len(name) <= 40]
    what = "is missing" if first["type"] == "missing" else "is not as expected"
    return f"{known[-1]} {what}" if known else "not as expected"
