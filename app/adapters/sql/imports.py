from dataclasses import astuple
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.adapters.sql import tables
from app.adapters.sql.processes import has_no_carrier
from app.core.transfer_errors import ImportNotFound
from app.models.ids import ImportId, ProcessId, UserId
from app.models.imports import Import, ImportReport, ImportState, Tally
from app.models.portable import Noun, PortableFormat

_table = tables.imports


class SqlImports:
    """What became of the files that were imported, in numbers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, started: Import, *, by: ProcessId | None = None) -> None:
        """The import is known, and carried out by one of several processes if it is said by which."""
        self._connection.execute(
            insert(_table).values(
                id=started.id,
                tenant_id=started.tenant_id,
                user_id=started.user_id,
                memory_profile_id=started.profile_id,
                format=started.format,
                created_at=started.created_at,
                process_id=by,
                **_standing(started),
            )
        )

    def finish(self, finished: Import) -> None:
        """The import, which was running, stands as it does here.

        Raises:
            ImportNotFound: it is gone meanwhile, with its profile or its account, or has ended: nothing
                of it may be kept.
        """
        done = self._connection.execute(
            update(_table)
            .where(_table.c.id == finished.id, _table.c.state == ImportState.RUNNING)
            .values(process_id=None, **_standing(finished))
        )
        if done.rowcount == 0:
            raise ImportNotFound

    def get(self, import_id: ImportId, *, owner: UserId) -> Import:
        """The import.

        Raises:
            ImportNotFound: absent, or someone else's.
        """
        row = self._connection.execute(
            select(_table).where(_table.c.id == import_id, _table.c.user_id == owner)
        ).first()
        if row is None:
            raise ImportNotFound
        return _import(row)

    def fail_running(self, *, started_before: datetime | None, error: str, at: datetime) -> int:
        """How many imports were running, since before a moment if one is given; they failed."""
        running = update(_table).where(_table.c.state == ImportState.RUNNING)
        if started_before is not None:
            running = running.where(_table.c.created_at < started_before)
        return self._connection.execute(
            running.values(state=ImportState.FAILED, error=error, finished_at=at, process_id=None)
        ).rowcount

    def fail_abandoned(self, *, silent_since: datetime, error: str, at: datetime) -> int:
        """How many imports a process carried out that was last alive before then; they failed."""
        return self._connection.execute(
            update(_table)
            .where(has_no_carrier(_table, silent_since=silent_since))
            .values(state=ImportState.FAILED, error=error, finished_at=at, process_id=None)
        ).rowcount

    def purge(self, *, finished_before: datetime) -> int:
        """How many finished imports were that old and are gone."""
        return self._connection.execute(
            delete(_table).where(_table.c.finished_at < finished_before)
        ).rowcount


def _standing(one: Import) -> dict[str, object]:
    return {
        "state": one.state,
        "total": one.total,
        "report": _report_values(one.report) if one.report else None,
        "error": one.error,
        "finished_at": one.finished_at,
    }


def _report_values(report: ImportReport) -> dict[str, object]:
    """Numbers only: which memories conflict, and where the file is flawed, is told once."""
    return {
        "tallies": {noun: astuple(tally) for noun, tally in report.tallies.items()},
        "skipped": report.skipped,
        "to_learn": report.to_learn,
        "conflicts": report.conflict_count,
    }


def _import(row: Row[Any]) -> Import:
    state = ImportState(row.state)
    report = None
    if row.report is not None:
        report = ImportReport(
            format=PortableFormat(row.format),
            tallies={
                Noun(noun): Tally(*numbers) for noun, numbers in row.report["tallies"].items()
            },
            skipped=row.report["skipped"],
            to_learn=row.report["to_learn"],
            conflict_count=row.report["conflicts"],
        )
    return Import(
        id=row.id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        profile_id=row.memory_profile_id,
        format=PortableFormat(row.format),
        state=state,
        done=row.total if state is ImportState.DONE else 0,
        total=row.total,
        report=report,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
