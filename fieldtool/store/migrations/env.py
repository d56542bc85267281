"""Alembic's entry; always called with an open connection by `Store`, never from a shell."""

from alembic import context

from fieldtool.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
