from dataclasses import dataclass

from app.core.config import Settings
from app.core.metrics import Metrics
from app.models.clock import uptime_s
from app.services.feed import Feed
from app.services.incognito import IncognitoTranscripts
from app.services.runs import Runs
from app.services.transfers import Departures


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What lives in this process's memory only."""

    runs: Runs
    feed: Feed
    incognito: IncognitoTranscripts
    departures: Departures
    metrics: Metrics


def process_state(settings: Settings) -> ProcessState:
    """No run is under way, and nothing has been said."""
    return ProcessState(
        runs=Runs(
            max_active=settings.runs.max_active,
            buffer_s=settings.runs.buffer_s,
            ephemeral_buffer_s=settings.incognito.ttl_s,
            uptime_s=uptime_s,
        ),
        feed=Feed(),
        incognito=IncognitoTranscripts(
            max_sessions=settings.incognito.max_sessions,
            max_user_sessions=settings.incognito.max_user_sessions,
            max_session_bytes=settings.incognito.max_session_bytes,
            ttl_s=settings.incognito.ttl_s,
            uptime_s=uptime_s,
        ),
        departures=Departures(),
        metrics=Metrics(),
    )
