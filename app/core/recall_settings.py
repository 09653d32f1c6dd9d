"""How memories are read for a turn: every setting, its default and its unit."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

Weight = Annotated[float, Field(ge=0, le=2)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Places = Annotated[int, Field(ge=0, le=20)]

_BOUNDED = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RankingWeightSettings(BaseModel):
    """How much each sign counts in the ranking, in units of cosine.

    The defaults are those of `app.services.recall.RankingWeights`, where they are explained.
    """

    model_config = _BOUNDED
    lexical: Weight = 0.35
    asked: Weight = 0.4
    previous: Weight = 0.1
    following: Weight = 0.1
    alone: Weight = 0.05
    speaker: Weight = 0.2
    first_person: Weight = 0.15
    second_person: Weight = 0.1
    question: float = Field(default=-0.1, ge=-2, le=0)
    month: Weight = 0.15
    session: Weight = 0.3


class HalfLifeSettings(BaseModel):
    """After how many days half of a memory's score is left, by its kind; None and 0: it never fades.

    Old messages and facts are what people ask for: on LoCoMo, recall@10 loses 1 to 2 points when
    messages halve in a year, and 8 to 9 in 90 days. Passing circumstances cost nothing.
    """

    model_config = _BOUNDED
    fact: Days | None = None
    preference: Days | None = None
    event: Days | None = None
    context: Days | None = 90.0
    episode: Days | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_is_never(cls, given: object) -> object:
        return None if given in ("", "0", 0) else given


class LayerSettings(BaseModel):
    """How many memories are given whatever is said, beside those that match."""

    model_config = _BOUNDED
    important: Places = 0
    preferences: Places = 0
    recent: Places = 0


class RecallSettings(BaseModel):
    """How memories are read for a turn. What each setting does: `make bench-knobs`."""

    model_config = _BOUNDED
    top_k: int = Field(default=10, ge=1, le=100)
    candidates: int = Field(default=60, ge=1, le=1_000)
    """Of each half of a search. On LoCoMo, recall@10 is the same with 50 to 80, and 0.6 lower with
    40; a search takes time by the hit."""
    deadline_s: float = Field(default=2.0, gt=0)
    threshold: float = Field(default=0.5, ge=0, lt=1)
    """How sure recall has to be that it found something; 0: it is never silent."""
    least_match: float = Field(default=0.15, ge=0, le=2)
    """Of cosine and share of the question's words together, of each memory."""
    importance: float = Field(default=0.2, ge=0, le=2)
    """A score is multiplied by 1 + this · (importance - 0.5). More lifts what is vital higher, and
    costs recall where importance is misjudged: 0.3 points at 0.4, 1.5 at 1."""
    recency: Weight = 0.0
    """Added to the score of what is said now, half of it to what was said 30 days ago. On LoCoMo 0.1
    costs 0 to 0.6 points of recall@10."""
    half_life_days: HalfLifeSettings = HalfLifeSettings()
    weights: RankingWeightSettings = RankingWeightSettings()
    layers: LayerSettings = LayerSettings()
