import asyncio
from collections.abc import Sequence

from app.ports.embedder import Embedder, Vectors


class SharedEmbedder:
    """An embedder that is asked once for what is wanted several times at the same moment.

    A turn that reads nine profiles embeds its question once, unless the names of people whom only
    some of them know are cut from it.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._under_way: dict[tuple[str, ...], asyncio.Task[Vectors]] = {}

    @property
    def name(self) -> str:
        """The model's name."""
        return self._embedder.name

    @property
    def dims(self) -> int:
        """Length of each vector."""
        return self._embedder.dims

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order. Whoever is cancelled meanwhile takes it from nobody else.

        Raises:
            IndexUnavailable: the model gave no answer within its deadline.
        """
        key = tuple(texts)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(self._embedder.embed(texts))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """The embedder is closed."""
        await self._embedder.close()

    def _forget(self, key: tuple[str, ...], done: asyncio.Task[Vectors]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waited has heard of it; nobody may be left who did
