"""Which process imports a file or takes in a document, so that others see when it will never be done."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("imports", "documents")


def upgrade() -> None:
    condition = sa.text("process_id IS NOT NULL")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("process_id", sa.Uuid(), nullable=True))
        op.create_index(
            f"ix_{table}_process_id",
            table,
            ["process_id"],
            sqlite_where=condition,
            postgresql_where=condition,
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_process_id", table_name=table)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("process_id")
