import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

UNKNOWN = "[UNK]"
START = "[CLS]"
END = "[SEP]"

LONGEST_WORD = 100
"""Characters; BERT gives longer words one unknown token."""

_CJK_BLOCKS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
"""The blocks that BERT's basic tokenizer takes apart character by character."""


class WordPiece:
    """BERT's uncased tokenizer: texts to ids of a fixed vocabulary.

    Gives the ids of the reference implementation (Devlin et al., 2018, `tokenization.py`). It keeps
    no text between calls, and one instance may be used by several threads.
    """

    def __init__(self, vocabulary: Path) -> None:
        """Reads the vocabulary: one piece per line, its id being the line's number."""
        lines = vocabulary.read_text(encoding="utf-8").splitlines()
        self._ids = {piece: number for number, piece in enumerate(lines)}
        self._unknown = self._ids[UNKNOWN]
        self._start = self._ids[START]
        self._end = self._ids[END]

    def encode(self, text: str, *, max_tokens: int) -> list[int]:
        """Ids from the start marker to the end marker, at most `max_tokens` with both."""
        pieces = (piece for word in basic_words(text) for piece in self._pieces(word))
        return [self._start, *islice(pieces, max_tokens - 2), self._end]

    def _pieces(self, word: str) -> list[int]:
        """The longest known beginnings of a word, one after the other; one unknown if any is."""
        if (whole := self._ids.get(word)) is not None:
            return [whole]
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            piece = self._longest_piece(word, start)
            if piece is None:
                return [self._unknown]
            length, number = piece
            found.append(number)
            start += length
        return found

    def _longest_piece(self, word: str, start: int) -> tuple[int, int] | None:
        """Length and id of the longest piece at `start`; None when not even a letter is known."""
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            number = self._ids.get(prefix + word[start:end])
            if number is not None:
                return end - start, number
        return None


def basic_words(text: str) -> Iterator[str]:
    """Lower-case words without accents; punctuation and CJK characters stand alone."""
    for chunk in _normalised(text).split():
        if chunk.isalnum():
            yield chunk
        else:
            yield from _split_at_punctuation(chunk)


def _normalised(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.lower()
    spaced = "".join(map(_spaced, text))
    decomposed = unicodedata.normalize("NFD", spaced.lower())
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


def _spaced(char: str) -> str:
    """A character as the tokenizer reads it: controls vanish, spaces are alike, CJK is set apart."""
    if char in "\t\n\r":
        return " "
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category.startswith("C") or char == "\N{REPLACEMENT CHARACTER}":
        return ""
    if _is_cjk(ord(char)):
        return f" {char} "
    return char


def _is_cjk(code: int) -> bool:
    return any(first <= code <= last for first, last in _CJK_BLOCKS)


def _split_at_punctuation(chunk: str) -> Iterator[str]:
    start = 0
    for at, char in enumerate(chunk):
        if _is_punctuation(char):
            if start < at:
                yield chunk[start:at]
            yield char
            start = at + 1
    if start < len(chunk):
        yield chunk[start:]


def _is_punctuation(char: str) -> bool:
    """ASCII symbols count as punctuation, as in BERT, though Unicode calls some of them symbols."""
    if char.isascii():
        return not char.isalnum()
    return unicodedata.category(char).startswith("P")
