"""The journal: what a run did, written before it is done. Format v3 (tests/golden/journal-v3.json); reads v1, v2.

A row that touches a device and its audit record are one transaction: neither exists without the other.
"""

import json
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.clock import iso
from fieldtool.core.model import normal_serial
from fieldtool.store import tables
from fieldtool.store.database import Store, driver
from fieldtool.update import epochs, history
from fieldtool.update.journal_format import detail_of, head_from_json, head_to_json, record_of
from fieldtool.update.run import TERMINAL, TOUCHES, Head, Mark, Outcome, Phase, Record
from fieldtool.update.validation import Grade

_INSERT = "INSERT INTO journal (run, at, component, phase, mark, detail) VALUES (?, ?, ?, ?, ?, ?)"


_EARLIER = """(outcome IS NULL OR outcome != 'refused')
    AND run.rowid < coalesce((SELECT rowid FROM run WHERE id = :before), 9223372036854775807)"""
_BEGUN_UNDER = sa.text(
    f"SELECT one.value, count(*) FROM run, json_each(run.plan, '$.grants') AS one"
    f" WHERE one.value IN :grants AND {_EARLIER} GROUP BY one.value"
)
_USED_APPROVALS = sa.text(
    f"SELECT json_extract(one.value, '$.request.nonce') FROM run, json_each(run.plan, '$.approvals') AS one"
    f" WHERE run.serial = :serial AND {_EARLIER}"
)


class Journal:
    """Appends rows and reads them back. StorageError from every method when the disk does not take or give them."""

    def __init__(self, store: Store, audit: AuditLog) -> None:
        self._store = store
        self._audit = audit

    def begin(self, head: Head, first: Record) -> None:
        """The run and its first row, in one transaction, before anything is done."""
        with self._store.write() as tx:
            tx.execute(
                sa.insert(tables.run).values(
                    id=head.run,
                    serial=normal_serial(head.serial),
                    opened=iso(first.at),
                    actor=head.actor,
                    plan=json.dumps(head_to_json(head), sort_keys=True),
                )
            )
            self._insert(tx, head, first)

    def append(self, head: Head, record: Record) -> None:
        """On disk when this returns. A terminal phase closes the run."""
        with self._store.write() as tx:
            self._insert(tx, head, record)

    def records(self, run: str) -> tuple[Record, ...]:
        query = sa.select(tables.journal).where(tables.journal.c.run == run).order_by(tables.journal.c.id)
        with self._store.read() as tx:
            return tuple(record_of(row) for row in tx.execute(query).mappings())

    def head(self, run: str) -> Head | None:
        with self._store.read() as tx:
            plan = tx.execute(sa.select(tables.run.c.plan).where(tables.run.c.id == run)).scalar()
        return None if plan is None else head_from_json(json.loads(plan))

    def open_runs(self) -> tuple[Head, ...]:
        """Runs without an end, oldest first."""
        query = sa.select(tables.run.c.plan).where(tables.run.c.outcome.is_(None)).order_by(tables.run.c.opened)
        with self._store.read() as tx:
            return tuple(head_from_json(json.loads(plan)) for plan in tx.execute(query).scalars())

    def newest_run(self, serial: str) -> str | None:
        query = (
            sa.select(tables.run.c.id)
            .where(tables.run.c.serial == normal_serial(serial))
            .order_by(tables.run.c.opened.desc())
            .limit(1)
        )
        with self._store.read() as tx:
            return tx.execute(query).scalar()

    def begun_under(self, grants: Iterable[str], before: str = "") -> Mapping[str, int]:
        """Grant -> runs that began under it; `before`: only those that began earlier than this run. Refused ones did
        not begin."""
        wanted = sorted(grants)
        if not wanted:
            return {}
        query = _BEGUN_UNDER.bindparams(sa.bindparam("grants", expanding=True))
        with self._store.read() as tx:
            rows = tx.execute(query, {"grants": wanted, "before": before})
            return {str(grant): int(runs) for grant, runs in rows}

    def used_approvals(self, serial: str, before: str = "") -> frozenset[str]:
        """Nonces of the approvals with which earlier runs on this charger began."""
        with self._store.read() as tx:
            values = {"serial": normal_serial(serial), "before": before}
            return frozenset(tx.execute(_USED_APPROVALS, values).scalars())

    def _insert(self, tx: sa.Connection, head: Head, record: Record) -> None:
        row = (
            record.run,
            iso(record.at),
            record.component,
            record.phase.value,
            record.mark.value,
            json.dumps(detail_of(record), sort_keys=True),
        )
        driver(tx).execute(_INSERT, row)
        self._note_epoch(tx, head, record)
        name = _event(record)
        if name is not None:
            self._audit.append(
                tx,
                Event(
                    name,
                    charger=head.serial,
                    component=record.component,
                    told=_told(record, head),
                    seen={**_seen(record, head), **self._words(record), **self._second_persons(tx, head, record)},
                    fw_sha256=head.legs[record.leg].release.sha256,
                    run=record.run,
                    grant=", ".join(head.grants),
                ),
            )
        if record.phase in TERMINAL:
            outcome = Outcome(record.phase.value).value
            tx.execute(
                sa.update(tables.run).where(tables.run.c.id == record.run).values(outcome=outcome, ended=iso(record.at))
            )
            history.note(tx, head)

    def _words(self, record: Record) -> dict[str, str]:
        return {} if record.trouble is None else {"words": self._audit.words(record.trouble)}

    def _second_persons(self, tx: sa.Connection, head: Head, record: Record) -> dict[str, str]:
        """Two people answer for the run: the record's actor, and whoever approved it, by pseudonym both."""
        if record.before is None or record.leg != 0:
            return {}
        told = {}
        for number, one in enumerate(head.approvals, start=1):
            told[f"second person {number}"] = self._audit.pseudonym(tx, one.actor)
            told[f"approval {number}"] = f"by {one.how}, grant {one.grant}, nonce {one.request.nonce}"
        return told

    @staticmethod
    def _note_epoch(tx: sa.Connection, head: Head, record: Record) -> None:
        """What the charger demands, as far as a row shows it."""
        if record.before is not None and record.before.security_epoch is not None:
            epochs.note(tx, head.serial, record.component, record.before.security_epoch)
        if record.phase is Phase.CONFIRM and record.mark is Mark.OK:
            epochs.note(tx, head.serial, record.component, head.legs[record.leg].release.security_epoch)


_EVENTS = {
    Mark.FAILED: "run-failed", Mark.CANCELLED: "run-stopped", Mark.WAITING: "run-waiting",
    Mark.ASKED: "run-asked", Mark.ANSWERED: "run-answered",
}  # fmt: skip


def _event(record: Record) -> str | None:
    """The audit event of a row; None for rows that say nothing new to whoever was not there."""
    if record.phase in TERMINAL:
        return "run-ended"
    if record.mark is Mark.ENTERED:
        if record.before is not None:
            return "run-started" if record.leg == 0 else "run-leg-started"
        return "run-phase" if record.phase in TOUCHES else None
    if record.findings:
        return "run-validated" if record.mark is Mark.OK else "run-failed"
    return _EVENTS.get(record.mark)


def _told(record: Record, head: Head) -> dict[str, str]:
    if record.before is None:
        return {}
    before, leg = record.before, head.legs[record.leg]
    return {
        "serial": before.serial,
        "running": before.running or "",
        "running_hash": before.running_hash or "",
        "slot": before.running_slot,
        "model": leg.model,  # as it told when the run was planned
        "hardware": leg.hardware,
    }


def _seen(record: Record, head: Head) -> dict[str, str]:
    leg = head.legs[record.leg]
    seen = {"phase": record.phase.value, "mark": record.mark.value, "target": leg.release.version}
    if record.trouble is not None:
        seen["trouble"] = record.trouble.text.name
    if record.asked is not None:
        seen["step"] = record.asked.what
    for finding in record.findings:
        if finding.grade is not Grade.PASS:
            why = f" Because: {finding.waiver.why}" if finding.waiver is not None else ""
            seen[f"rule {finding.rule}"] = f"{finding.grade.value}: {finding.reason.what}{why}"
    if record.waiver is not None:
        seen[f"waiver {record.waiver.rule}"] = record.waiver.why
    if record.before is not None:
        seen["vendor"] = leg.release.vendor
    if record.before is not None and record.leg == 0:
        if head.name:
            seen["charger name"] = head.name
        # Who decided is the record's actor, by pseudonym: names of people stand in no record.
        seen.update({f"override {one.problem}": one.why for one in head.overrides})
        seen.update({f"waiver {one.rule}": one.why for one in head.waivers})
        if head.recovery is not None:
            seen["recovery line"], seen["profile"] = str(head.recovery.link), head.recovery.profile
    return seen
