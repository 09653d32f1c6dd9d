from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.models.actor import OneUser
from app.models.identity import AccountElsewhere
from app.models.ids import JobId, MemoryId, MessageId, ProfileId, TenantId, UserId
from app.models.namespace import Namespace
from app.models.wipe import Store


class JobState(StrEnum):
    """Where a job stands. A failed job is a dead letter: visible, and never retried by itself."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One batch of learning on one profile. It holds ids and counts, and no words."""

    id: JobId
    tenant_id: TenantId
    user_id: UserId
    profile_id: ProfileId
    """The lane: jobs of one profile run one after the other."""
    state: JobState
    attempts: int
    run_at: datetime
    lease_token: UUID | None
    error: str | None
    """The class of the failure, such as `ExtractionMalformed`; never a message's text."""
    dropped: int
    over_quota: int
    """Of those, for how many the plan had no room."""
    created_at: datetime
    finished_at: datetime | None

    @property
    def owner(self) -> OneUser:
        """Whose job it is."""
        return OneUser(self.user_id, self.tenant_id)

    @property
    def namespace(self) -> Namespace:
        """Where the job writes."""
        return Namespace(self.user_id, self.profile_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutcome:
    """A job with the memories that it changed."""

    job: Job
    added: tuple[MemoryId, ...]
    superseded: tuple[MemoryId, ...]


PROCESSES: Final = "processes"
"""The memory of other processes, among what a receipt says is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was forgotten, counted per store."""

    deleted: Mapping[str, int]
    unlearned_messages: int
    quoting: tuple[MessageId, ...]
    """Answers that stay in their conversations, and repeat what was forgotten."""
    bytes_pending: tuple[str, ...]
    """Where bytes of what was deleted still are: stores whose files hold what nothing finds any more,
    and `processes`, when another process did not say that its memory holds nothing. No stores when
    no file held any of it."""
    bytes_gone_by: datetime | None
    """When those are gone at the latest."""
    bytes_unattested: tuple[Store, ...]
    """Where files are another server's: its rows are gone, and nobody here can tell when bytes go."""
    completed_at: datetime
    account_elsewhere: AccountElsewhere = AccountElsewhere.NONE
    """What became of the account's counterpart where it signed in, when it is the account that went."""
