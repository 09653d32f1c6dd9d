"""What a text says about where to look for it, and the forms in which texts are indexed."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from app.models.ids import ProfileId
from app.ports.vector_index import SparseVector
from app.services.lexicon import query_vector

_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NUMBER_OF_MONTH: Final = {
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}
_WEEKDAYS: Final = frozenset(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)
_VERBS_TOO: Final = frozenset({"may", "mar", "march"})

_DATE: Final = re.compile(
    r"(?P<day>\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?)?"
    rf"\b(?P<month>{'|'.join(sorted(_NUMBER_OF_MONTH, key=len, reverse=True))})\b\.?"
    r"(?P<later_day>\s+\d{1,2}(?:st|nd|rd|th)?\b)?"
    r"(?:,?\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_ISO_DATE: Final = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?:-\d\d)?\b")
_TIME_WORDS: Final = re.compile(
    r"\b(?:in|on|during|since|until|till|by|of|last|next|this|from|before|after|early|late|mid)"
    r"[\s-]+$",
    re.IGNORECASE,
)
_FIRST_PERSON: Final = re.compile(
    r"\b(?:i|me|my|mine|myself|we|us|our|ours|ourselves)\b", re.IGNORECASE
)
_SECOND_PERSON: Final = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_REQUEST: Final = re.compile(
    r"\b(?:(?:can|could|will|would) you|do you (?:know|think|remember)|thank you|if you)\b",
    re.IGNORECASE,
)
_DETERMINER: Final = (
    r"(?:the|a|an|this|that|my|your|his|her|its|our|their|de[rmns]|die|das|ein(?:e[mnrs]?)?"
    r"|(?:[mds]ein|ihr|unser)(?:e[mnrs]?)?)"
)
_NAME: Final = re.compile(
    rf"(?P<sort>\b{_DETERMINER}\s+)?(?<!^)(?<![.!?]\s)\b(?P<name>[A-Z][^\W\d_]+)"
)
"""A capitalised word inside a sentence. After "the" or "mein" it is a title, or a German noun."""


@dataclass(frozen=True, slots=True)
class NamedMonth:
    """A month that a text names; `year` is None when it names none."""

    month: int
    year: int | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether a moment falls into it."""
        return moment.month == self.month and self.year in (None, moment.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallQuery:
    """A text to recall by, taken apart for the vector, the words and the ranking."""

    dense_text: str
    """Without the names of known speakers: they would pull every turn of theirs to the front."""
    speakers: frozenset[int]
    """Keyed hashes of the known speakers it names."""
    first_person: bool
    second_person: bool
    """Whether it speaks of "you", and not as a request."""
    months: frozenset[NamedMonth]
    stems: SparseVector
    """The words to search by."""
    name_stems: frozenset[int]
    """Those that are spelt like names."""


def describe_query(text: str, *, profile_id: ProfileId, speakers: Collection[str]) -> RecallQuery:
    """A text taken apart.

    Args:
        text: what somebody asks or says.
        profile_id: the key of the speakers' hashes.
        speakers: the names under which messages of the profile are kept.
    """
    named = {name for name in speakers if _pattern_of(name).search(text)}
    return RecallQuery(
        dense_text=_without(named, text),
        speakers=frozenset(speaker_hash(name, profile_id=profile_id) for name in named),
        first_person=_FIRST_PERSON.search(text) is not None,
        second_person=_SECOND_PERSON.search(_REQUEST.sub(" ", text)) is not None,
        months=frozenset(named_months(text)),
        stems=query_vector(text),
        name_stems=frozenset(_name_stems(text)),
    )


def dense_text(text: str, *, speaker: str | None) -> str:
    """What the vector of a message is made from; no date, because dates blur vectors."""
    return f"{speaker}: {text}" if speaker else text


def lexical_text(text: str, *, speaker: str | None, said_at: datetime) -> str:
    """What the words of a message are taken from: `Ann (8 May 2023): text`."""
    date = f"{said_at.day} {said_at:%B %Y}"
    return f"{speaker} ({date}): {text}" if speaker else f"({date}): {text}"


def asks(text: str) -> bool:
    """Whether a text ends as a question."""
    return text.rstrip().endswith(("?", "?", "؟"))


def only_asks(text: str) -> bool:
    """Whether a text is one question and nothing else, so that it tells nothing itself."""
    return _BARE_QUESTION.fullmatch(text.strip()) is not None


def only_requests(text: str) -> bool:
    """Whether a text is one request and nothing else: it tells what is wanted, and nothing that is."""
    said = text.strip()
    return _BARE_REQUEST.fullmatch(said) is not None and _STATES.search(said) is None


def speaker_hash(name: str, *, profile_id: ProfileId) -> int:
    """A number for a name, 1 … 2**63 - 1: the same in one profile, unrelated in another."""
    spelled = " ".join(name.split()).casefold().encode("utf-8", "replace")
    digest = blake2b(spelled, key=profile_id.bytes, digest_size=8).digest()
    return (int.from_bytes(digest) >> 1) or 1


_BARE_QUESTION: Final = re.compile(
    r"(?:(?:and|but|so|hi|hey|ok|okay|please)\b[,!]?\s)?(?:who|whom|whose|what|which|when|where|why|how|do|does|did|is|are"
    r"|was|were|am|can|could|will|would|should|shall|may|have|has|had)\b[^.!?]{1,300}\?+",
    re.IGNORECASE,
)

_BARE_REQUEST: Final = re.compile(
    r"(?:(?:hi|hey|ok|okay|now|then|please|and|so)\b,?\s)*(?:plan|tell|give|write|show|make|explain"
    r"|suggest|recommend|list|find|create|translate|summari[sz]e|describe|draft|help)\b"
    r"[^.!?\n]{0,120}[.!]*",
    re.IGNORECASE,
)
_STATES: Final = re.compile(
    r"\b(?:i|i'm|i've|we|we're|is|are|was|were|has|have|had|who|whose|because|since|named|called)\b",
    re.IGNORECASE,
)

_NEAR: Final = 24
"""Characters before a month in which a word such as "since" counts."""


def named_months(text: str) -> Iterator[NamedMonth]:
    """The months that a text names, in words or as ISO dates.

    "May" and "march" count only beside a day, a year or a word such as "in".
    """
    for match in _ISO_DATE.finditer(text):
        yield NamedMonth(int(match["month"]), int(match["year"]))
    for match in _DATE.finditer(text):
        word = match["month"].lower()
        dated = match["day"] or match["later_day"] or match["year"]
        if (
            word in _VERBS_TOO
            and not dated
            and not _TIME_WORDS.search(
                text, max(0, match.start("month") - _NEAR), match.start("month")
            )
        ):
            continue
        year = match["year"]
        yield NamedMonth(_NUMBER_OF_MONTH[word], int(year) if year else None)


def _name_stems(text: str) -> Iterator[int]:
    for match in _NAME.finditer(text):
        name = match["name"]
        if not match["sort"] and name.lower() not in _WEEKDAYS | _NUMBER_OF_MONTH.keys():
            yield from query_vector(name).indices.tolist()


def _pattern_of(name: str) -> re.Pattern[str]:
    """Matches a name, or its first part, as whole words, with a genitive."""
    parts = [re.escape(part) for part in name.split()] or ["(?!)"]
    rest = "".join(rf"(?:\s+{part}" for part in parts[1:]) + ")?" * (len(parts) - 1)
    return re.compile(rf"(?<!\w){parts[0]}{rest}(?:['’]s)?(?!\w)", re.IGNORECASE)


def _without(names: Collection[str], text: str) -> str:
    """The text without these names; the whole text if no word would be left."""
    shorter = text
    for name in sorted(names):
        shorter = _pattern_of(name).sub(" ", shorter)
    return " ".join(shorter.split()) if re.search(r"\w", shorter) else text
