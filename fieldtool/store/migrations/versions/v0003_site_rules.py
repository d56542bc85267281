"""What a site demands of updates, beside its chargers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("rules", sa.Text, nullable=False, server_default="{}"))


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
