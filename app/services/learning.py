"""Learning: from messages that were said to be learnable, to memories with their sources."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import partial
from typing import Final
from uuid import uuid4

from app.core.errors import (
    AppError,
    ExtractionMalformed,
    ModelRefused,
    StorageUnavailable,
)
from app.core.metrics import Metrics
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.ids import JobId, MemoryId
from app.models.job import Job, JobOutcome
from app.models.memory import Memory, MemoryChange
from app.models.message import Message, Role
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.extractor import Extracted, Extractor
from app.services.discretion import discreet
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.learning_batch import Batch, read_batch
from app.services.likeness import TWIN_COSINE, Likeness
from app.services.quotas import Quotas
from app.services.remembering import Finding, remember
from app.services.shown import Shown, ShownChanged, require_unchanged

logger = logging.getLogger(__name__)

KNOWN_PER_MESSAGE: Final = 5
RELATED_COSINE: Final = 0.3
"""The memories that an extractor is told of, so that it repeats none and says which have ended."""
TWINS: Final = 5
IDLE_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPolicy:
    """How long a job may take, and how often it is tried."""

    lease_s: float
    attempts: int
    backoff_s: float
    """Before the second attempt; doubles with each further one."""


class Learner:
    """Carries out learning jobs: one lane per profile, each job to its effect exactly once."""

    def __init__(
        self,
        database: Database,
        *,
        extractor: Extractor,
        indexer: Indexer,
        likeness: Likeness,
        policy: LearningPolicy,
        quotas: Quotas,
        feed: Feed,
        metrics: Metrics,
        zone: tzinfo,
        clock: Clock,
    ) -> None:
        self._database = database
        self._extractor = extractor
        self._indexer = indexer
        self._likeness = likeness
        self._policy = policy
        self._quotas = quotas
        self._feed = feed
        self._metrics = metrics
        self._zone = zone
        self._clock = clock
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Somebody has added work: look again when the next job is due."""
        self._wanted.set()

    async def run(self) -> None:
        """Carries out jobs as they become due, until cancelled."""
        while True:
            self._wanted.clear()
            try:
                if not await self.work_off_one():
                    await self._wait_for_work()
            except StorageUnavailable:
                await asyncio.sleep(IDLE_POLL_S)
            except Exception as error:
                logger.exception("learning failed unexpectedly", exc_info=error)
                await asyncio.sleep(IDLE_POLL_S)

    async def work_off_one(self) -> bool:
        """Whether a job was due; it is done, waits for another attempt, or is a dead letter now.

        Raises:
            StorageUnavailable: its lease will run out, and it will be done again.
        """
        now = self._clock()
        lease_until = now + timedelta(seconds=self._policy.lease_s)
        job = await self._database.write(
            lambda tx: tx.jobs.claim(now=now, token=uuid4(), lease_until=lease_until), by=SYSTEM
        )
        if job is None:
            return False
        try:
            async with asyncio.timeout(self._policy.lease_s):
                await self._carry_out(job)
            self._metrics.jobs.labels("done").inc()
        except ShownChanged:
            await self._read_again(job)
        except StorageUnavailable:
            await self._read_again(job, wait_s=self._policy.backoff_s)
        except (AppError, TimeoutError) as error:
            await self._give_back(job, error)
        except Exception as error:
            logger.exception("learning failed unexpectedly", exc_info=error)
            await self._give_back(job, error)
        return True

    async def outcome(self, caller: Caller, job_id: JobId) -> JobOutcome:
        """Where a job stands, and which memories it changed.

        Raises:
            JobNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> JobOutcome:
            job = tx.jobs.get(job_id, owner=caller.user_id)
            changed: dict[MemoryChange, list[MemoryId]] = defaultdict(list)
            for memory_id, change in tx.memories.changed_by(job_id):
                changed[change].append(memory_id)
            return JobOutcome(
                job=job,
                added=tuple(changed[MemoryChange.ADDED]),
                superseded=tuple(changed[MemoryChange.SUPERSEDED]),
            )

        return await self._database.read(work, by=caller)

    async def _carry_out(self, job: Job) -> None:
        batch = await self._database.read(
            lambda tx: read_batch(tx, job, zone=self._zone), by=job.owner
        )
        extracted, shown = await self._extract(batch)
        alike = await self._likeness.nearest(
            batch.profile.namespace,
            [one.content for one in extracted],
            limit=TWINS,
            min_cosine=TWIN_COSINE,
        )
        findings = [Finding(one, near) for one, near in zip(extracted, alike, strict=True)]
        now = self._clock()
        learnt = await self._database.write(
            lambda tx: remember(
                tx,
                job,
                findings=findings,
                shown=shown,
                room=self._quotas.room_for_memories(tx, job.owner),
                at=now,
            ),
            by=job.owner,
        )
        self._indexer.wake()
        for event_type, memories in (
            ("memory.saved", learnt.saved),
            ("memory.superseded", learnt.superseded),
        ):
            for memory_id in memories:
                self._feed.tell(
                    job.user_id,
                    event_type,
                    memory_id=memory_id,
                    memory_profile_id=job.profile_id,
                    job_id=job.id,
                )

    async def _extract(self, batch: Batch) -> tuple[Sequence[Extracted], Shown]:
        """What the messages say, and everything that it was found in.

        Raises:
            ShownChanged: the extractor was not asked about the rest.
        """
        extracted: list[Extracted] = []
        shown = Shown(batch.messages, [])
        for part in batch.sessions:
            known = await self._known(batch, part.new)
            shown = Shown(shown.messages, [*shown.memories, *known])
            await self._database.read(
                partial(require_unchanged, shown=shown, owner=batch.owner.user_id), by=batch.owner
            )
            extractor = discreet(self._extractor, batch.profile, around=part.around)
            extracted += await extractor.extract(
                part.new, context=part.context, known=known, zone=batch.zone
            )
        return extracted, shown

    async def _known(self, batch: Batch, new: Sequence[Message]) -> Sequence[Memory]:
        """The newest memories, and those that are about what the messages are about."""
        said = [message.content for message in new if message.role is Role.USER]
        near = await self._likeness.nearest(
            batch.profile.namespace, said, limit=KNOWN_PER_MESSAGE, min_cosine=RELATED_COSINE
        )
        wanted = {memory_id for some in near for memory_id in some}
        wanted -= {memory.id for memory in batch.newest}
        related = await self._database.read(
            lambda tx: tx.memories.by_ids(wanted, owner=batch.owner.user_id), by=batch.owner
        )
        return [*related, *batch.newest]

    async def _read_again(self, job: Job, *, wait_s: float = 0.0) -> None:
        """What remains is learnt from what remains; that was no failed attempt."""
        self._metrics.jobs.labels("reread").inc()
        run_at, token = self._clock() + timedelta(seconds=wait_s), job.lease_token or uuid4()
        await self._database.write(
            lambda tx: tx.jobs.reread(job.id, token=token, run_at=run_at), by=job.owner
        )

    async def _give_back(self, job: Job, error: Exception) -> None:
        now = self._clock()
        token = job.lease_token or uuid4()
        hopeless = isinstance(error, (ExtractionMalformed, ModelRefused))
        name = type(error).__name__
        logger.warning(
            "learning failed",
            extra={"job_id": str(job.id), "error": name, "attempt": job.attempts},
        )
        if hopeless or job.attempts >= self._policy.attempts:
            self._metrics.jobs.labels("dead").inc()
            await self._database.write(
                lambda tx: tx.jobs.fail(job.id, token=token, error=name, at=now), by=job.owner
            )
            return
        self._metrics.jobs.labels("retried").inc()
        run_at = now + timedelta(seconds=self._policy.backoff_s * 2 ** (job.attempts - 1))
        await self._database.write(
            lambda tx: tx.jobs.retry(job.id, token=token, run_at=run_at, error=name), by=job.owner
        )

    async def _wait_for_work(self) -> None:
        due = await self._database.read(lambda tx: tx.jobs.next_due(), by=SYSTEM)
        wait_s = IDLE_POLL_S
        if due is not None:
            wait_s = min(wait_s, max(0.0, (due - self._clock()).total_seconds()))
        try:
            async with asyncio.timeout(wait_s):
                await self._wanted.wait()
        except TimeoutError:
            return
