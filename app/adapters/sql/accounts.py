from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.core.errors import EmailTaken, UserNotFound
from app.models.ids import TenantId, UserId
from app.models.login import RefreshToken
from app.models.tenant import DEFAULT_TENANT
from app.models.user import User, UserRole

_NO_PASSWORD = "!"  # noqa: S105 - what Unix writes where no password can match
_USER_COLUMNS = tuple(c for c in tables.users.c if c.name != "password_hash")


class SqlUsers:
    """Accounts."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, user: User, *, password_hash: str | None) -> None:
        """The account exists; without a hash no password opens it.

        Raises:
            EmailTaken: the tenant has an account with this address.
        """
        if self.credentials(user.email, tenant_id=user.tenant_id):
            raise EmailTaken  # before a server would tell its log which address it is
        try:
            self._connection.execute(
                insert(tables.users).values(
                    id=user.id,
                    tenant_id=user.tenant_id,
                    email=user.email,
                    email_verified=user.email_verified,
                    password_hash=password_hash or _NO_PASSWORD,
                    display_name=user.display_name,
                    time_zone=user.time_zone,
                    role=user.role,
                    plan=user.plan,
                    created_at=user.created_at,
                    updated_at=user.updated_at,
                )
            )
        except IntegrityError as error:
            raise EmailTaken from error
        self._cipher.admit(user.id)

    def get(self, user_id: UserId) -> User:
        """The account.

        Raises:
            UserNotFound: there is none.
        """
        row = self._connection.execute(
            select(*_USER_COLUMNS).where(tables.users.c.id == user_id)
        ).first()
        if row is None:
            raise UserNotFound
        return _user(row)

    def credentials(self, email: str, *, tenant_id: TenantId) -> tuple[User, str | None] | None:
        """The account of an address with its password hash, None when there is none."""
        row = self._connection.execute(
            select(tables.users).where(
                tables.users.c.tenant_id == tenant_id, tables.users.c.email == email
            )
        ).first()
        if row is None:
            return None
        return _user(row), None if row.password_hash == _NO_PASSWORD else row.password_hash

    def update(self, user_id: UserId, *, changes: Mapping[str, object], at: datetime) -> User:
        """The account with `changes` made; keys are fields of User.

        Raises:
            UserNotFound: there is none.
        """
        self._connection.execute(
            update(tables.users)
            .where(tables.users.c.id == user_id)
            .values(**changes, updated_at=at)
        )
        return self.get(user_id)

    def delete(self, user_id: UserId) -> int:
        """1 when the account was there; it and every row it owned are gone."""
        deleted = self._connection.execute(
            delete(tables.users).where(tables.users.c.id == user_id)
        ).rowcount
        if deleted:
            self._cipher.dismiss(self._connection, user_id)
        return deleted

    def default_tenant(self) -> TenantId:
        """The tenant of all who sign up here."""
        query = select(tables.tenants.c.id).where(tables.tenants.c.name == DEFAULT_TENANT)
        return TenantId(self._connection.execute(query).scalar_one())

    def owned_row_counts(self, user_id: UserId) -> Sequence[tuple[str, int]]:
        """How many rows of each table the account owns."""
        uncounted = {
            tables.index_changes,
            tables.owed_wipes,
            tables.departed_identities,
            tables.erasures,
            tables.held_sessions,
            tables.document_files,
        }
        owned = [
            t for t in tables.metadata.sorted_tables if "user_id" in t.c and t not in uncounted
        ]
        return [
            (
                table.name,
                self._connection.execute(
                    select(func.count()).select_from(table).where(table.c.user_id == user_id)
                ).scalar_one(),
            )
            for table in owned
        ]


class SqlLogins:
    """Logins, as chains of refresh tokens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: RefreshToken) -> None:
        """The token is known."""
        self._connection.execute(
            insert(tables.refresh_tokens).values(
                id=token.id,
                tenant_id=token.tenant_id,
                user_id=token.user_id,
                family_id=token.family_id,
                token_hash=token.token_hash,
                expires_at=token.expires_at,
                rotated_at=token.rotated_at,
                revoked_at=token.revoked_at,
                created_at=token.created_at,
            )
        )

    def find(self, token_hash: str) -> RefreshToken | None:
        """The token of this hash, also when it is rotated, expired or revoked."""
        row = self._connection.execute(
            select(tables.refresh_tokens).where(tables.refresh_tokens.c.token_hash == token_hash)
        ).first()
        return None if row is None else _refresh_token(row)

    def mark_rotated(self, token_id: UUID, *, at: datetime) -> bool:
        """True when this call rotated it, False when somebody had done so before."""
        table = tables.refresh_tokens
        done = self._connection.execute(
            update(table)
            .where(table.c.id == token_id, table.c.rotated_at.is_(None))
            .values(rotated_at=at)
        )
        return done.rowcount == 1

    def revoke(self, family_id: UUID, *, at: datetime) -> None:
        """No token of this login holds any more."""
        table = tables.refresh_tokens
        self._connection.execute(
            update(table)
            .where(table.c.family_id == family_id, table.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )

    def is_alive(self, family_id: UUID, *, user_id: UserId, now: datetime) -> bool:
        """Whether the login of this user is neither revoked nor expired, and the user exists."""
        table = tables.refresh_tokens
        return bool(
            self._connection.execute(
                select(
                    exists().where(
                        and_(
                            table.c.family_id == family_id,
                            table.c.user_id == user_id,
                            table.c.revoked_at.is_(None),
                            table.c.expires_at > now,
                        )
                    )
                )
            ).scalar()
        )

    def alive(self, family_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
        """Those of the logins that are neither revoked nor expired, and whose users exist."""
        table = tables.refresh_tokens
        return {
            family_id
            for some in batches(family_ids)
            for family_id in self._connection.execute(
                select(table.c.family_id).where(
                    table.c.family_id.in_(some),
                    table.c.revoked_at.is_(None),
                    table.c.expires_at > now,
                )
            ).scalars()
        }

    def purge(self, *, expired_before: datetime) -> int:
        """The number of tokens that had expired and are gone."""
        table = tables.refresh_tokens
        return self._connection.execute(
            delete(table).where(table.c.expires_at < expired_before)
        ).rowcount


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        tenant_id=row.tenant_id,
        email=row.email,
        email_verified=row.email_verified,
        display_name=row.display_name,
        time_zone=row.time_zone,
        role=UserRole(row.role),
        plan=row.plan,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _refresh_token(row: Row[Any]) -> RefreshToken:
    return RefreshToken(
        id=row.id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        family_id=row.family_id,
        token_hash=row.token_hash,
        expires_at=row.expires_at,
        rotated_at=row.rotated_at,
        revoked_at=row.revoked_at,
        created_at=row.created_at,
    )
