"""What each finished run says, leg by leg; derived from the journal for the runs that have ended already."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSERT = sa.text(
    "INSERT INTO history VALUES (:run, 0, :serial, :vendor, :model, :hardware, :component, :came_from, :version, "
    ":outcome, :reason, :retries, :seconds, :took, :sent, :ended)"
)


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id", name="fk_history_run"), primary_key=True),
        sa.Column("leg", sa.Integer, primary_key=True),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("vendor", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("hardware", sa.Text, nullable=False),
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("came_from", sa.Text),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("retries", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Text, nullable=False),
        sa.Column("took", sa.Float),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("ended", sa.Text, nullable=False),
    )
    op.create_index("ix_history_model", "history", ["model", "component", "version"])
    op.create_index("ix_history_serial", "history", ["serial", "ended"])
    connection = op.get_bind()
    for row in list(_derived(connection)):
        connection.execute(_INSERT, row)


def _derived(connection: sa.Connection) -> Iterator[dict[str, object]]:
    """A row for each ended run of one leg: before this revision there were no others. What is unreadable is left out.

    A copy of the rules as they were then: a migration does not follow when the program goes on.
    """
    runs = connection.execute(sa.text("SELECT id, serial, plan, ended FROM run WHERE outcome IS NOT NULL")).mappings()
    journal = sa.text("SELECT at, phase, mark, detail FROM journal WHERE run = :run ORDER BY id")
    for run in list(runs):
        rows = connection.execute(journal, {"run": run["id"]}).mappings().all()
        try:
            yield _row(dict(run), [dict(row) for row in rows])
        except (ValueError, KeyError, TypeError, IndexError):
            continue


def _row(run: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    head, details, last = json.loads(run["plan"]), [json.loads(row["detail"]) for row in rows], rows[-1]
    (leg,) = head.get("legs", [head])
    release = leg["release"]
    before = next((detail["before"] for detail in details if "before" in detail), None)
    walked = rows[:-1]
    seconds, known = _seconds(rows)
    return {
        "run": run["id"],
        "serial": run["serial"],
        "vendor": release["vendor"],
        "model": _only(release["models"]),
        "hardware": _only(release["hardware"]),
        "component": leg["component"],
        "came_from": before["running"] if before is not None else leg["came_from"],
        "version": release["version"],
        "outcome": last["phase"],
        "reason": details[-1]["trouble"]["text"] if "trouble" in details[-1] else "",
        "retries": sum(n - 1 for n in Counter(row["phase"] for row in walked if row["mark"] == "entered").values()),
        "seconds": json.dumps(seconds, sort_keys=True),
        "took": sum(seconds.values()) if known else None,
        "sent": release["length"] if any(row["phase"] == "transfer" for row in walked) else 0,
        "ended": last["at"],
    }


def _seconds(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], bool]:
    seconds: dict[str, float] = {}
    known = True
    for row, following in pairwise(rows):
        if row["mark"] != "entered":
            continue
        spent = (datetime.fromisoformat(following["at"]) - datetime.fromisoformat(row["at"])).total_seconds()
        if following["phase"] == row["phase"] and following["mark"] != "entered" and spent >= 0:
            seconds[row["phase"]] = seconds.get(row["phase"], 0.0) + spent
        else:
            known = False
    return seconds, known


def _only(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ""


def downgrade() -> None:
    raise RuntimeError("a database only goes forward")
