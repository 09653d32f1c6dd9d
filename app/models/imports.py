from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.models.ids import ImportId, ProfileId, TenantId, UserId
from app.models.portable import Flaw, Noun, PortableFormat
from app.models.user import Caller


class ImportState(StrEnum):
    """Where an import stands. A failed one has left nothing behind."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Tally:
    """What becomes of the records of one noun."""

    in_file: int = 0
    added: int = 0
    known: int = 0
    """Already here, and left as they are."""


class ConflictReason(StrEnum):
    """Why something is not as the file has it."""

    CHANGED_HERE = "changed-here"
    """It is here and says something else; it stays as it is."""
    NAME_TAKEN = "name-taken"
    """A profile of this name is here; it receives what the file has, and keeps its settings."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that is here, and differs from the file."""

    noun: Noun
    id: UUID
    reason: ConflictReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import does, or would do. Conflicts and flaws are the first ones of each."""

    format: PortableFormat
    tallies: Mapping[Noun, Tally]
    skipped: int
    """Entries of the file that are not things to remember."""
    to_learn: int
    """Messages that will be learnt from."""
    conflict_count: int
    conflicts: tuple[Conflict, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def total(self) -> int:
        """Records in the file."""
        return sum(tally.in_file for tally in self.tallies.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file being imported. It holds numbers, and no words."""

    id: ImportId
    tenant_id: TenantId
    user_id: UserId
    profile_id: ProfileId | None
    """None for a whole account."""
    format: PortableFormat
    state: ImportState
    done: int
    total: int
    report: ImportReport | None
    """None until it is done."""
    error: str | None
    """The class of the failure; never a text."""
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Where a file is to go."""

    caller: Caller
    into: ProfileId | None
    """None for the account."""
    format: PortableFormat | None
    """None to find out."""
