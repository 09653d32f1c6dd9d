"""Whether the index holds what SQL says, and nothing else. Nothing is changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from app.core.errors import IndexUnavailable
from app.models.actor import SYSTEM, OneUser
from app.models.clock import utc_now
from app.models.finding import Finding, fine, trouble
from app.models.namespace import Namespace
from app.models.wipe import OwedWipe
from app.ports.database import Database, Transaction
from app.ports.vector_index import VectorIndex
from app.services.index_entries import wanted_points

LONG_OWED: Final = timedelta(minutes=10)

REINDEX = "start the server, which puts it right, or run python main.py reindex"


@dataclass(slots=True)
class _Tally:
    wanted: int = 0
    held: int = 0
    missing: int = 0
    surplus: int = 0
    coming: int = 0
    owed: int = 0


@dataclass(frozen=True, slots=True)
class _Side:
    """What SQL says of one namespace."""

    wanted: set[UUID]
    waiting: set[UUID]
    waits_whole: bool


async def compare_index(database: Database, index: VectorIndex) -> list[Finding]:
    """What is missing in the index, what is too much, and what is still to be forgotten."""
    tally = _Tally()
    try:
        for tenant_id, namespace in await database.read(
            lambda tx: tx.profiles.namespaces(), by=SYSTEM
        ):
            side = await database.read(
                partial(_side, namespace=namespace), by=OneUser(namespace.user_id, tenant_id)
            )
            _count(tally, side, held=await index.ids(namespace))
        strays = await index.count() - tally.held
        gone = await database.read(_namespaces_gone, by=SYSTEM)
        wipes = await database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)
    except IndexUnavailable as error:
        return [trouble("index", f"does not answer ({error.slug})", remedy=REINDEX)]
    return list(_findings(tally, strays=strays, gone=gone, wipes=wipes))


def _findings(
    tally: _Tally, *, strays: int, gone: int, wipes: Sequence[OwedWipe]
) -> Iterator[Finding]:
    owed = tally.owed + (strays if gone else 0)
    unknown = 0 if gone else strays
    if tally.missing or tally.surplus or unknown:
        yield trouble(
            "index and database",
            f"of {tally.wanted} points {tally.missing} are missing in the index, and "
            f"{tally.surplus + unknown} are in it that the database does not know",
            remedy=REINDEX,
        )
    else:
        waiting = f"; {tally.coming} more wait to come in" if tally.coming else ""
        yield fine("index and database", f"agree on {tally.held - tally.owed} points{waiting}")
    if owed:
        yield trouble(
            "forgetting",
            f"{owed} points of what was deleted are still in the index",
            remedy="start the server: it removes them first thing",
        )
    elif wipes and wipes[0].since < utc_now() - LONG_OWED:
        yield trouble(
            "forgetting",
            "bytes of what was deleted are still in the files",
            remedy="start the server: it wipes them first thing",
        )
    elif wipes:
        yield fine("forgetting", "the server wipes what was deleted as soon as it runs")
    else:
        yield fine("forgetting", "nothing is owed")


def _count(tally: _Tally, side: _Side, *, held: set[UUID]) -> None:
    missing, surplus = side.wanted - held, held - side.wanted
    coming = missing if side.waits_whole else missing & side.waiting
    owed = surplus if side.waits_whole else surplus & side.waiting
    tally.wanted += len(side.wanted)
    tally.held += len(held)
    tally.missing += len(missing - coming)
    tally.surplus += len(surplus - owed)
    tally.coming += len(coming)
    tally.owed += len(owed)


def _side(tx: Transaction, *, namespace: Namespace) -> _Side:
    points = {change.point_id for change in tx.index_changes.of_namespace(namespace)}
    return _Side(
        wanted={point for point, _ in wanted_points(tx, namespace)},
        waiting={point for point in points if point is not None},
        waits_whole=None in points,
    )


def _namespaces_gone(tx: Transaction) -> int:
    """How many namespaces of deleted profiles have still to be emptied."""
    there = {namespace for _, namespace in tx.profiles.namespaces()}
    return sum(namespace not in there for _, namespace in tx.index_changes.waiting())
