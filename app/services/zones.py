from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.models.ids import UserId
from app.ports.database import Transaction


def zone_of(tx: Transaction, user_id: UserId, *, default: tzinfo) -> tzinfo:
    """Where a user is; the default also when this machine does not know their zone.

    Raises:
        UserNotFound: there is no such user.
    """
    name = tx.users.get(user_id).time_zone
    try:
        return ZoneInfo(name) if name else default
    except (ZoneInfoNotFoundError, OSError):
        return default
