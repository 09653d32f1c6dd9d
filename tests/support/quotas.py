from typing import Final

from app.models.clock import utc_now
from app.models.plan import Plans
from app.services.quotas import Quotas

UNLIMITED: Final = Quotas(Plans({}), lease_s=15, clock=utc_now)
"""What holds where no plan is configured."""
