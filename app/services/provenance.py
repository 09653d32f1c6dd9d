"""Where the words of a learnt memory come from, whatever a model says about it. Pure functions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.models.ids import MemoryId, MessageId
from app.models.memory import Memory
from app.models.message import Message, Role
from app.services.repeating import all_stems, among, forms, telling
from app.services.shown import Shown

_A_WEEK: Final = 7
_MONTHS: Final = 12
_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a memory rests on."""

    sources: tuple[MessageId, ...]
    """Messages that say it, those that were named first."""
    repeats: tuple[MemoryId, ...]
    """Memories with words in it that none of the messages say."""


def provenance(content: str, named: Sequence[Message], shown: Shown) -> Provenance:
    """What a memory rests on: what was named, and whatever else has a word of it that is not there.

    Of what was shown, users' messages are asked first, then memories, and at last answers. A word
    that nobody had said is the extractor's own. Dates are left out: those are worked out.

    Args:
        content: of the memory.
        named: the messages that the extractor says it has it from.
        shown: what the extractor was shown.
    """
    missing = telling(content)
    missing -= among(missing, forms(_words(named)))
    missing -= among(missing, forms(_of_dates(message.created_at.date() for message in named)))
    ids = {message.id for message in named}
    others = [one for one in shown.messages if one.id not in ids and not one.quoted]
    teaching = list(_saying(missing, [one for one in others if one.role is Role.USER]))
    missing -= among(missing, forms(_words(teaching)))
    memories = [one for one in shown.memories if among(missing, forms(all_stems(one.content)))]
    missing -= among(missing, forms(_known(memories)))
    answers = _saying(missing, [one for one in others if one.role is not Role.USER])
    return Provenance(
        sources=tuple(message.id for message in (*named, *teaching, *answers)),
        repeats=tuple(dict.fromkeys(memory.id for memory in memories)),
    )


def _saying(stems: frozenset[str], messages: Iterable[Message]) -> Iterator[Message]:
    return (one for one in messages if among(stems, forms(_words([one]))))


def _words(messages: Iterable[Message]) -> set[str]:
    return {
        stem
        for one in messages
        for text in (one.content, one.name or "")
        for stem in all_stems(text)
    }


def _known(memories: Iterable[Memory]) -> set[str]:
    return {stem for memory in memories for stem in all_stems(memory.content)}


def _of_dates(days: Iterable[date]) -> set[str]:
    """What a date near one of these is written with."""
    years = {str(day.year + more) for day in days for more in (-1, 0, 1)}
    months = {f"{date(2000, month, 1):%B %b}" for month in range(1, _MONTHS + 1)}
    weekdays = {f"{date(2000, 1, 1) + timedelta(days=day):%A %a}" for day in range(_A_WEEK)}
    numbers = {f"{day} {day:02}" for day in range(1, _DAYS + 1)}
    return {stem for text in (*years, *months, *weekdays, *numbers) for stem in all_stems(text)}
