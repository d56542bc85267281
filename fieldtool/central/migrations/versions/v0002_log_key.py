"""Keys that a log introduced after its first one (audit.rollover)."""

import sqlalchemy as sa
from alembic import op

from fieldtool.central.migrations.append_only import append_only

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "log_key",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_log_key_log"), primary_key=True),
        sa.Column("since", sa.Integer, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
    )
    append_only("log_key")


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
