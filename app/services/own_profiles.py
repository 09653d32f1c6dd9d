from collections.abc import Sequence
from typing import Final

from app.models.ids import UserId
from app.models.profile import Profile
from app.ports.database import Transaction

_ALL: Final = 100_000


def profiles_of(tx: Transaction, owner: UserId) -> Sequence[Profile]:
    """Every memory profile of a user, as a list has them."""
    return tx.profiles.page(owner=owner, after=None, limit=_ALL).items
