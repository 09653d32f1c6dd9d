"""Texts and vectors to fill memories with, as many as are wanted."""

import random
from typing import Final

import numpy as np

from app.core.container import ASSETS
from app.ports.embedder import Vectors

ORIGINALS: Final = 2_000
"""Sentences that are embedded by the model; a million would take hours."""
BLUR: Final = 0.03
"""Standard deviation of the noise by which copies of a vector differ, in each dimension."""


class Sentences:
    """Endless sentences of English words, the frequent ones more often, as in Zipf's law."""

    def __init__(self, seed: int) -> None:
        vocabulary = (ASSETS / "minilm-l6" / "vocab.txt").read_text("utf-8").split()
        self._words = [word for word in vocabulary if word.isalpha() and len(word) > 2]
        ranks = np.arange(1, len(self._words) + 1)
        self._weights = np.cumsum(1 / ranks).tolist()
        self._random = random.Random(seed)  # noqa: S311 - words, not secrets

    def next(self, words: int) -> str:
        """A sentence of so many words."""
        picked = self._random.choices(self._words, cum_weights=self._weights, k=words)
        return " ".join(picked).capitalize() + "."


class Source:
    """Endless memories: sentences, and vectors that are those of some of them, blurred."""

    def __init__(self, sentences: Sentences, originals: Vectors, *, seed: int = 1) -> None:
        self._sentences = sentences
        self._originals = originals
        self._noise = np.random.default_rng(seed)

    def draw(self, count: int) -> tuple[list[str], Vectors]:
        """So many texts, and a row for each of them."""
        picked = self._originals[self._noise.integers(0, len(self._originals), count)]
        blurred = picked + self._noise.normal(0, BLUR, picked.shape)
        vectors: Vectors = (blurred / np.linalg.norm(blurred, axis=1, keepdims=True)).astype("f4")
        return [self._sentences.next(10) for _ in range(count)], vectors
