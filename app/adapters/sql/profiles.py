from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, String, cast, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.paging import page_by_id
from app.adapters.sql.words import MESSAGE, PROFILE
from app.core.errors import LastProfile, ProfileNameTaken, ProfileNotFound, UserNotFound
from app.models.ids import ProfileId, TenantId, UserId
from app.models.namespace import Namespace
from app.models.page import Page, PageKey
from app.models.profile import Learning, Profile

MAX_SPEAKERS = 50

_table = tables.memory_profiles


class SqlProfiles:
    """Memory profiles, of which one per user is the default."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, profile: Profile, *, tenant_id: TenantId) -> None:
        """The profile exists, as the only default when it says so.

        Raises:
            ProfileNameTaken: the user has one of this name; case does not matter.
        """
        values = self._values(profile)
        self._refuse_taken(values, owner=profile.user_id)
        if profile.is_default:
            self._clear_default(profile.user_id, at=profile.created_at)
        try:
            self._connection.execute(insert(_table).values(**values, tenant_id=tenant_id))
        except IntegrityError as error:
            raise ProfileNameTaken from error

    def get(self, profile_id: ProfileId, *, owner: UserId) -> Profile:
        """The profile.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        row = self._connection.execute(
            select(_table).where(_table.c.id == profile_id, _table.c.user_id == owner)
        ).first()
        if row is None:
            raise ProfileNotFound
        return self._profile(row)

    def by_ids(self, ids: Iterable[ProfileId], *, owner: UserId) -> Sequence[Profile]:
        """Those of the profiles that exist and are the owner's, oldest first."""
        found = [
            self._profile(row)
            for some in batches(ids)
            for row in self._connection.execute(
                select(_table).where(_table.c.id.in_(some), _table.c.user_id == owner)
            )
        ]
        return sorted(found, key=lambda profile: profile.id)

    def default(self, *, owner: UserId) -> Profile:
        """The user's default profile.

        Raises:
            UserNotFound: the account is gone.
        """
        row = self._connection.execute(
            select(_table).where(_table.c.user_id == owner, _table.c.is_default)
        ).first()
        if row is None:
            raise UserNotFound
        return self._profile(row)

    def named(self, name: str, *, owner: UserId) -> Profile:
        """The user's profile of a name; case does not matter.

        Raises:
            ProfileNotFound: they have none.
        """
        [key] = self._cipher.fingerprints(
            PROFILE, "name_key", [name.casefold()], owner=lambda: owner
        )
        row = self._connection.execute(
            select(_table).where(_table.c.user_id == owner, _table.c.name_key == key)
        ).first()
        if row is None:
            raise ProfileNotFound
        return self._profile(row)

    def page(self, *, owner: UserId, after: PageKey | None, limit: int) -> Page[Profile]:
        """The user's profiles, oldest first."""
        query = select(_table).where(_table.c.user_id == owner)
        return page_by_id(
            self._connection, query, _table.c.id, after=after, limit=limit, read=self._profile
        )

    def all_of(self, *, owner: UserId) -> Sequence[Profile]:
        """Every profile of the user, oldest first, also those that the caller does not reach."""
        query = select(_table).where(_table.c.user_id == owner).order_by(_table.c.id)
        return [self._profile(row) for row in self._connection.execute(query)]

    def namespaces(self) -> Sequence[tuple[TenantId, Namespace]]:
        """Every profile there is, for upkeep that no user asked for."""
        rows = self._connection.execute(select(_table.c.tenant_id, _table.c.user_id, _table.c.id))
        return [(TenantId(row.tenant_id), Namespace(row.user_id, row.id)) for row in rows]

    def update(
        self, profile_id: ProfileId, *, owner: UserId, changes: Mapping[str, object], at: datetime
    ) -> Profile:
        """The profile with `changes` made.

        Raises:
            ProfileNotFound: absent, or someone else's.
            ProfileNameTaken: the user has another of this name.
        """
        self.get(profile_id, owner=owner)
        values = dict(changes, updated_at=at)
        if isinstance(name := changes.get("name"), str):
            values["name_key"] = name.casefold()
        hidden = self._cipher.hide(PROFILE, values, owner=owner, row=(profile_id,))
        self._refuse_taken(hidden, owner=owner, but=profile_id)
        try:
            self._connection.execute(
                update(_table)
                .where(_table.c.id == profile_id, _table.c.user_id == owner)
                .values(**hidden)
            )
        except IntegrityError as error:
            raise ProfileNameTaken from error
        return self.get(profile_id, owner=owner)

    def set_default(self, profile_id: ProfileId, *, owner: UserId, at: datetime) -> Profile:
        """The profile, which is now the only default.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        profile = self.get(profile_id, owner=owner)
        if profile.is_default:
            return profile
        self._clear_default(owner, at=at)
        return self.update(profile_id, owner=owner, changes={"is_default": True}, at=at)

    def delete(self, profile_id: ProfileId, *, owner: UserId, at: datetime) -> None:
        """Profile and all it holds are gone; if it was the default, the oldest other one is now.

        Raises:
            ProfileNotFound: absent, or someone else's.
            LastProfile: it is the user's only one.
        """
        profile = self.get(profile_id, owner=owner)
        heir = self._connection.execute(
            select(_table.c.id)
            .where(_table.c.user_id == owner, _table.c.id != profile_id)
            .order_by(_table.c.id)
            .limit(1)
        ).scalar()
        if heir is None:
            raise LastProfile
        self._connection.execute(delete(_table).where(_table.c.id == profile_id))
        if profile.is_default:
            self._connection.execute(
                update(_table).where(_table.c.id == heir).values(is_default=True, updated_at=at)
            )

    def add_speakers(self, profile_id: ProfileId, names: Iterable[str]) -> None:
        """The names are among the profile's speakers, of which the first 50 are kept."""
        row = self._connection.execute(
            select(
                _table.c.id, _table.c.user_id, _table.c.speakers, _table.c.sealed_speakers
            ).where(_table.c.id == profile_id)
        ).one()
        known = self._cipher.show(PROFILE, row).speakers
        merged = list(dict.fromkeys([*known, *names]))[:MAX_SPEAKERS]
        if merged != known:
            self._set_speakers(profile_id, merged, owner=row.user_id)

    def refresh_speakers(self, profile_id: ProfileId) -> None:
        """The profile's speakers are those of its messages, and no others."""
        its = tables.chat_messages.c
        one_of_each = self._connection.execute(
            select(func.min(cast(its.id, String)))
            .where(its.memory_profile_id == profile_id, its.name.is_not(None))
            .group_by(its.name)
            .limit(MAX_SPEAKERS)
        ).scalars()
        rows = self._connection.execute(
            select(its.id, its.user_id, its.name, its.sealed_name).where(
                its.id.in_(list(map(UUID, one_of_each)))
            )
        )
        names = [self._cipher.show(MESSAGE, row).name for row in rows]
        owner = self._connection.execute(
            select(_table.c.user_id).where(_table.c.id == profile_id)
        ).scalar_one()
        self._set_speakers(profile_id, [name for name in names if name], owner=owner)

    def _refuse_taken(
        self, values: Mapping[str, object], *, owner: UserId, but: ProfileId | None = None
    ) -> None:
        """Returns when the name is free, before a server would tell its log which one it is.

        Raises:
            ProfileNameTaken: it is not.
        """
        if "name_key" not in values:
            return
        its = _table.c
        taken = select(its.id).where(its.user_id == owner, its.name_key == values["name_key"])
        if self._connection.execute(taken.where(its.id != but) if but else taken).first():
            raise ProfileNameTaken

    def _set_speakers(self, profile_id: ProfileId, names: list[str], *, owner: UserId) -> None:
        values = self._cipher.hide(PROFILE, {"speakers": names}, owner=owner, row=(profile_id,))
        self._connection.execute(update(_table).where(_table.c.id == profile_id).values(**values))

    def _profile(self, row: Row[Any]) -> Profile:
        return _profile(self._cipher.show(PROFILE, row))

    def _values(self, profile: Profile) -> Mapping[str, object]:
        values = {
            "id": profile.id,
            "user_id": profile.user_id,
            "name": profile.name,
            "name_key": profile.name.casefold(),
            "description": profile.description,
            "is_default": profile.is_default,
            "persona": profile.persona,
            "learning": profile.learning,
            "speakers": list(profile.speakers),
            "redact_pii": profile.redact_pii,
            "created_at": profile.created_at,
            "updated_at": profile.updated_at,
        }
        return self._cipher.hide(PROFILE, values, owner=profile.user_id, row=(profile.id,))

    def _clear_default(self, owner: UserId, *, at: datetime) -> None:
        self._connection.execute(
            update(_table)
            .where(_table.c.user_id == owner, _table.c.is_default)
            .values(is_default=False, updated_at=at)
        )


def _profile(row: Any) -> Profile:
    return Profile(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        description=row.description,
        is_default=row.is_default,
        persona=row.persona,
        learning=Learning(row.learning),
        speakers=tuple(row.speakers),
        created_at=row.created_at,
        updated_at=row.updated_at,
        redact_pii=row.redact_pii,
    )
