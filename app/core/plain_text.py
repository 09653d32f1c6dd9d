"""A text as it reads, whatever signs it is written in, and where each sign of it came from."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Span = tuple[int, int]

_STRANGE: Final = re.compile(
    r"[\u00a0\u00ad\u061c\u0640\u180e\u2000-\u2015\u2028-\u202f\u205f-\u206f\u2212\u3000\ufeff\ufe00-\ufe0f]"
    r"|(?![0-9])\d|[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]"
)
"""What is not seen, spaces, dashes and digits in disguise, and scripts that are mixed in a word."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LATIN: Final = re.compile(r"[A-Za-z]")
_LIKE_LATIN: Final = re.compile(r"[\u0370-\u052f]")
_ALIKE: Final = str.maketrans(
    "аеорсухіѕԁԝкмтвнӏјɡοαρντικωυΑΒΕΗΙΚΜΝΟΡΤΧАВЕКМНОРСТХІЅЈ",
    "aeopcyxisdwkmtbhljgoapvtikwuABEHIKMNOPTXABEKMHOPCTXISJ",
)
"""Cyrillic and Greek letters to the Latin ones that they are taken for: Unicode's confusables."""
_SPACED: Final = re.compile(
    r"(?<![^\W_])[^\W\d_](?:([ ._*-])[^\W\d_](?![^\W_]))(?:\1[^\W\d_](?![^\W_]))+"
)
_LINE_ENDS: Final = "\u2028\u2029"
_MINUS: Final = "\u2212"
_UNSEEN: Final = "\u0640\u180e"


@dataclass(frozen=True, slots=True)
class PlainText:
    """What a text says, in the simplest signs, and the stretch of it that each sign stands for."""

    text: str
    _spans: Sequence[Span] | None = None

    def where(self, start: int, end: int) -> Span:
        """Where a stretch of the plain text stands in the text as it was written."""
        if self._spans is None or start == end:
            return start, end
        return self._spans[start][0], self._spans[end - 1][1]


def plain(text: str) -> PlainText:
    """The text in compatibility form, without what is not seen.

    Spaces, dashes and digits are ASCII; letters of a word that mixes scripts are Latin; letters
    that stand apart (`p a s s`) stand together.
    """
    signs = list(text)
    spans: list[Span] | None = None
    if not text.isascii() and (
        _STRANGE.search(text) or not unicodedata.is_normalized("NFKC", text)
    ):
        signs, spans = _simplified(text)
        signs = list(_WORD.sub(_of_one_script, "".join(signs)))
    return _together("".join(signs), spans)


def replaced(text: str, found: Iterable[tuple[Span, str]]) -> str:
    """The text with words in place of stretches of it; of two that overlap, the first stays."""
    parts, position = [], 0
    for (start, end), word in sorted(found):
        if start >= position:
            parts += [text[position:start], word]
            position = end
    return "".join([*parts, text[position:]])


def _simplified(text: str) -> tuple[list[str], list[Span]]:
    signs: list[str] = []
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for sign in unicodedata.normalize("NFKC", text[start:end]):
            if simple := _simple(sign):
                signs.append(simple)
                spans.append((start, end))
        start = end
    return signs, spans


def _of_one_script(word: re.Match[str]) -> str:
    is_mixed = _LATIN.search(word[0]) and _LIKE_LATIN.search(word[0])
    return word[0].translate(_ALIKE) if is_mixed else word[0]


def _simple(sign: str) -> str:
    if sign.isascii():
        return sign
    kind = unicodedata.category(sign)
    if kind == "Cf" or sign in _UNSEEN or "\ufe00" <= sign <= "\ufe0f":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    if kind == "Pd" or sign == _MINUS:
        return "-"
    if kind == "Zs":
        return " "
    return "\n" if sign in _LINE_ENDS else sign


def _together(text: str, spans: Sequence[Span] | None) -> PlainText:
    """With `p a s s w o r d` as one word."""
    apart = [match.span() for match in _SPACED.finditer(text)]
    if not apart:
        return PlainText(text, spans)
    kept = [True] * len(text)
    for start, end in apart:
        kept[start + 1 : end : 2] = [False] * len(kept[start + 1 : end : 2])
    positions = [position for position, keep in enumerate(kept) if keep]
    before = spans or [(position, position + 1) for position in range(len(text))]
    return PlainText(
        "".join(text[position] for position in positions), [before[one] for one in positions]
    )
