from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Final

from app.adapters.rules import (
    about_change,
    about_endings,
    about_health,
    about_others,
    about_self,
    about_tastes,
    about_time,
    about_wishes,
    about_work,
)
from app.adapters.rules.clauses import ClauseReader, Speech
from app.adapters.rules.hearing import Hearing
from app.adapters.rules.reading import Reader
from app.adapters.rules.rule import Rule
from app.adapters.subjects import subject_of
from app.models.memory import Memory
from app.models.message import Message
from app.ports.extractor import Extracted

RULES: Final[tuple[Rule, ...]] = (
    *about_endings.ENDINGS,
    *about_change.CHANGES,
    *about_self.IDENTITY,
    *about_health.HEALTH,
    *about_others.ANIMALS,
    *about_others.PEOPLE,
    *about_self.PLACES,
    *about_work.WORK,
    *about_work.STUDY,
    *about_tastes.ANSWERS,
    *about_tastes.TASTES,
    *about_time.DATES,
    *about_tastes.HOBBIES,
    *about_time.PLANS,
    *about_tastes.POSSESSIONS,
    *about_time.PAST,
    *about_others.MENTIONED,
    *about_wishes.WISHED,
)
"""In order: of those that match at a clause's start the first one that says something counts."""


class RuleExtractor:
    """Memories by rules: no model, no network, the same answer every time. English only."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._reader = Reader()
        self._clauses = ClauseReader(rules)

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        """See `Extractor`. Nothing is raised."""
        news: list[Extracted] = []
        hearings: dict[str, Hearing] = {}
        for is_new, messages in ((False, context), (True, new)):
            for message in messages:
                subject = subject_of(message)
                if subject is None:
                    continue
                if subject not in hearings:
                    hearings[subject] = Hearing(
                        subject, reader=self._reader, clauses=self._clauses, known=known, news=news
                    )
                hearings[subject].listen(Speech(message, subject, zone), is_new=is_new)
        return _merged(news)


def _merged(news: Sequence[Extracted]) -> list[Extracted]:
    """All in their order; what is said twice is kept once, with all the messages that say it.

    Not so when something in between ended it: then it holds again.
    """
    merged: list[Extracted] = []
    for one in news:
        at = next((i for i, other in enumerate(merged) if _says_the_same(other, one)), None)
        if at is None or any(_may_end(other, merged[at]) for other in merged[at + 1 :]):
            merged.append(one)
            continue
        sources = dict.fromkeys(merged[at].source_message_ids + one.source_message_ids)
        merged[at] = replace(merged[at], source_message_ids=tuple(sources))
    return merged


def _says_the_same(first: Extracted, second: Extracted) -> bool:
    if first.ends or second.ends:
        return replace(first, source_message_ids=()) == replace(second, source_message_ids=())
    return first.content.casefold() == second.content.casefold()


def _may_end(later: Extracted, earlier: Extracted) -> bool:
    return later.ends or (later.slot is not None and later.slot == earlier.slot)
