from collections.abc import Iterable, Sequence

from app.core.errors import ProfileNotFound
from app.models.ids import ProfileId, UserId
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Transaction


def readable(
    tx: Transaction, wanted: Iterable[ProfileId], *, owner: UserId, own: ProfileId
) -> Sequence[Profile]:
    """The profiles that a session reads besides its own: each once, the oldest first.

    Args:
        tx: the transaction to look in.
        wanted: what was asked for; its own one, and the same one twice, change nothing.
        owner: of the session.
        own: where the session learns.

    Raises:
        ProfileNotFound: one is absent, or someone else's.
    """
    ids = set(wanted) - {own}
    found = tx.profiles.by_ids(ids, owner=owner)
    if len(found) != len(ids):
        raise ProfileNotFound
    return found


def readable_ids(
    tx: Transaction, caller: Caller, wanted: Iterable[ProfileId], *, own: ProfileId
) -> tuple[ProfileId, ...]:
    """The same, of a session of the caller's, by their ids.

    Raises:
        ProfileNotFound: one is absent, or someone else's.
    """
    return tuple(one.id for one in readable(tx, wanted, owner=caller.user_id, own=own))
