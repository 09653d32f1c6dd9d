import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from app.adapters.portable.foreign import clean
from app.models.portable import Entry, Flaw, PortableFormat, PortableMemory, Skipped

MAX_MEMORY_CHARS: Final = 4_000

_MAX_LINE_BYTES: Final = 64_000
_LOOKED_AT_BYTES: Final = 64_000
_BULLET: Final = re.compile(r"^\s*(?:[-*+•–]|\d{1,3}[.)])\s+")
_HEADING: Final = re.compile(r"^\s*#{1,6}\s")
_WORD: Final = re.compile(r"\w")


class UnreadableLineError(Exception):
    """A line is not text, or no end of it is in sight."""

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(detail)
        self.number = number
        self.detail = detail


Numbered = tuple[int, str]
"""A line, and its number from 1."""


class TextImporter:
    """Reads plain text: a memory per line, or per paragraph where lines stand together.

    A bullet or a number at a line's start begins a memory; headings are none.
    """

    format = PortableFormat.TEXT

    def recognises(self, file: BinaryIO) -> bool:
        """Whether it is text, and not some other format's."""
        file.seek(0)
        start = file.read(_LOOKED_AT_BYTES)
        try:
            text = start.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if error.start < len(start) - 3:
                return False
            text = start[: error.start].decode("utf-8-sig")
        stripped = text.strip()
        return bool(stripped) and "\x00" not in text and stripped[0] not in "[{"

    def read(self, file: BinaryIO) -> Iterator[Entry]:
        """See `Importer`."""
        try:
            is_prose = _is_prose(_lines(file))
            for number, text in _paragraphs(_lines(file)) if is_prose else _lines(file):
                yield from _memory(number, text)
        except UnreadableLineError as error:
            yield Flaw(f"/lines/{error.number}", error.detail)


def _memory(number: int, text: str) -> Iterator[Entry]:
    words = clean(_BULLET.sub("", text)).strip()
    if not words:
        return
    if _HEADING.match(text) or not _WORD.search(words):
        yield Skipped()
    elif len(words) > MAX_MEMORY_CHARS:
        yield Flaw(f"/lines/{number}", f"longer than {MAX_MEMORY_CHARS} characters")
    else:
        yield PortableMemory(origin=None, content=words)


def _lines(file: BinaryIO) -> Iterator[Numbered]:
    file.seek(0)
    number = 0
    while line := file.readline(_MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > _MAX_LINE_BYTES:
            raise UnreadableLineError(number, f"longer than {_MAX_LINE_BYTES} bytes")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise UnreadableLineError(number, "not UTF-8") from None
        yield number, text


def _is_prose(lines: Iterator[Numbered]) -> bool:
    """Whether there are gaps between, lines that stand together, and no bullets."""
    together = apart = False
    before: str | None = None
    for _, line in lines:
        if _BULLET.match(line):
            return False
        if before is not None and _WORD.search(line):
            stood_apart = not _WORD.search(before)
            apart |= stood_apart
            together |= not stood_apart
        before = line
    return together and apart


def _paragraphs(lines: Iterator[Numbered]) -> Iterator[Numbered]:
    """Lines that stand together as one, under the number of the first; headings by themselves."""
    first = 0
    waiting: list[str] = []
    for number, line in lines:
        is_heading = _HEADING.match(line) is not None
        goes_on = _WORD.search(line) is not None and not is_heading
        if waiting and not goes_on:
            yield first, " ".join(waiting)
            waiting = []
        if is_heading:
            yield number, line
        if goes_on:
            first = first if waiting else number
            waiting.append(line.strip())
    if waiting:
        yield first, " ".join(waiting)
