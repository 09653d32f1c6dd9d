import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import jwt

from app.adapters.bounded_json import fetch_json
from app.core.addresses import is_as_safe
from app.core.errors import Unauthenticated
from app.core.identity_errors import IdentityUnavailable

logger = logging.getLogger(__name__)

ALGORITHMS: Final = frozenset({"ES256", "RS256", "EdDSA"})
"""All asymmetric: none of an issuer's public keys can be taken for a shared secret."""
MAX_KEYS: Final = 50
FRESH_S: Final = 600.0
"""A key that its issuer has withdrawn is trusted for as long, and is younger than that at no cost."""
STALE_S: Final = 86_400.0
"""How long the keys of an issuer that does not answer are trusted. Tokens live for less."""
RETRY_S: Final = 5.0


class IssuerKeys:
    """The public keys of an issuer, fetched when needed, and at most once in 5 s.

    They are looked for at the address that is configured, or that the issuer's own configuration names
    (OpenID Connect Discovery 1.0); never where a token says. A token that names an unknown key makes them
    fetched again; an issuer that is slow keeps nobody waiting whose key is known.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks_url: str | None,
        retry_s: float = RETRY_S,
        fresh_s: float = FRESH_S,
        uptime_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._retry_s = retry_s
        self._fresh_s = fresh_s
        self._uptime_s = uptime_s
        self._keys: Sequence[jwt.PyJWK] = ()
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """The key of this name and kind; without a name the only one of its kind.

        Raises:
            Unauthenticated: the issuer has none.
            IdentityUnavailable: it cannot be told, since the issuer does not answer.
        """
        if self._age_s() > STALE_S:
            await self._fetch()
        elif self._age_s() > self._fresh_s:
            self._begin_fetching()
        key = self._pick(key_id, algorithm)
        if key is None:
            await self._fetch()
            key = self._pick(key_id, algorithm)
        if key is not None:
            return key
        if self._failed:
            raise IdentityUnavailable("The issuer of this token does not answer at the moment.")
        raise Unauthenticated

    async def check(self) -> None:
        """Returns when the keys are at hand, fetched anew if that is due.

        Raises:
            IdentityUnavailable: the issuer did not answer when it was asked last.
        """
        if self._age_s() > self._fresh_s:
            await self._fetch()
        if self._failed:
            raise IdentityUnavailable

    async def close(self) -> None:
        """Nobody is asked any more."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    @property
    def _failed(self) -> bool:
        """Whether the last answer is older than the last question."""
        return self._tried_at is not None and (
            self._fetched_at is None or self._fetched_at < self._tried_at
        )

    def _age_s(self) -> float:
        return float("inf") if self._fetched_at is None else self._uptime_s() - self._fetched_at

    def _pick(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        if self._age_s() > STALE_S:
            return None
        fitting = [key for key in self._keys if key.algorithm_name == algorithm]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.key_id == key_id), None)

    async def _fetch(self) -> None:
        """The issuer has been asked, unless it was a moment ago; together with whoever else waits."""
        self._begin_fetching()
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    def _begin_fetching(self) -> None:
        now = self._uptime_s()
        if self._fetching is not None:
            return
        if self._tried_at is not None and now - self._tried_at < self._retry_s:
            return
        self._tried_at = now
        self._fetching = asyncio.create_task(self._ask(), name="issuer-keys")

    async def _ask(self) -> None:
        try:
            url = self._jwks_url or await self._discovered()
            self._keys = _usable(await fetch_json(url))
            self._fetched_at = self._uptime_s()
        except IdentityUnavailable:
            logger.warning("an issuer's keys cannot be fetched", extra={"issuer": self._issuer})
        finally:
            self._fetching = None

    async def _discovered(self) -> str:
        """Where the issuer says that its keys are: encrypted, unless the issuer itself is not.

        Raises:
            IdentityUnavailable: it does not say.
        """
        base = self._issuer.rstrip("/")
        document = await fetch_json(f"{base}/.well-known/openid-configuration")
        url = document.get("jwks_uri")
        if document.get("issuer") != self._issuer or not isinstance(url, str):
            raise IdentityUnavailable
        if not is_as_safe(url, as_url=base):
            raise IdentityUnavailable
        return url


def _usable(document: dict[str, Any]) -> Sequence[jwt.PyJWK]:
    """The keys that sign by an algorithm that is allowed; others are none of ours.

    Raises:
        IdentityUnavailable: it is no set of keys.
    """
    given = document.get("keys")
    if not isinstance(given, list) or len(given) > MAX_KEYS:
        raise IdentityUnavailable
    return [key for one in given if (key := _key(one)) is not None]


def _key(one: object) -> jwt.PyJWK | None:
    if not isinstance(one, dict) or one.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(one)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    return key if key.algorithm_name in ALGORITHMS else None
