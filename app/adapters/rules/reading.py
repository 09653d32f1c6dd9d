"""A message to the clauses in which its speaker says something in the first person."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from app.adapters.rules import guards, words
from app.adapters.rules.cancelling import Cancellation, CancellationReader
from app.adapters.rules.cast import Cast
from app.adapters.rules.corrections import (
    Contrast,
    ContrastReader,
    Correction,
    CorrectionReader,
)
from app.adapters.rules.filling import Filler
from app.adapters.rules.wishes import Wish, WishReader
from app.core.credentials import holds_credential

_MAX_CHARS: Final = 2_000
_MAX_LINES: Final = 20
_MAX_CLAUSE_CHARS: Final = 300
_MAX_LEADS: Final = 6
_CURLY: Final = "\u2018\u2019\u201c\u201d«»"
_STRAIGHT: Final = "''" + '""""'
_CUT: Final = "\ufffc"
"""Stands for words that were quoted; a sentence that holds it is not read."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one sentence says in the first person."""

    clauses: tuple[str, ...]
    """Each from `I …` or `my …` to the end of the thought, with contractions written out."""
    retracts: bool
    """Whether the sentence before it is taken back."""
    corrects: bool
    """Whether it puts something right that was said before."""
    jests: bool
    """Whether it says that what was said before it, in whatever message, was not meant."""
    correction: Correction | None
    """What to put into what was said before."""
    contrasts: tuple[Contrast, ...]
    """What its clauses say is not so."""
    cancellation: Cancellation | None
    wish: Wish | None
    """What is asked to become of it."""
    is_filled: bool
    """Whether words that were left to be understood have been put in."""


class Reader:
    """Takes messages apart. Building one compiles its patterns."""

    def __init__(self) -> None:
        flags = re.IGNORECASE
        self._code = re.compile(guards.CODE_LINE, re.MULTILINE)
        self._foreign = re.compile(guards.FOREIGN_TEXT_FOLLOWS, flags)
        self._not_asserted = re.compile(guards.NOT_ASSERTED, flags)
        self._asks = re.compile(guards.ASKS, flags)
        self._retracts = re.compile(guards.RETRACTS, flags)
        self._corrects = re.compile(guards.CORRECTS, flags)
        self._jests = re.compile(guards.JESTS, flags)
        self._corrections = CorrectionReader()
        self._contrasts = ContrastReader()
        self._cancellations = CancellationReader()
        self._wishes = WishReader()
        self._filler = Filler()
        self._precedes = re.compile(guards.FOREIGN_TEXT_PRECEDES, flags)
        self._meant = re.compile(rf"i meant?(?: to say)?(?: that)? (?={guards.STARTER})", flags)
        self._starter = re.compile(guards.STARTER, flags)
        self._speaks = re.compile(rf"\b{guards.STARTER}", flags)
        self._lead = re.compile(rf"{guards.LEAD}(?: |$)", flags)
        self._leading_date = re.compile(rf"{guards.LEADING_DATE}(?=$| {guards.STARTER})", flags)
        self._adverb = re.compile(
            rf"^(I|I am|I have|I will|I do not|I cannot) {guards.ADVERB} (?!not |of |in )", flags
        )
        self._company = re.compile(
            rf"(?:my|me and my) {words.PERSON}(?: {words.NAME})?(?: and (?:I|me))? "
            rf"(?={words.PAST}\b)"
        )
        self._contractions = [
            (re.compile(pattern, flags), full) for pattern, full in guards.CONTRACTIONS.items()
        ]
        self._boundary = re.compile(
            rf"([,;:()\u2013\u2014]+ ?|\.\.+ ?| -+ | (?=(?:and|but|so|because|since|plus|though"
            rf"|while) "
            rf"(?:{guards.ADVERB} )?(?:I|I'm|I've|I'll|i|i'm|we|we're|we've"
            rf"|(?:my|our) (?:\w+ ){{1,2}}(?:is|was|has|loves|likes|lives|works))\b))"
        )
        self._end = re.compile(
            r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!Mrs)(?<!Prof)(?<![.!?…])([.!?…]+)(?:\s|$)"
            r"|\n"
        )

    def read(self, content: str, cast: Cast) -> Iterator[Sentence]:
        """The sentences of a chat message; none for a pasted document or code.

        Args:
            content: of the message.
            cast: whom the speaker has named so far; it may learn from one sentence for the next.
        """
        if self._is_pasted(content):
            return
        sentences = list(self._sentences(_without_quotations(content, self._speaks)))
        if any(self._precedes.match(text) for text, _ in sentences):
            return
        for text, end in sentences:
            if self._foreign.search(text):
                return
            yield self._sentence(text, end, cast)

    def _sentence(self, text: str, end: str, cast: Cast) -> Sentence:
        wished = self._wishes.read(text)
        asked = "?" in end and wished is None
        statement = wished.statement if wished else text
        filled = self._filler.filled(statement, cast)
        clauses = tuple(self._clauses(filled, asked=asked))
        stated = tuple(self._contrasts.stated(clause) for clause in clauses)
        corrects = self._corrects.match(text) is not None
        return Sentence(
            clauses=stated,
            retracts=wished is None and self._retracts.match(text + end) is not None,
            corrects=corrects,
            jests=self._jests.match(text) is not None,
            correction=None if asked else self._corrections.read(text),
            contrasts=tuple(self._contrasts.read(clauses, corrects=corrects)),
            cancellation=None if asked else self._cancellations.read(text),
            wish=wished.wish if wished else None,
            is_filled=filled != statement,
        )

    def _is_pasted(self, content: str) -> bool:
        return (
            len(content) > _MAX_CHARS
            or content.count("\n") >= _MAX_LINES
            or self._code.search(content) is not None
        )

    def _sentences(self, content: str) -> Iterator[tuple[str, str]]:
        """Each sentence without its end, and its end."""
        start = 0
        for match in self._end.finditer(content + "\n"):
            text = " ".join(content[start : match.start()].split()).lstrip("-*• ")
            start = match.end()
            if text:
                yield text, match[1] or ""

    def _clauses(self, text: str, *, asked: bool) -> Iterator[str]:
        if _CUT in text or text.startswith(">"):
            return
        if self._not_asserted.search(text) or holds_credential(text):
            return
        parts = self._boundary.split(text)
        for clause in self._joined(self._stated(parts) if asked else parts):
            if len(clause) <= _MAX_CLAUSE_CHARS:
                yield clause

    def _stated(self, parts: Sequence[str]) -> Sequence[str]:
        """What stands before the asking part of a question; nothing when no part begins to ask."""
        stated = list(takewhile(lambda part: not self._asks.match(part), parts))
        return stated if len(stated) < len(parts) else ()

    def _joined(self, parts: Sequence[str]) -> Iterator[str]:
        """Runs of parts that begin in the first person; `parts` alternate with separators."""
        date, clause = "", ""
        for position, part in enumerate(parts):
            if position % 2:
                clause += part if clause else ""
                continue
            body, said_when = self._without_lead(part)
            date = said_when or date
            if self._starter.match(body):
                yield from self._finished(clause)
                clause, date = self._written_out(body) + (f" {date}" if date else ""), ""
            elif clause:
                clause += part
        yield from self._finished(clause)

    def _finished(self, clause: str) -> Iterator[str]:
        if clause:
            yield clause.strip(" ,;:(\u2013\u2014-")

    def _without_lead(self, part: str) -> tuple[str, str]:
        """The part without `Well, …`, and the date that stood before it: `Yesterday I …`."""
        body, date = self._meant.sub("", part, count=1), ""
        for _ in range(_MAX_LEADS):
            if self._starter.match(body):
                break
            match = self._leading_date.match(body)
            if match:
                date = match[0]
            match = match or self._lead.match(body)
            if not match:
                break
            body = body[match.end() :].lstrip()
        return body, date

    def _written_out(self, clause: str) -> str:
        """The clause from `I` or `my`, without contractions and filler adverbs."""
        clause = self._company.sub("I ", clause, count=1)
        for pattern, full in self._contractions:
            clause = pattern.sub(full, clause)
        for _ in range(_MAX_LEADS):
            shorter = self._adverb.sub(r"\1 ", clause)
            if shorter == clause:
                break
            clause = shorter
        return clause


def _without_quotations(content: str, speaks: re.Pattern[str]) -> str:
    """The content with straight quotes, and without quoted speech. Titles stay."""
    parts = content.translate(str.maketrans(_CURLY, _STRAIGHT)).split('"')
    if len(parts) % 2 == 0:
        parts[-1] = _CUT
    for index in range(1, len(parts), 2):
        if speaks.search(parts[index]) or "\n" in parts[index]:
            parts[index] = _CUT
    return '"'.join(parts)
