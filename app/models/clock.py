import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present moment, aware and in UTC. A constructor argument wherever time decides something."""

Stopwatch = Callable[[], float]
"""Seconds since some moment, which nobody can set: for what lives as long as this process."""


def utc_now() -> datetime:
    """The system's time, aware and in UTC."""
    return datetime.now(UTC)


def uptime_s() -> float:
    """Seconds since the machine started, also those that it slept, where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
