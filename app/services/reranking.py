"""How what was found is weighed by what it is: its importance, and how long ago it was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from app.models.ids import MemoryId
from app.models.memory import MemoryKind, Recalled
from app.ports.database import Transaction

RECENCY_HALF_LIFE_DAYS: Final = 30.0
"""What was said so long ago gets half of the bonus for being recent."""
NEUTRAL_IMPORTANCE: Final = 0.5
"""Of a memory that is weighed neither up nor down, and of every episode."""
DIGITS: Final = 4
"""Of the terms, as those of the ranking have."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """How much importance and time count beside the ranking's score; nothing unless it is said."""

    importance: float = 0.0
    """The score is multiplied by 1 + this · (importance - 0.5)."""
    recency: float = 0.0
    """Added, in units of cosine, to what is said now; half of it after RECENCY_HALF_LIFE_DAYS."""
    half_life_days: Mapping[MemoryKind, float] = field(default_factory=dict)
    """After so many days half of the score is left. A kind that is not named never fades."""

    def minds_age_of(self, kind: MemoryKind) -> bool:
        """Whether it matters when a memory of a kind was said."""
        return bool(self.recency or self.half_life_days.get(kind))


NO_KNOBS: Final = Knobs()


def reranked(
    found: Sequence[Recalled],
    *,
    knobs: Knobs,
    now: datetime,
    last_said: Mapping[MemoryId, datetime],
) -> list[Recalled]:
    """Those that were found, best first, each with what importance and time did to its score.

    Args:
        found: best first; equals stay in their order.
        knobs: of the weighing.
        now: from when ages are counted.
        last_said: when memories were said last, as far as that is later than when they began to
            hold; what is not in there counts from its own date.
    """
    if knobs == NO_KNOBS:
        return list(found)
    weighed = [_weighed(one, knobs, _age_days(one, now, last_said)) for one in found]
    return sorted(weighed, key=lambda one: round(one.score, 6), reverse=True)


def last_said(
    tx: Transaction, found: Sequence[Recalled], *, knobs: Knobs
) -> Mapping[MemoryId, datetime]:
    """When memories were said last: they may have been said again since they were learnt.

    Only those whose age matters are looked up.
    """
    memories = [one.memory for one in found if one.memory and knobs.minds_age_of(one.kind)]
    if not memories:
        return {}
    sources = {source for memory in memories for source in memory.source_message_ids}
    messages = tx.messages.by_ids(sources, owner=memories[0].user_id)
    said = {message.id: message.created_at for message in messages}
    return {
        memory.id: max(
            (memory.said_at, *(said[one] for one in memory.source_message_ids if one in said))
        )
        for memory in memories
    }


def _age_days(one: Recalled, now: datetime, last_said: Mapping[MemoryId, datetime]) -> float:
    """Days since it was last said or, if that is later, began to hold; 0 for what is to come."""
    latest = max(one.said_at, last_said.get(one.id, one.said_at))
    return max(0.0, (now - latest) / _DAY)


def _weighed(one: Recalled, knobs: Knobs, age_days: float) -> Recalled:
    """The memory with its new score; terms are added for what was changed, so that they sum up.

    A score at or below 0 is that of nothing worth weighing.
    """
    score = max(0.0, one.score)
    important = score * knobs.importance * (_importance(one) - NEUTRAL_IMPORTANCE)
    half_life = knobs.half_life_days.get(one.kind)
    left = fading(age_days, half_life_days=half_life) if half_life else 1.0
    changes = {
        "importance": important,
        "decay": (score + important) * (left - 1.0),
        "recency": knobs.recency * fading(age_days, half_life_days=RECENCY_HALF_LIFE_DAYS),
    }
    terms = {name: round(value, DIGITS) for name, value in changes.items() if value}
    return replace(one, score=one.score + sum(changes.values()), terms={**one.terms, **terms})


def _importance(one: Recalled) -> float:
    return one.memory.importance if one.memory else NEUTRAL_IMPORTANCE


def fading(age_days: float, *, half_life_days: float) -> float:
    """The share that is left after so many days, 1 … 0."""
    return float(2.0 ** (-age_days / half_life_days))
