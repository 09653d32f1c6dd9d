import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from app.adapters.portable.foreign import (
    Foreign,
    Moment,
    clean,
    complaint,
    origin,
    said,
    title_of,
)
from app.adapters.portable.json_items import UnreadableFileError, json_items
from app.core.privacy import PrivacyMode
from app.models.message import Role
from app.models.portable import Entry, Flaw, PortableFormat, PortableSession, Skipped

ARCHIVED: Final = re.compile(r"(^|/)conversations\.json$")
_ROLES: Final = {"human": Role.USER, "assistant": Role.ASSISTANT}


class _Block(Foreign):
    type: str = ""
    text: str | None = None


class _Message(Foreign):
    uuid: str
    sender: str
    text: str | None = None
    content: tuple[_Block, ...] | None = None
    created_at: Moment = None


class _Conversation(Foreign):
    uuid: str
    name: str | None = None
    created_at: Moment = None
    updated_at: Moment = None
    chat_messages: tuple[_Message, ...]


class ClaudeImporter:
    """Reads Claude's data export: conversations.json, or the archive that it comes in."""

    format = PortableFormat.CLAUDE

    def __init__(self, *, max_unpacked_bytes: int) -> None:
        self._max_unpacked_bytes = max_unpacked_bytes

    def recognises(self, file: BinaryIO) -> bool:
        """Whether the first conversation has chat_messages."""
        try:
            return "chat_messages" in next(self._items(file), {})
        except UnreadableFileError:
            return False

    def read(self, file: BinaryIO) -> Iterator[Entry]:
        """See `Importer`."""
        number = -1
        try:
            for number, item in enumerate(self._items(file)):
                try:
                    yield from _entries(_Conversation.model_validate(item))
                except ValidationError as error:
                    yield Flaw(f"/{number}", complaint(error))
        except UnreadableFileError as error:
            yield Flaw(f"/{number + 1}", str(error))

    def _items(self, file: BinaryIO) -> Iterator[dict[str, Any]]:
        return json_items(file, archived=ARCHIVED, max_unpacked_bytes=self._max_unpacked_bytes)


def _entries(told: _Conversation) -> Iterator[Entry]:
    texts = [(message, _text(message)) for message in told.chat_messages]
    yield from (Skipped() for _, text in texts if not text)
    spoken = [(message, text) for message, text in texts if text]
    if not spoken:
        return
    started = told.created_at or spoken[0][0].created_at
    session = PortableSession(
        origin=origin(f"claude:{told.uuid}", at=started),
        profile=None,
        privacy_mode=PrivacyMode.NORMAL,
        title=title_of(told.name),
        created_at=started,
        updated_at=told.updated_at,
    )
    yield session
    for message, text in spoken:
        at = message.created_at or started
        yield said(
            text,
            by=_ROLES[message.sender],
            within=session.origin,
            message=origin(f"{session.origin.key}:{message.uuid}", at=at),
            at=at,
        )


def _text(message: _Message) -> str:
    """What was said in words: nothing of tools, attachments and thoughts."""
    if message.sender not in _ROLES:
        return ""
    blocks = [block.text or "" for block in message.content or () if block.type == "text"]
    return clean("\n".join(filter(None, blocks)) or message.text or "").strip()
