"""Whether a profile's personal data is kept from learning, and a message from being found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("memory_profiles", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("redact_pii", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("chat_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("chat_messages", schema=None) as batch_op:
        batch_op.drop_column("withheld")
    with op.batch_alter_table("memory_profiles", schema=None) as batch_op:
        batch_op.drop_column("redact_pii")
