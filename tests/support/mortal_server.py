"""The real server over stores that end its process at a given step, as kill -9 would.

Its arguments are a file, ARMED, and the number of a step; it is one life over the configured data
folder. Steps are counted from the moment that ARMED exists: each write to the database has two, with
its work done but not committed, and committed but not answered; each change to the index or to the
storage has one, done but not answered. Tokens are counted by what the process that it is forked from has
read, which saves a quarter of a second each.
"""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from app.cli_serve import serve
from app.core.config import Settings
from app.core.container import open_stores, wire
from app.core.logging import configure_logging
from app.models.actor import Actor
from app.models.namespace import Namespace
from app.ports.database import Database, Transaction
from app.ports.storage import Storage, StorageKey
from app.ports.vector_index import Point, VectorIndex
from tests.support.talk import TOKENS

Result = TypeVar("Result")


class Doom:
    """The step that ends this process."""

    def __init__(self, step: int, *, armed: Path) -> None:
        self._step = step
        self._armed = armed
        self._steps = count(1)

    def step(self) -> None:
        """Returns, unless this was the last step."""
        if self._armed.exists() and next(self._steps) == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase:
    """A database whose writes are steps."""

    def __init__(self, inner: Database, doom: Doom) -> None:
        self._inner = inner
        self._doom = doom
        self.read = inner.read
        self.scrub = inner.scrub
        self.wipe = inner.wipe
        self.check = inner.check
        self.check_writing = inner.check_writing
        self.close = inner.close

    @property
    def exclusive(self) -> bool:
        return self._inner.exclusive

    @property
    def erases_bytes(self) -> bool:
        return self._inner.erases_bytes

    @property
    def scrub_owed(self) -> bool:
        return self._inner.scrub_owed

    async def write(self, work: Callable[[Transaction], Result], *, by: Actor) -> Result:
        def mortal(tx: Transaction) -> Result:
            result = work(tx)
            self._doom.step()
            return result

        result = await self._inner.write(mortal, by=by)
        self._doom.step()
        return result


class MortalIndex:
    """An index whose changes are steps."""

    def __init__(self, inner: VectorIndex, doom: Doom) -> None:
        self._inner = inner
        self._doom = doom
        self.search = inner.search
        self.ids = inner.ids
        self.count = inner.count
        self.holds_exactly = inner.holds_exactly
        self.check = inner.check
        self.clear = inner.clear
        self.wipe = inner.wipe
        self.close = inner.close

    @property
    def erases_bytes(self) -> bool:
        return self._inner.erases_bytes

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        replaced = await self._inner.upsert(namespace, points)
        self._doom.step()
        return replaced

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        deleted = await self._inner.delete(namespace, ids)
        self._doom.step()
        return deleted

    async def delete_namespace(self, namespace: Namespace) -> int:
        deleted = await self._inner.delete_namespace(namespace)
        self._doom.step()
        return deleted

    async def flush(self) -> None:
        await self._inner.flush()
        self._doom.step()


class MortalStorage:
    """A storage whose changes are steps."""

    def __init__(self, inner: Storage, doom: Doom) -> None:
        self._inner = inner
        self._doom = doom
        self.get = inner.get
        self.list = inner.list
        self.check = inner.check
        self.close = inner.close

    @property
    def erases_bytes(self) -> bool:
        return self._inner.erases_bytes

    @property
    def shared(self) -> bool:
        return self._inner.shared

    @property
    def late_s(self) -> float:
        return self._inner.late_s

    async def put(self, key: StorageKey, content: bytes) -> None:
        await self._inner.put(key, content)
        self._doom.step()

    async def delete(self, *keys: StorageKey) -> int:
        deleted = 0
        for key in keys:
            deleted += await self._inner.delete(key)
            self._doom.step()
        return deleted


def main(arguments: Sequence[str]) -> int:
    """The exit status of a life that did not end at its step."""
    armed, step = arguments
    doom = Doom(int(step), armed=Path(armed))
    settings = Settings()
    configure_logging(settings.log_level)
    stores = open_stores(settings)
    mortal = replace(
        stores,
        database=MortalDatabase(stores.database, doom),
        index=MortalIndex(stores.index, doom),
        storage=MortalStorage(stores.storage, doom),
        tokens=TOKENS,
    )
    return serve(settings, wire(settings, mortal))
