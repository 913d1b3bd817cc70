"""Alembic's entry: it migrates over the connection that `bot.chat.database` hands in."""

from alembic import context

from bot.chat.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
