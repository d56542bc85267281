"""The first tables."""

import sqlalchemy as sa
from alembic import op

from fieldtool.central.migrations.append_only import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("identity", sa.Column("name", sa.Text, primary_key=True))
    op.create_table(
        "laptop",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("added", sa.Text, nullable=False),
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, sa.ForeignKey("laptop.key_id", name="fk_log_key_id"), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "record",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_record_log"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fork",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_fork_log"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("leaf", sa.LargeBinary, primary_key=True),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
    )
    for table in ("record", "fork"):
        append_only(table)


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")  # audit records are never dropped
