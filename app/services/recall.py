"""The ranking recipe: pure functions over the hits of one search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.ports.vector_index import Hit
from app.services.recall_query import RecallQuery

Scores = NDArray[np.float64]
"""One number per hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingWeights:
    """How much each sign counts, in units of cosine.

    Found on LoCoMo conversations 1-5, confirmed on 6-10. The optimum is flat: half or one and a half
    of any of them moves recall@10 by less than 2 points.
    """

    lexical: float = 0.3
    """Of BM25 over the search's best."""
    previous: float = 0.2
    """Of the base score of the turn before, in the same session."""
    following: float = 0.1
    """Of the base score of the turn after."""
    alone: float = 0.05
    """Of its own base score, for a memory, which has no neighbours. With it, a memory near rank 10
    is right at least as often as an episode there (LoCoMo's observations beside its turns)."""
    speaker: float = 0.1
    """For what the one named speaker said."""
    first_person: float = 0.1
    """For what the user said, when nobody is named and the question speaks of "me"."""
    question: float = -0.05
    """For a question: it asks what others answer."""
    month: float = 0.15
    """For what was said in a month that is named."""
    session: float = 0.1
    """Of the mean of the session's best hits; a memory is a session of its own."""
    session_top: int = 3
    """How many hits that mean is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on a hit says something about the question.

    Raw scores decide, since the fused score is high for the best of a bad lot as well. Measured on
    LoCoMo (5 conversations, 760 questions, 3,996 asked of a conversation they are not about).
    """

    cosine: float = 0.45
    """One hit this near is enough, whatever its words: a paraphrase."""
    together: float = 0.59
    """Or one hit with this much of cosine and share of the question's words."""
    each: float = 0.15
    """Of both together, for each hit that is kept."""


CANDIDATES: Final = 60
"""Of each half of a search. With 50 to 100, recall@10 is the same on LoCoMo (79.2 to 80.1 %), and
a search takes time by the hit."""

DEFAULT_THRESHOLDS: Final = Thresholds()
DEFAULT_WEIGHTS: Final = RankingWeights()


@dataclass(frozen=True, slots=True)
class ContextTail:
    """What the model is shown anyway: a session from one position on."""

    session_id: UUID
    from_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
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
    base = _base(kept, weights)
    neighbours = _neighbours(kept, base, weights)
    speaker = np.array([_speaker(hit, query, weights) for hit in kept])
    question = np.array([weights.question if hit.facts.asks else 0.0 for hit in kept])
    date = np.array([_date(hit, query, weights) for hit in kept])
    alone = base + neighbours + speaker + question + date
    session = _session(kept, alone, weights)
    ranked = [
        Ranked(
            hit=hit,
            base=float(base[row]),
            neighbours=float(neighbours[row]),
            speaker=float(speaker[row]),
            question=float(question[row]),
            date=float(date[row]),
            session=float(session[row]),
        )
        for row, hit in enumerate(kept)
    ]
    return sorted(
        ranked, key=lambda one: (round(one.score, 6), one.hit.facts.said_at), reverse=True
    )


def relevant(
    ranked: Sequence[Ranked], *, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> list[Ranked]:
    """Those that say something about the question, in their order; none if no hit is good enough.

    Args:
        ranked: all hits of a search, since one of them speaks for the others.
        thresholds: on the raw scores.
    """
    if not any(_speaks(one.hit, thresholds) for one in ranked):
        return []
    return [one for one in ranked if _together(one.hit) >= thresholds.each]


def _speaks(hit: Hit, thresholds: Thresholds) -> bool:
    return hit.cosine >= thresholds.cosine or _together(hit) >= thresholds.together


def _together(hit: Hit) -> float:
    return hit.cosine + hit.lexical_share


def _is_shown(hit: Hit, shown: ContextTail | None) -> bool:
    return (
        shown is not None
        and hit.facts.session_id == shown.session_id
        and hit.facts.position >= shown.from_position
    )


def _base(hits: Sequence[Hit], weights: RankingWeights) -> Scores:
    """Cosine, and BM25 as a share of the search's best."""
    cosine = np.array([hit.cosine for hit in hits])
    lexical = np.array([hit.lexical for hit in hits])
    best = lexical.max()
    return cosine if best <= 0 else cosine + weights.lexical * lexical / best


def _neighbours(hits: Sequence[Hit], base: Scores, weights: RankingWeights) -> Scores:
    """What the turns before and after add; a neighbour that was not found adds nothing."""
    at = {
        (hit.facts.session_id, hit.facts.position): score
        for hit, score in zip(hits, base, strict=True)
    }
    term = np.zeros(len(hits))
    for row, hit in enumerate(hits):
        session_id, position = hit.facts.session_id, hit.facts.position
        if session_id is None:
            term[row] = weights.alone * base[row]
        else:
            term[row] += weights.previous * at.get((session_id, position - 1), 0.0)
            term[row] += weights.following * at.get((session_id, position + 1), 0.0)
    return term


def _speaker(hit: Hit, query: RecallQuery, weights: RankingWeights) -> float:
    if len(query.speakers) == 1:
        return weights.speaker if hit.facts.speaker in query.speakers else 0.0
    return weights.first_person if query.first_person and hit.facts.from_user else 0.0


def _date(hit: Hit, query: RecallQuery, weights: RankingWeights) -> float:
    named = any(month.covers(hit.facts.said_at) for month in query.months)
    return weights.month if named else 0.0


def _session(hits: Sequence[Hit], alone: Scores, weights: RankingWeights) -> Scores:
    """A share of the mean of the best hits of each hit's session; a memory is one by itself."""
    by_session: dict[UUID, list[float]] = {}
    sessions = [hit.facts.session_id or hit.facts.id for hit in hits]
    for session, score in zip(sessions, alone, strict=True):
        by_session.setdefault(session, []).append(score)
    best = {
        session: float(np.mean(sorted(scores, reverse=True)[: weights.session_top]))
        for session, scores in by_session.items()
    }
    return np.array([weights.session * best[session] for session in sessions])
