"""Keeping the derived index true to SQL."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from typing import Final, TypeVar

from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.actor import SYSTEM, OneUser
from app.models.ids import TenantId
from app.models.namespace import Namespace
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from app.ports.embedder import Embedder
from app.ports.repositories.jobs import IndexChange
from app.ports.vector_index import VectorIndex
from app.services.index_entries import wanted_points
from app.services.index_writing import IndexWriter
from app.services.outage import Outage

Item = TypeVar("Item")

logger = logging.getLogger(__name__)

BATCH: Final = 128
"""Changes applied at a time."""

FLUSH_EVERY_S: Final = 5.0
"""A flush costs 5–25 ms of disk. What it has not reached yet is applied again after a crash."""

IDLE_POLL_S: Final = 1.0
"""How late a change is seen that another process made."""


class Indexer:
    """Applies what SQL says to the index, idempotently: a point becomes what its row is now.

    Several processes may do so at once: a change may be applied twice, and in the end the index holds
    what the rows say; see `IndexWriter`.
    """

    def __init__(self, database: Database, *, index: VectorIndex, embedder: Embedder) -> None:
        self._database = database
        self._index = index
        self._writer = IndexWriter(database, index=index, embedder=embedder)
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._flushed_at_s = 0.0
        self._outage = Outage(logger, failing="index is behind", working="index follows again")

    def wake(self) -> None:
        """Waiting changes are applied soon."""
        self._wanted.set()

    async def run(self) -> None:
        """Applies changes as they come, until cancelled."""
        while True:
            self._wanted.clear()
            try:
                await self.catch_up()
                await self._flush_now_and_then()
                self._outage.works()
                async with asyncio.timeout(IDLE_POLL_S):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            except (IndexUnavailable, StorageUnavailable) as error:
                self._outage.fails(error)
                await asyncio.sleep(IDLE_POLL_S)
            except Exception as error:
                logger.exception("indexing failed unexpectedly", exc_info=error)
                await asyncio.sleep(IDLE_POLL_S)

    async def catch_up(self, namespace: Namespace | None = None) -> int:
        """How many changes were waiting, of one namespace or of all; the index follows them now.

        Namespaces take turns, a batch each, so that nobody waits for what somebody imported, and
        one that has a damaged row keeps nobody else back.

        Raises:
            IndexUnavailable: the rest still waits.
            StorageUnavailable: the rest still waits.
            Exception: whatever a damaged row has raised; what it belongs to still waits.
        """
        applied = 0
        failed: dict[Namespace, Exception] = {}
        while waiting := await self._waiting(namespace, but=failed):
            for tenant_id, one in waiting:
                try:
                    applied += await self._apply_some(one, by=OneUser(one.user_id, tenant_id))
                except (IndexUnavailable, StorageUnavailable):
                    raise
                except Exception as error:  # noqa: BLE001 - raised below, after everybody's turn
                    failed[one] = error
        for damage in failed.values():
            raise damage
        return applied

    async def forget(self, owner: OneUser) -> int:
        """How many changes let a point of the owner go; what is to come in may still wait.

        Raises:
            IndexUnavailable: the rest still waits.
            StorageUnavailable: the rest still waits.
        """
        by_namespace: dict[Namespace, list[IndexChange]] = defaultdict(list)
        async with self._turn:
            for change in await self._database.read(
                lambda tx: tx.index_changes.of_owner(owner.user_id), by=owner
            ):
                by_namespace[change.namespace].append(change)
            return sum(
                [
                    await self._let_go(namespace, some, by=owner)
                    for namespace, changes in by_namespace.items()
                    for some in _batches(changes)
                ]
            )

    async def recover(self) -> None:
        """What was applied before a crash, and might be lost, waits to be applied again.

        What such a change let go of may be gone before it is applied again, and is wiped for sure.
        """

        def work(tx: Transaction) -> None:
            tx.index_changes.restart()
            for _, namespace in tx.index_changes.waiting():
                _owe(tx, tx.index_changes.oldest(namespace, limit=1))

        await self._database.write(work, by=SYSTEM)

    async def rebuild(self, *, progress: Callable[[int], None]) -> int:
        """How many points there are; the index holds what SQL says, and nothing else.

        Args:
            progress: called with the number of points done since its last call.

        Raises:
            IndexUnavailable: the index is incomplete; do it again.
        """
        async with self._turn:
            owed = await self._database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)
            await self._index.clear()
            gone = [one.id for one in owed if one.store is Store.INDEX]
            await self._database.write(lambda tx: tx.wipes.done(gone), by=SYSTEM)
            total = 0
            for tenant_id, namespace in await self._database.read(
                lambda tx: tx.profiles.namespaces(), by=SYSTEM
            ):
                owner = OneUser(namespace.user_id, tenant_id)
                wanted = await self._database.read(
                    partial(wanted_points, namespace=namespace), by=owner
                )
                for some in _batches(wanted):
                    await self._writer.settle(namespace, some, by=owner)
                    progress(len(some))
                total += len(wanted)
            await self._index.flush()
        return total

    async def count_wanted(self) -> int:
        """How many points SQL says there should be."""

        def work(tx: Transaction) -> int:
            return sum(
                len(wanted_points(tx, namespace)) for _, namespace in tx.profiles.namespaces()
            )

        return await self._database.read(work, by=SYSTEM)

    async def reconcile(self) -> int:
        """How many points differed from SQL in either direction, and wait to be put right.

        What waits already is not marked once more: after a move that is everything.

        An index that several processes share is only looked at when it is empty, or else each start
        of each of them would look through all of it: a server brings back what it acknowledged, and
        `python main.py doctor` compares.

        Superseded memories are among them in an index from before they were kept: they come in as
        past points. What is there stays as it was stored, since only ids are compared: of a present
        point without its end, SQL tells the turn or the search that found it whether it holds.

        Raises:
            IndexUnavailable: the index does not answer.
        """
        if not self._database.exclusive and await self._index.count():
            return 0
        profiles = await self._database.read(lambda tx: tx.profiles.namespaces(), by=SYSTEM)
        return sum([await self._reconcile(tenant, namespace) for tenant, namespace in profiles])

    async def _reconcile(self, tenant_id: TenantId, namespace: Namespace) -> int:
        owner = OneUser(namespace.user_id, tenant_id)
        wanted = await self._database.read(partial(wanted_points, namespace=namespace), by=owner)
        if await self._index.holds_exactly(namespace, [point for point, _ in wanted]):
            return 0
        held = await self._index.ids(namespace)

        def work(tx: Transaction) -> int:
            kinds = dict(wanted_points(tx, namespace))
            wanted = set(kinds)
            episodes = {point for point, is_episode in kinds.items() if is_episode}
            waiting = {one.point_id for one in tx.index_changes.of_namespace(namespace)}
            missing = wanted - held - waiting
            for points, is_episode in ((missing & episodes, True), (missing - episodes, False)):
                tx.index_changes.mark(namespace, points, tenant_id=tenant_id, is_episode=is_episode)
            tx.index_changes.mark(namespace, held - wanted, tenant_id=tenant_id, is_episode=False)
            return len(held ^ wanted)

        return await self._database.write(work, by=owner)

    async def _waiting(
        self, namespace: Namespace | None, *, but: Container[Namespace]
    ) -> Sequence[tuple[TenantId, Namespace]]:
        waiting = await self._database.read(lambda tx: tx.index_changes.waiting(), by=SYSTEM)
        return [
            (tenant_id, one)
            for tenant_id, one in waiting
            if namespace in {None, one} and one not in but
        ]

    async def _apply_some(self, namespace: Namespace, *, by: OneUser) -> int:
        async with self._turn:
            changes = await self._database.read(
                lambda tx: tx.index_changes.oldest(namespace, limit=BATCH), by=by
            )
            let_go = await self._apply_to(namespace, changes, by=by)
            await self._mark_applied(changes, by=by, let_go=let_go)
        return len(changes)

    async def _let_go(
        self, namespace: Namespace, changes: Sequence[IndexChange], *, by: OneUser
    ) -> int:
        whole = [change for change in changes if change.point_id is None]
        let_go = await self._apply_to(namespace, whole, by=by)
        points = [(c.point_id, c.is_episode) for c in changes if c.point_id is not None]
        there = {entry.facts.id for entry in await self._writer.entries(namespace, points, by=by)}
        gone = {point for point, _ in points} - there
        if gone:
            let_go |= await self._index.delete(namespace, gone) > 0
        done = [*whole, *(change for change in changes if change.point_id in gone)]
        await self._mark_applied(done, by=by, let_go=let_go)
        return len(done)

    async def _mark_applied(
        self, changes: Sequence[IndexChange], *, by: OneUser, let_go: bool
    ) -> None:
        """Searches see the changes; the bytes of points that they let go are still there."""

        def work(tx: Transaction) -> None:
            tx.index_changes.mark_applied([change.id for change in changes])
            if let_go:
                _owe(tx, changes)

        if changes:
            await self._database.write(work, by=by)

    async def _flush_now_and_then(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._flushed_at_s < FLUSH_EVERY_S:
            return
        self._flushed_at_s = now_s
        if applied := await self._database.read(lambda tx: tx.index_changes.applied(), by=SYSTEM):
            await self._index.flush()
            await self._database.write(lambda tx: tx.index_changes.remove(applied), by=SYSTEM)

    async def _apply_to(
        self, namespace: Namespace, changes: Sequence[IndexChange], *, by: OneUser
    ) -> bool:
        """Whether a point that was there is gone, or another one in its place."""
        let_go = False
        touched = {(c.point_id, c.is_episode) for c in changes if c.point_id is not None}
        if any(change.point_id is None for change in changes):
            let_go |= await self._index.delete_namespace(namespace) > 0
            wanted = partial(wanted_points, namespace=namespace)
            touched.update(await self._database.read(wanted, by=by))
        for some in _batches(list(touched)):
            let_go |= await self._writer.settle(namespace, some, by=by)
        return let_go


def _owe(tx: Transaction, changes: Sequence[IndexChange]) -> None:
    one = changes[0]
    tx.wipes.owe(Store.INDEX, user_id=one.namespace.user_id, tenant_id=one.tenant_id)


def _batches(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
