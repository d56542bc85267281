"""Alembic's entry; always called with an open connection by `Store`, never from a shell."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
