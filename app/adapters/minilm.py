import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.adapters.wordpiece import WordPiece
from app.core.errors import IndexUnavailable
from app.ports.embedder import Vectors

if TYPE_CHECKING:
    import onnxruntime as ort

MODEL_FILE: Final = "minilm-l6-w8.onnx"
VOCABULARY_FILE: Final = "vocab.txt"
DIMS: Final = 384
MAX_TOKENS: Final = 256
"""The length the model was trained with."""

BATCH_TEXTS: Final = 8
BATCH_BYTES: Final = 1_024
"""UTF-8 bytes after padding, about 256 tokens: a batch keeps the thread for 20 to 40 ms, and larger
ones are no faster (measured: 4.3 ms a text at 8 and 1,024, 4.9 at 16 and 2,048)."""
TEXT_BYTES: Final = 1_024
"""What a text is taken to cost at most, since it is cut at MAX_TOKENS."""


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 in this process, on one thread of its own.

    Many texts are cut into small batches that queue one at a time, so that a single text (a
    question somebody waits for) comes after at most one batch, however much is being indexed.
    No text is kept after its call: there is no cache on purpose.
    """

    def __init__(self, folder: Path, *, deadline_s: float = 5.0) -> None:
        """Loads the model, which takes about 0.3 s and 70 MiB.

        Args:
            folder: holds the model and its vocabulary.
            deadline_s: how long one text, or one batch of many, may take with its wait.
        """
        self._words = WordPiece(folder / VOCABULARY_FILE)
        self._session = _open_session(folder / MODEL_FILE)
        self._deadline_s = deadline_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="minilm")
        self._bulk_turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """The model and its form; a change of either asks for new vectors."""
        return "all-MiniLM-L6-v2/w8"

    @property
    def dims(self) -> int:
        """384."""
        return DIMS

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; shape [0, 384] for no texts.

        Raises:
            IndexUnavailable: the thread gave no answer within the deadline, or is closed.
        """
        if len(texts) == 1:
            return await self._on_thread(lambda: self._vectors(texts))
        rows = np.empty((len(texts), DIMS), dtype=np.float32)
        for batch in batches(texts):
            async with self._bulk_turn:
                rows[batch] = await self._on_thread(_bound(self._vectors, texts, batch))
        return rows

    async def close(self) -> None:
        """The thread is gone; what was waiting for it is cancelled."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def _on_thread(self, work: Callable[[], Vectors]) -> Vectors:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError:
            raise IndexUnavailable("The embedding model did not answer in time") from None
        except RuntimeError as error:
            raise IndexUnavailable("The embedding model failed, or is closed") from error

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        ids = [self._words.encode(text, max_tokens=MAX_TOKENS) for text in texts]
        longest = max(map(len, ids))
        input_ids = np.zeros((len(ids), longest), dtype=np.int64)
        attention_mask = np.zeros_like(input_ids)
        for row, tokens in enumerate(ids):
            input_ids[row, : len(tokens)] = tokens
            attention_mask[row, : len(tokens)] = 1
        feeds = {"input_ids": input_ids, "attention_mask": attention_mask}
        vectors: Vectors = self._session.run(["embedding"], feeds)[0]
        return vectors


def batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Places of texts of like length, in batches of bounded cost; each place once."""
    costs = [min(len(text.encode("utf-8", "replace")), TEXT_BYTES) for text in texts]
    batch: list[int] = []
    for place in sorted(range(len(texts)), key=costs.__getitem__):
        full = len(batch) == BATCH_TEXTS or costs[place] * (len(batch) + 1) > BATCH_BYTES
        if batch and full:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _bound(
    vectors: Callable[[Sequence[str]], Vectors], texts: Sequence[str], batch: list[int]
) -> Callable[[], Vectors]:
    return lambda: vectors([texts[place] for place in batch])


def _open_session(model: Path) -> "ort.InferenceSession":
    """A session on one thread, without the arena that would keep the largest batch's memory."""
    # onnxruntime >= 1.29 sends telemetry unless this is set before it is imported, and has no
    # argument for it. It is the one place that writes to the environment.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime as ort  # noqa: PLC0415  the line above must come first

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
