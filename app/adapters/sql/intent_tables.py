"""The table of what is to be done once; a part of `tables.py`. It holds no words."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Table, Uuid

from app.adapters.sql.columns import metadata, moment

intents = Table(
    "intents",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("made", JSON, nullable=False),
    Column("is_done", Boolean, nullable=False),
    moment("created_at"),
    Index("ix_intents_created_at", "created_at"),
)
"""Keyed hashes of requests, and the ids of what they made: an answer is told again from its rows."""
