from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.core.errors import JobNotFound
from app.models.ids import JobId, ProfileId, TenantId, UserId, new_id
from app.models.job import Job, JobState
from app.models.namespace import Namespace

_table = tables.memory_jobs
_OPEN = (JobState.PENDING, JobState.RUNNING)


class SqlJobs:
    """The outbox of learning: one lane per profile, in order, each job done once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        """The lane's job that still takes work, made when there is none."""
        row = self._connection.execute(
            select(_table.c.id, _table.c.first_at, _table.c.turns)
            .where(_table.c.memory_profile_id == namespace.profile_id, _table.c.joinable)
            .with_for_update()  # nobody claims it while something is added to it
        ).first()
        if row is not None:
            bound = row.first_at + (latest - now)
            is_full = enough is not None and row.turns + turns >= enough
            self._connection.execute(
                update(_table)
                .where(_table.c.id == row.id)
                .values(
                    turns=row.turns + turns,
                    joinable=not is_full,
                    run_at=now if is_full else min(run_at, bound),
                )
            )
            return JobId(row.id)
        job_id = JobId(new_id())
        is_full = enough is not None and turns >= enough
        self._connection.execute(
            insert(_table).values(
                id=job_id,
                tenant_id=tenant_id,
                user_id=namespace.user_id,
                memory_profile_id=namespace.profile_id,
                state=JobState.PENDING,
                joinable=not is_full,
                first_at=now,
                run_at=now if is_full else min(run_at, latest),
                turns=turns,
                created_at=now,
            )
        )
        return job_id

    def claim(self, *, now: datetime, token: UUID, lease_until: datetime) -> Job | None:
        """The next due job, running under `token`; None when there is none."""
        too_long = lease_until + (lease_until - now)
        may_run = or_(_table.c.run_at <= now, _table.c.first_at > now)
        given_up = or_(_table.c.lease_until < now, _table.c.lease_until > too_long)
        due = or_(
            and_(_table.c.state == JobState.PENDING, may_run),
            and_(_table.c.state == JobState.RUNNING, given_up),
        )
        job_id = self._connection.execute(
            select(_table.c.id)
            .where(due, _lane_is_free())
            .order_by(_table.c.run_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if job_id is None:
            return None
        claim = (
            update(_table)
            .where(_table.c.id == job_id)
            .values(
                state=JobState.RUNNING,
                joinable=False,
                lease_token=token,
                lease_until=lease_until,
                attempts=_table.c.attempts + 1,
            )
            .returning(*_table.c)
        )
        try:
            with self._connection.begin_nested():
                return _job(self._connection.execute(claim).one())
        except IntegrityError:  # another process has just claimed a job of this lane
            return None

    def release_all(self) -> int:
        """How many jobs were running; they are due. For a process that knows it is alone."""
        return self._connection.execute(
            update(_table)
            .where(_table.c.state == JobState.RUNNING)
            .values(state=JobState.PENDING, lease_token=None, lease_until=None)
        ).rowcount

    def next_due(self) -> datetime | None:
        """When the earliest pending job may run, or the earliest lease ends."""
        moment = case(
            (_table.c.state == JobState.PENDING, _table.c.run_at), else_=_table.c.lease_until
        )
        return self._connection.execute(
            select(func.min(moment)).where(_table.c.state.in_(_OPEN), _lane_is_free())
        ).scalar()

    def finish(self, job_id: JobId, *, token: UUID, at: datetime) -> bool:
        """Whether the job was still held under `token`; it is done now."""
        return self._leave(job_id, token, state=JobState.DONE, finished_at=at)

    def count_dropped(self, job_id: JobId, dropped: int, *, over_quota: int = 0) -> None:
        """The job says how much of what was extracted it did not write, and why in part."""
        values = {"dropped": dropped, "over_quota": over_quota}
        self._connection.execute(update(_table).where(_table.c.id == job_id).values(values))

    def retry(self, job_id: JobId, *, token: UUID, run_at: datetime, error: str) -> bool:
        """Whether the job was still held under `token`; it waits until `run_at` now."""
        return self._leave(job_id, token, state=JobState.PENDING, run_at=run_at, error=error)

    def reread(self, job_id: JobId, *, token: UUID, run_at: datetime) -> bool:
        """Whether the job was still held under `token`; it waits, as if never attempted now."""
        attempts = _table.c.attempts - 1
        return self._leave(job_id, token, state=JobState.PENDING, run_at=run_at, attempts=attempts)

    def fail(self, job_id: JobId, *, token: UUID, error: str, at: datetime) -> bool:
        """Whether the job was still held under `token`; it is a dead letter now."""
        return self._leave(job_id, token, state=JobState.FAILED, error=error, finished_at=at)

    def get(self, job_id: JobId, *, owner: UserId) -> Job:
        """The job.

        Raises:
            JobNotFound: absent, or someone else's.
        """
        row = self._connection.execute(
            select(_table).where(_table.c.id == job_id, _table.c.user_id == owner)
        ).first()
        if row is None:
            raise JobNotFound
        return _job(row)

    def count_open(self, profile_id: ProfileId) -> int:
        """How many of a lane's jobs are pending or running."""
        return self._connection.execute(
            select(func.count())
            .select_from(_table)
            .where(_table.c.memory_profile_id == profile_id, _table.c.state.in_(_OPEN))
        ).scalar_one()

    def count_unfinished(self) -> Mapping[JobState, int]:
        """How many jobs of everybody are pending, running or failed; states without one may be absent."""
        rows = self._connection.execute(
            select(_table.c.state, func.count())
            .where(_table.c.state.in_((*_OPEN, JobState.FAILED)))
            .group_by(_table.c.state)
        )
        return {JobState(state): count for state, count in rows}

    def delete_of_profile(self, profile_id: ProfileId) -> int:
        """How many jobs the lane had; they are gone, and one that is running can write nothing."""
        return self._connection.execute(
            delete(_table).where(_table.c.memory_profile_id == profile_id)
        ).rowcount

    def purge(self, *, finished_before: datetime) -> int:
        """How many finished jobs were that old and are gone."""
        return self._connection.execute(
            delete(_table).where(_table.c.finished_at < finished_before)
        ).rowcount

    def _leave(self, job_id: JobId, token: UUID, **values: Any) -> bool:
        done = self._connection.execute(
            update(_table)
            .where(_table.c.id == job_id, _table.c.lease_token == token)
            .values(lease_token=None, lease_until=None, **values)
        )
        return done.rowcount == 1


def _lane_is_free() -> ColumnElement[bool]:
    """No earlier job is open and none is running: clocks differ, so that a later one may come first."""
    other = _table.alias()
    return ~exists().where(
        other.c.memory_profile_id == _table.c.memory_profile_id,
        other.c.id != _table.c.id,
        or_(
            and_(other.c.state.in_(_OPEN), other.c.id < _table.c.id),
            other.c.state == JobState.RUNNING,
        ),
    )


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        profile_id=row.memory_profile_id,
        state=JobState(row.state),
        attempts=row.attempts,
        run_at=row.run_at,
        lease_token=row.lease_token,
        error=row.error,
        dropped=row.dropped,
        over_quota=row.over_quota,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
