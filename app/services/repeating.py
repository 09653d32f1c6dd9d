"""Whether one text repeats another: by the words that not every text has. Pure functions.

A paraphrase that shares no such word is not recognised, nor is a translation that shares no name
and no number.
"""

from collections.abc import Collection, Container, Iterable
from typing import Final

import Stemmer

from app.services.common_words import COMMON_CHARACTERS, COMMON_WORDS
from app.services.lexicon import STOPWORDS, words
from app.services.paraphrase import ALIKE

_LATIN_END: Final = "\u0250"
_MIN_LATIN: Final = 5
_MIN_OTHER: Final = 3
"""Letters that two inflected forms of a word must have in common: Warszawa, Warszawie."""
_FIRST_IDEOGRAPH: Final = 0x2E80
_USER: Final = frozenset({"user", "users", "user's"})
_BEGINNING: Final = 4
_ENDING: Final = 2
"""Letters that an ending may have beyond what a stemmer for English cuts."""


def telling(text: str) -> frozenset[str]:
    """Stems of the words that tell where a text comes from: names, numbers, what it is about.

    Of a text that has only common words, these.
    """
    said = list(words(text))
    chosen = [word for word in said if _tells(word)]
    plain = [word for word in said if word not in STOPWORDS and word not in _USER]
    return _stemmed(chosen or plain or said)


def all_stems(text: str) -> frozenset[str]:
    """Stems of all words, common ones too: to look among for what is told elsewhere."""
    return _stemmed(words(text))


def forms(stems: Iterable[str]) -> frozenset[str]:
    """The stems, and what is left of each without an ending."""
    return frozenset(form for stem in stems for form in _forms(stem))


def beginnings(stems: Collection[str]) -> frozenset[str]:
    """One of these is in every folded text that has one of the stems, in whatever form."""
    other = {word for word, chosen in ALIKE.items() if _stemmed([chosen]) <= set(stems)}
    return frozenset(word[: max(1, len(word) - _ENDING)][:_BEGINNING] for word in {*stems, *other})


def among(stems: Iterable[str], known: Container[str]) -> frozenset[str]:
    """Those of the stems that have one of these forms."""
    return frozenset(stem for stem in stems if any(form in known for form in _forms(stem)))


def repeats(text: str, *, forgotten: Iterable[str], said: Iterable[str]) -> bool:
    """Whether a text has telling words of what is forgotten that had not been said otherwise.

    Args:
        text: an answer.
        forgotten: texts.
        said: texts that stay.
    """
    found = among(all_stems(text), forms({stem for one in forgotten for stem in telling(one)}))
    return among(found, _said(said)) != found


def stands_on(content: str, *, gone: Iterable[str], left: Iterable[str]) -> bool:
    """Whether what is left still says what a memory says.

    It does if it says anything of it, and all of it that was said by what is gone.

    Args:
        content: of the memory.
        gone: texts that it came from, and that are to be forgotten.
        left: texts that it came from, and that stay.
    """
    told = telling(content)
    staying = among(told, _said(left))
    return bool(staying) and among(told, _said(gone)) <= staying


def _said(texts: Iterable[str]) -> frozenset[str]:
    return forms({stem for text in texts for stem in all_stems(text)})


def _tells(word: str) -> bool:
    if word in COMMON_WORDS or word in STOPWORDS or COMMON_CHARACTERS.issuperset(word):
        return False
    return len(word) > 1 or ord(word) >= _FIRST_IDEOGRAPH


def _stemmed(some: Iterable[str]) -> frozenset[str]:
    # A stemmer has state and may not be shared by threads. Cache size 0: no user's words stay in it.
    alike = [ALIKE.get(word, word) for word in some]
    return frozenset(Stemmer.Stemmer("english", 0).stemWords(alike))


def _forms(stem: str) -> tuple[str, ...]:
    if stem.isdecimal():
        return (stem,)
    least = _MIN_LATIN if max(stem) < _LATIN_END else _MIN_OTHER
    shorter = range(max(least, len(stem) - _ENDING), len(stem))
    return (stem, *(stem[:length] for length in shorter))
