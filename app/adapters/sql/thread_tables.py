"""The table about conversations that other applications keep; a part of `tables.py`. It holds no words."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid

from app.adapters.sql.columns import metadata, moment

heard_turns = Table(
    "heard_turns",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
    moment("heard_at"),
    Index("ix_heard_turns_heard_at", "heard_at"),
)
"""Keyed hashes of what was said in them, so that a repeated request is not learnt from again."""
