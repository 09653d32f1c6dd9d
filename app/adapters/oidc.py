import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import jwt

from app.adapters.issuer_keys import ALGORITHMS, IssuerKeys
from app.core.errors import Unauthenticated
from app.core.security import MAX_TOKEN_CHARS, unverified_claims
from app.models.clock import Clock
from app.models.identity import Proof

LEEWAY_S: Final = 30
"""By how much clocks may differ."""
MAX_AGE: Final = timedelta(days=7)
"""Of a token, whatever it says itself; Supabase allows no longer one. See `Upkeep`."""
MAX_SUBJECT_CHARS: Final = 255
MAX_EMAIL_CHARS: Final = 320
SHARED: Final = "HS256"

_REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub"]
_DECODER: Final = jwt.PyJWT(options={"enforce_minimum_key_length": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerTerms:
    """What is agreed with one issuer."""

    issuer: str
    """As its tokens write it, to the letter."""
    audiences: Sequence[str]
    jwks_url: str | None = None
    """Where its keys are; None when its own configuration says so."""
    trusts_email: bool = False
    """Whether an address that it calls verified is taken for proved."""
    tenant: str
    shared_secret: str | None = None
    """Of a Supabase project that still signs with HS256."""


class OidcIssuers:
    """People known by tokens (RFC 7519) of issuers of OpenID Connect, Supabase and Firebase among them."""

    def __init__(
        self,
        terms: Sequence[IssuerTerms],
        *,
        clock: Clock,
        keys: Mapping[str, IssuerKeys] | None = None,
    ) -> None:
        """Nothing is fetched before the first token comes.

        Args:
            terms: of each issuer.
            clock: tells the age of tokens.
            keys: of each issuer, if they are not to be fetched as usual.
        """
        self._terms = {one.issuer: one for one in terms}
        self._keys = keys or {
            one.issuer: IssuerKeys(one.issuer, jwks_url=one.jwks_url) for one in terms
        }
        self._clock = clock

    def knows(self, token: str) -> bool:
        """Whether the token claims to be of one of the issuers; nothing is verified."""
        issuer = unverified_claims(token).get("iss")
        return isinstance(issuer, str) and issuer in self._terms

    async def prove(self, token: str) -> Proof:
        """Whom the token proves.

        Raises:
            Unauthenticated: forged, expired, too old, too long, meant for others, or of an unknown
                issuer.
            IdentityUnavailable: its issuer's keys are not known, and cannot be fetched.
        """
        terms = self._terms.get(str(unverified_claims(token).get("iss")))
        if terms is None or len(token) > MAX_TOKEN_CHARS:
            raise Unauthenticated
        algorithm, key = await self._key(token, terms)
        try:
            claims: dict[str, Any] = _DECODER.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=list(terms.audiences),
                issuer=terms.issuer,
                leeway=LEEWAY_S,
                options={"require": _REQUIRED},
            )
            return self._proof(claims, terms)
        except _UNREADABLE as error:
            raise Unauthenticated from error

    async def check(self) -> None:
        """Returns when the keys of all issuers are at hand.

        Raises:
            IdentityUnavailable: those of some are not.
        """
        await asyncio.gather(*(keys.check() for keys in self._keys.values()))

    async def close(self) -> None:
        """Nobody is asked any more."""
        await asyncio.gather(*(keys.close() for keys in self._keys.values()))

    async def _key(self, token: str, terms: IssuerTerms) -> tuple[str, jwt.PyJWK | bytes]:
        """The algorithm and what is verified with: a public key is never used as a secret."""
        try:
            header = jwt.get_unverified_header(token)
        except _UNREADABLE as error:
            raise Unauthenticated from error
        algorithm = header.get("alg")
        if algorithm == SHARED and terms.shared_secret is not None:
            return SHARED, terms.shared_secret.encode()
        if algorithm not in ALGORITHMS:
            raise Unauthenticated
        return algorithm, await self._keys[terms.issuer].find(header.get("kid"), algorithm)

    def _proof(self, claims: Mapping[str, Any], terms: IssuerTerms) -> Proof:
        subject, issued_at = claims["sub"], _moment(claims["iat"])
        if not subject or len(subject) > MAX_SUBJECT_CHARS or not subject.isprintable():
            raise ValueError("no subject")
        if self._clock() - issued_at > MAX_AGE:
            raise ValueError("too old")
        signed_in_at = min(issued_at, _signed_in_at(claims) or issued_at)
        session = claims.get("session_id") or claims.get("sid") or signed_in_at.isoformat()
        email = _email(claims)
        is_verified = claims.get("email_verified") in (True, "true")
        return Proof(
            issuer=terms.issuer,
            subject=subject,
            tenant=terms.tenant,
            login_id=uuid5(NAMESPACE_URL, f"{terms.issuer}\x00{subject}\x00{session}"),
            signed_in_at=signed_in_at,
            email=email,
            is_email_proved=email is not None and is_verified and terms.trusts_email,
        )


_UNREADABLE: Final = (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError)
"""What a token can make the libraries raise, the year 10^9 included."""


def _signed_in_at(claims: Mapping[str, Any]) -> datetime | None:
    """When the person signed in: `auth_time` (OpenID Connect, Firebase) or `amr` (Supabase)."""
    given = claims.get("auth_time")
    if given is None and isinstance(claims.get("amr"), list):
        methods = [one for one in claims["amr"] if isinstance(one, dict)]
        given = max((one["timestamp"] for one in methods if "timestamp" in one), default=None)
    return None if given is None else _moment(given)


def _moment(given: Any) -> datetime:
    return datetime.fromtimestamp(int(given), UTC)


def _email(claims: Mapping[str, Any]) -> str | None:
    given = claims.get("email")
    if not isinstance(given, str) or len(given) > MAX_EMAIL_CHARS:
        return None
    return given if "@" in given and given.isprintable() else None
