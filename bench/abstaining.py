"""Abstaining measured: signs of questions asked where they belong, and where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.services.relevance import DEFAULT_RELEVANCE, RelevanceWeights, Signs, log_odds
from bench.locomo import Form

Values = NDArray[np.float64]

LOSS: Final = 2.0
"""Points of recall@10 that abstaining may cost."""
ACQUAINTED: Final = 0.5
"""Profiles with less to compare with teach nothing."""
RIDGE: Final = 1.0
STEPS: Final = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked of one profile."""

    form: Form
    shelf: str
    """The conversations of the profile."""
    asker: str
    """The conversation that the question is about."""
    size: str
    """How much was said on the profile."""
    signs: Signs
    recall: float | None
    """Recall@10 of the evidence, 0 … 1; None when the question does not belong there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a threshold does."""

    threshold: float
    lost: float
    """Points of recall@10."""
    silent: float
    """Per cent of the questions that do not belong."""


def outcome(samples: Sequence[Sample], odds: Values, threshold: float) -> Outcome:
    """What is lost and kept silent when nothing at or below a threshold is shown."""
    mute = odds <= threshold
    recalls = np.array([one.recall if one.recall is not None else np.nan for one in samples])
    own = ~np.isnan(recalls)
    lost = 100 * float((recalls[own] * mute[own]).mean()) if own.any() else 0.0
    silent = 100 * float(mute[~own].mean()) if (~own).any() else 0.0
    return Outcome(threshold, lost, silent)


def sweep(samples: Sequence[Sample], odds: Values) -> list[Outcome]:
    """What each threshold does, from nearly never silent to nearly always."""
    steps = np.quantile(odds, np.linspace(0.0, 1.0, 201))
    return [outcome(samples, odds, float(step)) for step in steps]


def strictest(samples: Sequence[Sample], odds: Values, *, lost: float = LOSS) -> float:
    """The highest threshold that loses at most so many points."""
    allowed = [one.threshold for one in sweep(samples, odds) if one.lost <= lost]
    return max(allowed, default=float(odds.min()))


def odds_of(samples: Sequence[Sample], weights: RelevanceWeights = DEFAULT_RELEVANCE) -> Values:
    """The log-odds of each sample."""
    return np.array([log_odds(one.signs, weights=weights) for one in samples])


def fitted(samples: Sequence[Sample]) -> RelevanceWeights:
    """Logistic weights: own questions whose evidence is found, against those that do not belong.

    Each size of profile and each side weighs the same; profiles too small to compare anything with
    teach nothing. The constant is such that those of one whole conversation lose LOSS points.
    """
    known = [
        one
        for one in samples
        if one.signs.acquaintance >= ACQUAINTED and (one.recall is None or one.recall > 0)
    ]
    x = np.array([_row(one.signs) for one in known])
    y = np.array([one.recall is not None for one in known], dtype=np.float64)
    slopes = _logistic(x, y, _balance(known))
    weights = replace(
        DEFAULT_RELEVANCE,
        constant=0.0,
        together=float(slopes[0]),
        rarity=float(slopes[1]),
        background=float(slopes[2]),
        stranger=float(slopes[3]),
    )
    whole = [one for one in samples if one.size == "one"]
    thresholds = [
        strictest(some, odds_of(some, weights))
        for form in Form
        if (some := [one for one in whole if one.form is form])
    ]
    return replace(weights, constant=-min(thresholds))


def cross_validated(samples: Sequence[Sample], form: Form) -> tuple[list[Sample], Values]:
    """Samples of a form, each weighed by what was fitted without its two conversations' shelf.

    A fold leaves out one conversation, as shelf and as asker.
    """
    tested: list[Sample] = []
    odds: list[Values] = []
    for left_out in sorted({one.asker for one in samples}):
        rest = [one for one in samples if left_out not in one.shelf and one.asker != left_out]
        fold = [
            one
            for one in samples
            if one.shelf == left_out and one.form is form and one.size == "one"
        ]
        tested += fold
        odds.append(odds_of(fold, fitted(rest)))
    return tested, np.concatenate(odds)


def _row(signs: Signs) -> tuple[float, float, float, float]:
    return (signs.together, signs.rarity, signs.background, float(signs.stranger))


def _balance(samples: Sequence[Sample]) -> Values:
    """A weight per sample, the same in sum for each size and side; 1 on average."""
    keys = [(one.size, one.recall is None) for one in samples]
    counts = {key: keys.count(key) for key in set(keys)}
    weights = np.array([1 / counts[key] for key in keys])
    scaled: Values = weights * (len(weights) / weights.sum())
    return scaled


def _logistic(x: Values, y: Values, weights: Values) -> Values:
    """The slopes of a ridge logistic regression, by Newton's method on standardised columns."""
    spread = x.std(axis=0) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / spread])
    ridge = RIDGE * np.diag([0.0] + [1.0] * x.shape[1])
    slopes = np.zeros(z.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-z @ slopes))
        gradient = z.T @ (weights * (p - y)) + ridge @ slopes
        curvature = (z * (weights * p * (1 - p))[:, None]).T @ z + ridge
        slopes -= np.linalg.solve(curvature, gradient)
    found: Values = slopes[1:] / spread
    return found
