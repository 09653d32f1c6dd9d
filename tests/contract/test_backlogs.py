"""What waits in the background, as operators watch it: counted for everybody, seldom, without words."""

from datetime import timedelta
from uuid import uuid4

from app.core.metrics import Metrics
from app.models.actor import SYSTEM
from app.models.backlog import Backlog
from app.models.process import Process, ProcessRole
from app.ports.database import Database, Transaction
from app.services.backlogs import HOLDS_S, Backlogs
from tests.support.database import NOW, Owner


class Passing:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def add_work(tx: Transaction, ann: Owner, ben: Owner) -> None:
    """One job that is dead, one that waits, two changes, and a worker that is alive."""
    for owner in (ann, ben):
        tx.jobs.join(owner.namespace, tenant_id=owner.tenant, now=NOW, run_at=NOW, latest=NOW)
        tx.index_changes.mark(owner.namespace, [uuid4()], tenant_id=owner.tenant, is_episode=False)
    until, token = NOW + timedelta(seconds=10), uuid4()
    job = tx.jobs.claim(now=NOW, token=token, lease_until=until)
    assert job
    tx.jobs.fail(job.id, token=token, error="x", at=NOW)
    tx.processes.beat(Process(role=ProcessRole.WORKER), now=NOW, alive_until=until)


async def test_what_waits_is_counted_for_everybody_and_not_counted_again_at_once(
    database: Database, ann: Owner, ben: Owner
) -> None:
    passing = Passing()
    backlogs = Backlogs(database, clock=lambda: NOW, uptime_s=passing)
    before = await backlogs.look()

    await database.write(lambda tx: add_work(tx, ann, ben), by=SYSTEM)

    assert before
    assert (before.jobs_waiting, before.jobs_dead, before.index_changes_waiting) == (0, 0, 0)
    assert await backlogs.look() == before, "it is remembered"
    passing.s += HOLDS_S
    alone = {ProcessRole.SERVER: 1, ProcessRole.WORKER: 0}
    shared = {ProcessRole.SERVER: 0, ProcessRole.WORKER: 1}
    assert await backlogs.look() == Backlog(
        jobs_waiting=1,
        jobs_dead=1,
        index_changes_waiting=2,
        processes_alive=alone if database.exclusive else shared,
    )


def test_gauges_are_shown_while_they_are_known_only() -> None:
    metrics = Metrics()
    alive = {ProcessRole.SERVER: 2, ProcessRole.WORKER: 0}
    unknown = metrics.exposition().decode()

    metrics.show(
        Backlog(jobs_waiting=3, jobs_dead=1, index_changes_waiting=7, processes_alive=alive)
    )
    known = metrics.exposition().decode()
    metrics.show(None)

    assert "jobs_waiting" not in unknown
    for line in (
        "memorychat_jobs_waiting 3.0",
        "memorychat_jobs_dead 1.0",
        "memorychat_index_changes_waiting 7.0",
        'memorychat_processes_alive{role="server"} 2.0',
        'memorychat_processes_alive{role="worker"} 0.0',
    ):
        assert line in known.splitlines()
    assert metrics.exposition().decode() == unknown
