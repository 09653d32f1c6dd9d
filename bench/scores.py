"""Scores of rankings against evidence, and how sure one may be of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.locomo import ADVERSARIAL, Question

CUTS: Final = (5, 10, 20)
MEASURES: Final = ("R@5", "R@10", "R@20", "MRR")
CATEGORIES: Final = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    ADVERSARIAL: "adversarial",
}
OVERALL: Final = "all but adversarial"
RESAMPLES: Final = 2_000

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, and the dialogue ids that a ranker put in order for it."""

    question: Question
    conversation: str
    found: tuple[str, ...]

    def recall(self, k: int) -> float:
        """The share of the evidence among the first k, 0 … 1."""
        evidence = self.question.evidence
        return len(evidence & set(self.found[:k])) / len(evidence)

    def reciprocal_rank(self) -> float:
        """One over the place of the first evidence, 0 if there is none."""
        places = (at for at, found in enumerate(self.found, 1) if found in self.question.evidence)
        return 1 / next(places, float("inf"))

    def values(self) -> tuple[float, ...]:
        """One per measure, in per cent."""
        return (*(100 * self.recall(k) for k in CUTS), 100 * self.reciprocal_rank())


def counted(answers: Sequence[Answer]) -> list[Answer]:
    """Those with evidence that is about the right speaker."""
    return [
        one for one in answers if one.question.evidence and one.question.category != ADVERSARIAL
    ]


def groups(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The answers that count, by what is reported: together, by category, by conversation."""
    all_of_them = counted(answers)
    evident = [one for one in answers if one.question.evidence]
    by_category = {
        name: [one for one in evident if one.question.category == category]
        for category, name in CATEGORIES.items()
    }
    by_conversation = {
        f"conversation {name}": [one for one in all_of_them if one.conversation == name]
        for name in sorted({one.conversation for one in all_of_them})
    }
    return {OVERALL: all_of_them, **by_category, **by_conversation}


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:5.1f} [{self.low:4.1f} {self.high:4.1f}]"


def interval(values: Values) -> Interval:
    """The mean of the values, and where it lies in 95 % of samples drawn from them again."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def table(answers: Sequence[Answer]) -> dict[str, Interval]:
    """An interval for each measure."""
    values = np.array([one.values() for one in answers])
    return {name: interval(values[:, at]) for at, name in enumerate(MEASURES)}


def difference(ours: Sequence[Answer], theirs: Sequence[Answer], *, k: int) -> Interval:
    """By how many points of recall@k the first are better, question by question."""
    pairs = zip(counted(ours), counted(theirs), strict=True)
    return interval(np.array([100 * (a.recall(k) - b.recall(k)) for a, b in pairs]))


Advance = Callable[[], object]
