"""Words to weights: the lexical half of recall. Pure functions; nothing is kept between calls."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final
from zlib import crc32

import numpy as np
import regex
import Stemmer

from app.ports.vector_index import SparseVector

K1: Final = 0.9
B: Final = 0.4
"""BM25's saturation and length normalisation: Anserini's defaults, with which the ranking was tuned."""

AVERAGE_STEMS: Final = 17.0
"""Mean number of stems of a chat turn, with speaker and date (17.1 on 2,760 of LoCoMo). A constant, so
that a point's weights do not depend on its neighbours and never have to be written again."""

QUERY_STEMS: Final = 64
"""Each costs a search some 35 µs; a spoken question has about 6."""

_STOPWORD_LINES: Final = """
a about above after again against all am an and any are aren't as at be because been before
being below between both but by can can't cannot could couldn't did didn't do does doesn't
doing don't down during each few for from further had hadn't has hasn't have haven't having he
he'd he'll he's her here here's hers herself him himself his how how's i i'd i'll i'm i've if
in into is isn't it it's its itself just let's me more most mustn't my myself no nor not now of
off on once only or other ought our ours ourselves out over own same shan't she she'd she'll
she's should shouldn't so some such than that that's the their theirs them themselves then
there there's these they they'd they'll they're they've this those through to too under until
up very was wasn't we we'd we'll we're we've were weren't what what's when when's where where's
which while who who's whom why why's will with won't would wouldn't you you'd you'll you're
you've your yours yourself yourselves
"""
STOPWORDS: Final = frozenset(_STOPWORD_LINES.split())

_WORD: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:'\p{L}+)*")
_UNSPACED: Final = regex.compile(
    r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々]+)"
)
_ACCENTS: Final = regex.compile(r"[\u0300-\u036f]")


def document_vector(text: str) -> SparseVector:
    """BM25 weights of a text's stems, without the IDF part, which the index knows.

    Robertson and Zaragoza 2009: tf (k1 + 1) / (tf + k1 (1 - b + b length / average)).
    """
    found = stems(text)
    norm = K1 * (1 - B + B * len(found) / AVERAGE_STEMS)
    return _hashed({stem: tf * (K1 + 1) / (tf + norm) for stem, tf in Counter(found).items()})


def query_vector(text: str) -> SparseVector:
    """1 for each distinct stem of a question; empty when it has stopwords only.

    Of a long text, the stems at both ends: a message's question stands at one of them.
    """
    distinct = list(dict.fromkeys(stems(text)))
    if len(distinct) > QUERY_STEMS:
        distinct = distinct[: QUERY_STEMS // 2] + distinct[-QUERY_STEMS // 2 :]
    return _hashed(dict.fromkeys(distinct, 1.0))


def stems(text: str) -> list[str]:
    """Porter2 stems of a text's words in order, stopwords cut, accents folded.

    In scripts that put no spaces between words, each pair of neighbouring characters counts as a
    word (and a lone character as itself). Korean is treated alike, since its particles stick to
    its words.
    """
    telling = [word for word in words(text) if word not in STOPWORDS]
    # A stemmer has state and may not be shared by threads; a new one costs 0.2 µs. Cache size 0:
    # no user's words stay behind in it.
    stemmed: list[str] = Stemmer.Stemmer("english", 0).stemWords(telling)
    return stemmed


def words(text: str) -> Iterator[str]:
    """The words of a text in order, lower case, accents folded; pairs of characters as in `stems`."""
    for match in _WORD.finditer(folded(text)):
        word = match.group()
        if word.isascii():
            yield word
            continue
        for part in _UNSPACED.split(word):
            yield from _bigrams(part) if _UNSPACED.match(part) else filter(None, [part])


def _bigrams(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for at in range(len(run) - 1):
        yield run[at : at + 2]


def folded(text: str) -> str:
    """Lower case, compatible forms united, accents of letters dropped, apostrophes straight."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).casefold()


def _hashed(weights: dict[str, float]) -> SparseVector:
    """Weights by the CRC-32 of each stem; where two stems collide, the heavier one stands.

    The hash makes stems small, not secret: who has the index can try words.
    """
    by_hash: dict[int, float] = {}
    for stem, weight in weights.items():
        key = crc32(stem.encode("utf-8", "replace"))
        by_hash[key] = max(weight, by_hash.get(key, 0.0))
    return SparseVector(
        indices=np.fromiter(by_hash, dtype=np.uint32, count=len(by_hash)),
        values=np.fromiter(by_hash.values(), dtype=np.float32, count=len(by_hash)),
    )
