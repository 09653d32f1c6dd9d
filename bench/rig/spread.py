"""Repeated figures, and how far they lie apart."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure that was measured several times."""

    median: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        if self.count == 1:
            return shown(self.median)
        return f"{shown(self.median)} ({shown(self.low)}–{shown(self.high)})"


def spread(samples: Sequence[float]) -> Spread:
    """The median of samples, the least and the greatest of them."""
    return Spread(statistics.median(samples), min(samples), max(samples), len(samples))


def quantile(values: Sequence[float], percent: float) -> float:
    """Below which so many percent of the values lie; nan of none."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def shown(value: float) -> str:
    """Three digits that count."""
    if math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
