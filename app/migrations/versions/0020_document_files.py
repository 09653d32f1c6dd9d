"""Originals of documents in the database, where several processes share it. Elsewhere it stays empty."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_files",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_files")),
    )
    op.create_index(op.f("ix_document_files_user_id"), "document_files", ["user_id"])
    protect("document_files")


def downgrade() -> None:
    op.drop_table("document_files")
