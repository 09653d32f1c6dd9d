"""Columns that many tables have, and what holds all tables together."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, MetaData, Uuid, text
from sqlalchemy.schema import SchemaItem

from app.adapters.sql.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


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


def sealed(*names: str) -> tuple[Column[object], ...]:
    """Where the words of these columns stand when they are encrypted: see `words.py`."""
    return tuple(Column(f"sealed_{name}", LargeBinary) for name in names)


def carried_out() -> Column[object]:
    """The column that says which of several processes a row is being worked on by; None for a finished one."""
    return Column("process_id", Uuid)


def of_carriers(name: str) -> Index:
    """An index over the rows that some process works on."""
    condition = text("process_id IS NOT NULL")
    return Index(name, "process_id", sqlite_where=condition, postgresql_where=condition)


def only_one(name: str, column: str, *, where: str) -> Index:
    """An index that lets one row per value of the column fulfil a condition."""
    condition = text(where)
    return Index(name, column, unique=True, sqlite_where=condition, postgresql_where=condition)
