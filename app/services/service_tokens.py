"""Tokens with which a tenant's own service calls: claims `customer_id`, `scope`, `exp`, `iat`.

Signed with HS256 under a key of the tenant, which the tenant holds too and may sign with. No key is
stored: it is derived from the installation's secret, the tenant and a version that can be renewed.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import jwt

from app.core.errors import Unauthenticated
from app.core.security import unverified_claims
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.tenant import ServiceCaller, Tenant
from app.ports.database import Database

LONGEST: Final = timedelta(days=366)
LEEWAY_S: Final = 30
_ALGORITHM: Final = "HS256"


class ServiceTokens:
    """Signs and verifies them."""

    def __init__(self, database: Database, *, secret: str, clock: Clock) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock

    def key(self, tenant: Tenant) -> str:
        """What the tenant's service may sign with: 64 hexadecimal digits, as text."""
        subject = f"service-key/{tenant.id}/{tenant.key_version}"
        return hmac.new(self._secret.encode(), subject.encode(), hashlib.sha256).hexdigest()

    def issue(self, tenant: Tenant, *, scopes: Iterable[str], lifetime: timedelta) -> str:
        """A token that proves the tenant until it expires."""
        now = self._clock()
        claims = {
            "customer_id": tenant.name,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self.key(tenant), algorithm=_ALGORITHM)

    def knows(self, token: str) -> bool:
        """Whether the token claims to be of a tenant's service; nothing is verified."""
        return "customer_id" in unverified_claims(token)

    async def verify(self, token: str) -> ServiceCaller:
        """Which tenant's service the token proves, and what it may do.

        Raises:
            Unauthenticated: forged, expired, valid for more than a year, of another tenant's key,
                or of no tenant.
        """
        name = unverified_claims(token).get("customer_id")
        if not isinstance(name, str) or not name.isprintable():
            raise Unauthenticated
        tenant = await self._database.read(lambda tx: tx.tenants.find(name), by=SYSTEM)
        if tenant is None:
            raise Unauthenticated
        claims = self._verified(token, tenant)
        return ServiceCaller(tenant.id, tenant.name, frozenset(claims["scope"].split()))

    def _verified(self, token: str, tenant: Tenant) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.key(tenant),
                algorithms=[_ALGORITHM],
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "customer_id", "scope"]},
            )
            lasts_s = claims["exp"] - claims["iat"]
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated from error
        if not isinstance(claims["scope"], str) or lasts_s > LONGEST.total_seconds():
            raise Unauthenticated
        return claims
