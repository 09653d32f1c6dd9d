from uuid import UUID

from app.models.imports import Conflict, ConflictReason, Import, ImportReport, ImportState, Tally
from app.models.portable import Flaw, Noun, PortableFormat
from app.schemas.fields import Answer, Timestamp


class TallyAnswer(Answer):
    """What becomes of the records of one kind."""

    in_file: int
    added: int
    known: int

    @classmethod
    def of(cls, tally: Tally) -> "TallyAnswer":
        """The numbers as clients see them."""
        return cls(in_file=tally.in_file, added=tally.added, known=tally.known)


class ConflictAnswer(Answer):
    """Something that is here, and differs from the file; it stays as it is."""

    kind: Noun
    id: UUID
    reason: ConflictReason

    @classmethod
    def of(cls, conflict: Conflict) -> "ConflictAnswer":
        """The conflict as clients see it."""
        return cls(kind=conflict.noun, id=conflict.id, reason=conflict.reason)


class FlawAnswer(Answer):
    """What is wrong with one place of the file. The file itself is never repeated."""

    pointer: str
    detail: str

    @classmethod
    def of(cls, flaw: Flaw) -> "FlawAnswer":
        """The flaw as clients see it."""
        return cls(pointer=flaw.place, detail=flaw.detail)


class PlanAnswer(Answer):
    """What an import would do. With errors it would do nothing; at most 20 are told."""

    format: PortableFormat
    records: dict[Noun, TallyAnswer]
    skipped: int
    to_learn: int
    conflict_count: int
    conflicts: list[ConflictAnswer]
    errors: list[FlawAnswer]

    @classmethod
    def of(cls, report: ImportReport) -> "PlanAnswer":
        """The report as clients see it."""
        return cls(
            format=report.format,
            records={noun: TallyAnswer.of(tally) for noun, tally in report.tallies.items()},
            skipped=report.skipped,
            to_learn=report.to_learn,
            conflict_count=report.conflict_count,
            conflicts=[ConflictAnswer.of(one) for one in report.conflicts],
            errors=[FlawAnswer.of(one) for one in report.flaws],
        )


class ImportAnswer(Answer):
    """An import. What became of its records is known when it is done."""

    id: UUID
    memory_profile_id: UUID | None
    format: PortableFormat
    status: ImportState
    done: int
    total: int
    records: dict[Noun, TallyAnswer] | None
    skipped: int | None
    to_learn: int | None
    conflict_count: int | None
    error: str | None
    created_at: Timestamp
    finished_at: Timestamp | None

    @classmethod
    def of(cls, one: Import) -> "ImportAnswer":
        """The import as clients see it."""
        report = one.report
        return cls(
            id=one.id,
            memory_profile_id=one.profile_id,
            format=one.format,
            status=one.state,
            done=one.done,
            total=one.total,
            records=(
                {noun: TallyAnswer.of(tally) for noun, tally in report.tallies.items()}
                if report
                else None
            ),
            skipped=report.skipped if report else None,
            to_learn=report.to_learn if report else None,
            conflict_count=report.conflict_count if report else None,
            error=one.error,
            created_at=one.created_at,
            finished_at=one.finished_at,
        )
