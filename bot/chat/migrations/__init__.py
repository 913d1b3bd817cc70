"""Alembic's migrations of the database; `bot.chat.database` runs them at start."""
