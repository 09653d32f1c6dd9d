from datetime import datetime
from typing import Final

from app.models.ids import ProfileId, new_id
from app.models.profile import Learning, Profile
from app.models.user import User

FIRST_PROFILE_NAME: Final = "personal"


def normalise_email(email: str) -> str:
    """The address as it is compared: nobody has two accounts that differ in case only."""
    return email.strip().casefold()


def first_profile(user: User, *, at: datetime) -> Profile:
    """The memory profile that an account begins with."""
    return Profile(
        id=ProfileId(new_id()),
        user_id=user.id,
        name=FIRST_PROFILE_NAME,
        description=None,
        is_default=True,
        persona=None,
        learning=Learning.AUTO,
        speakers=(),
        created_at=at,
        updated_at=at,
    )
