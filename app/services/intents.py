"""Requests that their clients may send again: what was made is told again, and not made twice."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from app.core.repeat_errors import KeyReused
from app.models.actor import OneUser
from app.models.clock import Clock
from app.models.intent import Intent, Outcome
from app.models.user import Caller
from app.ports.database import Database, Transaction

KEEP_INTENTS: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as far as a repetition has to be the same."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    """Those that change what is done."""
    body: bytes


class Intents:
    """What callers want done once, known by keyed hashes of their keys and of what they ask."""

    def __init__(self, database: Database, *, secret: str, clock: Clock) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock

    def of(self, caller: Caller, key: str, asked: Asked) -> Intent:
        """The intent that a key stands for: each API key has its own, and all logins have theirs."""
        grant = str(caller.grant.key_id) if caller.grant else None
        return Intent(
            digest=self._digest("intent", str(caller.user_id), grant, key),
            fingerprint=self._digest(
                "asked",
                asked.method,
                asked.path,
                sorted(asked.query),
                sorted(asked.headers.items()),
                hashlib.sha256(_canonical(asked.body)).hexdigest(),
            ),
        )

    async def outcome(self, caller: Caller, intent: Intent) -> Outcome | None:
        """What it came to when it was asked before; None when it was not.

        Raises:
            KeyReused: the key stands for another request.
        """
        since = self._clock() - KEEP_INTENTS
        found = await self._database.read(
            lambda tx: tx.intents.find(intent.digest, owner=caller.user_id, since=since), by=caller
        )
        if found is not None and not hmac.compare_digest(found.fingerprint, intent.fingerprint):
            raise KeyReused
        return found

    def _digest(self, *parts: object) -> str:
        told = orjson.dumps(parts)
        return hmac.new(self._secret.encode(), told, hashlib.sha256).hexdigest()


def keep(
    tx: Transaction,
    owner: OneUser,
    intent: Intent | None,
    *made: UUID,
    at: datetime,
    is_done: bool = True,
) -> None:
    """The intent, if there is one, is known to have made these: with them, or not at all.

    Raises:
        IntentTaken: another request was faster.
    """
    if intent is not None:
        since = at - KEEP_INTENTS
        tx.intents.add(intent, made, by=owner, at=at, since=since, is_done=is_done)


def _canonical(body: bytes) -> bytes:
    """The body, of JSON with its fields in one order."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body
