from app.core.recall_settings import RecallSettings
from app.models.memory import MemoryKind
from app.services.layers import LayerPlaces
from app.services.recall import RankingWeights
from app.services.relevance import relevance_from
from app.services.reranking import Knobs
from app.services.tuning import Tuning


def tuning_of(recall: RecallSettings) -> Tuning:
    """What an operator has set about the choice of memories."""
    half_lives = recall.half_life_days.model_dump(exclude_none=True)
    return Tuning(
        weights=RankingWeights(**recall.weights.model_dump()),
        relevance=relevance_from(recall.threshold, least=recall.least_match),
        knobs=Knobs(
            importance=recall.importance,
            recency=recall.recency,
            half_life_days={MemoryKind(kind): days for kind, days in half_lives.items()},
        ),
        places=LayerPlaces(**recall.layers.model_dump()),
    )
