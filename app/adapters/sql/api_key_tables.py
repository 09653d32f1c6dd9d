"""The table of API keys; a part of `tables.py`."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.adapters.sql.columns import identity, metadata, moment, owner, sealed

api_keys = Table(
    "api_keys",
    metadata,
    identity(),
    *owner(),
    Column("name", String(100), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("prefix", String(16), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column(
        "memory_profile_id", Uuid, ForeignKey("memory_profiles.id", ondelete="CASCADE"), index=True
    ),
    Column("privacy_mode", String(20)),
    Column("requests_per_minute", Integer),
    moment("expires_at", nullable=True),
    moment("last_used_at", nullable=True),
    moment("created_at"),
    *sealed("name"),
    Index("ix_api_keys_user_id", "user_id"),
)
"""A key goes with the profile that it is bound to: it must never come to reach all of them."""
