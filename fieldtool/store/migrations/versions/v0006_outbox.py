"""Documents for central: signed, on their way, confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("payload_type", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_outbox_sha256", "outbox", ["sha256"], unique=True)
    op.create_index("ix_outbox_run", "outbox", ["run", "payload_type"])


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
