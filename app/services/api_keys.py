import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from app.core.errors import InvalidInput, StorageUnavailable, Unauthenticated
from app.core.key_errors import TooManyKeys
from app.core.security import KEY_MARK, new_api_key, token_digest
from app.models.actor import SYSTEM
from app.models.api_key import ApiKey, FoundKey, KeyGrant, KeyWish
from app.models.clock import Clock
from app.models.ids import ApiKeyId, new_id
from app.models.intent import Intent
from app.models.page import Page, PageKey
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.erasing import owe_wipe
from app.services.intents import keep
from app.services.open_streams import OpenStreams

logger = logging.getLogger(__name__)

MAX_KEYS: Final = 100
SHOWN_CHARS: Final = len(KEY_MARK) + 6
"""Of a key, to tell it from others: 36 of its 256 bits."""
NOTED_EVERY: Final = timedelta(minutes=1)
TRIES_AGAIN_S: Final = 10.0


class ApiKeys:
    """Keys with which programs call in a user's name. Of a key itself only its hash is kept.

    A key that was deleted is one that never was. That, and one that has expired, cost the same one
    look-up by the hash as a key that holds.
    """

    def __init__(self, database: Database, *, streams: OpenStreams, clock: Clock) -> None:
        self._database = database
        self._streams = streams
        self._clock = clock
        self._used: dict[ApiKeyId, datetime] = {}
        self._noted = asyncio.Event()

    async def create(
        self, caller: Caller, wish: KeyWish, *, intent: Intent | None = None
    ) -> tuple[ApiKey, str]:
        """The new key, and the secret, which nobody can show again.

        Raises:
            ProfileNotFound: the profile that it is to be bound to is absent, or someone else's.
            InvalidInput: it would have expired by now.
            TooManyKeys: there are as many as anybody may have.
            IntentTaken: another request was faster.
        """
        now, secret = self._clock(), new_api_key()
        if wish.expires_at is not None and wish.expires_at <= now:
            raise InvalidInput("expires_at must be in the future")
        key = _key(caller, wish, prefix=secret[:SHOWN_CHARS], at=now)

        def work(tx: Transaction) -> None:
            if wish.profile_id is not None:
                tx.profiles.get(wish.profile_id, owner=caller.user_id)
            if tx.api_keys.count(owner=caller.user_id) >= MAX_KEYS:
                raise TooManyKeys
            tx.api_keys.add(key, key_hash=token_digest(secret))
            keep(tx, caller, intent, key.id, at=now)

        await self._database.write(work, by=caller)
        return key, secret

    async def page(self, caller: Caller, *, after: PageKey | None, limit: int) -> Page[ApiKey]:
        """The caller's keys, newest first."""
        return await self._database.read(
            lambda tx: tx.api_keys.page(owner=caller.user_id, after=after, limit=limit), by=caller
        )

    async def delete(self, caller: Caller, key_id: ApiKeyId) -> None:
        """The key holds no more, and its streams end.

        Raises:
            ApiKeyNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> None:
            tx.api_keys.delete(key_id, owner=caller.user_id)
            owe_wipe(tx, caller)

        await self._database.write(work, by=caller)
        self._streams.end(key_id)

    async def caller(self, secret: str) -> Caller:
        """Whom a key lets in, with what it permits.

        Raises:
            Unauthenticated: there is no such key, or it has expired.
        """
        digest = token_digest(secret)
        found = await self._database.read(lambda tx: tx.api_keys.find(digest), by=SYSTEM)
        now = self._clock()
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            raise Unauthenticated
        self._note(found, at=now)
        key_id = found.grant.key_id
        return Caller(
            found.owner.user_id, found.owner.tenant_id, login_id=key_id, grant=found.grant
        )

    async def run(self) -> None:
        """Writes down when keys were used, until cancelled; no request waits for it."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            try:
                await self._write_uses()
            except StorageUnavailable as error:
                logger.warning("uses of keys not noted", extra={"error": type(error).__name__})
                await asyncio.sleep(TRIES_AGAIN_S)

    async def _write_uses(self) -> None:
        uses, self._used = self._used, {}
        await self._database.write(lambda tx: tx.api_keys.note_uses(uses), by=SYSTEM)

    def _note(self, found: FoundKey, *, at: datetime) -> None:
        """The use will be written down, unless another one of about the same time was."""
        last = found.last_used_at
        if last is None or abs(at - last) >= NOTED_EVERY:
            self._used[found.grant.key_id] = at
            self._noted.set()


def _key(caller: Caller, wish: KeyWish, *, prefix: str, at: datetime) -> ApiKey:
    key_id = ApiKeyId(new_id())
    grant = KeyGrant(
        key_id=key_id,
        scopes=wish.scopes,
        profile_id=wish.profile_id,
        privacy_mode=wish.privacy_mode,
        requests_per_minute=wish.requests_per_minute,
    )
    return ApiKey(
        id=key_id,
        tenant_id=caller.tenant_id,
        user_id=caller.user_id,
        name=wish.name,
        prefix=prefix,
        grant=grant,
        expires_at=wish.expires_at,
        last_used_at=None,
        created_at=at,
    )
