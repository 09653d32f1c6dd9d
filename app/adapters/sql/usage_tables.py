"""The table of what was used; a part of `tables.py`. It holds no words."""

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, Integer, Table, Uuid

from app.adapters.sql.columns import metadata

usage_months = Table(
    "usage_months",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("input_tokens", BigInteger, nullable=False, server_default="0"),
    Column("output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("holds", JSON(none_as_null=True)),
)
"""`holds`: of turns under way, by a key of their own: `[tokens, until]`, in seconds since 1970."""
