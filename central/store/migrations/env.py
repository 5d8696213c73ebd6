"""Run by Alembic: applies the files of `versions` within the transaction that the store opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
