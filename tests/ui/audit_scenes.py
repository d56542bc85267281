"""An audit log in memory: the demo story's records, found as the database finds them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag

from fieldtool.app.audits import AuditRow, AuditView, ExportedLog, Kind, ReceivedNote, events_of
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.listing import MOST, Wanted
from fieldtool.audit.record import Event, Record
from fieldtool.audit.watch import Standing
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FieldtoolError, Trouble

NOW = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)
LOG = "1f0231" + "5" * 26
ME, OTHER, GONE = "aa" * 16, "bb" * 16, "cc" * 16
RUN = "run-7"


@dataclass
class FakeLog:
    """What a test lays down; `calls` says what the window asked for."""

    records: list[Record] = field(default_factory=list)  # number 1 first
    people: dict[str, str] = field(default_factory=lambda: {ME: "Demo technician", OTHER: "Grace Hopper"})
    confirmed: int = 0
    standing: Standing = Standing(whole=True)
    bad: Trouble | None = None  # what is wrong with every signature
    refused: FieldtoolError | None = None  # what speaks against an answer
    calls: list[tuple[str, object]] = field(default_factory=list)
    step_on: Flag = field(default_factory=Flag)

    def __post_init__(self) -> None:
        self.step_on.set()

    def view(self) -> AuditView:
        self.calls.append(("view", None))
        size = len(self.records)
        origin = f"central.example/audit/{LOG}"
        receipt = Checkpoint(origin, self.confirmed, bytes(32), NOW - timedelta(hours=2)) if self.confirmed else None
        kinds = {kind: len(self.find(Wanted(events=events_of(kind)), quiet=True)) for kind in Kind}
        kinds[Kind.PENDING] = size - self.confirmed
        standing = replace(self.standing, records=size)
        checked = NOW - timedelta(minutes=3) if standing.whole else None
        return AuditView(LOG if size else "", size, receipt, standing, checked, kinds, self.people)

    def find(self, wanted: Wanted, quiet: bool = False) -> Sequence[int]:
        if not quiet:
            self.calls.append(("find", wanted))
        return [one.seq for one in reversed(self.records) if _fits(one, wanted)]

    def rows(self, numbers: Sequence[int]) -> tuple[AuditRow, ...]:
        self.calls.append(("rows", tuple(numbers)))
        assert len(numbers) <= MOST
        found = (self.records[number - 1] for number in numbers)
        return tuple(AuditRow(one, bytes([one.seq % 256]) * 32, self.people.get(one.actor, "")) for one in found)

    def export(self, file: Path, pending_only: bool) -> Generator[Progress, None, ExportedLog]:
        self.calls.append(("export", (file, pending_only)))
        after = self.confirmed if pending_only else 0
        for at in range(1, 4):
            yield Progress(at * 10, 40)
            self.step_on.wait(5)
        return ExportedLog(file, after, len(self.records))

    def receive(self, file: Path) -> ReceivedNote:
        self.calls.append(("receive", file))
        if self.refused is not None:
            raise self.refused
        before, self.confirmed = self.confirmed, len(self.records)
        return ReceivedNote(self.confirmed, self.confirmed - before, 0)

    def add(self, event: Event, clock: str = "plausible", actor: str = ME, at: datetime = NOW) -> Record:
        record = Record(LOG, len(self.records) + 1, "44" * 32, at, clock, actor, event)
        self.records.append(record)
        return record


def _fits(record: Record, wanted: Wanted) -> bool:
    event = record.event
    told = (
        wanted.charger in ("", event.charger),
        wanted.run in ("", event.run),
        not wanted.events or event.event in wanted.events,
        not wanted.actors or record.actor in wanted.actors,
        wanted.since is None or record.at >= wanted.since,
        wanted.until is None or record.at < wanted.until,
        record.seq > wanted.after,
        not wanted.text
        or wanted.text.casefold() in f"{event.charger} {event.run}".casefold()
        or event.event in wanted.text_events
        or record.actor in wanted.text_actors,
    )
    return all(told)


def story(size: int = 1187, confirmed: int = 1146) -> FakeLog:
    """Mostly phases of earlier visits; the newest ones are today's, with everything that a list has to show."""
    log = FakeLog()
    for number in range(size - 14):
        phase = ("transfer", "install", "restart", "confirm")[number % 4]
        charger = f"HL180-24-{7000 + number % 40:06}"
        at = NOW - timedelta(days=3, minutes=size - number)
        log.add(Event("run-phase", charger, "main", seen={"phase": phase}, run=f"run-{number // 9}"), "proven", at=at)
    _today(log)
    log.confirmed = confirmed
    return log


def _today(log: FakeLog) -> None:
    hyper, city = "HL180-24-007731", "CP22-23-090412"
    failed = {"phase": "validate", "trouble": "VALIDATE_HEALTH", "words": "The health check found: RFID reader."}
    before = {"serial": city, "running": "5.0.8", "running_hash": "9f2c71e0" * 8, "slot": "rootfs.0"}
    begun = {"phase": "preflight", "target": "5.1.3"}
    ended = {"phase": "rolled_back", "mark": "ok", "target": "5.1.3"}
    events = (
        (Event("site-ordered", seen={"site": "Depot Rotterdam Zuid"}), "behind", ME),
        (Event("root-accepted", seen={"fingerprint": "3f8e1c" * 10}), "proven", ME),
        (Event("update-refused", "HL180-19-000087", "main", seen={"trouble": "WRONG_HARDWARE"}), "proven", ME),
        (Event("approval-given", hyper, seen={"actions": "downgrade"}), "proven", OTHER),
        (Event("run-started", city, "main", before, begun, "ab" * 32, RUN), "proven", ME),
        (Event("run-phase", city, "main", seen={"phase": "install"}, run=RUN), "proven", ME),
        (Event("run-asked", hyper, "main", seen={"step": "Press the button."}, run="run-8"), "proven", ME),
        (Event("run-answered", hyper, "main", run="run-8"), "proven", ME),
        (Event("run-failed", city, "main", seen=failed, run=RUN), "proven", ME),
        (Event("run-phase", city, "main", seen={"phase": "roll_back"}, run=RUN), "proven", ME),
        (Event("run-ended", city, "main", seen=ended, run=RUN, grant="gr-2231"), "proven", ME),
        (Event("run-validated", hyper, "main", seen={"phase": "validate"}, run="run-8"), "proven", GONE),
        (Event("run-ended", hyper, "main", seen={"phase": "done", "target": "2.6.0"}, run="run-8"), "proven", ME),
        (Event("recovery-looked", "CP22-23-090418", seen={"line": "/dev/ttyUSB0"}), "plausible", ME),
    )  # fmt: skip
    for number, (event, clock, actor) in enumerate(events):
        log.add(event, clock, actor, NOW - timedelta(minutes=5 * (len(events) - number)))
