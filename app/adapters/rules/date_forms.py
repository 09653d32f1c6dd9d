"""The ways of naming a day or a longer stretch of time, and what each means on a given day."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS: Final[Mapping[str, int]] = {
    "spring": 3,
    "summer": 6,
    "autumn": 9,
    "fall": 9,
    "winter": 12,
}
_COUNTS: Final[Mapping[str, int]] = {
    word: number
    for number, spelt in enumerate(
        ("", "a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
    for word in spelt.split()
}

MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAY: Final = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_PART: Final = r"(?: (?:morning|afternoon|evening|night))?"
_UNIT: Final = r"(?:days?|weeks?|months?|years?)"
_COUNT: Final = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"


class Tense(Enum):
    """Which way a date without a year points."""

    PAST = -1
    HABIT = 0
    FUTURE = 1


@dataclass(frozen=True, slots=True)
class When:
    """A stretch of time: its first day if known, and how a memory names it."""

    start: date | None
    wording: str
    last: date | None = None
    """Its last day, where that was said too."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was said, and which way it looks."""

    said_on: date
    tense: Tense


Resolve = Callable[[re.Match[str], Moment], When | None]


def _on(day: date) -> When:
    return When(day, f"on {day.day} {day:%B %Y}")


def _in_month(year: int, month: int) -> When:
    first = date(year, month, 1)
    return When(first, f"in {first:%B %Y}")


def _near_day(match: re.Match[str], moment: Moment) -> When:
    words = match[0].lower()
    if "before yesterday" in words:
        shift = -2
    elif "after tomorrow" in words:
        shift = 2
    elif "yesterday" in words or "last night" in words:
        shift = -1
    else:
        shift = 1 if "tomorrow" in words else 0
    return _on(moment.said_on + timedelta(days=shift))


def _weekday(match: re.Match[str], moment: Moment) -> When | None:
    word, _, name = match[0].lower().partition(" ")
    wanted = next(i for i, day in enumerate(DAYS) if day.startswith(name.split()[0][:3]))
    ahead = (wanted - moment.said_on.weekday()) % 7
    if word == "last" or (word in ("on", "this") and moment.tense is Tense.PAST):
        return _on(moment.said_on - timedelta(days=7 - ahead if ahead else 7))
    if word == "on" and moment.tense is Tense.HABIT:
        return None
    return _on(moment.said_on + timedelta(days=ahead or 7))


def _shift_of(match: re.Match[str]) -> int:
    return {"last": -1, "this": 0, "next": 1}[match[0].lower().split()[0]]


def _week(match: re.Match[str], moment: Moment) -> When:
    week = _in_week(moment.said_on + timedelta(weeks=_shift_of(match)))
    if week.start and "weekend" in match[0].lower():
        saturday = week.start + timedelta(days=5)
        return When(saturday, f"on the weekend of {saturday.day} {saturday:%B %Y}")
    return week


def _months_away(said_on: date, months: int) -> When:
    year, month = divmod(said_on.year * 12 + said_on.month - 1 + months, 12)
    return _in_month(year, month + 1)


def _month(match: re.Match[str], moment: Moment) -> When:
    return _months_away(moment.said_on, _shift_of(match))


def _in_year(year: int) -> When:
    return When(date(year, 1, 1), f"in {year}")


def _year(match: re.Match[str], moment: Moment) -> When:
    return _in_year(moment.said_on.year + _shift_of(match))


def _season(match: re.Match[str], moment: Moment) -> When:
    word, season = match[0].lower().split()
    first = date(moment.said_on.year, _SEASONS[season], 1)
    if word == "last" and first > moment.said_on - timedelta(days=60):
        first = first.replace(year=first.year - 1)
    if word == "next" and first <= moment.said_on:
        first = first.replace(year=first.year + 1)
    return When(first, f"in {season} {first.year}")


def _distance(match: re.Match[str], moment: Moment) -> When | None:
    count, unit = match["n"].lower(), match["unit"].lower()
    number = int(count) if count.isdigit() else _COUNTS[count]
    sign = -1 if match[0].lower().endswith("ago") else 1
    if match[0].lower().startswith("in ") and moment.tense is not Tense.FUTURE:
        return None
    when = _away(moment.said_on, sign * number, unit=unit)
    if match["about"]:
        return When(when.start, f"around {when.wording.partition(' ')[2]}")
    return when


def _away(said_on: date, count: int, *, unit: str) -> When:
    if unit.startswith("year"):
        return _in_year(said_on.year + count)
    if unit.startswith("month"):
        return _months_away(said_on, count)
    if unit.startswith("week"):
        return _in_week(said_on + timedelta(weeks=count))
    return _on(said_on + timedelta(days=count))


def _in_week(day: date) -> When:
    monday = day - timedelta(days=day.weekday())
    return When(monday, f"in the week of {monday.day} {monday:%B %Y}")


def _vague(match: re.Match[str], moment: Moment) -> When:
    return When(None, f"{match['vague'].lower()} before {moment.said_on:%B %Y}")


def month_number(name: str) -> int:
    """1–12 by the first three letters of the name."""
    return next(i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


def _calendar_day(match: re.Match[str], moment: Moment) -> When:
    month, day = month_number(match["month"]), int(match["day"])
    if match["year"]:
        return _on(date(int(match["year"]), month, day))
    if moment.tense is Tense.HABIT:
        return When(None, f"on {day} {_MONTHS[month - 1].title()}")
    return _on(nearest(moment, month, day))


def _calendar_month(match: re.Match[str], moment: Moment) -> When | None:
    month = month_number(match["month"])
    if match["year"]:
        return _in_month(int(match["year"]), month)
    if moment.tense is Tense.HABIT:
        return None
    return _in_month(nearest(moment, month, 1).year, month)


def _pointed_month(match: re.Match[str], moment: Moment) -> When:
    month = month_number(match["month"])
    word = match[0].lower().split()[0]
    tense = {"last": Tense.PAST, "next": Tense.FUTURE}.get(word, moment.tense)
    if word == "this":
        return _in_month(moment.said_on.year, month)
    return _in_month(nearest(Moment(moment.said_on, tense), month, 1).year, month)


def nearest(moment: Moment, month: int, day: int) -> date:
    """The next such day for the future, this month's or the latest one otherwise."""
    this_year = date(moment.said_on.year, month, day)
    if moment.tense is Tense.FUTURE and this_year < moment.said_on.replace(day=1):
        return this_year.replace(year=this_year.year + 1)
    if moment.tense is Tense.PAST and this_year > moment.said_on:
        return this_year.replace(year=this_year.year - 1)
    return this_year


def _iso(match: re.Match[str], _: Moment) -> When:
    return _on(date.fromisoformat(match[0].split()[-1]))


def _bare_year(match: re.Match[str], _: Moment) -> When:
    return _in_year(int(match["year"]))


def _since(match: re.Match[str], moment: Moment) -> When:
    """A beginning lies in the past."""
    named = match.groupdict().get("month")
    if not named:
        return When(date(int(match["year"]), 1, 1), match[0].lower())
    month = month_number(named)
    year = int(match["year"]) if match["year"] else 0
    first = date(year, month, 1) if year else nearest(Moment(moment.said_on, Tense.PAST), month, 1)
    return When(first, f"since {first:%B %Y}")


_ON: Final = rf"(?:on )?(?:the )?(?:{WEEKDAY},? )?(?:the )?"
_ORDINAL: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
YEAR: Final = r"(?:,? (?:of )?(?P<year>(?:19|20)\d\d))?"
FORMS: Final[tuple[tuple[str, Resolve], ...]] = (
    (rf"{_ON}{_ORDINAL}(?: of)? (?P<month>{MONTH}){YEAR}", _calendar_day),
    (rf"{_ON}(?P<month>{MONTH}) {_ORDINAL}{YEAR}", _calendar_day),
    (rf"(?:the )?day (?:before yesterday|after tomorrow)|(?:yesterday|tomorrow){_PART}", _near_day),
    (r"today|tonight|last night|this (?:morning|afternoon|evening)", _near_day),
    (rf"(?:last|this|next|on) {WEEKDAY}{_PART}", _weekday),
    (r"(?:last|this|next) week(?:end)?", _week),
    (r"(?:last|this|next) month", _month),
    (r"(?:last|this|next) year", _year),
    (r"(?:last|this|next) (?:spring|summer|autumn|fall|winter)", _season),
    (
        rf"(?:(?P<about>about|around|almost|over|nearly) )?(?P<n>{_COUNT}) (?P<unit>{_UNIT}) ago",
        _distance,
    ),
    (rf"in (?P<about>about |around )?(?P<n>{_COUNT}) (?P<unit>{_UNIT})(?:' time)?", _distance),
    (r"(?P<vague>(?:a (?:few|couple of)|several|many) (?:days|weeks|months|years)) ago", _vague),
    (r"(?:on )?(?:19|20)\d\d-\d\d-\d\d", _iso),
    (rf"in (?P<month>{MONTH}){YEAR}", _calendar_month),
    (rf"(?:last|this|next) (?P<month>{MONTH})", _pointed_month),
    (r"in (?P<year>(?:19|20)\d\d)", _bare_year),
    (r"since (?P<year>(?:19|20)\d\d)", _since),
    (rf"since (?P<month>{MONTH}){YEAR}(?! \d)", _since),
)
"""Patterns, case ignored, in order of precedence; None when a pattern alone does not say when."""
