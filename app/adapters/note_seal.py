"""What tells notes of the own installation from all that others may put on the same Redis."""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from app.core.security import purpose_key
from app.models.clock import Clock
from app.models.ids import ProcessId
from app.ports.bus import Note

STALE_S: Final = 60.0
"""How old a note may be, or how far ahead of the clock of who reads it."""
MAC_BYTES: Final = hashlib.sha256().digest_size
_MANY: Final = 256
"""Senders that are remembered before those that fell silent are let go."""


class Refusal(StrEnum):
    """Why a note is not obeyed."""

    FORGED = "forged"
    """Not signed, or by somebody else, or for another channel."""
    STALE = "stale"
    REPEATED = "repeated"
    MALFORMED = "malformed"


class NoteRefused(Exception):
    """The note is not obeyed."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why: Final = why


class NoteSeal:
    """HMAC-SHA256 over the channel and the note with its sender, receiver, time and number.

    The numbers of a sender grow, so that nothing is obeyed twice, nor out of its order; of a sender
    that is not known (any more), the time says that a note is no older than `STALE_S`.
    """

    def __init__(self, secret: str, *, me: ProcessId, clock: Clock) -> None:
        """A seal that all processes with the same secret can make and check."""
        self._key = purpose_key(secret, "notes between processes")
        self._me = me
        self._clock = clock
        self._number = 0
        self._known: dict[ProcessId, tuple[int, float]] = {}
        """The last number and the latest time of each sender."""

    def seal(
        self, channel: str, kind: str, body: Mapping[str, Any], *, to: ProcessId | None
    ) -> bytes:
        """The note as it is carried on that channel."""
        self._number += 1
        at_s = self._clock().timestamp()
        content = orjson.dumps([kind, self._me, to, at_s, self._number, body])
        return self._mac(channel, content) + content

    def open(self, channel: str, carried: bytes) -> Note:
        """The note, which one of the installation told lately, and which was not opened before.

        Raises:
            NoteRefused: it is anything else.
        """
        mac, content = carried[:MAC_BYTES], carried[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(channel, content)):
            raise NoteRefused(Refusal.FORGED)
        try:
            kind, sender, to, at_s, number, body = orjson.loads(content)
            addressee = ProcessId(UUID(to)) if to else None
            note = Note(kind, ProcessId(UUID(sender)), addressee, body)
            self._require_new(note.sender, number, at_s)
        except (ValueError, TypeError, AttributeError) as error:
            raise NoteRefused(Refusal.MALFORMED) from error
        return note

    def _mac(self, channel: str, content: bytes) -> bytes:
        return hmac.digest(self._key, channel.encode() + b"\0" + content, hashlib.sha256)

    def _require_new(self, sender: ProcessId, number: int, at_s: float) -> None:
        now_s = self._clock().timestamp()
        if abs(now_s - at_s) > STALE_S:
            raise NoteRefused(Refusal.STALE)
        last, latest_s = self._known.get(sender, (0, at_s))
        if number <= last:
            raise NoteRefused(Refusal.REPEATED)
        if len(self._known) >= _MANY:
            self._known = {
                one: seen for one, seen in self._known.items() if now_s - seen[1] <= STALE_S
            }
        self._known[sender] = (number, max(at_s, latest_s))
