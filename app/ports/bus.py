from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.models.ids import ProcessId


@dataclass(frozen=True, slots=True)
class Note:
    """A small message from one process to another, or to all others."""

    kind: str
    sender: ProcessId
    to: ProcessId | None
    """None for all others."""
    body: Mapping[str, Any]
    """What JSON can hold: ids, counts, and of runs that are retained their events."""


class Bus(Protocol):
    """Carries notes between the processes of an installation, to those who listen now; keeps none.

    A note may be lost, when nobody listens or the connection is; it is never told twice, and those
    of one sender come in their order.
    """

    def listen(self, receive: Callable[[Note], None]) -> None:
        """What others tell is given to `receive` from now on, on the event loop."""
        ...

    def tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None = None) -> None:
        """The note is on its way, or lost. Never waits.

        Args:
            kind: what it is about.
            body: what JSON can hold; UUIDs arrive as strings.
            to: whom; None for all others.
        """
        ...

    async def run(self) -> None:
        """Carries notes until cancelled."""
        ...

    async def check(self) -> None:
        """Returns when notes are carried.

        Raises:
            PeersUnavailable: they are lost at the moment.
        """
        ...
