"""How far the words of this database are encrypted, and whose keys have still to go."""

from sqlalchemy import Column, Integer, String, Table, Uuid

from app.adapters.sql.columns import metadata, moment

encryption = Table(
    "encryption",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    moment("since"),
)
"""One row, or none as long as all words stand in clear."""

key_erasures = Table(
    "key_erasures",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    moment("created_at"),
)
"""Accounts that are gone, and whose keys go next: written in the transaction that deletes them."""
