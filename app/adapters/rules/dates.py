"""Relative dates made absolute against the day on which a message was said (in UTC)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.adapters.rules import words
from app.adapters.rules.date_forms import FORMS, Moment, Tense, When
from app.adapters.rules.date_spans import SPANS

_FUTURE: Final = (
    r"I (?:will|am [a-z]+ing|am about|have (?:a|an|my|got an?)|plan|intend|hope|want|need)\b"
    r"|my [\w' -]{2,60}? (?:is|are|starts|begins|ends)\b"
)
_PAST: Final = (
    rf"I (?:have )?(?:{words.PAST}|was|been|had|used to|lived|studied|owned)\b|my [\w' -]{{2,60}}? (?:was|were|had"
    rf"|has|{words.PAST})\b"
)

_PREPOSITIONS: Final = (
    *(" since ", " until ", " till ", " from ", " to ", " by "),
    *(" of ", " during ", " for ", " before ", " after ", " about "),
)

RELATIVE: Final = (
    r"\b(?:yesterday|today|tonight|tomorrow|(?:last|next) \w+|this (?:morning|afternoon|evening"
    r"|week|weekend|month|year|summer|winter|autumn|fall|spring)|\w+ (?:days?|weeks?|months?"
    r"|years?) ago|the other day|earlier|later)\b"
)
"""What must not be left in a memory, because it loses its meaning with time."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A clause whose dates are absolute."""

    text: str
    when: When | None
    """The first date in it."""
    is_since: bool = False
    """Whether that is when something began: `since 2019`."""
    is_until: bool = False
    """Whether that is when something ends: `until 2019`."""
    until: date | None = None
    """When it ends, if that was said."""

    @property
    def start(self) -> date | None:
        """When it was, or began; None when only its end is known."""
        return None if self.when is None or self.is_until else self.when.start


class DateReader:
    """Finds dates in clauses. Building one compiles its patterns."""

    def __init__(self) -> None:
        forms = (*SPANS, *FORMS)
        self._forms = [(re.compile(form, re.IGNORECASE), resolve) for form, resolve in forms]
        unnamed = (re.sub("[?]P<[a-z]+>", "?:", form) for form, _ in forms)
        named = "|".join(f"(?P<f{index}>{form})" for index, form in enumerate(unnamed))
        self._yearly = re.compile(r"\b(?:birthday|anniversary|born|name day)\b")
        self._future = re.compile(_FUTURE)
        self._past = re.compile(_PAST)
        self._pattern = re.compile(rf"\b(?:{named})(?![\w'-])", re.IGNORECASE)

    def absolute(self, clause: str, *, said_on: date) -> Dated:
        """The clause with each date that can be resolved written out in full."""
        moment = Moment(said_on, self._tense(clause))
        found: list[When] = []
        since: list[bool] = []
        until: list[bool] = []

        def written_out(match: re.Match[str]) -> str:
            when = self._resolved(match, moment)
            if when is None:
                return match[0]
            found.append(when)
            before = clause[: match.start()]
            since.append(when.wording.startswith("since ") or before.endswith(" since "))
            until.append(
                when.wording.startswith("until ") or before.endswith((" until ", " till "))
            )
            return _after_preposition(before, when.wording)

        text = self._pattern.sub(written_out, clause)
        if not found:
            return Dated(text, None)
        ends = (
            when.start if is_end else when.last for when, is_end in zip(found, until, strict=True)
        )
        return Dated(
            text,
            found[0],
            is_since=since[0],
            is_until=until[0],
            until=next((end for end in ends if end), None),
        )

    def _tense(self, clause: str) -> Tense:
        """Which way the clause looks; a birthday comes every year."""
        if self._yearly.search(clause):
            return Tense.HABIT
        if self._future.match(clause):
            return Tense.FUTURE
        return Tense.PAST if self._past.match(clause) else Tense.HABIT

    def _resolved(self, match: re.Match[str], moment: Moment) -> When | None:
        """What the match means; None when it does not name a day that the calendar has."""
        form, resolve = self._forms[int((match.lastgroup or "f0")[1:])]
        inner = form.fullmatch(match[0])
        try:
            return resolve(inner, moment) if inner else None
        except (ValueError, OverflowError):  # 31 June, or before the year 1
            return None


def _after_preposition(before: str, wording: str) -> str:
    """`since 2019`, not `since in 2019`."""
    if before.endswith(_PREPOSITIONS):
        return wording.removeprefix("on ").removeprefix("in ")
    return wording
