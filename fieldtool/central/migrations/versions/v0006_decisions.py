"""Central's own log of what was directed, by whom and when (central.decisions)."""

import sqlalchemy as sa
from alembic import op

from fieldtool.central.migrations.append_only import append_only

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    append_only("decision")


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
