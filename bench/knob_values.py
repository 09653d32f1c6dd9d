"""The knobs of recall, the values that are tried, and what recall is like with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from app.models.memory import MemoryKind
from app.services.recall import DEFAULT_WEIGHTS
from app.services.reranking import Knobs
from app.services.tuning import DEFAULT_KNOBS, DEFAULT_TUNING
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


def weight_trials(*names: str) -> list[Trial]:
    """Each weight of the ranking, or each of these, by the factor of its default."""
    trials = []
    for field in fields(DEFAULT_WEIGHTS):
        if names and field.name not in names:
            continue
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
        _by_knob("importance", (0.0, 0.1, 0.4, 0.7, 1.0), lambda v: {"importance": v}),
        _by_knob("recency", (0.02, 0.05, 0.1, 0.2, 0.4), lambda v: {"recency": v}),
        *(_half_life(str(kind), [kind]) for kind in MemoryKind),
        _half_life("all kinds", list(MemoryKind)),
    ]


def stamp_trials() -> list[Trial]:
    """Those that trust an extractor's stamps."""
    by_name = {trial.knob: trial for trial in quality_trials()}
    return [by_name["importance"], by_name["half_life_days.context"]]


def spare_trials() -> list[Trial]:
    """How many more than wanted are weighed, with importance 0.4 and recency 0.1."""
    knobs = _turned(importance=0.4, recency=0.1)
    settings = {spare: replace(_tuned(knobs=knobs), spare=spare) for spare in (1.0, 2.0, 3.0, 4.0)}
    return [Trial("weighed / wanted", settings, 0.0)]


def _by_knob(
    knob: str, values: Sequence[float], make: Callable[[float], Mapping[str, object]]
) -> Trial:
    settings = {value: _tuned(knobs=_turned(**make(value))) for value in values}
    return Trial(knob, settings, getattr(DEFAULT_KNOBS, knob, 0.0))


def _half_life(name: str, kinds: Sequence[MemoryKind]) -> Trial:
    default = DEFAULT_KNOBS.half_life_days.get(kinds[0], NEVER) if len(kinds) == 1 else NEVER

    def make(days: float) -> Mapping[str, object]:
        half_lives = {**DEFAULT_KNOBS.half_life_days, **dict.fromkeys(kinds, days)}
        return {"half_life_days": half_lives}

    values = [days for days in (30.0, 90.0, 180.0, 365.0, 1_460.0, NEVER) if days != default]
    return replace(_by_knob(f"half_life_days.{name}", values, make), default=default)


def _turned(**changes: object) -> Knobs:
    return replace(DEFAULT_KNOBS, **changes)  # type: ignore[arg-type]  # by name


def _tuned(**changes: object) -> Setting:
    return Setting(tuning=replace(DEFAULT_TUNING, **changes))  # type: ignore[arg-type]  # by name
