from dataclasses import dataclass

from app.core.config import Settings
from app.core.metrics import Metrics
from app.models.clock import uptime_s, utc_now
from app.models.ids import ProcessId
from app.models.process import Process
from app.ports.bus import Bus
from app.ports.database import Database
from app.services.backlogs import Backlogs
from app.services.feed import Feed
from app.services.holding import HeldAlone, Holdings, SharedHoldings
from app.services.incognito import IncognitoTranscripts
from app.services.looking import Looking
from app.services.membership import Membership
from app.services.open_streams import OpenStreams
from app.services.peers import Peers
from app.services.process_memory import ProcessMemory
from app.services.run_exchange import RunExchange
from app.services.runs import Runs
from app.services.transfers import Departures


@dataclass(frozen=True, slots=True)
class Company:
    """What a process does that has others beside it, on the same database."""

    membership: Membership
    looking: Looking


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What lives in this process's memory only, and what is told of it to others."""

    runs: Runs
    feed: Feed
    streams: OpenStreams
    incognito: IncognitoTranscripts
    departures: Departures
    metrics: Metrics
    backlogs: Backlogs
    peers: Peers
    elsewhere: RunExchange
    holdings: Holdings
    memory: ProcessMemory
    company: Company | None
    """None for a process that has its database to itself."""

    @property
    def carrier(self) -> ProcessId | None:
        """This process, where others can see whether it lives; None where there are none."""
        return self.peers.me if self.company else None

    async def drain(self, *, timeout_s: float) -> None:
        """No run goes on, none starts, and whoever listened has heard the end."""
        self.feed.close()
        await self.runs.drain(timeout_s=timeout_s)
        self.streams.over.set()


def process_state(
    settings: Settings, database: Database, *, process: Process, bus: Bus
) -> ProcessState:
    """No run is under way, and nothing has been said."""
    runs, incognito = _runs(settings), _incognito(settings)
    departures, peers = Departures(), Peers(bus, me=process.id)
    shared = SharedHoldings(process.id, clock=utc_now, uptime_s=uptime_s)
    looking = Looking(
        database,
        runs=runs,
        incognito=incognito,
        departures=departures,
        holdings=shared,
        uptime_s=uptime_s,
    )
    membership = Membership(
        database,
        process=process,
        peers=peers,
        alive_s=settings.runs.lease_s,
        clock=utc_now,
        uptime_s=uptime_s,
    )
    return ProcessState(
        runs=runs,
        feed=Feed(peers),
        streams=OpenStreams(database, recheck_s=settings.runs.recheck_s, clock=utc_now),
        incognito=incognito,
        departures=departures,
        metrics=Metrics(),
        backlogs=Backlogs(database, clock=utc_now, uptime_s=uptime_s),
        peers=peers,
        elsewhere=RunExchange(runs, peers),
        holdings=HeldAlone() if database.exclusive else shared,
        memory=ProcessMemory(
            runs=runs, incognito=incognito, departures=departures, looking=looking, peers=peers
        ),
        company=None if database.exclusive else Company(membership, looking),
    )


def _runs(settings: Settings) -> Runs:
    return Runs(
        max_active=settings.runs.max_active,
        buffer_s=settings.runs.buffer_s,
        ephemeral_buffer_s=settings.incognito.ttl_s,
        uptime_s=uptime_s,
    )


def _incognito(settings: Settings) -> IncognitoTranscripts:
    return IncognitoTranscripts(
        max_sessions=settings.incognito.max_sessions,
        max_user_sessions=settings.incognito.max_user_sessions,
        max_session_bytes=settings.incognito.max_session_bytes,
        ttl_s=settings.incognito.ttl_s,
        uptime_s=uptime_s,
    )
