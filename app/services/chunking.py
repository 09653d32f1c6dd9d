"""Texts cut into chunks: by their headings and paragraphs first, then by sentences, then anywhere."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.models.document import Passage

MOST_TOKENS: Final = 200
"""Of a chunk, as `tokens_in` counts. The embedding model reads 256 of its own, which are more for
rare words and less for common ones."""
LEAST_TOKENS: Final = 20
"""A shorter piece joins the one before it, though a heading stands between them."""

_HEADING: Final = re.compile(r"#{1,6}\s")
_HEADING_LINE: Final = re.compile(r"^(#{1,6}[^\S\n].*)$", re.MULTILINE)
_PARAGRAPHS: Final = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_SEAMS: Final = (
    ("\n", re.compile(r"\n")),
    (" ", re.compile(r"(?<=[.!?…])\s+|(?<=[\u3002\uff01\uff1f])")),
)
"""Between lines, and then between sentences."""
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_LETTERS_PER_TOKEN: Final = 5
_EAST_ASIAN: Final = "\u2e80"
"""From here on, letters of Chinese, Japanese and Korean are a token each."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of a chunk, and the page that it begins on."""

    text: str
    page: int | None


def chunked(passages: Iterable[Passage]) -> Iterator[Piece]:
    """The passages in pieces of at most MOST_TOKENS, in their order; the same every time.

    No piece spans two pages. A heading begins a piece, unless what stands before it is short.
    """
    for passage in passages:
        for text in _joined(list(_parts(cleaned(passage.text)))):
            yield Piece(text, passage.page)


def cleaned(text: str) -> str:
    """The text without what nobody sees, and its lines as on Unix."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    return "".join(char for char in lines if char in "\n\t" or _is_seen(char))


def tokens_in(text: str) -> int:
    """About how many tokens a text has."""
    return sum(map(_tokens_of, _WORD.findall(text)))


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}


def _tokens_of(word: str) -> int:
    single = sum(char >= _EAST_ASIAN for char in word)
    return single + -(-(len(word) - single) // _LETTERS_PER_TOKEN)


def _parts(text: str) -> Iterator[str]:
    """Paragraphs and headings, each small enough."""
    for paragraph in _PARAGRAPHS.split(_HEADING_LINE.sub(r"\n\1\n", text)):
        lines = paragraph.strip()
        if lines:
            yield from _cut(lines)


def _cut(text: str) -> Iterator[str]:
    """The text in parts that are small enough, cut where it hurts least."""
    if tokens_in(text) <= MOST_TOKENS:
        yield text
        return
    for glue, seam in _SEAMS:
        parts = [part.strip() for part in seam.split(text) if part.strip()]
        if len(parts) > 1:
            for group in _filled(parts, glue=glue):
                yield from _cut(group)
            return
    yield from _cut_anywhere(text)


def _cut_anywhere(text: str) -> Iterator[str]:
    """Between words; within a word that has no end."""
    start, size = 0, 0
    for match in _WORD.finditer(text):
        tokens = _tokens_of(match.group())
        if tokens > MOST_TOKENS:
            for at in range(match.start(), match.end(), MOST_TOKENS):
                if at > start:
                    yield text[start:at].strip()
                    start = at
            size = tokens_in(text[start : match.end()])
            continue
        if size + tokens > MOST_TOKENS and text[start : match.start()].strip():
            yield text[start : match.start()].strip()
            start, size = match.start(), 0
        size += tokens
    if text[start:].strip():
        yield text[start:].strip()


def _filled(parts: Sequence[str], *, glue: str) -> Iterator[str]:
    """Neighbouring parts together, as many as are small enough."""
    held: list[str] = []
    size = 0
    for part in parts:
        tokens = tokens_in(part)
        if held and size + tokens > MOST_TOKENS:
            yield glue.join(held)
            held, size = [], 0
        held.append(part)
        size += tokens
    if held:
        yield glue.join(held)


def _joined(parts: Sequence[str]) -> Iterator[str]:
    """Parts together as long as they are under one heading and small enough."""
    held: list[str] = []
    size = 0
    for part in parts:
        tokens = tokens_in(part)
        begins = _HEADING.match(part) is not None and size >= LEAST_TOKENS
        if held and (begins or size + tokens > MOST_TOKENS):
            yield "\n\n".join(held)
            held, size = [], 0
        held.append(part)
        size += tokens
    if held:
        yield "\n\n".join(held)
