"""From when until when: stretches of time that have an end."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from app.adapters.rules.date_forms import (
    DAYS,
    MONTH,
    WEEKDAY,
    YEAR,
    Moment,
    Resolve,
    Tense,
    When,
    month_number,
    nearest,
)

_FEASTS: Final[Mapping[str, tuple[int, int]]] = {
    "christmas": (12, 25),
    "christmas eve": (12, 24),
    "new year": (1, 1),
    "new year eve": (12, 31),
    "halloween": (10, 31),
}


def _span(match: re.Match[str], moment: Moment) -> When | None:
    """`from 3 to 17 July`: what is said of the present goes on into the future."""
    end_month = month_number(match["end"] or match["month"])
    month = month_number(match["month"]) if match["month"] else end_month
    first, last = int(match["first"]), int(match["last"])
    ahead = Moment(moment.said_on, _ahead(moment.tense))
    start = nearest(ahead, month, first)
    if match["year"]:
        start = start.replace(year=int(match["year"]) - (month > end_month))
    end = date(start.year + (month > end_month), end_month, last)
    if end < start:
        return None
    begins = f"{first} {start:%B} " if month != end_month else f"{first} "
    return When(start, f"from {begins}to {last} {end:%B %Y}", end)


def _ahead(tense: Tense) -> Tense:
    return Tense.PAST if tense is Tense.PAST else Tense.FUTURE


def _until_month(match: re.Match[str], moment: Moment) -> When:
    month = month_number(match["month"])
    year = int(match["year"] or 0)
    year = year or nearest(Moment(moment.said_on, _ahead(moment.tense)), month, 1).year
    return When(date(year, month, 1), f"until {date(year, month, 1):%B %Y}")


def _until_year(match: re.Match[str], _: Moment) -> When:
    return When(date(int(match["year"]), 1, 1), f"until {match['year']}")


def _until_feast(match: re.Match[str], moment: Moment) -> When:
    month, day = _FEASTS[match["feast"].lower().removesuffix(" day").replace("year's", "year")]
    feast = nearest(Moment(moment.said_on, _ahead(moment.tense)), month, day)
    if feast < moment.said_on and moment.tense is not Tense.PAST:
        feast = feast.replace(year=feast.year + 1)
    return When(feast, f"until {feast.day} {feast:%B %Y}")


def _until_weekday(match: re.Match[str], moment: Moment) -> When:
    wanted = next(i for i, day in enumerate(DAYS) if day.startswith(match["weekday"].lower()[:3]))
    day = moment.said_on + timedelta(days=(wanted - moment.said_on.weekday()) % 7 or 7)
    return When(day, f"until {day.day} {day:%B %Y}")


_TO: Final = r"(?:to|until|till|through|and|-|–)(?: the)?"
_NTH: Final = r"(?:st|nd|rd|th)?"
_FROM: Final = r"(?:from|between)(?: the)?"
_UNTIL: Final = r"(?:until|till)"
_FEAST: Final = r"(?P<feast>christmas(?: eve| day)?|new year(?:'s)?(?: eve| day)?|halloween)"
SPANS: Final[tuple[tuple[str, Resolve], ...]] = (
    (
        rf"{_FROM} (?P<first>\d{{1,2}}){_NTH}(?: of)?(?: (?P<month>{MONTH}))? {_TO}"
        rf" (?P<last>\d{{1,2}}){_NTH}(?: of)? (?P<end>{MONTH}){YEAR}",
        _span,
    ),
    (
        rf"{_FROM} (?P<month>{MONTH}) (?P<first>\d{{1,2}}){_NTH} {_TO}"
        rf" (?:(?P<end>{MONTH}) )?(?P<last>\d{{1,2}}){_NTH}{YEAR}",
        _span,
    ),
    (rf"{_UNTIL} {_FEAST}", _until_feast),
    (rf"{_UNTIL} (?P<month>{MONTH}){YEAR}(?! \d)", _until_month),
    (rf"{_UNTIL} (?P<year>(?:19|20)\d\d)", _until_year),
    (rf"{_UNTIL} (?:next )?(?P<weekday>{WEEKDAY})", _until_weekday),
)
"""As `FORMS`, and before them."""
