from dataclasses import dataclass

from app.models.ids import ProfileId, UserId


@dataclass(frozen=True, slots=True)
class Namespace:
    """Whose memories, and which of their profiles: the only key to an index.

    Both halves are UUIDs that came out of the database together, so that a namespace can be
    neither a wildcard nor a string of a client's making.
    """

    user_id: UserId
    profile_id: ProfileId

    def __str__(self) -> str:
        """`user_id:profile_id`, 73 characters."""
        return f"{self.user_id}:{self.profile_id}"
