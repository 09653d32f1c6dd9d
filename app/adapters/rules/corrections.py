"""`Actually, it's Bergen, not Oslo`: what to put in the place of what."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.adapters.rules import words as w

_MARK: Final = (
    r"(?P<mark>(?:(?:actually|sorry|oops|correction|wait|no|oh|my bad|my mistake|hold on|hmm"
    r"|or rather|to be precise)[,.:;]? )+)"
)
_IS: Final = (
    r"(?P<is>(?:it's|it is|it was|that's|that is|that was|that should be|it should be|make that"
    r"|i (?:meant|mean)(?: to say| to write)?|his name is|her name is) )"
)
_WHAT: Final = r"[\w'][\w' .-]{0,60}?"
_DAY: Final = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? [A-Z][a-z]{2,8}|[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th)?)"
)
_SHAPES: Final = (
    _DAY,
    rf"(?:\d{{1,4}}|{w.COUNT})",
    rf"{w.CALENDAR}",
    rf"(?!{w.CALENDAR}\b){w.PLACE}",
)
"""What a value may look like that stands alone, the narrowest first."""
_PREPOSITION: Final = r"(?:on|in|at|to|from|near) "


@dataclass(frozen=True, slots=True)
class Correction:
    """Words that take the place of others."""

    right: str
    wrong: str | None
    """None when that was not said: then it is the last name or number of what was said before."""

    def applied(self, text: str) -> str | None:
        """The text put right; None when it does not hold what was wrong."""
        wrong = self.wrong or _last_like(self.right, text)
        if wrong is None or wrong.casefold() == self.right.casefold():
            return None
        corrected, count = re.subn(
            rf"(?<!\w){re.escape(wrong)}(?!\w)", lambda _: self.right, text, flags=re.IGNORECASE
        )
        return corrected if count else None


class CorrectionReader:
    """Finds corrections in sentences. Building one compiles its patterns."""

    def __init__(self) -> None:
        flags = re.IGNORECASE
        self._not = re.compile(
            rf"{_MARK}?{_IS}?(?P<right>{_WHAT}),? (?:and )?not (?P<wrong>{_WHAT})$", flags
        )
        self._not_but = re.compile(
            rf"{_MARK}?{_IS}?not (?P<wrong>{_WHAT}),? (?:but|it's|it is) (?P<right>{_WHAT})$", flags
        )
        self._plain = re.compile(rf"{_MARK}?{_IS}?(?P<right>{_WHAT})$", flags)

    def read(self, sentence: str) -> Correction | None:
        """The correction that a sentence is; None when it is anything else."""
        sentence = sentence.replace("’", "'")
        for pattern in (self._not, self._not_but):
            match = pattern.match(sentence)
            if match and (match["mark"] or match["is"]) and not _is_clause(match["right"]):
                wrong = match["wrong"]
                if not re.match(_PREPOSITION, wrong):
                    return Correction(re.sub(rf"^{_PREPOSITION}", "", match["right"]), wrong)
                return Correction(match["right"], wrong)
        match = self._plain.match(sentence)
        if not match or _shape_of(match["right"]) is None:
            return None
        meant = (match["is"] or "").lower().startswith(("i mean", "make that", "that should"))
        marked = re.search(
            r"actually|sorry|oops|correction|my bad|mistake|wait|hold on",
            match["mark"] or "",
            re.IGNORECASE,
        )
        return Correction(match["right"], None) if meant or (marked and match["is"]) else None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A clause as it would say what the speaker says is not so."""

    wrong: str


class ContrastReader:
    """Finds what clauses deny in favour of something else. Building one compiles its patterns."""

    def __init__(self) -> None:
        value = rf"(?:\d{{1,4}}|{w.NAME})"
        called = r"(?:called |named )?"
        self._denial = re.compile(
            rf"(?P<head>(?:I|my) .{{0,60}}?\b(?:is|are|am)) not {called}(?P<wrong>{value}),? (?:but"
            rf"|(?:it|he|she)(?:'s| is)|I'm|I am) {called}(?P<right>{value})$"
        )
        self._addition = re.compile(
            rf"(?P<head>(?:I|my) .{{0,60}}?) (?P<right>{value}),? (?:and )?not (?P<wrong>{value})$"
        )

    def stated(self, clause: str) -> str:
        """What a clause states that denies something else before: `my name is Rob`."""
        match = self._denial.match(clause)
        return f"{match['head']} {match['right']}" if match else clause

    def read(self, clauses: Iterable[str], *, corrects: bool) -> Iterator[Contrast]:
        """What the clauses deny.

        Args:
            clauses: as they were said.
            corrects: whether they put something right; otherwise `Oslo, not Rome` is mere emphasis.
        """
        for clause in clauses:
            match = self._denial.match(clause) or (corrects and self._addition.match(clause))
            if match:
                yield Contrast(f"{match['head']} {match['wrong']}")


def _is_clause(words: str) -> bool:
    return re.match(r"(?:i|i'm|i've|my|we|our|you|he|she|they)\b", words, re.IGNORECASE) is not None


def _shape_of(value: str) -> str | None:
    return next((shape for shape in _SHAPES if re.fullmatch(shape, value)), None)


def _last_like(value: str, text: str) -> str | None:
    """The last day, number or name of the text: whichever the value is."""
    shape = _shape_of(value)
    found = re.findall(rf"(?<!\w){shape}(?!\w)", text) if shape else []
    return found[-1] if found else None
