import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, BinaryIO, Final

from pydantic import Field, ValidationError

from app.adapters.portable.foreign import (
    Foreign,
    Moment,
    clean,
    complaint,
    digest,
    origin,
    said,
    title_of,
)
from app.adapters.portable.json_items import UnreadableFileError, json_items
from app.core.privacy import PrivacyMode
from app.models.message import Role
from app.models.portable import (
    Entry,
    Flaw,
    PortableFormat,
    PortableSession,
    Skipped,
)

ARCHIVED: Final = re.compile(r"(^|/)conversations(-\d+)?\.json$")
_TEXTUAL: Final = {"text", "multimodal_text"}
_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT}


class _Author(Foreign):
    role: str


class _Content(Foreign):
    content_type: str = ""
    parts: tuple[Any, ...] | None = None


class _Message(Foreign):
    id: str
    author: _Author
    create_time: Moment = None
    content: _Content | None = None
    recipient: str | None = None
    metadata: dict[str, Any] | None = None


class _Node(Foreign):
    message: _Message | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()


class _Conversation(Foreign):
    conversation_id: str | None = None
    id: str | None = None
    title: str | None = None
    create_time: Moment = None
    update_time: Moment = None
    mapping: Annotated[dict[str, _Node], Field(max_length=100_000)]
    current_node: str | None = None
    is_do_not_remember: bool | None = None


class _BrokenTreeError(Exception):
    """The branch does not lead to a root."""


class ChatGptImporter:
    """Reads ChatGPT's data export: conversations.json, or the archive that it comes in.

    Of each conversation the branch that was shown last is taken.
    """

    format = PortableFormat.CHATGPT

    def __init__(self, *, max_unpacked_bytes: int) -> None:
        self._max_unpacked_bytes = max_unpacked_bytes

    def recognises(self, file: BinaryIO) -> bool:
        """Whether the first conversation is a tree."""
        try:
            return "mapping" in next(self._items(file), {})
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
                except _BrokenTreeError:
                    yield Flaw(f"/{number}/mapping", "the messages are not a tree")
        except UnreadableFileError as error:
            yield Flaw(f"/{number + 1}", str(error))

    def _items(self, file: BinaryIO) -> Iterator[dict[str, Any]]:
        return json_items(file, archived=ARCHIVED, max_unpacked_bytes=self._max_unpacked_bytes)


def _entries(told: _Conversation) -> Iterator[Entry]:
    branch = [node.message for node in _branch(told) if node.message]
    texts = [(message, _text(message)) for message in branch]
    yield from (Skipped() for _, text in texts if not text)
    spoken = [(message, text) for message, text in texts if text]
    if not spoken:
        return
    name = told.conversation_id or told.id or digest(told.title, told.create_time)
    started = told.create_time or spoken[0][0].create_time
    session = PortableSession(
        origin=origin(f"chatgpt:{name}", at=started),
        profile=None,
        privacy_mode=(
            PrivacyMode.PAUSE_MEMORIES if told.is_do_not_remember else PrivacyMode.NORMAL
        ),
        title=title_of(told.title),
        created_at=started,
        updated_at=told.update_time,
    )
    yield session
    for message, text in spoken:
        at = message.create_time or started
        yield said(
            text,
            by=_ROLES[message.author.role],
            within=session.origin,
            message=origin(f"{session.origin.key}:{message.id}", at=at),
            at=at,
            mode=session.privacy_mode,
        )


def _branch(told: _Conversation) -> list[_Node]:
    """The nodes from the root to the one that was shown last.

    Raises:
        _BrokenTreeError: a node names one that is not there, or itself among its parents.
    """
    branch: list[_Node] = []
    seen: set[str] = set()
    name = told.current_node or _last_leaf(told.mapping)
    while name is not None:
        if name in seen or name not in told.mapping:
            raise _BrokenTreeError
        seen.add(name)
        branch.append(told.mapping[name])
        name = told.mapping[name].parent
    return branch[::-1]


def _last_leaf(mapping: Mapping[str, _Node]) -> str | None:
    """Where the newest answers lead to, for an export that does not say what was shown."""
    name = next((key for key, node in mapping.items() if node.parent is None), None)
    seen: set[str] = set()
    while name is not None and name in mapping and mapping[name].children and name not in seen:
        seen.add(name)
        name = mapping[name].children[-1]
    return name


def _text(message: _Message) -> str:
    """What was said in words: nothing of tools, hidden instructions, images and code that ran."""
    content = message.content
    hidden = bool((message.metadata or {}).get("is_visually_hidden_from_conversation"))
    if message.author.role not in _ROLES or content is None or hidden:
        return ""
    if content.content_type not in _TEXTUAL or message.recipient not in {None, "all"}:
        return ""
    return clean("\n".join(filter(None, map(_part, content.parts or ())))).strip()


def _part(part: Any) -> str:
    """A text, or the words of something spoken."""
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and part.get("content_type") == "audio_transcription":
        return str(part.get("text") or "")
    return ""
