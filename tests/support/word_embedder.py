from collections.abc import Sequence
from zlib import crc32

import numpy as np

from app.ports.embedder import Vectors
from app.services.lexicon import stems


class WordEmbedder:
    """Vectors by the words of a text, without a model: texts that share stems are near."""

    name = "words"
    dims = 64

    async def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [self._row(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dims)

    async def close(self) -> None:
        pass

    def _row(self, text: str) -> Vectors:
        total = np.ones(self.dims) / 100
        for stem in stems(text):
            total += np.random.default_rng(crc32(stem.encode())).standard_normal(self.dims)
        return (total / np.linalg.norm(total)).astype(np.float32)
