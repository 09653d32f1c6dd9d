from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresLimits:
    """How many connections a process holds, and how long it waits for what."""

    connections: int = 10
    connect_timeout_s: float = 5.0
    statement_timeout_s: float = 30.0
    lock_timeout_s: float = 10.0
