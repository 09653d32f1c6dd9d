"""Whether what a search found says anything about the text: pure functions over raw scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.ports.vector_index import Found
from app.services.recall import Ranked
from app.services.recall_query import RecallQuery

BACKGROUND_PLACE: Final = 40
"""The hit that stands for what is merely of the same tone. At 20 and 60 it tells less."""

ACQUAINTED_POINTS: Final = 200
"""From so many on, what a profile has never mentioned is foreign to it. With 40, profiles of three
LoCoMo sessions (some 65 points) lose 5.4 points of recall@10 instead of 2.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevanceWeights:
    """A logistic model of "the evidence is among these hits", in log-odds.

    Raw scores decide, since the fused score is high for the best of a bad lot as well. Fitted by
    `bench.fit_relevance` on LoCoMo questions asked of their own conversation and of others, in
    profiles of one session to two conversations. On conversations left out of the fit, 95 % of
    foreign questions find nothing for 1.1 points of recall@10 where people have names, and 66 %
    for 2.0 points between user and assistant: "What instrument do I play?" has an answer in many
    a stranger's memories.
    """

    constant: float = 0.95
    """So that recall@10 loses 2 points in the form that loses more."""
    together: float = 6.4
    """Of the best hit's cosine plus its share of the question's words."""
    rarity: float = -5.3
    """Of the mean squared rarity of the question's words: it speaks of what was never spoken of."""
    background: float = -8.7
    """Of the cosine at BACKGROUND_PLACE: a text near to everything is near to nothing."""
    stranger: float = -2.0
    """When it names somebody or something that was never mentioned."""
    unacquainted: float = -3.4
    """Instead of rarity and background, while there is next to nothing to compare with: what a
    profile of a few memories does not mention is not foreign to it yet. Then 0.35 of cosine and
    share together decide. On everyday questions to eight memories, the best of what is beside the
    point has 0.19, and the weakest that is not has 0.39."""
    each: float = 0.15
    """The least of cosine and share of words together, for each hit that is kept."""


DEFAULT_RELEVANCE: Final = RelevanceWeights()


def relevance_from(threshold: float, *, least: float = DEFAULT_RELEVANCE.each) -> RelevanceWeights:
    """The weights with which something is shown from a sureness on.

    Args:
        threshold: how sure, 0 … 1 (exclusive); 0.5 is what the weights are fitted for, and from 0
            on whatever is nearest is shown.
        least: of cosine and share of words together, for each hit.
    """
    asked = math.log(threshold / (1 - threshold)) if threshold > 0 else -math.inf
    return replace(DEFAULT_RELEVANCE, constant=DEFAULT_RELEVANCE.constant - asked, each=least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for and against the hits of a search, before weighing."""

    together: float
    rarity: float
    background: float
    stranger: bool
    acquaintance: float
    """How much there is to compare with: 0 nothing, 1 from ACQUAINTED_POINTS on."""


def signs_of(found: Found, ranked: Sequence[Ranked], query: RecallQuery) -> Signs:
    """The signs of one search.

    Args:
        found: what came back.
        ranked: those of its hits that the model is not shown anyway.
        query: the text that was searched by.
    """
    cosines = sorted((one.hit.cosine for one in ranked), reverse=True)
    rarity = found.rarity
    return Signs(
        together=max(map(together, ranked), default=0.0),
        rarity=float((rarity * rarity).mean()) if len(rarity) else 0.0,
        background=cosines[:BACKGROUND_PLACE][-1] if cosines else 0.0,
        acquaintance=min(1.0, found.points / ACQUAINTED_POINTS),
        stranger=any(
            stem in query.name_stems and share >= 1.0
            for stem, share in zip(query.stems.indices.tolist(), rarity.tolist(), strict=True)
        ),
    )


def log_odds(signs: Signs, *, weights: RelevanceWeights = DEFAULT_RELEVANCE) -> float:
    """How much more likely than not the hits say something; above 0, they are shown."""
    compared = (
        weights.rarity * signs.rarity
        + weights.background * signs.background
        + (weights.stranger if signs.stranger else 0.0)
    )
    return (
        weights.constant
        + weights.together * signs.together
        + signs.acquaintance * compared
        + (1 - signs.acquaintance) * weights.unacquainted
    )


def relevant(
    ranked: Sequence[Ranked], signs: Signs, *, weights: RelevanceWeights = DEFAULT_RELEVANCE
) -> list[Ranked]:
    """Those that say something about the text, in their order; none if all speaks against it."""
    if log_odds(signs, weights=weights) <= 0:
        return []
    return [one for one in ranked if together(one) >= weights.each]


def together(one: Ranked) -> float:
    """Cosine and share of the question's words."""
    return one.hit.cosine + one.hit.lexical_share
