"""Plans out of settings: of the composition root, beside `wiring.py`."""

from app.core.config import Settings
from app.models.clock import utc_now
from app.ports.database import Database
from app.services.quotas import Quotas
from app.services.usage import UsageBook


def quotas_of(settings: Settings) -> Quotas:
    """What plans allow."""
    return Quotas(settings.plan_book, lease_s=settings.runs.lease_s, clock=utc_now)


def usage_book(settings: Settings, database: Database) -> UsageBook:
    """Where accounts stand against their plans."""
    return UsageBook(database, plans=settings.plan_book, quotas=quotas_of(settings), clock=utc_now)
