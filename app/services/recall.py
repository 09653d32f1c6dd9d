"""The ranking recipe: pure functions over the hits of one search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.ports.vector_index import Hit
from app.services.recall_query import RecallQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingWeights:
    """How much each sign counts, in units of cosine.

    Tuned on four of five LoCoMo conversations and measured on the fifth, in turn, these terms raise
    recall@10 from 79.7 to 81.7 % (`bench.tune_recall`); each conversation gains. The values are
    those that most folds agree on. What each term is worth: `bench.recall_locomo`.
    """

    lexical: float = 0.35
    """Of BM25 over the search's best."""
    asked: float = 0.4
    """Of the base score of the turn before, when that is a question: this is its answer."""
    previous: float = 0.1
    """Of the base score of the turn before, when it is none; in the same session."""
    following: float = 0.1
    """Of the base score of the turn after."""
    alone: float = 0.05
    """Of its own base score, for a memory, which has no neighbours. With it, a memory near rank 10
    is right at least as often as an episode there (LoCoMo's observations beside its turns)."""
    speaker: float = 0.2
    """For what the one named speaker said."""
    first_person: float = 0.15
    """For what the user said, when nobody is named and the question speaks of "me"."""
    second_person: float = 0.1
    """For what the other side said, when the question speaks of "you" only."""
    question: float = -0.1
    """For a question: it asks what others answer."""
    month: float = 0.15
    """For what was said in a month that is named."""
    session: float = 0.3
    """Of the session's best hit; a memory is a session of its own."""


DEFAULT_WEIGHTS: Final = RankingWeights()


@dataclass(frozen=True, slots=True)
class ContextTail:
    """What the model is shown anyway: a session from one position on."""

    session_id: UUID
    from_position: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with its final score and what that is made of."""

    hit: Hit
    base: float
    neighbours: float
    speaker: float
    question: float
    date: float
    session: float

    @property
    def terms(self) -> Mapping[str, float]:
        """What the score is the sum of, in four digits, without what is 0."""
        terms = {
            "base": self.base,
            "neighbours": self.neighbours,
            "speaker": self.speaker,
            "question": self.question,
            "date": self.date,
            "session": self.session,
        }
        return {name: round(value, 4) for name, value in terms.items() if value}

    @property
    def score(self) -> float:
        """The sum of all terms."""
        return self.base + self.neighbours + self.speaker + self.question + self.date + self.session


def rank(
    hits: Sequence[Hit],
    query: RecallQuery,
    *,
    shown: ContextTail | None = None,
    weights: RankingWeights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """The hits by final score, best first, the newer one first among equals.

    Args:
        hits: of one search, since BM25 is weighed against the best of them.
        query: the text that was searched by, taken apart.
        shown: hits in there are left out, and count for nothing.
        weights: of the terms.
    """
    kept = [hit for hit in hits if not _is_shown(hit, shown)]
    if not kept:
        return []
    sessions = _sessions(kept)
    base = _base(kept, weights)
    neighbours = _neighbours(kept, base, sessions=sessions, weights=weights)
    speaker = [_speaker(hit, query, weights) for hit in kept]
    question = [weights.question if hit.facts.asks else 0.0 for hit in kept]
    date = [_date(hit, query, weights) for hit in kept]
    alone = list(map(sum, zip(base, neighbours, speaker, question, date, strict=True)))
    session = _session(sessions, alone, weights)
    columns = (kept, base, neighbours, speaker, question, date, session)
    ranked = [Ranked(*row) for row in zip(*columns, strict=True)]
    newest_first = sorted(ranked, key=lambda one: one.hit.facts.said_at, reverse=True)
    return sorted(newest_first, key=lambda one: round(one.score, 6), reverse=True)


def _is_shown(hit: Hit, shown: ContextTail | None) -> bool:
    return (
        shown is not None
        and hit.facts.session_id == shown.session_id
        and hit.facts.position >= shown.from_position
    )


def _sessions(hits: Sequence[Hit]) -> list[int]:
    """A number for each hit's session; a memory has one to itself."""
    numbers: dict[UUID, int] = {}
    return [numbers.setdefault(hit.facts.session_id or hit.facts.id, len(numbers)) for hit in hits]


def _base(hits: Sequence[Hit], weights: RankingWeights) -> list[float]:
    """Cosine, and BM25 as a share of the search's best."""
    best = max(hit.lexical for hit in hits)
    share = weights.lexical / best if best > 0 else 0.0
    return [hit.cosine + share * hit.lexical for hit in hits]


def _neighbours(
    hits: Sequence[Hit],
    base: Sequence[float],
    *,
    sessions: Sequence[int],
    weights: RankingWeights,
) -> list[float]:
    """What the turns before and after add; a neighbour that was not found adds nothing."""
    places = [(session, hit.facts.position) for session, hit in zip(sessions, hits, strict=True)]
    rows = {place: row for row, place in enumerate(places)}
    terms: list[float] = []
    for row, (session, position) in enumerate(places):
        term = 0.0 if hits[row].facts.session_id else weights.alone * base[row]
        before = rows.get((session, position - 1))
        if before is not None:
            asked = hits[before].facts.asks
            term += (weights.asked if asked else weights.previous) * base[before]
        after = rows.get((session, position + 1))
        if after is not None:
            term += weights.following * base[after]
        terms.append(term)
    return terms


def _speaker(hit: Hit, query: RecallQuery, weights: RankingWeights) -> float:
    if len(query.speakers) == 1:
        return weights.speaker if hit.facts.speaker in query.speakers else 0.0
    if query.first_person:
        return weights.first_person if hit.facts.from_user else 0.0
    return weights.second_person if query.second_person and not hit.facts.from_user else 0.0


def _date(hit: Hit, query: RecallQuery, weights: RankingWeights) -> float:
    if not query.months:
        return 0.0
    named = any(month.covers(hit.facts.said_at) for month in query.months)
    return weights.month if named else 0.0


def _session(
    sessions: Sequence[int], alone: Sequence[float], weights: RankingWeights
) -> list[float]:
    """A share of the best score of each hit's session."""
    best: dict[int, float] = {}
    for session, score in zip(sessions, alone, strict=True):
        best[session] = max(score, best.get(session, score))
    return [weights.session * best[session] for session in sessions]
