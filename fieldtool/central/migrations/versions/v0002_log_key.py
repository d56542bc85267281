"""Keys that a log introduced after its first one (audit.rollover)."""

import sqlalchemy as sa
from alembic import op

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
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER log_key_no_{verb.lower()} BEFORE {verb} ON log_key "
            "BEGIN SELECT RAISE(ABORT, 'append only'); END"
        )


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
