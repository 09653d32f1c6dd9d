"""Whether a word looks like one that a generator made, or a person who was told to mix its signs."""

import re
from typing import Final

_STRETCH: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+|[^A-Za-z\d]")
_WITHOUT_MARKS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_MARKS: Final = re.compile(r"[!#$%&*?@~^+]")
_CODE: Final = re.compile(r"""[()\[\]{}<>"'`=\\|;]|//|\.\.|^www\.|\$[A-Z_]{2}|[^!-~]""")
"""Signs of programs, formulas, addresses and file names, and what is not ASCII."""
_LINK: Final = re.compile(r"//|\]\(|%[0-9A-F]{2}")
_ADDRESS: Final = re.compile(r"\S+@[\w-]+(?:\.[\w-]+)+")
_FORMULA: Final = re.compile(r"[A-Za-z\d.]+(?:[+^*%][A-Za-z\d.]+)+")
_PARTS: Final = re.compile(r"[=:,;\"'`()\[\]{}<>|]")
_SEPARATORS: Final = re.compile(r"[-_./:,]")
_HUMAN: Final = re.compile(
    r"\d[\d.,:/-]*(?:st|nd|rd|th|[A-Za-z]{0,4})|[A-Za-z]+[-/.]\d{1,2}|v?\d+(?:\.\d+)+\w?"
)
"""Ordinals, times, dates, amounts with their units, versions, and `COVID-19`."""
_CONSONANTS: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}", re.IGNORECASE)
_MIN_CHARS: Final = 8
_MIN_STRETCHES: Final = 5
_MIN_LONG_CHARS: Final = 20
_MANY_STRETCHES: Final = 7
_MIN_ODD_CHARS: Final = 4
_MIN_MIXED_CHARS: Final = 6


def looks_generated(word: str) -> bool:
    """Whether nobody writes such a word but as a password, wherever it stands.

    It has small and capital letters and digits; with twenty characters it changes between them
    again and again, with eight it has signs as well, and is neither an address, program or
    formula, nor made of ordinary words and numbers (`GPT-4o-mini`).
    """
    if _LINK.search(word):
        return False
    if any(_is_long_and_mixed(part) for part in _PARTS.split(word)):
        return True
    if len(word) < _MIN_CHARS or not _has_all_kinds(word):
        return False
    if _CODE.search(word) or _ADDRESS.fullmatch(word) or _FORMULA.fullmatch(word):
        return False
    if _MARKS.search(word):
        return len(_STRETCH.findall(word)) >= _MIN_STRETCHES
    if "/" in word:
        return False
    return any(_is_scrambled(part) for part in _SEPARATORS.split(word))


def looks_odd(word: str) -> bool:
    """Whether it may well be a password where one is spoken of: no ordinary word, number or date."""
    if len(word) < _MIN_ODD_CHARS or _HUMAN.fullmatch(word) or _ADDRESS.fullmatch(word):
        return False
    if "://" in word:
        return False
    is_mixed = any(map(str.isdigit, word)) and any(map(str.isalpha, word))
    marked = re.search(r"\w[!#$%&*?@~^+]\w", word) is not None
    if marked or (is_mixed and len(word) >= _MIN_MIXED_CHARS):
        return True
    return word.isascii() and word.isalpha() and _CONSONANTS.search(word) is not None


def _has_all_kinds(word: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return all(any(map(kind, word)) for kind in kinds) and not word.isalnum()


def _is_long_and_mixed(word: str) -> bool:
    kinds = (str.isdigit, str.islower, str.isupper)
    return (
        len(word) >= _MIN_LONG_CHARS
        and not re.search(r"[/@\\]", word)
        and all(any(map(kind, word)) for kind in kinds)
        and len(_WITHOUT_MARKS.findall(word)) >= _MANY_STRETCHES
    )


def _is_scrambled(part: str) -> bool:
    mixed = re.search(r"[A-Za-z]\d+[A-Za-z]", part) is not None
    return (
        mixed and len(_STRETCH.findall(part)) >= _MIN_STRETCHES - 1 and len(part) > _MIN_ODD_CHARS
    )
