"""What kind of file it is, by what it holds and by what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from app.core.document_errors import DocumentRefused
from app.models.document import MediaType
from app.models.intent import Intent

MAX_TITLE_CHARS: Final = 200

_BY_SUFFIX: Final[Mapping[str, MediaType]] = {
    ".txt": MediaType.PLAIN,
    ".text": MediaType.PLAIN,
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".pdf": MediaType.PDF,
    ".docx": MediaType.DOCX,
}
_SUFFIXES: Final[Mapping[MediaType, str]] = {
    MediaType.PLAIN: ".txt",
    MediaType.MARKDOWN: ".md",
    MediaType.HTML: ".html",
    MediaType.PDF: ".pdf",
    MediaType.DOCX: ".docx",
}
_BY_NAME: Final[Mapping[str, MediaType]] = {
    **{kind.value: kind for kind in MediaType},
    "text/x-markdown": MediaType.MARKDOWN,
}
_MAGIC: Final[Mapping[MediaType, bytes]] = {MediaType.PDF: b"%PDF-", MediaType.DOCX: b"PK\x03\x04"}
_MAGIC_WITHIN_BYTES: Final = 1_024
"""Readers of PDF look so far for its first words."""
_KNOWN: Final = "Plain text, Markdown, HTML, PDF and DOCX are read"


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file as it came."""

    name: str
    """As its sender calls it, perhaps empty. It is never a path of ours."""
    media_type: str
    """As its sender says, perhaps empty."""
    content: bytes
    intent: Intent | None = None
    """What its sender wants done once."""


def kind_of(file: BroughtFile) -> MediaType:
    """What kind of file it is: its suffix counts first, then what its sender says.

    Raises:
        DocumentRefused: it is of no kind that is read, of another one than its name says, or empty.
    """
    if not file.content.strip():
        raise DocumentRefused("The file is empty")
    suffix = PurePosixPath(file.name.replace("\\", "/")).suffix.lower()
    said = file.media_type.partition(";")[0].strip().lower()
    kind = _BY_SUFFIX.get(suffix) or (None if suffix else _BY_NAME.get(said))
    if kind is None and _BY_NAME.get(said) in _MAGIC:
        kind = _BY_NAME[said]
    if kind is None:
        raise DocumentRefused(_KNOWN)
    magic = _MAGIC.get(kind)
    if magic and magic not in file.content[:_MAGIC_WITHIN_BYTES]:
        raise DocumentRefused("It is of another kind than its name says")
    return kind


def title_of(file: BroughtFile, given: str | None) -> str:
    """What the document is called: as was said, or else as the file is."""
    named = PurePosixPath(file.name.replace("\\", "/")).stem
    title = " ".join("".join(c if c.isprintable() else " " for c in given or named).split())
    return title[:MAX_TITLE_CHARS] or "Untitled"


def file_name(title: str, kind: MediaType) -> str:
    """What a document's file is called: its title, with a suffix of its kind if it has none."""
    suffix = PurePosixPath(title.replace("\\", "/")).suffix.lower()
    return title if _BY_SUFFIX.get(suffix) is kind else title + _SUFFIXES[kind]
