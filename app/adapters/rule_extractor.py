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
    about_work,
)
from app.adapters.rules.clauses import ClauseReader, Said, Speech
from app.adapters.rules.corrections import Correction
from app.adapters.rules.reading import Reader, Sentence
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
        hearings: dict[str, _Hearing] = {}
        for is_new, messages in ((False, context), (True, new)):
            for message in messages:
                subject = subject_of(message)
                if subject is None:
                    continue
                hearing = hearings.setdefault(subject, _Hearing(self._clauses, known, news))
                hearing.begin(Speech(message, subject, zone), is_new=is_new)
                for sentence in self._reader.read(message.content):
                    hearing.hear(sentence)
        return _merged(news)


class _Hearing:
    """What one speaker has said so far, while sentence after sentence is heard."""

    def __init__(
        self, clauses: ClauseReader, known: Sequence[Memory], news: list[Extracted]
    ) -> None:
        self._clauses = clauses
        self._known = known
        self._news = news
        """What is new, by whomever; this speaker's part is added."""
        self._speech: Speech
        self._is_new = False
        self._is_first = True
        self._said: list[Said] = []
        self._message_before: list[Said] = []
        self._message: list[Said] = []
        self._sentence_before: list[Said] = []

    def begin(self, speech: Speech, *, is_new: bool) -> None:
        """What is heard from now on is of this message."""
        self._speech = speech
        self._is_new = is_new
        self._message_before = self._message
        self._message = []
        self._sentence_before = []
        self._is_first = True

    def hear(self, sentence: Sentence) -> None:
        """What the sentence says, corrects and takes back is taken down."""
        now = [
            one for clause in sentence.clauses for one in self._clauses.read(clause, self._speech)
        ]
        taken_back: list[Said] = []
        if sentence.jests and self._is_first:
            taken_back = self._message_before
        elif sentence.retracts:
            taken_back = self._sentence_before
        if sentence.correction and not now:
            wrong, now = self._put_right(sentence.correction)
            taken_back = [*taken_back, *(one for one in wrong if one not in taken_back)]
        elif sentence.corrects:
            slots = {one.memory.slot for one in now} - {None}
            taken_back = [one for one in self._message if one.memory.slot in slots]
        self._take_back(taken_back)
        self._take_down(now)
        self._is_first = False

    def _put_right(self, correction: Correction) -> tuple[list[Said], list[Said]]:
        """What was wrong, and what is said by the same clause with the correction in it."""
        latest = self._sentence_before or self._message or self._message_before
        explicit = self._said if correction.wrong else latest
        for one in reversed(explicit):
            clause = correction.applied(one.clause)
            if clause is not None:
                wrong = [other for other in explicit if other.clause == one.clause]
                return wrong, list(self._clauses.read(clause, self._speech))
        if correction.wrong:
            return [], self._put_right_what_is_known(correction)
        return [], []

    def _put_right_what_is_known(self, correction: Correction) -> list[Said]:
        for memory in self._known:
            content = correction.applied(memory.content)
            if content is not None:
                corrected = Extracted(
                    kind=memory.kind,
                    content=content,
                    importance=memory.importance,
                    confidence=memory.confidence,
                    source_message_ids=self._speech.source,
                    slot=memory.slot,
                    valid_from=memory.valid_from,
                    replaces=(memory.id,),
                )
                return [Said(content, corrected)]
        return []

    def _take_back(self, wrong: Sequence[Said]) -> None:
        for one in wrong:
            if one.memory in self._news:
                self._news.remove(one.memory)
            elif self._is_new and not one.memory.ends:
                ending = replace(
                    one.memory, source_message_ids=self._speech.source, slot=None, ends=True
                )
                self._news.append(ending)
        self._message = [one for one in self._message if one not in wrong]

    def _take_down(self, now: list[Said]) -> None:
        self._sentence_before = now
        self._message.extend(now)
        self._said.extend(now)
        if self._is_new:
            self._news.extend(one.memory for one in now)


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
