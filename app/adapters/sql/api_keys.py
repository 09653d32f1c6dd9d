from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update

from app.adapters.sql.api_key_tables import api_keys as _table
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.paging import page_by_id
from app.adapters.sql.words import API_KEY
from app.core.key_errors import ApiKeyNotFound
from app.core.privacy import PrivacyMode
from app.models.actor import OneUser
from app.models.api_key import ApiKey, FoundKey, KeyGrant, Scope
from app.models.ids import ApiKeyId, ProfileId, TenantId, UserId
from app.models.page import Page, PageKey

_FOUND: Final = select(
    *(c for c in _table.c if c.name not in {"name", "sealed_name", "key_hash"})
).where(_table.c.key_hash == bindparam("hash"))
"""Every request with a key begins with it. The name stays where it is, which may be sealed."""


class SqlApiKeys:
    """API keys, of which only hashes are kept."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, key: ApiKey, *, key_hash: str) -> None:
        """The key holds from now on."""
        values = {
            "id": key.id,
            "tenant_id": key.tenant_id,
            "user_id": key.user_id,
            "name": key.name,
            "key_hash": key_hash,
            "prefix": key.prefix,
            "scopes": sorted(key.grant.scopes),
            "memory_profile_id": key.grant.profile_id,
            "privacy_mode": key.grant.privacy_mode,
            "requests_per_minute": key.grant.requests_per_minute,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
            "created_at": key.created_at,
        }
        hidden = self._cipher.hide(API_KEY, values, owner=key.user_id, row=(key.id,))
        self._connection.execute(insert(_table).values(**hidden))

    def find(self, key_hash: str) -> FoundKey | None:
        """What the key of this hash permits, also when it has expired."""
        row = self._connection.execute(_FOUND, {"hash": key_hash}).first()
        if row is None:
            return None
        return FoundKey(
            owner=OneUser(UserId(row.user_id), TenantId(row.tenant_id)),
            grant=_grant(row),
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )

    def page(self, *, owner: UserId, after: PageKey | None, limit: int) -> Page[ApiKey]:
        """The user's keys, newest first."""
        return page_by_id(
            self._connection,
            select(_table).where(_table.c.user_id == owner),
            _table.c.id,
            after=after,
            limit=limit,
            read=self._key,
            newest_first=True,
        )

    def count(self, *, owner: UserId) -> int:
        """How many keys the user has."""
        query = select(func.count()).select_from(_table).where(_table.c.user_id == owner)
        return self._connection.execute(query).scalar_one()

    def delete(self, key_id: ApiKeyId, *, owner: UserId) -> None:
        """The key holds no more, and nothing of it is left.

        Raises:
            ApiKeyNotFound: absent, or someone else's.
        """
        done = self._connection.execute(
            delete(_table).where(_table.c.id == key_id, _table.c.user_id == owner)
        )
        if done.rowcount == 0:
            raise ApiKeyNotFound

    def alive(self, key_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
        """Those of the keys that are there and have not expired."""
        return {
            key_id
            for some in batches(key_ids)
            for key_id in self._connection.execute(
                select(_table.c.id).where(
                    _table.c.id.in_(some),
                    or_(_table.c.expires_at.is_(None), _table.c.expires_at > now),
                )
            ).scalars()
        }

    def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        """The keys that are still there say when they were last used."""
        for key_id, at in uses.items():
            self._connection.execute(
                update(_table).where(_table.c.id == key_id).values(last_used_at=at)
            )

    def _key(self, row: Row[Any]) -> ApiKey:
        shown = self._cipher.show(API_KEY, row)
        return ApiKey(
            id=shown.id,
            tenant_id=shown.tenant_id,
            user_id=shown.user_id,
            name=shown.name,
            prefix=shown.prefix,
            grant=_grant(shown),
            expires_at=shown.expires_at,
            last_used_at=shown.last_used_at,
            created_at=shown.created_at,
        )


def _grant(row: Any) -> KeyGrant:
    profile = row.memory_profile_id
    return KeyGrant(
        key_id=ApiKeyId(row.id),
        scopes=frozenset(map(Scope, row.scopes)),
        profile_id=None if profile is None else ProfileId(profile),
        privacy_mode=None if row.privacy_mode is None else PrivacyMode(row.privacy_mode),
        requests_per_minute=row.requests_per_minute,
    )
