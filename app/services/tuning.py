"""All that an operator may set about what a turn is given to remember by."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.models.memory import MemoryKind
from app.services.layers import NO_LAYERS, LayerPlaces
from app.services.recall import DEFAULT_WEIGHTS, RankingWeights
from app.services.relevance import DEFAULT_RELEVANCE, RelevanceWeights
from app.services.reranking import Knobs

DEFAULT_KNOBS: Final = Knobs(
    importance=0.2, half_life_days=MappingProxyType({MemoryKind.CONTEXT: 90.0})
)
"""Of the values that do no harm on LoCoMo, also when importance and kind are stamped by lot, those that
help most in `bench.knob_scenes`. Anything that fades but passing circumstances costs recall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Weights of the ranking, when to stay silent, importance, time, and layers."""

    weights: RankingWeights = DEFAULT_WEIGHTS
    relevance: RelevanceWeights = DEFAULT_RELEVANCE
    knobs: Knobs = DEFAULT_KNOBS
    places: LayerPlaces = NO_LAYERS


DEFAULT_TUNING: Final = Tuning()
