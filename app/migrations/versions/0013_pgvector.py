"""Vectors beside the rows that they were made of, where the database is Postgres with pgvector."""

from alembic import op

from app.adapters.pgvector_schema import can_have_pgvector, create_tables, drop_tables

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing on SQLite, nor without pgvector: then a Qdrant holds the vectors."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and can_have_pgvector(connection):
        create_tables(connection)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        drop_tables(connection)
