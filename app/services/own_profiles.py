from collections.abc import Sequence
from contextlib import suppress

from app.core.errors import ProfileNotFound
from app.models.ids import ProfileId, UserId, id_of
from app.models.profile import Profile
from app.ports.database import Transaction


def profiles_of(tx: Transaction, owner: UserId) -> Sequence[Profile]:
    """Every memory profile of a user, oldest first, whoever asks: what is forgotten is so in all."""
    return tx.profiles.all_of(owner=owner)


def profile_called(tx: Transaction, wanted: str | None, *, owner: UserId) -> Profile:
    """The user's profile of this id or, if there is none, of this name; the default one for None.

    Raises:
        ProfileNotFound: absent, or someone else's.
    """
    if wanted is None:
        return tx.profiles.default(owner=owner)
    if not wanted.isprintable():
        raise ProfileNotFound
    if profile_id := id_of(wanted):
        with suppress(ProfileNotFound):
            return tx.profiles.get(ProfileId(profile_id), owner=owner)
    return tx.profiles.named(wanted, owner=owner)
