from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape [n, dims], rows L2-normalised."""


class Embedder(Protocol):
    """Texts to vectors. The same text gives the same vector, alone or in a batch."""

    @property
    def name(self) -> str:
        """The model's name; vectors of different names cannot be compared."""
        ...

    @property
    def dims(self) -> int:
        """Length of each vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; shape [0, dims] for no texts.

        A text longer than the model's window is cut; an empty text has a vector as well.

        Raises:
            IndexUnavailable: the model gave no answer within its deadline.
        """
        ...

    async def close(self) -> None:
        """Threads and connections are gone."""
        ...
