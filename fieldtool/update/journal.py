"""The journal: what a run did, written before it is done. Format v1 (tests/golden/journal-v1.json).

A row that touches a device and its audit record are one transaction: neither exists without the other.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import ConnectorStatus, Health, Observed, Release, Slot, normal_serial
from fieldtool.core.texts import Text
from fieldtool.store import tables
from fieldtool.store.database import Store, driver
from fieldtool.update.run import TERMINAL, TOUCHES, Mark, Outcome, Phase, Record, Step

_INSERT = "INSERT INTO journal (run, at, component, phase, mark, detail) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Head:
    """What a run is: written once, when it begins."""

    run: str
    serial: str
    name: str
    component: str
    release: Release
    came_from: str | None
    actor: str

    @property
    def step(self) -> Step:
        return Step(
            self.component,
            self.release.version,
            self.release.payload_hash,
            self.release.target,
            self.release.sha256,
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
            return tuple(_record(row) for row in tx.execute(query).mappings())

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

    def _insert(self, tx: sa.Connection, head: Head, record: Record) -> None:
        row = (
            record.run,
            iso(record.at),
            record.component,
            record.phase.value,
            record.mark.value,
            json.dumps(_detail(record), sort_keys=True),
        )
        driver(tx).execute(_INSERT, row)
        name = _event(record)
        if name is not None:
            self._audit.append(
                tx,
                Event(
                    name,
                    charger=head.serial,
                    component=record.component,
                    told=_told(record),
                    seen=_seen(record, head),
                    fw_sha256=head.release.sha256,
                    run=record.run,
                ),
            )
        if record.phase in TERMINAL:
            outcome = Outcome(record.phase.value).value
            tx.execute(
                sa.update(tables.run).where(tables.run.c.id == record.run).values(outcome=outcome, ended=iso(record.at))
            )


def _event(record: Record) -> str | None:
    """The audit event of a row; None for rows that say nothing new to whoever was not there."""
    if record.phase in TERMINAL:
        return "run-ended"
    if record.mark is Mark.ENTERED:
        if record.before is not None:
            return "run-started"
        return "run-phase" if record.phase in TOUCHES else None
    return {Mark.FAILED: "run-failed", Mark.CANCELLED: "run-stopped", Mark.WAITING: "run-waiting"}.get(record.mark)


def _told(record: Record) -> dict[str, str]:
    if record.before is None:
        return {}
    before = record.before
    return {
        "serial": before.serial,
        "running": before.running or "",
        "running_hash": before.running_hash or "",
        "slot": before.running_slot,
    }


def _seen(record: Record, head: Head) -> dict[str, str]:
    seen = {"phase": record.phase.value, "mark": record.mark.value, "target": head.release.version}
    if record.trouble is not None:
        seen["trouble"] = record.trouble.text.name
        seen["words"] = record.trouble.what
    return seen


# -- format v1 --------------------------------------------------------------------------------------------------------


def _detail(record: Record) -> dict[str, object]:
    detail: dict[str, object] = {"v": 1}
    if record.trouble is not None:
        detail["trouble"] = trouble_to_json(record.trouble)
    if record.before is not None:
        detail["before"] = observed_to_json(record.before)
    if record.health is not None:
        detail["health"] = health_to_json(record.health)
    return detail


def _record(row: Mapping[str, object] | sa.RowMapping) -> Record:
    detail = json.loads(str(row["detail"]))
    return Record(
        run=str(row["run"]),
        at=parse_iso(str(row["at"])),
        component=str(row["component"]),
        phase=Phase(str(row["phase"])),
        mark=Mark(str(row["mark"])),
        trouble=trouble_from_json(detail["trouble"]) if "trouble" in detail else None,
        before=observed_from_json(detail["before"]) if "before" in detail else None,
        health=health_from_json(detail["health"]) if "health" in detail else None,
    )


def trouble_to_json(trouble: Trouble) -> dict[str, object]:
    return {
        "text": trouble.text.name,
        "params": dict(trouble.params),
        "safety": trouble.safety.value,
        "exit": trouble.exit_code.value,
    }


def trouble_from_json(data: Mapping[str, object]) -> Trouble:
    params = data["params"]
    assert isinstance(params, dict)
    return Trouble(
        Text[str(data["text"])],
        tuple(sorted(params.items())),
        Safety(data["safety"]),
        ExitCode(data["exit"]),
    )


def observed_to_json(seen: Observed) -> dict[str, object]:
    data = {name: getattr(seen, name) for name in Observed.__slots__}
    return {**data, "slots": [asdict(slot) for slot in seen.slots], "facts": dict(seen.facts)}


def observed_from_json(data: Mapping[str, object]) -> Observed:
    slots = data["slots"]
    assert isinstance(slots, list)
    return Observed(**{**data, "slots": tuple(Slot(**slot) for slot in slots)})  # type: ignore[arg-type]  # golden file


def health_to_json(health: Health) -> dict[str, object]:
    return {
        "ok": health.ok,
        "connectors": {name: status.value for name, status in health.connectors.items()},
        "faults": list(health.faults),
        "failed_checks": list(health.failed_checks),
    }


def health_from_json(data: Mapping[str, object]) -> Health:
    connectors, faults, failed = data["connectors"], data["faults"], data["failed_checks"]
    assert isinstance(connectors, dict) and isinstance(faults, list) and isinstance(failed, list)
    return Health(
        bool(data["ok"]),
        {str(name): ConnectorStatus(status) for name, status in connectors.items()},
        tuple(faults),
        tuple(failed),
    )


def head_to_json(head: Head) -> dict[str, object]:
    release = asdict(head.release)
    for name in ("published", "end_of_support"):
        release[name] = iso(release[name]) if release[name] is not None else None
    return {**{name: getattr(head, name) for name in Head.__slots__}, "release": release, "v": 1}


def head_from_json(data: Mapping[str, object]) -> Head:
    fields = {name: value for name, value in data.items() if name != "v"}
    release = fields["release"]
    assert isinstance(release, dict)
    for name in ("published", "end_of_support"):
        release[name] = parse_iso(release[name]) if release[name] is not None else None
    for name in ("models", "hardware", "advisories", "markets"):
        release[name] = tuple(release[name])
    release["requires"] = tuple((component, oldest) for component, oldest in release["requires"])
    release["duration"] = tuple(release["duration"]) if release["duration"] is not None else None
    return Head(**{**fields, "release": Release(**release)})  # type: ignore[arg-type]  # golden file
