"""Until when an original may still arrive that nobody wants, so that it is looked for once more then."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("owed_wipes", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("owed_wipes", schema=None) as batch_op:
        batch_op.drop_column("not_before")
