"""Canary words that can be told from everything else, in every form that bytes can have."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from os.path import commonprefix
from random import Random
from string import ascii_lowercase
from zlib import crc32

import numpy as np

_LETTERS = 10
_LARGE_BYTES = 4_096

Encode = Callable[[str], bytes]


def _in_base64(offset: int) -> Encode:
    """The characters of base64 that are the word's alone when it begins so many bytes late."""

    def encode(word: str) -> bytes:
        whole = b64encode(b"\0" * offset + word.encode())
        return whole[-(-8 * offset // 6) : 8 * (offset + len(word)) // 6]

    return encode


_PLAIN: tuple[Encode, ...] = (str.encode,)
"""ASCII looks the same in UTF-8, JSON, URLs, HTML and SQL, and a stemmer leaves these words alone."""
_DISGUISED: tuple[Encode, ...] = (
    lambda word: word.upper().encode(),
    lambda word: word.capitalize().encode(),
    lambda word: word.encode("utf-16-le")[:-1],  # which is also inside its big-endian form
    lambda word: word.encode().hex().encode(),
    lambda word: word.encode().hex().upper().encode(),
    *map(_in_base64, range(3)),
)


def _hashed(word: str) -> bytes:
    """A stem as the lexical index knows it, and as the engine's log has that: in CBOR."""
    return b"\x1a" + crc32(word.encode()).to_bytes(4, "big")


def _places_of(beginning: bytes, content: bytes) -> Iterator[int]:
    """Where it stands, in order. NumPy finds it in a large file six times as fast as `find` does."""
    if len(content) < _LARGE_BYTES or len(beginning) == 1:
        at = content.find(beginning)
        while at >= 0:
            yield at
            at = content.find(beginning, at + 1)
        return
    there = np.frombuffer(content, np.uint8)
    pairs = (there[:-1] == beginning[0]) & (there[1:] == beginning[1])
    for at in np.flatnonzero(pairs).tolist():
        if content.startswith(beginning, at):
            yield at


class _Form:
    """One way to write all words: they begin alike and are of one length."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        samples = [encode(f"zq{letter * _LETTERS}qz") for letter in ascii_lowercase]
        self._beginning = commonprefix(samples) or b""  # noqa: RUF071 - words, not paths
        self._length = len(samples[0])
        self._words: dict[bytes, str] = {}

    def add(self, word: str) -> None:
        """The word is found from now on, backwards too."""
        self._words[self._encode(word)] = word
        self._words[self._encode(word[::-1])] = word

    def found_in(self, content: bytes) -> Iterator[str]:
        """Each word as often as it stands there."""
        for at in _places_of(self._beginning, content):
            if word := self._words.get(content[at : at + self._length]):
                yield word


class Words:
    """All words that were ever said, and where they turn up."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._plain = [_Form(encode) for encode in _PLAIN]
        self._disguised = [_Form(encode) for encode in _DISGUISED]
        self._hashed = _Form(_hashed)

    def fresh(self) -> str:
        """A new word: it begins and ends in a way that no other word does."""
        middle = "".join(self._random.choices(ascii_lowercase, k=_LETTERS))
        word = f"zq{middle}qz"
        for form in (*self._plain, *self._disguised, self._hashed):
            form.add(word)
        return word

    def in_text(self, text: str | bytes) -> list[str]:
        """The words of a text, in its order."""
        content = text if isinstance(text, bytes) else text.encode()
        return [word for form in self._plain for word in form.found_in(content)]

    def in_bytes(self, content: bytes, *, disguised: bool) -> set[str]:
        """The words that the bytes hold, also in UTF-16, base64, hexadecimal or capitals."""
        forms = [*self._plain, *(self._disguised if disguised else ())]
        return {word for form in forms for word in form.found_in(content)}

    def hashed_in(self, content: bytes) -> set[str]:
        """The words whose hash stands in the bytes of an index."""
        return set(self._hashed.found_in(content))
