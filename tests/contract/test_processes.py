"""Which processes there are, what each holds, and when they have to look at it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.transfer_errors import ImportNotFound
from app.models.actor import SYSTEM
from app.models.ids import ChunkId, DocumentId, MemoryId, MessageId, ProcessId, new_id
from app.models.imports import Import, ImportState
from app.models.process import Process
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner, a_document, a_message, an_import

ALIVE = timedelta(seconds=10)


async def joined(database: Database, *, at_s: float = 0) -> ProcessId:
    """A process that is alive for ten seconds from then on."""
    process, now = Process(has_bus=True), NOW + timedelta(seconds=at_s)
    await database.write(
        lambda tx: tx.processes.beat(process, now=now, alive_until=now + ALIVE), by=SYSTEM
    )
    return process.id


async def held(database: Database, ann: Owner, by: ProcessId, *, at_s: float = 0) -> int | None:
    """The epoch under which a process holds Ann's session then."""

    def work(tx: Transaction) -> int | None:
        session = tx.sessions.get(ann.session, owner=ann.user)
        now = NOW + timedelta(seconds=at_s)
        return tx.processes.hold(session, by=by, tenant_id=ann.tenant, now=now)

    return await database.write(work, by=ann.actor)


async def test_a_process_is_alive_until_it_has_been_silent_for_too_long(database: Database) -> None:
    first, second = await joined(database), await joined(database, at_s=5)

    async def living(at_s: float) -> list[ProcessId]:
        now = NOW + timedelta(seconds=at_s)
        found = await database.read(lambda tx: tx.processes.living(now=now), by=SYSTEM)
        return [one.id for one in found]

    assert await living(9) == [first, second]
    assert await living(12) == [second]
    await database.write(lambda tx: tx.processes.leave(second), by=SYSTEM)
    assert await living(12) == []


async def test_a_session_is_held_by_one_process_until_that_has_ended(
    database: Database, ann: Owner
) -> None:
    first, second = await joined(database), await joined(database, at_s=9)

    assert await held(database, ann, first) == 0
    assert await held(database, ann, first) == 0
    assert await held(database, ann, second, at_s=9) is None
    assert await held(database, ann, second, at_s=11) == 0
    assert await held(database, ann, first, at_s=12) is None


async def test_who_is_gone_holds_nothing(database: Database, ann: Owner) -> None:
    first, second = await joined(database), await joined(database)
    await held(database, ann, first)

    await database.write(lambda tx: tx.processes.leave(first), by=SYSTEM)

    assert await held(database, ann, second) == 0


async def test_an_ended_holding_has_another_epoch(database: Database, ann: Owner) -> None:
    first = await joined(database)
    await held(database, ann, first)

    await database.write(lambda tx: tx.processes.end_holding(ann.session), by=ann.actor)
    found = await database.read(lambda tx: tx.processes.holdings([ann.session]), by=SYSTEM)

    assert found[ann.session].process_id is None
    assert found[ann.session].epoch == 1
    assert await held(database, ann, first) == 1


async def test_a_process_lets_go_of_its_own_only(database: Database, ann: Owner) -> None:
    first, second = await joined(database), await joined(database)
    await held(database, ann, first)

    await database.write(lambda tx: tx.processes.let_go([ann.session], by=second), by=SYSTEM)
    assert await held(database, ann, second) is None
    await database.write(lambda tx: tx.processes.let_go([ann.session], by=first), by=SYSTEM)
    assert await held(database, ann, second) == 0


async def test_a_deleted_session_is_held_by_nobody(database: Database, ann: Owner) -> None:
    first = await joined(database)
    await held(database, ann, first)

    await database.write(lambda tx: tx.sessions.delete(ann.session, owner=ann.user), by=ann.actor)

    found = await database.read(lambda tx: tx.processes.holdings([ann.session]), by=SYSTEM)
    assert not found


async def test_erasures_are_counted_for_users_who_are_there(
    database: Database, ann: Owner, ben: Owner
) -> None:
    for _ in range(2):
        await database.write(
            lambda tx: tx.erasures.note(ann.user, tenant_id=ann.tenant), by=ann.actor
        )
    both = [ann.user, ben.user]

    assert await database.read(lambda tx: tx.erasures.counts(both), by=SYSTEM) == {
        ann.user: 2,
        ben.user: 0,
    }
    await database.write(lambda tx: tx.users.delete(ann.user), by=SYSTEM)
    assert await database.read(lambda tx: tx.erasures.counts(both), by=SYSTEM) == {ben.user: 0}


async def test_what_is_gone_is_told_from_what_is_there(database: Database, ann: Owner) -> None:
    learnable, paused = a_message(ann), a_message(ann, learnable=False)
    gone = new_id()

    def work(tx: Transaction) -> None:
        tx.messages.append([learnable, paused], tenant_id=ann.tenant)

    await database.write(work, by=ann.actor)

    found = await database.read(
        lambda tx: tx.erasures.gone(
            messages=[learnable.id, paused.id, MessageId(gone)],
            memories=[MemoryId(gone)],
            episodes=[learnable.id],
            chunks=[ChunkId(gone)],
        ),
        by=SYSTEM,
    )
    withheld = await database.read(
        lambda tx: tx.erasures.gone(messages=[], memories=[], episodes=[paused.id], chunks=[]),
        by=SYSTEM,
    )

    assert found == {gone}
    assert withheld == {paused.id}


async def test_what_a_process_was_at_ends_once_it_has_been_silent_for_too_long(
    database: Database, ann: Owner
) -> None:
    first, second = await joined(database), await joined(database, at_s=9)
    begun = NOW - timedelta(seconds=1)
    imports = [an_import(ann, at=begun) for _ in range(3)]
    documents = [a_document(ann, created_at=begun) for _ in range(3)]

    def begin(tx: Transaction) -> None:
        for process, file, document in zip((first, second, None), imports, documents, strict=True):
            tx.imports.add(file, by=process)
            tx.documents.add(document, by=process)

    async def end(silent_since_s: float) -> tuple[int, list[DocumentId]]:
        since = NOW + timedelta(seconds=silent_since_s)

        def work(tx: Transaction) -> tuple[int, list[DocumentId]]:
            dropped = tx.documents.drop_abandoned(silent_since=since)
            failed = tx.imports.fail_abandoned(silent_since=since, error="Interrupted", at=NOW)
            return failed, [one.id for one in dropped]

        return await database.write(work, by=SYSTEM)

    await database.write(begin, by=ann.actor)

    assert await end(9) == (0, [])
    assert await end(11) == (1, [documents[0].id])
    assert await end(11) == (0, [])
    failed = await database.read(
        lambda tx: tx.imports.get(imports[0].id, owner=ann.user), by=SYSTEM
    )
    assert (failed.state, failed.error) == (ImportState.FAILED, "Interrupted")


async def test_what_is_finished_is_no_process_concern(database: Database, ann: Owner) -> None:
    file, document = an_import(ann, at=NOW), a_document(ann)

    def work(tx: Transaction) -> tuple[int, int]:
        tx.imports.add(file, by=ProcessId(uuid4()))
        tx.imports.finish(replace(file, state=ImportState.DONE))
        tx.documents.add(document, by=ProcessId(uuid4()))
        tx.documents.finish(document.id, at=NOW)
        later = NOW + timedelta(hours=1)
        failed = tx.imports.fail_abandoned(silent_since=later, error="Interrupted", at=NOW)
        return failed, len(tx.documents.drop_abandoned(silent_since=later))

    assert await database.write(work, by=SYSTEM) == (0, 0)


async def test_an_import_that_has_ended_is_neither_revived_nor_failed(
    database: Database, ann: Owner
) -> None:
    ended, done = an_import(ann, at=NOW), an_import(ann, at=NOW)

    def begin(tx: Transaction) -> None:
        for file in (ended, done):
            tx.imports.add(file, by=ProcessId(uuid4()))
        tx.imports.finish(replace(done, state=ImportState.DONE))
        later = NOW + timedelta(hours=1)
        tx.imports.fail_abandoned(silent_since=later, error="Interrupted", at=NOW)

    await database.write(begin, by=SYSTEM)

    async def state_after(late: Import) -> ImportState:
        with pytest.raises(ImportNotFound):
            await database.write(lambda tx: tx.imports.finish(late), by=ann.actor)
        found = await database.read(lambda tx: tx.imports.get(late.id, owner=ann.user), by=SYSTEM)
        return found.state

    assert await state_after(replace(ended, state=ImportState.DONE)) is ImportState.FAILED
    assert await state_after(replace(done, state=ImportState.FAILED)) is ImportState.DONE
