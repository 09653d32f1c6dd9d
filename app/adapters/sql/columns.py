"""Columns that many tables have."""

from sqlalchemy import Column, ForeignKey, Uuid
from sqlalchemy.schema import SchemaItem

from app.adapters.sql.types import UtcDateTime


def identity() -> Column[object]:
    """The column of a row's own id."""
    return Column("id", Uuid, primary_key=True)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    """A column of aware UTC times."""
    return Column(name, UtcDateTime, nullable=nullable)


def owner() -> tuple[SchemaItem, ...]:
    """The columns that say whose a row is; it goes with them."""
    return (
        Column("tenant_id", Uuid, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
        Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    )


def profile() -> Column[object]:
    """The column that says on which profile a row is; it goes with it."""
    return Column(
        "memory_profile_id",
        Uuid,
        ForeignKey("memory_profiles.id", ondelete="CASCADE"),
        nullable=False,
    )
