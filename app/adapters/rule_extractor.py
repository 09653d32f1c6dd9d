import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Final

from app.adapters.credentials import holds_credential
from app.adapters.rules import (
    about_health,
    about_others,
    about_self,
    about_tastes,
    about_time,
    about_work,
)
from app.adapters.rules.dates import Dated, DateReader
from app.adapters.rules.phrasing import Phraser
from app.adapters.rules.reading import Reader
from app.adapters.rules.rule import Rule
from app.adapters.subjects import subject_of
from app.models.memory import Memory, MemoryKind
from app.models.message import Message
from app.ports.extractor import Extracted

RULES: Final[tuple[Rule, ...]] = (
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


@dataclass(frozen=True, slots=True)
class _Found:
    slot: str | None
    memory: Extracted


class RuleExtractor:
    """Memories by rules: no model, no network, the same answer every time. English only."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._reader = Reader()
        self._dates = DateReader()
        self._phraser = Phraser()
        compiled = [(re.compile(rule.pattern), rule) for rule in rules]
        self._leading = [pair for pair in compiled if not pair[1].anywhere]
        self._mentioned = [pair for pair in compiled if pair[1].anywhere]

    async def extract(
        self, new: Sequence[Message], *, context: Sequence[Message], known: Sequence[Memory]
    ) -> Sequence[Extracted]:
        """See `Extractor`. Context and known memories are not needed, and nothing is raised."""
        found: list[_Found] = []
        for message in new:
            subject = subject_of(message)
            if subject is not None:
                found = _merged(found, self._said(message, subject))
        return [item.memory for item in found]

    def _said(self, message: Message, subject: str) -> list[_Found]:
        """What one message says about its speaker, without what it takes back."""
        said: list[_Found] = []
        before: list[_Found] = []
        for sentence in self._reader.read(message.content):
            if sentence.retracts:
                said = [item for item in said if item not in before]
            now = [
                item
                for clause in sentence.clauses
                for item in self._in_clause(clause, message=message, subject=subject)
            ]
            if sentence.corrects:
                slots = {item.slot for item in now} - {None}
                said = [item for item in said if item.slot not in slots]
            said += now
            before = now
        return said

    def _in_clause(self, clause: str, *, message: Message, subject: str) -> Iterator[_Found]:
        said_on = message.created_at.astimezone(UTC).date()
        dated = self._dates.absolute(clause, said_on=said_on)
        for pattern, rule in self._leading:
            match = pattern.match(dated.text)
            if match and (found := self._found(rule, match, dated, message, subject)):
                yield from found
                break
        for pattern, rule in self._mentioned:
            for match in pattern.finditer(dated.text):
                yield from self._found(rule, match, dated, message, subject)

    def _found(
        self, rule: Rule, match: re.Match[str], dated: Dated, message: Message, subject: str
    ) -> list[_Found]:
        if rule.dated and dated.when is None:
            return []
        slot = self._phraser.slot(rule, match)
        start = dated.when.start if dated.when and rule.kind is MemoryKind.EVENT else None
        return [
            _Found(
                slot=slot,
                memory=Extracted(
                    kind=rule.kind,
                    content=content,
                    importance=rule.importance,
                    confidence=rule.confidence,
                    source_message_ids=(message.id,),
                    slot=f"{subject}|{slot}" if slot else None,
                    valid_from=datetime.combine(start, time.min, tzinfo=UTC) if start else None,
                ),
            )
            for content in self._phraser.memories(rule, match, subject=subject)
            if not holds_credential(content)
        ]


def _merged(found: Sequence[_Found], more: Sequence[_Found]) -> list[_Found]:
    """All in their order; what is said twice is kept once, with all the messages that say it."""
    merged = {item.memory.content.casefold(): item for item in found}
    for item in more:
        key = item.memory.content.casefold()
        first = merged.setdefault(key, item)
        sources = dict.fromkeys(first.memory.source_message_ids + item.memory.source_message_ids)
        merged[key] = replace(
            first, memory=replace(first.memory, source_message_ids=tuple(sources))
        )
    return list(merged.values())
