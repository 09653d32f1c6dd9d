from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import TenantId, UserId
from app.models.login import RefreshToken
from app.models.user import User


class UserRepository(Protocol):
    """Accounts."""

    def add(self, user: User, *, password_hash: str | None) -> None:
        """The account exists; without a hash no password opens it.

        Raises:
            EmailTaken: the tenant has an account with this address.
        """
        ...

    def get(self, user_id: UserId) -> User:
        """The account.

        Raises:
            UserNotFound: there is none.
        """
        ...

    def credentials(self, email: str, *, tenant_id: TenantId) -> tuple[User, str | None] | None:
        """The account of an address with its password hash, None when there is none."""
        ...

    def update(self, user_id: UserId, *, changes: Mapping[str, object], at: datetime) -> User:
        """The account with `changes` made; keys are fields of User.

        Raises:
            UserNotFound: there is none.
        """
        ...

    def delete(self, user_id: UserId) -> int:
        """1 when the account was there; it and every row it owned are gone."""
        ...

    def default_tenant(self) -> TenantId:
        """The tenant of all who sign up here."""
        ...

    def owned_row_counts(self, user_id: UserId) -> Sequence[tuple[str, int]]:
        """How many rows of each table the account owns."""
        ...


class LoginRepository(Protocol):
    """Logins, as chains of refresh tokens."""

    def add(self, token: RefreshToken) -> None:
        """The token is known."""
        ...

    def find(self, token_hash: str) -> RefreshToken | None:
        """The token of this hash, also when it is rotated, expired or revoked."""
        ...

    def mark_rotated(self, token_id: UUID, *, at: datetime) -> bool:
        """True when this call rotated it, False when somebody had done so before."""
        ...

    def revoke(self, family_id: UUID, *, at: datetime) -> None:
        """No token of this login holds any more."""
        ...

    def is_alive(self, family_id: UUID, *, user_id: UserId, now: datetime) -> bool:
        """Whether the login of this user is neither revoked nor expired, and the user exists."""
        ...

    def alive(self, family_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
        """Those of the logins that are neither revoked nor expired, and whose users exist."""
        ...

    def purge(self, *, expired_before: datetime) -> int:
        """The number of tokens that had expired and are gone."""
        ...
