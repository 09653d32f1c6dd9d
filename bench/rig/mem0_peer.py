"""mem0 as its users run it by themselves: `AsyncMemory` on a local Qdrant, with our embedder."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from app.ports.embedder import Embedder, Vectors

BATCH: Final = 1_000
_UNWANTED: Final = ("OPENROUTER_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL")


class LentEmbedder:
    """Our embedder for mem0, which calls it from threads while the loop goes on."""

    def __init__(self, embedder: Embedder, loop: asyncio.AbstractEventLoop) -> None:
        self._embedder = embedder
        self._loop = loop

    def embed(self, text: str, _action: str | None = None) -> list[float]:
        """The vector of a text."""
        return self.embed_batch([text])[0]

    def embed_batch(self, texts: Sequence[str], _action: str | None = None) -> list[list[float]]:
        """A vector for each text."""
        embedding = asyncio.run_coroutine_threadsafe(self._embedder.embed(texts), self._loop)
        return [list(map(float, row)) for row in embedding.result()]


@asynccontextmanager
async def open_mem0(
    folder: Path, embedder: Embedder, *, model_url: str = "http://127.0.0.1:9/v1"
) -> AsyncIterator[Any]:
    """An `AsyncMemory` that keeps all it has in a folder; nothing leaves the machine."""
    os.environ["MEM0_TELEMETRY"] = "False"
    os.environ["MEM0_DIR"] = str(folder / "mem0")
    for name in _UNWANTED:
        os.environ.pop(name, None)
    from mem0 import AsyncMemory  # noqa: PLC0415 - reads the environment, and takes seconds
    from mem0.configs.base import MemoryConfig  # noqa: PLC0415 - as above

    store = {
        "collection_name": "bench",
        "path": str(folder / "qdrant"),
        "embedding_model_dims": embedder.dims,
        "on_disk": True,
    }
    model = {"api_key": "none", "model": "bench", "openai_base_url": model_url}
    config = MemoryConfig(
        vector_store={"provider": "qdrant", "config": store},
        llm={"provider": "openai", "config": model},
        embedder={"provider": "openai", "config": {"api_key": "none"}},
        history_db_path=str(folder / "history.db"),
    )
    memory = AsyncMemory(config)
    memory.embedding_model = LentEmbedder(embedder, asyncio.get_running_loop())
    try:
        yield memory
    finally:
        memory.vector_store.client.close()


def put(memory: Any, texts: Sequence[str], vectors: Vectors, *, user_id: str) -> None:
    """The memories are there, past the model and the history."""
    for start in range(0, len(texts), BATCH):
        some = texts[start : start + BATCH]
        memory.vector_store.insert(
            vectors=[list(map(float, row)) for row in vectors[start : start + BATCH]],
            payloads=[
                {"data": text, "text_lemmatized": text.lower(), "user_id": user_id} for text in some
            ],
            ids=[str(uuid4()) for _ in some],
        )
