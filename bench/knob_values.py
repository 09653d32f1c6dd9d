"""The knobs of recall, the values that are tried, and what recall is like with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from app.models.memory import MemoryKind
from app.services.recall import DEFAULT_WEIGHTS
from app.services.reranking import Knobs
from app.services.tuning import DEFAULT_TUNING
from bench.knob_cases import Setting

FACTORS: Final = (0.0, 0.5, 1.5, 2.0)
"""Of a weight's default."""
NEVER: Final = 36_500.0
"""A half-life in days that changes nothing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One knob at each of its values, all others as they are by default."""

    knob: str
    settings: Mapping[float, Setting]
    default: float


def weight_trials() -> list[Trial]:
    """Each weight of the ranking, by the factor of its default."""
    trials = []
    for field in fields(DEFAULT_WEIGHTS):
        default = getattr(DEFAULT_WEIGHTS, field.name)
        settings = {
            factor: _tuned(weights=replace(DEFAULT_WEIGHTS, **{field.name: factor * default}))
            for factor in FACTORS
        }
        trials.append(Trial(f"weights.{field.name} ×", settings, 1.0))
    return trials


def search_trials() -> list[Trial]:
    """How many are ranked."""
    return [
        Trial(
            "candidates", {float(n): Setting(candidates=n) for n in (20, 40, 80, 120, 160)}, 60.0
        ),
    ]


def quality_trials() -> list[Trial]:
    """Importance and time: what memories are, beside what they say."""
    return [
        _by_knob("importance", (0.1, 0.2, 0.4, 0.7, 1.0), lambda v: Knobs(importance=v)),
        _by_knob("recency", (0.02, 0.05, 0.1, 0.2, 0.4), lambda v: Knobs(recency=v)),
        *(_half_life(str(kind), [kind]) for kind in MemoryKind),
        _half_life("all kinds", list(MemoryKind)),
    ]


def spare_trials() -> list[Trial]:
    """How many more than wanted are weighed, where importance and time count."""
    knobs = Knobs(importance=0.4, recency=0.1)
    settings = {spare: replace(_tuned(knobs=knobs), spare=spare) for spare in (1.0, 2.0, 3.0, 4.0)}
    return [Trial("weighed × wanted (importance .4, recency .1)", settings, 0.0)]


def _by_knob(knob: str, values: Sequence[float], make: Callable[[float], Knobs]) -> Trial:
    return Trial(knob, {value: _tuned(knobs=make(value)) for value in values}, 0.0)


def _half_life(name: str, kinds: Sequence[MemoryKind]) -> Trial:
    def make(days: float) -> Knobs:
        return Knobs(half_life_days=dict.fromkeys(kinds, days))

    trial = _by_knob(f"half_life_days.{name}", (30.0, 90.0, 180.0, 365.0, 1_460.0), make)
    return replace(trial, default=NEVER)


def _tuned(**changes: object) -> Setting:
    return Setting(tuning=replace(DEFAULT_TUNING, **changes))  # type: ignore[arg-type]  # by name
