"""A bus inside one process: for one that is alone, and for several sets of services beside each other."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from app.models.ids import ProcessId
from app.ports.bus import Note


class ProcessHub:
    """Where the buses of one process meet."""

    def __init__(self) -> None:
        self._members: dict[ProcessId, ProcessBus] = {}

    def join(self, me: ProcessId) -> "ProcessBus":
        """A bus to all others that join."""
        self._members[me] = joined = ProcessBus(self, me)
        return joined

    def carry(self, note: Note) -> None:
        """Everybody that it is for hears it soon."""
        for process_id, member in self._members.items():
            if process_id != note.sender and note.to in {None, process_id}:
                member.hear(note)


class ProcessBus:
    """Notes to those who joined the same hub; to nobody, when none have."""

    def __init__(self, hub: ProcessHub, me: ProcessId) -> None:
        self._hub = hub
        self._me = me
        self._receive: Callable[[Note], None] | None = None

    def listen(self, receive: Callable[[Note], None]) -> None:
        """What others tell is given to `receive` from now on."""
        self._receive = receive

    def tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None = None) -> None:
        """The note is on its way."""
        self._hub.carry(Note(kind, self._me, to, body))

    def hear(self, note: Note) -> None:
        """The note is given on soon, as a copy, in JSON as between processes."""
        if self._receive is None:
            return
        copied = Note(note.kind, note.sender, note.to, orjson.loads(orjson.dumps(note.body)))
        asyncio.get_running_loop().call_soon(self._receive, copied)

    async def run(self) -> None:
        """Does nothing until cancelled."""
        await asyncio.Event().wait()

    async def check(self) -> None:
        """Notes are always carried."""
