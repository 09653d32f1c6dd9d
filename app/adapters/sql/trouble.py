from enum import StrEnum


class Trouble(StrEnum):
    """What keeps a database from being read or written, as far as it can tell."""

    FULL = "full"
    READ_ONLY = "read-only"
    DAMAGED = "damaged"
    LOCKED = "locked"
    UNREADABLE = "unreadable"
    GONE = "gone"
    CROWDED = "crowded"
    SLOW = "slow"
    CONTESTED = "contested"
    """Two transactions stood in each other's way, and this one was given up: it may be repeated."""
    OTHER = "other"
