"""By whom accounts are known elsewhere, and what has to be remembered of those that are gone."""

from sqlalchemy import Column, Index, String, Table, UniqueConstraint, Uuid

from app.adapters.sql.columns import identity, metadata, moment, owner

identities = Table(
    "identities",
    metadata,
    identity(),
    *owner(),
    Column("issuer", String(500), nullable=False),
    Column("subject", String(255), nullable=False),
    moment("created_at"),
    UniqueConstraint("issuer", "subject"),
    Index("ix_identities_user_id", "user_id"),
)

ended_logins = Table(
    "ended_logins",
    metadata,
    identity(),
    *owner(),
    moment("ended_at"),
    Index("ix_ended_logins_user_id", "user_id"),
    Index("ix_ended_logins_ended_at", "ended_at"),
)
"""Sessions at an issuer that were ended here; the issuer's tokens hold on by themselves."""

departed_identities = Table(
    "departed_identities",
    metadata,
    identity(),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("owed_subject", String(255)),
    moment("departed_at"),
    Index("ix_departed_identities_digest", "digest"),
    Index("ix_departed_identities_departed_at", "departed_at"),
)
"""Accounts that are gone. The subject stands there only while its erasure elsewhere is owed."""
