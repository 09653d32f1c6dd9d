import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import identity_tables as tables
from app.adapters.sql.batches import batches
from app.core.identity_errors import IdentityTaken
from app.models.identity import OwedErasure, Proof, Standing
from app.models.ids import TenantId, UserId, new_id
from app.models.user import Caller

_identities = tables.identities
_departed = tables.departed_identities
_ended = tables.ended_logins


class SqlIdentities:
    """By whom accounts are known elsewhere, and whose accounts are gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self, proof: Proof) -> Standing:
        """What is known of the person: three look-ups by key."""
        known = self._connection.execute(
            select(_identities.c.user_id, _identities.c.tenant_id).where(
                _identities.c.issuer == proof.issuer, _identities.c.subject == proof.subject
            )
        ).first()
        departed = self._connection.execute(
            select(func.max(_departed.c.departed_at), func.count(_departed.c.owed_subject)).where(
                _departed.c.digest == _digest(proof.issuer, proof.subject)
            )
        ).one()
        ended = self._connection.execute(select(exists().where(_ended.c.id == proof.login_id)))
        return Standing(
            caller=_caller(known, proof) if known else None,
            barred_until=departed[0],
            is_erasure_owed=departed[1] > 0,
            has_login_ended=bool(ended.scalar()),
        )

    def add(self, proof: Proof, *, user_id: UserId, tenant_id: TenantId, at: datetime) -> None:
        """The person is known by this account from now on.

        Raises:
            IdentityTaken: by another one, made at the same time.
        """
        try:
            self._connection.execute(
                insert(_identities).values(
                    id=new_id(),
                    tenant_id=tenant_id,
                    user_id=user_id,
                    issuer=proof.issuer,
                    subject=proof.subject,
                    created_at=at,
                )
            )
        except IntegrityError as error:
            raise IdentityTaken from error

    def of_user(self, user_id: UserId) -> Sequence[tuple[str, str]]:
        """The issuers that know the account, with what they call its owner."""
        rows = self._connection.execute(
            select(_identities.c.issuer, _identities.c.subject)
            .where(_identities.c.user_id == user_id)
            .order_by(_identities.c.id)
        )
        return [(row.issuer, row.subject) for row in rows]

    def depart(
        self, issuer: str, subject: str, *, of: Caller, at: datetime, is_erasure_owed: bool
    ) -> str:
        """That the person's account is gone is remembered under this digest, without a name."""
        digest = _digest(issuer, subject)
        self._connection.execute(
            insert(_departed).values(
                id=new_id(),
                tenant_id=of.tenant_id,
                user_id=of.user_id,
                digest=digest,
                owed_subject=subject if is_erasure_owed else None,
                departed_at=at,
            )
        )
        return digest

    def owed(self) -> Sequence[OwedErasure]:
        """The accounts that have still to be erased at their issuer, oldest first."""
        rows = self._connection.execute(
            select(_departed.c.digest, _departed.c.owed_subject)
            .where(_departed.c.owed_subject.is_not(None))
            .order_by(_departed.c.departed_at)
        )
        return [OwedErasure(row.digest, row.owed_subject) for row in rows]

    def erased(self, digest: str, *, at: datetime) -> None:
        """Its erasure there is not owed any more, and no sign-in from before that holds."""
        self._connection.execute(
            update(_departed)
            .where(_departed.c.digest == digest)
            .values(owed_subject=None, departed_at=at)
        )

    def end_login(self, caller: Caller, *, at: datetime) -> None:
        """No token of this session at an issuer holds any more."""
        self._connection.execute(delete(_ended).where(_ended.c.id == caller.login_id))
        self._connection.execute(
            insert(_ended).values(
                id=caller.login_id,
                tenant_id=caller.tenant_id,
                user_id=caller.user_id,
                ended_at=at,
            )
        )

    def alive(self, callers: Collection[Caller]) -> set[UUID]:
        """The logins of these that have not ended here, and whose users are still known."""
        known: set[UUID] = set()
        ended: set[UUID] = set()
        for some in batches({one.user_id for one in callers}):
            query = select(_identities.c.user_id).where(_identities.c.user_id.in_(some))
            known.update(self._connection.execute(query).scalars())
        for logins in batches({one.login_id for one in callers}):
            query = select(_ended.c.id).where(_ended.c.id.in_(logins))
            ended.update(self._connection.execute(query).scalars())
        return {one.login_id for one in callers if one.user_id in known} - ended

    def purge(self, *, before: datetime) -> None:
        """What was departed or ended before, and owes nothing, is not remembered any more."""
        self._connection.execute(delete(_ended).where(_ended.c.ended_at < before))
        self._connection.execute(
            delete(_departed).where(
                _departed.c.departed_at < before, _departed.c.owed_subject.is_(None)
            )
        )


def _caller(known: Any, proof: Proof) -> Caller:
    return Caller(
        UserId(known.user_id),
        TenantId(known.tenant_id),
        login_id=proof.login_id,
        is_known_elsewhere=True,
    )


def _digest(issuer: str, subject: str) -> str:
    """SHA-256 in hex. It has no key: another secret must not let somebody back in who is gone."""
    return hashlib.sha256(f"{issuer}\x00{subject}".encode()).hexdigest()
