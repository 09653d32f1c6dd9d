from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import JobId, ProfileId, TenantId, UserId
from app.models.job import Job, JobState
from app.models.namespace import Namespace


class JobRepository(Protocol):
    """The outbox of learning: one lane per profile, in order, each job done once."""

    def join(
        self,
        namespace: Namespace,
        *,
        tenant_id: TenantId,
        now: datetime,
        run_at: datetime,
        latest: datetime,
        turns: int = 0,
        enough: int | None = None,
    ) -> JobId:
        """The lane's job that still takes work, made when there is none.

        With `enough` turns it is due at once, and takes no more.

        Args:
            namespace: whose lane.
            tenant_id: the owner's.
            now: the present.
            run_at: when it shall run if nothing more is said; a later call moves it on,
            latest: but never past this, counted from the job's first message.
            turns: how many this brings to an end.
            enough: how many are worth learning from at once; None never.
        """
        ...

    def claim(self, *, now: datetime, token: UUID, lease_until: datetime) -> Job | None:
        """The next due job, running under `token`; None when there is none.

        A job whose lease has run out is due as well. No lane has two running jobs. After the clock
        was set back nobody waits until it is later again: a job from the future is due, and a lease
        that ends later than twice this one has run out.
        """
        ...

    def release_all(self) -> int:
        """How many jobs were running; they are due. For a process that knows it is alone."""
        ...

    def next_due(self) -> datetime | None:
        """When the earliest pending job may run, or the earliest lease ends."""
        ...

    def finish(self, job_id: JobId, *, token: UUID, at: datetime) -> bool:
        """Whether the job was still held under `token`; it is done now."""
        ...

    def count_dropped(self, job_id: JobId, dropped: int, *, over_quota: int = 0) -> None:
        """The job says how much of what was extracted it did not write."""
        ...

    def retry(self, job_id: JobId, *, token: UUID, run_at: datetime, error: str) -> bool:
        """Whether the job was still held under `token`; it waits until `run_at` now."""
        ...

    def reread(self, job_id: JobId, *, token: UUID, run_at: datetime) -> bool:
        """Whether the job was still held under `token`; it waits, as if never attempted now."""
        ...

    def fail(self, job_id: JobId, *, token: UUID, error: str, at: datetime) -> bool:
        """Whether the job was still held under `token`; it is a dead letter now."""
        ...

    def get(self, job_id: JobId, *, owner: UserId) -> Job:
        """The job.

        Raises:
            JobNotFound: absent, or someone else's.
        """
        ...

    def count_open(self, profile_id: ProfileId) -> int:
        """How many of a lane's jobs are pending or running."""
        ...

    def count_unfinished(self) -> Mapping[JobState, int]:
        """How many jobs of everybody are pending, running or failed; states without one may be absent."""
        ...

    def delete_of_profile(self, profile_id: ProfileId) -> int:
        """How many jobs the lane had; they are gone, and one that is running can write nothing."""
        ...

    def purge(self, *, finished_before: datetime) -> int:
        """How many finished jobs were that old and are gone."""
        ...


@dataclass(frozen=True, slots=True)
class IndexChange:
    """A point that the index must look at again: what SQL says of it now is what it becomes."""

    id: int
    tenant_id: TenantId
    namespace: Namespace
    point_id: UUID | None
    """None for every point of the namespace."""
    is_episode: bool


class IndexChangeRepository(Protocol):
    """What the index has still to follow."""

    def mark(
        self, namespace: Namespace, points: Iterable[UUID], *, tenant_id: TenantId, is_episode: bool
    ) -> None:
        """The points are looked at again, once this transaction is committed."""
        ...

    def mark_all(self, namespace: Namespace, *, tenant_id: TenantId) -> None:
        """The whole namespace is looked at again."""
        ...

    def mark_arrivals(self, namespace: Namespace, *, of: ProfileId, tenant_id: TenantId) -> None:
        """Every point of a profile is looked for in another one's namespace, one by one."""
        ...

    def waiting(self) -> Sequence[tuple[TenantId, Namespace]]:
        """The namespaces with changes that wait to be applied."""
        ...

    def oldest(self, namespace: Namespace, *, limit: int) -> Sequence[IndexChange]:
        """The changes of a namespace that wait longest to be applied, those of messages first.

        So a long document keeps nobody from being reminded of what was just said.
        """
        ...

    def of_namespace(self, namespace: Namespace) -> Sequence[IndexChange]:
        """All changes of a namespace that wait to be applied."""
        ...

    def of_owner(self, owner: UserId) -> Sequence[IndexChange]:
        """All changes of a user that wait to be applied."""
        ...

    def mark_applied(self, ids: Iterable[int]) -> None:
        """Searches see the changes; a loss of power might still undo them."""
        ...

    def applied(self) -> Sequence[int]:
        """The changes that searches see and a loss of power might undo."""
        ...

    def remove(self, ids: Iterable[int]) -> None:
        """The changes are done for good."""
        ...

    def restart(self) -> int:
        """How many changes had been applied but not made durable; they wait again."""
        ...

    def count(self, profile_id: ProfileId) -> int:
        """How many changes of a profile wait to be applied."""
        ...

    def count_all(self) -> int:
        """How many changes of everybody wait to be applied."""
        ...
