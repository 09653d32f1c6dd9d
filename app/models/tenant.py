from dataclasses import dataclass
from datetime import datetime

from app.models.ids import TenantId

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer with users of its own."""

    id: TenantId
    name: str
    """What its service tokens call it: `customer_id`."""
    key_version: int
    """Service tokens signed with the key of another version do not hold."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """Which tenant's service is asking. It reaches the users of that tenant and no others."""

    tenant_id: TenantId
    tenant: str
    """The tenant's name."""
    scopes: frozenset[str]
    """As the token has them: some may mean nothing here."""
