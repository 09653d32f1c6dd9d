from collections.abc import Mapping
from typing import Final

from app.models.clock import Clock
from app.models.ids import ProfileId, new_id
from app.models.intent import Intent
from app.models.page import Page, PageKey
from app.models.profile import Learning, Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.erasing import owe_wipe
from app.services.intents import keep
from app.services.own_profiles import profile_called
from app.services.versions import ANY_VERSION, Expected

_WORDS: Final = frozenset({"name", "description", "persona"})
"""Fields whose old words leave the files when they are replaced."""


class Profiles:
    """A user's memory profiles. Deleting one is forgetting, and stands in `Forgetting`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self,
        caller: Caller,
        *,
        name: str,
        description: str | None,
        persona: Mapping[str, object] | None,
        learning: Learning,
        is_default: bool,
        redact_pii: bool = False,
        intent: Intent | None = None,
    ) -> Profile:
        """The new profile.

        Raises:
            ProfileNameTaken: the user has one of this name.
            IntentTaken: another request was faster.
        """
        now = self._clock()
        profile = Profile(
            id=ProfileId(new_id()),
            user_id=caller.user_id,
            name=name,
            description=description,
            is_default=is_default,
            persona=persona,
            learning=learning,
            redact_pii=redact_pii,
            speakers=(),
            created_at=now,
            updated_at=now,
        )

        def work(tx: Transaction) -> None:
            tx.profiles.add(profile, tenant_id=caller.tenant_id)
            keep(tx, caller, intent, profile.id, at=now)

        await self._database.write(work, by=caller)
        return profile

    async def get(self, caller: Caller, profile_id: ProfileId) -> Profile:
        """The profile.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        return await self._database.read(
            lambda tx: tx.profiles.get(profile_id, owner=caller.user_id), by=caller
        )

    async def called(self, caller: Caller, wanted: str | None) -> Profile:
        """The profile of this id or, if there is none, of this name; the default one for None.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        return await self._database.read(
            lambda tx: profile_called(tx, wanted, owner=caller.user_id), by=caller
        )

    async def page(self, caller: Caller, *, after: PageKey | None, limit: int) -> Page[Profile]:
        """The caller's profiles, oldest first."""
        return await self._database.read(
            lambda tx: tx.profiles.page(owner=caller.user_id, after=after, limit=limit), by=caller
        )

    async def update(
        self,
        caller: Caller,
        profile_id: ProfileId,
        *,
        changes: Mapping[str, object],
        expected: Expected = ANY_VERSION,
    ) -> Profile:
        """The profile with `changes` made; keys are fields of Profile. Without any it stays as it is.

        Raises:
            ProfileNotFound: absent, or someone else's.
            ProfileNameTaken: the user has another of this name.
            PreconditionFailed: it is not as is expected.
        """
        if not changes:
            profile = await self.get(caller, profile_id)
            expected.require(profile)
            return profile
        now = self._clock()

        def work(tx: Transaction) -> Profile:
            expected.require(tx.profiles.get(profile_id, owner=caller.user_id))
            if changes.keys() & _WORDS:
                owe_wipe(tx, caller)
            return tx.profiles.update(profile_id, owner=caller.user_id, changes=changes, at=now)

        return await self._database.write(work, by=caller)

    async def set_default(self, caller: Caller, profile_id: ProfileId) -> Profile:
        """The profile, which is now the caller's only default.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        now = self._clock()
        return await self._database.write(
            lambda tx: tx.profiles.set_default(profile_id, owner=caller.user_id, at=now), by=caller
        )
