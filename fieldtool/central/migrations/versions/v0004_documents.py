"""Documents beside the records of a log, and whose receipts this database holds."""

import sqlalchemy as sa
from alembic import op

from fieldtool.central.migrations.append_only import append_only

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("identity", sa.Column("key", sa.Text))
    op.create_table(
        "document",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_document_log"), primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("payload_type", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
    )
    op.create_index("ix_document_run", "document", ["run"])
    append_only("document")


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
