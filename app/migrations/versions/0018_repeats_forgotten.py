"""Answers that repeat what was forgotten, and memories that repeat other memories."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("chat_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("repeats_forgotten", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("memories", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("repeats", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )


def downgrade() -> None:
    with op.batch_alter_table("memories", schema=None) as batch_op:
        batch_op.drop_column("repeats")
    with op.batch_alter_table("chat_messages", schema=None) as batch_op:
        batch_op.drop_column("repeats_forgotten")
