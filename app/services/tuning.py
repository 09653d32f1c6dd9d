"""All that an operator may set about what a turn is given to remember by."""

from dataclasses import dataclass
from typing import Final

from app.services.layers import NO_LAYERS, LayerPlaces
from app.services.recall import DEFAULT_WEIGHTS, RankingWeights
from app.services.relevance import DEFAULT_RELEVANCE, RelevanceWeights
from app.services.reranking import NO_KNOBS, Knobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Weights of the ranking, when to stay silent, importance, time, and layers."""

    weights: RankingWeights = DEFAULT_WEIGHTS
    relevance: RelevanceWeights = DEFAULT_RELEVANCE
    knobs: Knobs = NO_KNOBS
    places: LayerPlaces = NO_LAYERS


DEFAULT_TUNING: Final = Tuning()
