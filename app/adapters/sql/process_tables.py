"""The tables about the processes that share a database; a part of `tables.py`. They hold no words."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.adapters.sql.columns import identity, metadata, moment, owner

processes = Table(
    "processes",
    metadata,
    identity(),
    Column("role", String(10), nullable=False),
    Column("has_bus", Boolean, nullable=False),
    moment("started_at"),
    moment("alive_until"),
)

held_sessions = Table(
    "held_sessions",
    metadata,
    Column(
        "session_id", Uuid, ForeignKey("chat_sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    *owner(),
    Column("process_id", Uuid, ForeignKey("processes.id", ondelete="SET NULL")),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Index("ix_held_sessions_process_id", "process_id"),
    Index("ix_held_sessions_user_id", "user_id"),
)
"""Whose memory the words of incognito turns are in; the epoch grows when they have to be forgotten."""

erasures = Table(
    "erasures",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
    Column("count", Integer, nullable=False),
)
"""How often something of a user was deleted, so that processes see when to look at what they hold."""
