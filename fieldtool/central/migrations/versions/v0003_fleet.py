"""What the pages read, worked out from the records (facts.py); and what was not taken (alarms.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "fleet_rules",
        sa.Column("rules", sa.Integer, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "fleet_alarm",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_fleet_alarm_log"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_mention",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_fleet_mention_log"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_unit",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("component", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("hardware", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("sure", sa.Integer, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("left", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_run",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_fleet_run_log"), primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("granted", sa.Text, nullable=False),
        sa.Column("began", sa.Text, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("recovery", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("sure", sa.Integer, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_log",
        sa.Column("log", sa.Text, sa.ForeignKey("log.id", name="fk_fleet_log_log"), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
    )
    op.create_table(
        "refused_push",
        sa.Column("log", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("why", sa.Text, primary_key=True),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("fleet_run_began", "fleet_run", ["began", "log", "first"])
    op.create_index("fleet_run_model", "fleet_run", ["model", "began"])
    op.create_index("fleet_run_serial", "fleet_run", ["serial", "began"])
    op.create_index("fleet_run_site", "fleet_run", ["site", "began"])
    op.create_index("fleet_run_state", "fleet_run", ["state", "began"])
    op.create_index("fleet_mention_serial", "fleet_mention", ["serial", "at"])


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
