"""The list of audit records can be searched by who, and what says how the log began or was confirmed stays as it is."""

import base64
import binascii
import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NO_UPDATE = "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END"


def upgrade() -> None:
    op.add_column("audit", sa.Column("actor", sa.Text, nullable=False, server_default=""))
    connection = op.get_bind()
    op.execute("DROP TRIGGER IF EXISTS audit_no_update")  # somebody who meddled may have dropped it
    rows = connection.execute(sa.text("SELECT seq, envelope FROM audit")).all()
    found = [{"seq": row.seq, "actor": _actor(row.envelope)} for row in rows]
    if found:
        connection.execute(sa.text("UPDATE audit SET actor = :actor WHERE seq = :seq"), found)
    op.execute(_NO_UPDATE)
    op.create_index("ix_audit_list", "audit", ["seq", "at", "event", "charger", "run", "actor"])
    for table in ("audit_log", "receipt"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'append only'); END"
            )


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")


def _actor(envelope: bytes) -> str:
    """As the record says; "" where it is unreadable: the look at the log tells of that."""
    try:
        return str(json.loads(base64.b64decode(json.loads(envelope)["payload"]))["actor"])
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return ""
