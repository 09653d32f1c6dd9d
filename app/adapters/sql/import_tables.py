"""The tables about imports; a part of `tables.py`."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.adapters.sql.columns import carried_out, identity, metadata, moment, of_carriers, owner

imports = Table(
    "imports",
    metadata,
    identity(),
    *owner(),
    Column(
        "memory_profile_id", Uuid, ForeignKey("memory_profiles.id", ondelete="CASCADE"), index=True
    ),
    Column("format", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("total", Integer, nullable=False),
    Column("report", JSON(none_as_null=True)),
    Column("error", String(100)),
    carried_out(),
    moment("created_at"),
    moment("finished_at", nullable=True),
    Index("ix_imports_user_id", "user_id"),
    of_carriers("ix_imports_process_id"),
)
