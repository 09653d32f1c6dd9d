from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present moment, aware and in UTC. A constructor argument wherever time decides something."""


def utc_now() -> datetime:
    """The system's time, aware and in UTC."""
    return datetime.now(UTC)
