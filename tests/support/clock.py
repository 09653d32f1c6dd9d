from datetime import UTC, datetime, timedelta


class HandClock:
    """A clock that stands still until it is moved on, and a stopwatch that nobody can set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
        self._passed_s = 1_000.0

    def __call__(self) -> datetime:
        return self.now

    def uptime_s(self) -> float:
        """Seconds that have passed."""
        return self._passed_s

    def wall_s(self) -> float:
        """Seconds since 1970, as the clock has it."""
        return self.now.timestamp()

    def advance(self, *, seconds: float) -> None:
        """So much time passes."""
        self.now += timedelta(seconds=seconds)
        self._passed_s += seconds

    def jump(self, *, days: float) -> None:
        """The clock is set, while no time passes."""
        self.now += timedelta(days=days)
