"""Whether two memories say the same in other words. In doubt they do not: a merge loses words."""

import re
from collections.abc import Hashable, Iterator, Mapping
from itertools import pairwise
from typing import Final

import Stemmer

_IGNORED: Final = frozenset(
    re.findall(
        r"\w+",
        "a an the is are be been being am do does has have got own owns owned having really very "
        "quite also just currently now his her their its he she they them it s to of at for on in "
        "with and or who which that as by able",
    )
)
"""They make no difference; whoever has a thing owns it."""
_NEGATION: Final = frozenset({"not", "never", "no", "without", "nor", "neither", "cannot"})
ALIKE: Final[Mapping[str, str]] = {
    word: group.split()[0]
    for group in (
        "like likes liked love loves loved enjoy enjoys enjoyed adore adores",
        "call called named name names",
        "live lives lived living reside resides resided residing",
        "work works worked working employed",
        "learn learns learning studies studying study",
        "afraid scared frightened terrified",
        "go goes going went visit visits visited travel travels travelled traveled",
        "want wants wanted hope hopes hoped",
        "allergic allergy allergies",
        "two 2",
        "three 3",
        "four 4",
        "five 5",
        "six 6",
        "seven 7",
        "eight 8",
        "nine 9",
        "ten 10",
    )
    for word in group.split()
}
"""Words that say the same, and which of them stands for all."""
_PAST: Final = frozenset(
    re.findall(
        r"\w+",
        "was were had did owned went visited travelled traveled liked loved enjoyed adored lived "
        "resided worked learned wanted hoped",
    )
)
_SILENT: Final = _IGNORED | _NEGATION | _PAST | {","}
_BE: Final = frozenset({"is", "are", "be", "been", "am", "s"})
_PARTS: Final = re.compile(r"\w+|,")

Claim = tuple[Hashable, ...]


def says_the_same(one: str, other: str) -> bool:
    """Whether the two differ in nothing but words that are alike, small words, or a list's order.

    Numbers, names, negation, tense and every other word must be the same. Other scripts than the
    Latin one are not understood, and say the same only letter by letter.
    """
    return claim_of(one) == claim_of(other)


def claim_of(text: str) -> Claim:
    """What a text says: equal for two texts that say the same, and for no others."""
    claim = _claim(text) if _is_understood(text) else ()
    return claim if claim and claim[-1] else (text,)


def _is_understood(text: str) -> bool:
    return text.isascii() or all(char < "\u0250" for char in text if char.isalpha())


def _claim(text: str) -> Claim:
    """Whether it is denied, whether it is past, and its words with those of lists in order."""
    words = [word.casefold() for word in _PARTS.findall(re.sub("n['’]t\\b", " not", text))]
    words = [part for word in words for part in _undone(word)]
    denials = sum(word in _NEGATION for word in words)
    return (
        denials % 2 == 1,
        any(_is_past(word, after=before) for before, word in pairwise(["", *words])),
        tuple(_content(_lists_sorted(words))),
    )


def _is_past(word: str, *, after: str) -> bool:
    """Whether a word tells of the past: `volunteered`, but not `is retired`."""
    return word in _PAST or (word.endswith("ed") and word not in ALIKE and after not in _BE)


def _undone(word: str) -> list[str]:
    """`dislikes` as `not like`."""
    return ["not", "like"] if word.startswith("dislike") else [word]


def _content(words: list[str]) -> Iterator[str]:
    stemmer = Stemmer.Stemmer("english", 0)
    for word in words:
        if word not in _SILENT:
            yield stemmer.stemWord(ALIKE.get(word, word))
        elif word in _PAST and word in ALIKE:
            yield ALIKE[word]


def _lists_sorted(words: list[str]) -> list[str]:
    """The words with `tea, milk and coffee` as `coffee milk tea`."""
    text = " ".join(words)

    def in_order(match: re.Match[str]) -> str:
        return " ".join(sorted(re.findall(r"\w+", match[0].replace(" and ", " , "))))

    return re.sub(r"\w+(?: , \w+)*(?: ,)? and \w+(?= ,|$)", in_order, text).split()
