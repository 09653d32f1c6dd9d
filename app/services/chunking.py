"""Texts cut into chunks: by their headings and paragraphs first, then by sentences, then anywhere."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

import regex

from app.models.document import Passage

MOST_TOKENS: Final = 200
"""Of a chunk, as `tokens_in` counts. The embedding model reads 256 of its own, which are more for
rare words and less for common ones."""
LETTERS_PER_TOKEN: Final = 5
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
_TOKEN: Final = re.compile(
    r"[\u2e80-\U0010ffff](?<!\u3000)|[^\W\u2e80-\U0010ffff]{1,5}|[^\w\s\u2e80-\U0010ffff]"
)
"""Five letters, or one of Chinese, Japanese and Korean, or any other mark."""
_UNSEEN: Final = regex.compile(r"(?V1)[\p{Cc}\p{Cf}\p{Cs}\p{Co}--[\n\t]]+")


class _Part(NamedTuple):
    """Some text, and how many tokens it has."""

    text: str
    tokens: int


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
        for text in _joined(_parts(cleaned(passage.text))):
            yield Piece(text, passage.page)


def cleaned(text: str) -> str:
    """The text without what nobody sees, and its lines as on Unix."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    seen: str = _UNSEEN.sub("", lines)
    return seen


def tokens_in(text: str) -> int:
    """About how many tokens a text has."""
    return len(_TOKEN.findall(text))


def least_chunks(text: str) -> int:
    """At least so many chunks come of a text; quick, however long it is."""
    return sum(map(len, text.split())) // (MOST_TOKENS * LETTERS_PER_TOKEN)


def _parts(text: str) -> Iterator[_Part]:
    """Paragraphs and headings, each small enough."""
    for paragraph in _PARAGRAPHS.split(_HEADING_LINE.sub(r"\n\1\n", text)):
        if lines := paragraph.strip():
            yield from _cut(_Part(lines, tokens_in(lines)))


def _cut(part: _Part) -> Iterator[_Part]:
    """The text in parts that are small enough, cut where it hurts least."""
    if part.tokens <= MOST_TOKENS:
        yield part
        return
    for glue, seam in _SEAMS:
        texts = [text.strip() for text in seam.split(part.text)]
        parts = [_Part(text, tokens_in(text)) for text in texts if text]
        if len(parts) > 1:
            for group in _filled(parts, glue=glue):
                yield from _cut(group)
            return
    yield from _cut_anywhere(part.text)


def _cut_anywhere(text: str) -> Iterator[_Part]:
    """Between words; within a word that is too long itself."""
    start, gap, size, since_gap, end = 0, 0, 0, 0, 0
    for token in _TOKEN.finditer(text):
        if token.start() > end:
            gap, since_gap = token.start(), 0
        if size == MOST_TOKENS:
            at, left = (gap, since_gap) if gap > start else (token.start(), 0)
            yield _Part(text[start:at].strip(), size - left)
            start, size = at, left
        size, since_gap, end = size + 1, since_gap + 1, token.end()
    if size:
        yield _Part(text[start:].strip(), size)


def _filled(parts: Sequence[_Part], *, glue: str) -> Iterator[_Part]:
    """Neighbouring parts together, as many as are small enough."""
    held: list[_Part] = []
    size = 0
    for part in parts:
        if held and size + part.tokens > MOST_TOKENS:
            yield _together(held, glue)
            held, size = [], 0
        held.append(part)
        size += part.tokens
    if held:
        yield _together(held, glue)


def _joined(parts: Iterable[_Part]) -> Iterator[str]:
    """Parts together as long as they are under one heading and small enough."""
    held: list[_Part] = []
    size = 0
    for part in parts:
        begins = _HEADING.match(part.text) is not None and size >= LEAST_TOKENS
        if held and (begins or size + part.tokens > MOST_TOKENS):
            yield _together(held, "\n\n").text
            held, size = [], 0
        held.append(part)
        size += part.tokens
    if held:
        yield _together(held, "\n\n").text


def _together(parts: Sequence[_Part], glue: str) -> _Part:
    return _Part(glue.join(part.text for part in parts), sum(part.tokens for part in parts))


def cut_up(passages: Sequence[Passage], most: int) -> Sequence[Piece] | None:
    """All pieces, None when there are more than so many."""
    if sum(least_chunks(passage.text) for passage in passages) > most:
        return None
    pieces = list(islice(chunked(passages), most + 1))
    return pieces if len(pieces) <= most else None
