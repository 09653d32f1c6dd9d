"""Run by Alembic inside `app.adapters.sql.migrate`, which hands it an open connection."""

from alembic import context

from app.adapters.sql.planning import tell_planner
from app.adapters.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
    tell_planner(connection)
