"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("opened", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("ended", sa.Text),
    )
    op.create_index("ix_run_open", "run", ["serial", "outcome"])
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.Text, sa.ForeignKey("run.id", name="fk_journal_run"), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_journal_run", "journal", ["run", "id"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("opened", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("charger", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_charger", "audit", ["charger", "seq"])
    op.create_table(
        "receipt",
        sa.Column("size", sa.Integer, primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
    )
    for name in ("setting", "mark"):
        op.create_table(name, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))
    op.create_table(
        "site",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("imported", sa.Text, nullable=False),
        sa.Column("current", sa.Integer, nullable=False),
    )
    op.create_table(
        "site_charger",
        sa.Column("site", sa.Text, sa.ForeignKey("site.id", name="fk_site_charger_site"), primary_key=True),
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("links", sa.Text, nullable=False),
    )
    op.create_table(
        "pin",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "charger",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("took_seconds", sa.Float),
    )
    for table in ("audit", "journal"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'append only'); END"
            )


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")  # audit records are never dropped
