from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.models.ids import ProfileId, TenantId, UserId
from app.models.namespace import Namespace
from app.models.page import Page, PageKey
from app.models.profile import Profile


class ProfileRepository(Protocol):
    """Memory profiles. Exactly one of a user's profiles is the default, in every committed state."""

    def add(self, profile: Profile, *, tenant_id: TenantId) -> None:
        """The profile exists, as the only default when it says so.

        Raises:
            ProfileNameTaken: the user has one of this name; case does not matter.
        """
        ...

    def get(self, profile_id: ProfileId, *, owner: UserId) -> Profile:
        """The profile.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        ...

    def by_ids(self, ids: Iterable[ProfileId], *, owner: UserId) -> Sequence[Profile]:
        """Those of the profiles that exist and are the owner's, oldest first."""
        ...

    def default(self, *, owner: UserId) -> Profile:
        """The user's default profile.

        Raises:
            UserNotFound: the account is gone.
        """
        ...

    def named(self, name: str, *, owner: UserId) -> Profile:
        """The user's profile of a name; case does not matter.

        Raises:
            ProfileNotFound: they have none.
        """
        ...

    def page(self, *, owner: UserId, after: PageKey | None, limit: int) -> Page[Profile]:
        """The user's profiles, oldest first."""
        ...

    def all_of(self, *, owner: UserId) -> Sequence[Profile]:
        """Every profile of the user, oldest first, also those that the caller does not reach."""
        ...

    def namespaces(self) -> Sequence[tuple[TenantId, Namespace]]:
        """Every profile there is, for upkeep that no user asked for."""
        ...

    def update(
        self, profile_id: ProfileId, *, owner: UserId, changes: Mapping[str, object], at: datetime
    ) -> Profile:
        """The profile with `changes` made; keys are the fields of Profile.

        Raises:
            ProfileNotFound: absent, or someone else's.
            ProfileNameTaken: the user has another of this name.
        """
        ...

    def set_default(self, profile_id: ProfileId, *, owner: UserId, at: datetime) -> Profile:
        """The profile, which is now the only default.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        ...

    def delete(self, profile_id: ProfileId, *, owner: UserId, at: datetime) -> None:
        """Profile and all it holds are gone; if it was the default, the oldest other one is now.

        Raises:
            ProfileNotFound: absent, or someone else's.
            LastProfile: it is the user's only one.
        """
        ...

    def add_speakers(self, profile_id: ProfileId, names: Iterable[str]) -> None:
        """The names are among the profile's speakers, of which the first 50 are kept."""
        ...

    def refresh_speakers(self, profile_id: ProfileId) -> None:
        """The profile's speakers are those of its messages, and no others."""
        ...
