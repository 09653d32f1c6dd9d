"""Looking in the database whether what this process holds of users' words is still to be held."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.clock import Stopwatch
from app.models.ids import ChunkId, MemoryId, MessageId, SessionId, UserId
from app.models.memory import MemoryKind
from app.ports.database import Database, Transaction
from app.ports.repositories.processes import Holding
from app.services.holding import Claim, SharedHoldings
from app.services.incognito import IncognitoTranscripts
from app.services.outage import Outage
from app.services.runs import Run, Runs
from app.services.transfers import Departures

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
FORGOTTEN_WITHIN_S: Final = 10.0
"""What was not heard of is forgotten by then: after a look, or two, and the time that one takes."""
UNCOMMITTED_S: Final = 5.0
"""So long after a claim its row may not be seen yet."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What runs tell of."""

    messages: Collection[MessageId]
    memories: Collection[MemoryId]
    episodes: Collection[MessageId]
    chunks: Collection[ChunkId]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database says of it."""

    erasures: Mapping[UserId, int]
    gone: set[UUID]
    holdings: Mapping[SessionId, Holding]


class Looking:
    """The net beneath the notes by which processes tell each other what to forget.

    It needs no note: what is gone from the database is forgotten here at the next look. Users
    nothing of whom was deleted since the last one cost one row.
    """

    def __init__(
        self,
        database: Database,
        *,
        runs: Runs,
        incognito: IncognitoTranscripts,
        departures: Departures,
        holdings: SharedHoldings,
        uptime_s: Stopwatch,
    ) -> None:
        self._runs = runs
        self._incognito = incognito
        self._departures = departures
        self._holdings = holdings
        self._database = database
        self._uptime_s = uptime_s
        self._outage = Outage(logger, failing="looking failed", working="looking works again")
        self._seen: dict[UserId, int] = {}
        """The erasures of each user after which all that is held of them was looked at."""

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
                await self._let_go()
                self._outage.works()
            except StorageUnavailable as error:
                self._outage.fails(error)
            except Exception as error:
                logger.exception("looking failed unexpectedly", exc_info=error)

    async def look(self) -> Counter[str]:
        """How much was held that is gone from the database; it is gone here as well."""
        runs = [run for run in self._runs.kept if not run.ephemeral]
        busy = {run.user_id for run in runs if run.ended_at_s is None}
        users = {run.user_id for run in runs} | self._departures.users
        claims = self._holdings.claims()
        if not users and not claims:
            self._seen.clear()
            return Counter()

        def work(tx: Transaction) -> _Found:
            erasures = tx.erasures.counts(users)
            told = _told_by(
                [r for r in runs if self._seen.get(r.user_id, -1) != erasures.get(r.user_id)]
            )
            return _Found(
                erasures,
                tx.erasures.gone(
                    messages=told.messages,
                    memories=told.memories,
                    episodes=told.episodes,
                    chunks=told.chunks,
                ),
                tx.processes.holdings(claims),
            )

        found = await self._database.read(work, by=SYSTEM)
        counts = Counter(runs=self._runs.forget(found.gone))
        counts["exports"] = self._departures.recall_outdated(found.erasures, users)
        counts.update(self._forget_sessions(claims, found.holdings))
        kept = {user: count for user, count in self._seen.items() if user in users}
        self._seen = kept | {u: n for u, n in found.erasures.items() if u not in busy}
        return +counts

    def _forget_sessions(
        self, claims: Mapping[SessionId, Claim], holdings: Mapping[SessionId, Holding]
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        for session_id, claim in claims.items():
            if self._is_held(claim, holdings.get(session_id)):
                continue
            counts["incognito_messages"] += self._incognito.forget(session_id)
            counts["runs"] += self._runs.forget_session(session_id, only_ephemeral=True)
            self._holdings.drop(session_id, claim)
        return counts

    def _is_held(self, claim: Claim, holding: Holding | None) -> bool:
        if holding is not None and holding.epoch != claim.epoch:
            return False
        if holding is not None and holding.process_id == self._holdings.me:
            return True
        return self._uptime_s() - claim.claimed_at_s < UNCOMMITTED_S

    async def _let_go(self) -> None:
        """Sessions of which nothing is left here may go on in any process."""
        held = {run.session_id for run in self._runs.kept if run.ephemeral}
        held |= self._incognito.sessions
        claims = self._holdings.claims()
        now_s = self._uptime_s()
        empty = {
            session_id: claim
            for session_id, claim in claims.items()
            if session_id not in held and now_s - claim.claimed_at_s >= UNCOMMITTED_S
        }
        if not empty:
            return
        await self._database.write(
            lambda tx: tx.processes.let_go(empty, by=self._holdings.me), by=SYSTEM
        )
        for session_id, claim in empty.items():
            self._holdings.drop(session_id, claim)


def _told_by(runs: Sequence[Run]) -> _Told:
    messages: set[MessageId] = set()
    memories: set[MemoryId] = set()
    chunks: set[ChunkId] = set()
    episodes: set[MessageId] = set()
    for run in runs:
        messages.add(run.question_id)
        if run.result is not None:
            messages |= {run.result.answer.id} if run.result.answer else set()
            told: set[tuple[UUID, str]] = {(m.id, m.kind) for m in run.result.memories}
        else:
            told = _told_in_events(run)
        for memory_id, kind in told:
            if kind == MemoryKind.EPISODE:
                episodes.add(MessageId(memory_id))
            elif kind == MemoryKind.DOCUMENT:
                chunks.add(ChunkId(memory_id))
            else:
                memories.add(MemoryId(memory_id))
    return _Told(messages, memories, episodes, chunks)


def _told_in_events(run: Run) -> set[tuple[UUID, str]]:
    return {
        (cast("UUID", memory["id"]), cast("str", memory["kind"]))
        for event in run.log
        if event.type == "memory.used"
        for memory in cast("Sequence[Mapping[str, object]]", event.fields["memories"])
    }
