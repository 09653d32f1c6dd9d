"""One clause to the memories that the rules make of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from app.adapters.rules.dates import Dated, DateReader
from app.adapters.rules.phrasing import Phraser
from app.adapters.rules.rule import Ending, Rule
from app.adapters.rules.wishes import Wish
from app.core.credentials import holds_credential
from app.models.ids import MessageId
from app.models.memory import MemoryKind
from app.models.message import Message
from app.ports.extractor import Extracted

_STILL_HOLDS: Final = timedelta(days=2 * 366)
"""What began longer ago may have ended since, so that it says nothing of the present."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Who says something in which message, and in which time zone."""

    message: Message
    subject: str
    zone: tzinfo

    @property
    def day(self) -> date:
        """The speaker's day."""
        return self.message.created_at.astimezone(self.zone).date()

    @property
    def source(self) -> tuple[MessageId]:
        """Where a memory of it is known from."""
        return (self.message.id,)


@dataclass(frozen=True, slots=True)
class Said:
    """A memory with the clause that says it, so that a correction can be put into that."""

    clause: str
    memory: Extracted
    in_passing: bool = False
    """Whether the clause is about something else: `I went there with my sister Anna`."""


@dataclass(frozen=True, slots=True)
class _Validity:
    """What a memory is of, and from when until when it holds."""

    kind: MemoryKind
    since: date | None
    until: date | None


class ClauseReader:
    """Applies rules to clauses. Building one compiles their patterns."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._dates = DateReader()
        self._phraser = Phraser()
        compiled = [(re.compile(rule.pattern), rule) for rule in rules]
        self._leading = [pair for pair in compiled if not pair[1].anywhere]
        self._mentioned = [pair for pair in compiled if pair[1].anywhere]

    def read(self, clause: str, speech: Speech, *, wish: Wish | None = None) -> Iterator[Said]:
        """What the clause says, in the order of the rules; of what is to be forgotten, its end."""
        dated = self._dates.absolute(clause, said_on=speech.day)
        ended = set()
        for memory in self._leading_memories(dated, speech, wish):
            if memory.ends:
                ended.add(memory.content)
            yield Said(clause, memory)
        if wish is Wish.FORGET:
            return
        for pattern, rule in self._mentioned:
            for match in pattern.finditer(dated.text):
                for memory in self._found(rule, match, dated, speech):
                    if memory.content not in ended:
                        yield Said(clause, memory, in_passing=True)

    def _leading_memories(
        self, dated: Dated, speech: Speech, wish: Wish | None
    ) -> Iterator[Extracted]:
        for pattern, rule in self._leading:
            if rule.wishes and wish not in rule.wishes:
                continue
            match = pattern.match(dated.text)
            if match and (found := self._found(rule, match, dated, speech)):
                is_end = rule.wishes == (Wish.FORGET,)
                yield from found if wish is not Wish.FORGET or is_end else _forgotten(found)
                if not rule.goes_on:
                    break

    def _found(
        self, rule: Rule, match: re.Match[str], dated: Dated, speech: Speech
    ) -> list[Extracted]:
        start = dated.start
        if rule.dated and dated.when is None:
            return []
        if rule.begins and start and speech.day - start > _STILL_HOLDS:
            return []
        words = self._phraser.words(match, subject=speech.subject)
        validity = _validity(rule, dated, by=speech.day)
        memories = [self._ended(ending, words, speech, start) for ending in rule.ends]
        slot = self._phraser.written(rule.slot, words) if rule.slot else None
        for template in rule.says:
            content = self._phraser.written(template, words)
            memories.append(_memory(rule, content, slot=slot, validity=validity, speech=speech))
        return [one for one in memories if one and not holds_credential(one.content)]

    def _ended(
        self, ending: Ending, words: dict[str, str], speech: Speech, since: date | None
    ) -> Extracted | None:
        content = self._phraser.written(ending.says, words)
        slot = self._phraser.written(ending.slot, words) if ending.slot else None
        names = self._phraser.written(ending.names, words)
        if content is None or names is None:
            return None
        return Extracted(
            kind=MemoryKind.FACT,
            content=content,
            importance=0.0,
            confidence=1.0,
            source_message_ids=speech.source,
            valid_from=_midnight(since) if since and since <= speech.day else None,
            slot=slot.casefold() if slot else None,
            names=names,
            ends=True,
        )


def _validity(rule: Rule, dated: Dated, *, by: date) -> _Validity:
    """When a memory happened, or from when until when it holds: what is a state may say both."""
    until = dated.until if dated.until and dated.until > by else None
    is_event = rule.kind is MemoryKind.EVENT and not (until and dated.is_until)
    if is_event:
        return _Validity(rule.kind, dated.start, None)
    kind = MemoryKind.CONTEXT if rule.kind is MemoryKind.EVENT else rule.kind
    start = dated.start
    if start and not until and (start > by or not (rule.begins or dated.is_since)):
        start = None  # a fact may have held long before
    return _Validity(kind, start, until)


def _memory(
    rule: Rule, content: str | None, *, slot: str | None, validity: _Validity, speech: Speech
) -> Extracted | None:
    if content is None:
        return None
    is_to_come = validity.since is not None and validity.since > speech.day
    return Extracted(
        kind=validity.kind,
        content=content,
        importance=rule.importance,
        confidence=rule.confidence,
        source_message_ids=speech.source,
        slot=slot.casefold() if slot and not is_to_come else None,
        valid_from=_midnight(validity.since) if validity.since else None,
        valid_until=_midnight(validity.until) if validity.until else None,
    )


def _forgotten(found: Sequence[Extracted]) -> Iterator[Extracted]:
    """The ends of what is to be forgotten; that something ended cannot end."""
    return (replace(one, slot=None, ends=True) for one in found if not one.ends)


def _midnight(day: date) -> datetime:
    """A calendar day as a moment: its first in UTC, whatever zone it was a day in."""
    return datetime.combine(day, time.min, tzinfo=UTC)
