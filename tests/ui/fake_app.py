"""A FieldApp in memory that tells the demo story: 12 chargers of one site, driven step by step by a test."""

import itertools
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock

from fieldtool.app.audits import AuditRow, AuditView, ExportedLog, ReceivedNote
from fieldtool.app.firmware import Added, Basis, Checked, Cleaned, Disk, Enough, FirmwareView
from fieldtool.app.recovery import RecoveryModel, RecoveryPlan
from fieldtool.app.reports import Form, Made, Preview, ReportRow, Reports, Subject
from fieldtool.app.views import (
    CatalogueState,
    Central,
    ChargerRow,
    DoctorLine,
    Fleet,
    Freshness,
    LaptopState,
    Level,
    OpenRun,
    Past,
    PhaseSpan,
    PlanLine,
    Presence,
    RunState,
    SettingView,
    SitePlan,
    StatusLine,
    SyncState,
    TrustRoot,
    Verdict,
)
from fieldtool.audit.listing import Wanted
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import FieldtoolError, FirmwareError, RefusedError, Safety, SyncError, Trouble, UsageError
from fieldtool.core.model import EMPTY, Health, Link, Observed, Release, Site, SiteRules, Slot, normal_serial
from fieldtool.core.texts import Text
from fieldtool.discovery.serial_ports import Port
from fieldtool.firmware.bundle_facts import EVERYTHING, Choice, Exported, Imported
from fieldtool.report.verify import Verdict as EvidenceVerdict
from fieldtool.update.approval import Approval, Asked, Request, by_pin
from fieldtool.update.plan import NEWEST, Aim
from fieldtool.update.preflight import pass_over, worst_first
from fieldtool.update.run import Ending, Leg, Mark, Outcome, Override, Phase
from fieldtool.update.validation import Grade, Waiver
from tests.ui.audit_scenes import FakeLog

NOW = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)
ROOT_FINGERPRINT = "3f8e1c" + "a" * 58
MB = 1_000_000


class FakeClock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - NOW).total_seconds()

    def wait(self, stop: Event, seconds: float) -> bool:
        return stop.is_set()


def trouble(text: Text, safety: Safety = Safety.UNTOUCHED, **params: str | int | float) -> Trouble:
    return Trouble(text, tuple(sorted(params.items())), safety)


def release(version: str, model: str, hardware: str) -> Release:
    return Release(
        target=f"lab/{model}/{version}.raucb",
        length=96_400_000,
        sha256="ab" * 32,
        vendor="Lab",
        models=(model,),
        hardware=(hardware,),
        component="main",
        version=version,
        format="raucb",
        payload_hash="cd" * 32,
        duration=(360, 540),
    )


def observed(serial: str, version: str, slot: str = "rootfs.0", staged: str | None = None) -> Observed:
    other = "rootfs.1" if slot == "rootfs.0" else "rootfs.0"
    return Observed(
        serial=serial,
        running=version,
        running_hash="ef" * 32,
        running_slot=slot,
        staged=staged,
        slots=(
            Slot(slot, version, "ef" * 32, "good", booted=True, primary=staged is None),
            Slot(
                other, staged, "aa" * 32 if staged else None, "good" if staged else "empty", primary=staged is not None
            ),
        ),
        security_epoch=4,
    )


GOOD = Health(ok=True)


def ready(
    name: str, serial: str, model: str, hardware: str, address: str, running: str, target: str | None
) -> ChargerRow:
    if target is None:
        verdict = Verdict(Level.INFO, trouble(Text.UP_TO_DATE, found=running))
    else:
        verdict = Verdict(Level.OK, trouble(Text.READY, found=running, target=target))
    return ChargerRow(
        key=serial,
        presence=Presence.READY,
        name=name,
        serial=serial,
        vendor="Lab",
        model=model,
        hardware=hardware,
        link=Link("ssh", address),
        running=running,
        target=target,
        verdict=verdict,
        health=GOOD,
        observed=observed(serial, running),
        last_seen=NOW,
        profile="lab-citypost",
        pinned=True,
    )


def span(phase: Phase, began: float, ended: float | None, mark: Mark = Mark.OK, note: str = "") -> PhaseSpan:
    """Minutes relative to NOW."""
    end = NOW + timedelta(minutes=ended) if ended is not None else None
    return PhaseSpan(phase, NOW + timedelta(minutes=began), end, mark if end is not None else Mark.ENTERED, note)


def under_way(row: ChargerRow, spans: Sequence[PhaseSpan], done: int, total: int, **more: object) -> ChargerRow:
    state = RunState(
        run=f"run-{row.serial}",
        serial=row.serial,
        name=row.name,
        came_from=row.running,
        target=row.target or "",
        phase=spans[-1].phase,
        began=spans[0].began,
        spans=tuple(spans),
        done=done,
        total=total,
    )
    return replace(row, run=replace(state, **more))  # type: ignore[arg-type]  # fields by name, checked by dataclass


def _legs(row: ChargerRow, wanted: Release) -> tuple[Leg, ...]:
    return (Leg(wanted.component, wanted, row.running),)


def _passed_over(line: PlanLine, passed: tuple[Override, ...]) -> PlanLine:
    if not passed:
        return line
    problems = worst_first(pass_over(one, {override.problem: override for override in passed}) for one in line.problems)
    legs = line.legs
    if not legs and line.release is not None and problems[0].level is not Level.STOP:
        legs = (Leg(line.component, line.release, line.found),)
    return replace(line, verdict=problems[0], problems=problems, legs=legs)


def _agreed(line: PlanLine, approvals: Sequence[Approval]) -> PlanLine:
    actions = {(one.serial, action) for given in approvals for one in given.request.chargers for action in one.actions}
    if not line.second or not {(line.serial, action) for action in line.second} <= actions:
        return line
    ready = Verdict(Level.OK, trouble(Text.READY, found=line.found or "", target=line.release.version))  # type: ignore[union-attr]  # a test's line has one
    return replace(line, verdict=ready, problems=(ready,))


def _charging(row: ChargerRow) -> ChargerRow:
    assert row.observed is not None
    verdict = Verdict(Level.WARN, trouble(Text.SOMEBODY_CHARGES, found="connector 1 is charging"))
    return replace(row, verdict=verdict, observed=replace(row.observed, in_use="connector 1 is charging"))


def story() -> list[ChargerRow]:
    """Two update, one was rolled back, one is refused, one is missing, one has an unknown host key, ..."""
    hl, cp = "Hyperline 180", "CityPost 22"
    bay1 = under_way(
        ready("Bay 01", "HL180-24-007731", hl, "C2", "10.20.4.31:22", "2.4.1", "2.6.0"),
        [
            span(Phase.PREFLIGHT, -15, -14.6, note="9 of 9 passed"),
            span(Phase.BACKUP, -14.6, -14.4),
            span(Phase.TRANSFER, -14.4, -9, note="96.4 MB in 5:24"),
            span(Phase.VERIFY, -9, -8.7, note="SHA-256 agrees"),
            span(Phase.INSTALL, -8.7, None, note="Copying image to rootfs.1"),
        ],
        62,
        100,
        safety=Safety.OLD_IS_KEPT,
        eta=(170.0, 260.0),
    )
    bay2 = under_way(
        ready("Bay 02", "HL180-24-007742", hl, "C2", "10.20.4.32:22", "2.4.1", "2.6.0"),
        [span(Phase.PREFLIGHT, -4, -3.7), span(Phase.BACKUP, -3.7, -3.5), span(Phase.TRANSFER, -3.5, None)],
        int(36.6 * MB),
        int(96.4 * MB),
        rate=12.4 * MB,
        eta=(420.0, 560.0),
    )
    bay3 = _charging(ready("Bay 03", "HL180-23-004410", hl, "C1", "10.20.4.33:22", "2.4.1", "2.6.0"))
    bay5 = replace(
        ready("Bay 05", "HL180-19-000087", hl, "A1", "10.20.4.35:22", "1.9.7", "2.6.0"),
        verdict=Verdict(Level.STOP, trouble(Text.WRONG_HARDWARE, target="2.6.0", expected="B3, C1, C2", found="A1")),
    )
    bay6 = under_way(
        ready("Bay 06", "CP22-25-118820", cp, "R4", "10.20.4.41:22", "5.1.3", None),
        [
            span(Phase.PREFLIGHT, -36, -35.6),
            span(Phase.TRANSFER, -35.6, -33, note="41.2 MB in 2:36"),
            span(Phase.VERIFY, -33, -32.8),
            span(Phase.INSTALL, -32.8, -29),
            span(Phase.RESTART, -29, -27.6),
            span(Phase.VALIDATE, -27.6, -19, note="all checks passed"),
            span(Phase.CONFIRM, -19, -18.8),
        ],
        0,
        0,
        outcome=Outcome.DONE,
        phase=Phase.DONE,
        came_from="5.1.0",
        target="5.1.3",
        safety=Safety.OLD_IS_KEPT,
        health=GOOD,
    )
    fault = Health(ok=False, failed_checks=("RFID reader",))
    bay8 = under_way(
        ready("Bay 08", "CP22-23-090412", cp, "R3", "10.20.4.43:22", "5.0.8", "5.1.3"),
        [
            span(Phase.PREFLIGHT, -18, -17.4),
            span(Phase.TRANSFER, -17.4, -14),
            span(Phase.VERIFY, -14, -13.8),
            span(Phase.INSTALL, -13.8, -10.2),
            span(Phase.RESTART, -10.2, -8.6),
            replace(
                span(Phase.VALIDATE, -8.6, -6.4, Mark.FAILED),
                trouble=trouble(Text.VALIDATE_HEALTH, Safety.OLD_IS_KEPT, found="RFID reader"),
            ),
            span(Phase.ROLL_BACK, -6.4, -3.1, note="5.0.8 runs again"),
        ],
        0,
        0,
        outcome=Outcome.ROLLED_BACK,
        phase=Phase.ROLLED_BACK,
        safety=Safety.OLD_IS_KEPT,
        trouble=trouble(Text.VALIDATE_HEALTH, Safety.OLD_IS_KEPT, found="RFID reader"),
        health=fault,
    )
    bay9 = replace(
        ready("Bay 09", "CP22-23-090418", cp, "R3", "10.20.4.44:22", "", None),
        presence=Presence.PROBLEM,
        running=None,
        verdict=None,
        health=None,
        observed=None,
        model="",
        hardware="",
        pinned=False,
        problem=trouble(Text.PIN_MISSING, serial="CP22-23-090418", found="SHA256:" + "Qx7" * 14 + "Q"),
    )
    bay12 = replace(
        ready("Bay 12", "CP22-25-118839", cp, "R4", "10.20.4.52:22", "", None),
        presence=Presence.EXPECTED,
        running=None,
        verdict=None,
        health=None,
        observed=None,
        link=None,
        last_seen=None,
        problem=trouble(Text.CHARGER_NOT_SEEN, serial="CP22-25-118839"),
    )
    return [
        bay1,
        bay2,
        bay3,
        ready("Bay 04", "HL180-21-001198", hl, "B3", "10.20.4.34:22", "2.2.0", "2.6.0"),
        bay5,
        bay6,
        ready("Bay 07", "CP22-25-118824", cp, "R4", "10.20.4.42:22", "5.1.3", None),
        bay8,
        bay9,
        ready("Bay 10", "CP22-25-118831", cp, "R4", "10.20.4.45:22", "5.1.0", "5.1.3"),
        ready("Bay 11", "CP22-25-118836", cp, "R4", "10.20.4.46:22", "5.1.0", "5.1.3"),
        bay12,
    ]


SETTINGS = {
    "theme": SettingView("theme", "system", ("system", "light", "dark", "sunlight"), "Theme"),
    "text_size": SettingView("text_size", "100", ("100", "115", "130"), "Text size"),
    "glove_mode": SettingView("glove_mode", "off", ("off", "on"), "Glove mode"),
    "language": SettingView("language", "en", ("en",), "Language"),
    "central_url": SettingView("central_url", "https://fleet.example.org", (), "Central system"),
    "central_key": SettingView("central_key", "", (), "Key of the central system"),
    "repository": SettingView("repository", "https://firmware.example.org", (), "Image repository"),
}

DOCTOR = (
    DoctorLine("Root of trust", Level.OK, "1 root, 2 of 3 keys must sign"),
    DoctorLine("Catalogue", Level.OK, "23 releases, checked 2 hours ago"),
    DoctorLine("Key store", Level.OK, "The laptop's key is kept by the system"),
    DoctorLine("Network", Level.OK, "eth0 10.20.4.7, wlan0 off"),
    DoctorLine(
        "Multicast",
        Level.WARN,
        "The VPN takes the multicast traffic, chargers will not announce themselves.",
        "ip route add 224.0.0.0/4 dev eth0",
    ),
    DoctorLine("Data folder", Level.OK, "Can be written, 12.1 GB free"),
    DoctorLine("Power", Level.STOP, "Battery at 12 %, not on mains.", "Connect mains before an update."),
    DoctorLine("Display", Level.OK, "1440 x 900"),
)


EMPTY_SHELF = FirmwareView((), Enough(Basis.NOTHING), Disk(), CatalogueState(Freshness.NONE))


@dataclass
class Bench:
    """A serial cable, and what hangs on it."""

    ports: tuple[Port, ...] = ()
    models: tuple[RecoveryModel, ...] = (RecoveryModel("lab-uboot", "Lab", ("CityPost 22",)),)
    steps: tuple[Progress | ManualStep, ...] = ()
    plan: RecoveryPlan | None = None
    error: FieldtoolError | None = None
    console: tuple[str, ...] = ()
    answers: Event = field(default_factory=Event)  # what a person was asked for was done


class FakeApp:
    """Everything a test wants to look at is public; calls of the window come from several threads."""

    def __init__(self, rows: Sequence[ChargerRow] | None = None, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.rows: dict[str, ChargerRow] = {row.key: row for row in (story() if rows is None else rows)}
        self.calls: list[tuple[str, object]] = []
        self.left_open: tuple[OpenRun, ...] = ()
        self.line = StatusLine(
            catalogue=CatalogueState(
                Freshness.FRESH, 23, NOW - timedelta(hours=2), NOW + timedelta(days=12, hours=3), None, "", False
            ),
            sync=SyncState(Central.OFFLINE, pending=14, synced=230),
            laptop=LaptopState(78, True, 12_100_000_000),
            actor="Demo technician",
            throw_away=False,
            site="Depot Rotterdam Zuid",
        )
        self.sync_error: SyncError | None = None
        self.problem: Trouble | None = None
        self.scanning = False
        self.views = dict(SETTINGS)
        self.findings = DOCTOR
        self.roots: list[TrustRoot] = []
        self.rules = SiteRules()
        self.bench = Bench()
        self.evidence: Reports | None = None  # real ones, see report_scenes
        self.pins: dict[str, str] = {}  # of second persons
        self.shelf = EMPTY_SHELF  # tests.ui.firmware_scenes.shelf has a full one
        self.log = FakeLog()  # tests.ui.audit_scenes.story has a full one
        self.hand: FirmwareError | None = None  # what is wrong with a file in hand
        self.step_on = Event()  # long work waits here at its second step; a test that watches it clears it
        self.step_on.set()
        self.ask_pin: Callable[[str], str] = lambda token: ""
        self.lines: dict[str, tuple[PlanLine, ...]] = {}  # key -> its lines, where a test lays them down
        self.asked_for: list[tuple[Aim, dict[str, str], dict[str, str]]] = []
        self._listeners: list[Callable[[Ending], None]] = []
        self._lock = Lock()
        self._fleet: Fleet | None = None
        self._numbers = itertools.count(8)

    # -- driven by a test
    def put(self, row: ChargerRow) -> None:
        with self._lock:
            self.rows[row.key] = row
            self._fleet = None

    def remove(self, key: str) -> None:
        with self._lock:
            del self.rows[key]
            self._fleet = None

    def move(self, key: str, phase: Phase, done: int = 0, total: int = 0, **more: object) -> None:
        """The run of this charger is now in `phase`; its earlier phases went well."""
        row = self.rows[key]
        assert row.run is not None
        state, now = row.run, self.clock.now()
        spans = list(state.spans)
        if not spans or spans[-1].phase is not phase:
            if spans and spans[-1].ended is None:
                spans[-1] = replace(spans[-1], ended=now, mark=Mark.OK)
            spans.append(PhaseSpan(phase, now, None, Mark.ENTERED))
        kept = phase not in (Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY)
        safety = Safety.OLD_IS_KEPT if kept else Safety.UNTOUCHED
        fresh = replace(state, phase=phase, spans=tuple(spans), done=done, total=total, safety=safety, eta=(60.0, 90.0))
        self.put(replace(row, run=replace(fresh, **more)))  # type: ignore[arg-type]  # fields by name

    def end(self, key: str, outcome: Outcome, why: Trouble | None = None) -> None:
        """The run of this charger ended, as the charger itself reported it."""
        row = self.rows[key]
        assert row.run is not None
        state, now = row.run, self.clock.now()
        mark = Mark.OK if outcome is Outcome.DONE else Mark.FAILED
        spans = tuple(replace(one, ended=one.ended or now, mark=one.mark if one.ended else mark) for one in state.spans)
        phase = Phase(outcome.value) if outcome is not Outcome.WAITING else state.phase
        state = replace(state, outcome=outcome, phase=phase, spans=spans, trouble=why, eta=None, health=GOOD)
        row = replace(row, run=state)
        if outcome is Outcome.DONE:
            verdict = Verdict(Level.INFO, trouble(Text.UP_TO_DATE, found=state.target))
            seen = observed(row.serial, state.target, "rootfs.1")
            row = replace(row, running=state.target, target=None, verdict=verdict, observed=seen)
        self.put(row)
        ending = Ending(state.run, state.serial, outcome, why, state.came_from, row.running)
        for listener in self._listeners:
            listener(ending)

    def called(self, name: str) -> list[object]:
        return [given for call, given in self.calls if call == name]

    # -- FieldApp
    def fleet(self) -> Fleet:
        with self._lock:
            if self._fleet is None:
                rows = tuple(self.rows.values())
                runs: Mapping[str, RunState] = {normal_serial(r.serial): r.run for r in rows if r.run is not None}
                scanned = NOW - timedelta(seconds=40)
                self._fleet = Fleet(rows, self.scanning, scanned, self.problem, runs)
            return self._fleet

    def start_discovery(self) -> None:
        self.calls.append(("start_discovery", None))

    def scan(self) -> None:
        self.calls.append(("scan", None))

    def add_address(self, address: str) -> None:
        self.calls.append(("add_address", address))
        if " " in address:
            raise UsageError(Text.ADDRESS_BAD, address=address)
        link = Link("ssh", address)
        self.put(ChargerRow(address, Presence.SIGHTED, address, link=link, last_seen=self.clock.now()))

    def plan(
        self,
        keys: Sequence[str],
        aim: Aim = NEWEST,
        overrides: Mapping[str, str] = EMPTY,
        waivers: Mapping[str, str] = EMPTY,
        approvals: Sequence[Approval] = (),
    ) -> SitePlan:
        self.calls.append(("plan", tuple(keys)))
        self.asked_for.append((aim, dict(overrides), dict(waivers)))
        for problem in overrides:
            if problem not in self.rules.overridable:
                raise RefusedError(Text.OVERRIDE_NOT_ALLOWED, problem=problem, known="none")
        made = tuple(line for row in self.rows.values() for line in self._lines(row, row.key in keys))
        passed = tuple(Override(problem, self.line.actor, why) for problem, why in overrides.items())
        lines = tuple(_agreed(_passed_over(line, passed), approvals) for line in made)
        return SitePlan(self.clock.now(), lines, passed, (), self.rules, tuple(approvals))

    def approval_request(self, plan: SitePlan) -> Request:
        asked = tuple(
            Asked(line.serial, frozenset(leg.release.sha256 for leg in line.legs), line.second)
            for line in plan.lines
            if line.second
        )
        return Request("1a" * 32, self.line.actor, "ab" * 16, asked, self.clock.now())

    def approval_of(self, file: Path) -> Approval:
        self.calls.append(("approval_of", file))
        return by_pin(self.approval_request(self.plan([])), "grant-3", "linus", self.clock.now())

    def write_request(self, plan: SitePlan, file: Path) -> None:
        self.calls.append(("write_request", file))

    def approvers(self) -> tuple[str, ...]:
        return tuple(self.pins)

    def approve(self, request: Request, actor: str, pin: str) -> Approval:
        self.calls.append(("approve", actor))
        if self.pins.get(actor) != pin:
            raise RefusedError(Text.APPROVAL_PIN_WRONG, actor=actor)
        return by_pin(request, "grant-2", actor, self.clock.now())

    def _lines(self, row: ChargerRow, chosen: bool) -> tuple[PlanLine, ...]:
        """What a test has laid down for this charger, else a line for its main controller."""
        told = self.lines.get(row.key)
        if told is None:
            return (self._line(row, chosen),)
        return tuple(line if chosen or not line.starts else line.left_out() for line in told)

    def _line(self, row: ChargerRow, chosen: bool) -> PlanLine:
        found = row.target is not None and row.verdict is not None and row.verdict.level is not Level.INFO
        wanted = release(row.target or "", row.model, row.hardware) if found else None
        verdict = row.verdict
        if verdict is None:
            reason = row.problem or trouble(Text.NOT_IDENTIFIED)
            verdict = Verdict(Level.STOP, reason)
        starts = wanted is not None and verdict.level in (Level.OK, Level.WARN)
        if starts and not chosen:
            verdict = Verdict(Level.INFO, trouble(Text.NOT_SELECTED))
            starts = False
        rollback = Verdict(Level.INFO, trouble(Text.ROLLBACK_NOT_NEEDED))
        if starts:
            rollback = Verdict(Level.OK, trouble(Text.ROLLBACK_KEPT, found=row.running or ""))
        return PlanLine(
            row.key, row.serial, row.name, row.model, row.hardware, "main", row.running, wanted, verdict, rollback,
            (360, 540) if starts else None, _legs(row, wanted) if starts and wanted else (), (verdict,),
        )  # fmt: skip

    def start(self, plan: SitePlan) -> tuple[str, ...]:
        serials = []
        for planned in plan.runs:
            row = self.rows[planned.key]
            fresh = under_way(row, [PhaseSpan(Phase.PREFLIGHT, self.clock.now(), None, Mark.ENTERED)], 0, 0)
            assert fresh.run is not None
            stages = tuple((leg.component, leg.release.version) for leg in planned.legs)
            run = replace(fresh.run, run=f"run-{next(self._numbers)}", legs=len(stages), stages=stages)
            self.put(replace(fresh, run=run))
            serials.append(planned.serial)
        self.calls.append(("start", tuple(serials)))
        return tuple(serials)

    def stop(self, serial: str) -> None:
        self.calls.append(("stop", serial))
        row = self.rows[serial]
        assert row.run is not None
        self.put(replace(row, run=replace(row.run, stopping=True)))

    def answer(self, serial: str) -> None:
        self.calls.append(("answer", serial))
        row = self.rows[serial]
        assert row.run is not None
        self.put(replace(row, run=replace(row.run, asked=None)))

    def waive(self, serial: str, rule: str, why: str) -> None:
        self.calls.append(("waive", (serial, rule, why)))
        row = self.rows[serial]
        assert row.run is not None
        waiver = Waiver(rule, self.line.actor, why)
        found = tuple(
            replace(one, grade=Grade.WAIVED, waiver=waiver) if one.rule == rule else one for one in row.run.findings
        )
        self.put(replace(row, run=replace(row.run, findings=found)))

    def history(self, model: str = "", serial: str = "") -> Past:
        self.calls.append(("history", (model, serial)))
        return Past((), ())

    def open_runs(self) -> tuple[OpenRun, ...]:
        return self.left_open

    def resume(self, run: str) -> None:
        self.calls.append(("resume", run))
        self.left_open = tuple(one for one in self.left_open if one.run != run)

    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        self._listeners.append(listener)

    def log_lines(self, serial: str) -> tuple[str, ...]:
        self.calls.append(("log_lines", serial))
        return ("10:00:01 preflight: 9 of 9 passed", "10:00:12 transfer: 96.4 MB", "10:05:40 install: slot rootfs.1")

    # -- chargers that no longer boot
    def recovery_ports(self) -> tuple[Port, ...]:
        self.calls.append(("recovery_ports", None))
        return self.bench.ports

    def recovery_models(self) -> tuple[RecoveryModel, ...]:
        return self.bench.models

    def recovery_look(
        self, port: str, profile: str, serial: str
    ) -> Generator[Progress | ManualStep, None, RecoveryPlan]:
        self.calls.append(("recovery_look", (port, profile, serial)))
        try:
            for step in self.bench.steps:
                yield step
                self.bench.answers.wait(5) if isinstance(step, ManualStep) else None
        except GeneratorExit:
            self.calls.append(("recovery_look closed", port))
            raise
        if self.bench.error is not None:
            raise self.bench.error
        assert self.bench.plan is not None
        return self.bench.plan

    def recovery_plan(self, plan: RecoveryPlan, approvals: Sequence[Approval]) -> RecoveryPlan:
        self.calls.append(("recovery_plan", tuple(approvals)))
        ready = Verdict(Level.OK, trouble(Text.RECOVERY_READY, target="x", serial=plan.serial))
        return replace(plan, problems=(ready,), approvals=tuple(approvals))

    def recovery_request(self, plan: RecoveryPlan) -> Request:
        assert plan.release is not None
        asked = Asked(plan.serial, frozenset({plan.release.sha256}), plan.second)
        return Request("1a" * 32, self.line.actor, "ab" * 16, (asked,), self.clock.now())

    def write_recovery_request(self, plan: RecoveryPlan, file: Path) -> None:
        self.calls.append(("write_recovery_request", file))

    def recover(self, plan: RecoveryPlan) -> str:
        self.calls.append(("recover", plan))
        row = next(row for row in self.rows.values() if row.serial == plan.serial)
        began = under_way(row, [PhaseSpan(Phase.PREFLIGHT, self.clock.now(), None, Mark.ENTERED)], 0, 0)
        assert began.run is not None and plan.release is not None
        run = replace(began.run, run=f"run-{next(self._numbers)}", target=plan.release.version)
        self.put(replace(began, run=run))
        return plan.serial

    def recovery_console(self, serial: str) -> tuple[str, ...]:
        return self.bench.console

    def status(self) -> StatusLine:
        return self.line

    def sync_now(self) -> None:
        self.calls.append(("sync_now", None))
        if self.sync_error is not None:
            raise self.sync_error
        self.line = replace(self.line, sync=replace(self.line.sync, pending=0, synced=self.line.sync.pending))

    def firmware(self) -> FirmwareView:
        self.calls.append(("firmware", None))
        return self.shelf

    def firmware_check(self, targets: Sequence[str] = ()) -> Generator[Progress, None, FirmwareView]:
        yield from self._steps("firmware_check", tuple(targets))
        return self.shelf

    def firmware_add(self, file: Path) -> Generator[Progress, None, Added]:
        yield from self._steps("firmware_add", file)
        if self.hand is not None:
            raise self.hand
        row = next(row for row in self.shelf.rows if row.release is not None)
        return Added(row.target, "2.6.0", row.sha256, Checked(NOW), None)

    def firmware_pin(self, target: str, on: bool) -> None:
        self.calls.append(("firmware_pin", (target, on)))
        pinned = tuple(replace(row, pinned=on) if row.target == target else row for row in self.shelf.rows)
        self.shelf = replace(self.shelf, rows=pinned)

    def firmware_clean(self) -> Cleaned:
        self.calls.append(("firmware_clean", None))
        spare = self.shelf.disk.spare
        disk = replace(self.shelf.disk, spare=0, cache=self.shelf.disk.cache - spare)
        self.shelf = replace(self.shelf, disk=disk)
        return Cleaned(("ab" * 32,), spare, True)

    def bundle_export(
        self, path: Path, choice: Choice = EVERYTHING, force: bool = False
    ) -> Generator[Progress, None, Exported]:
        yield from self._steps("bundle_export", path)
        return Exported(path, 96_400_000, ("lab/x.raucb",), (), 1, False)

    def bundle_import(self, path: Path) -> Generator[Progress | ManualStep, None, Imported]:
        yield from self._steps("bundle_import", path)
        return Imported(9, 2, 2, 1, 1, 0)

    def audit_view(self) -> AuditView:
        return self.log.view()

    def audit_check(self) -> AuditView:
        self.calls.append(("audit_check", None))
        return self.log.view()

    def audit_find(self, wanted: Wanted) -> Sequence[int]:
        return self.log.find(wanted)

    def audit_rows(self, numbers: Sequence[int]) -> tuple[AuditRow, ...]:
        self.calls.append(("audit_rows", numbers))
        return self.log.rows(numbers)

    def audit_signed(self, number: int) -> Trouble | None:
        return self.log.bad

    def audit_export(
        self, file: Path, pending_only: bool = False, force: bool = False
    ) -> Generator[Progress, None, ExportedLog]:
        return self.log.export(file, pending_only)

    def audit_receive(self, file: Path) -> ReceivedNote:
        return self.log.receive(file)

    def reports(self) -> tuple[ReportRow, ...]:
        return self.evidence.rows() if self.evidence is not None else ()

    def report_make(
        self, subject: Subject, form: Form | None = None, out: Path | None = None
    ) -> Generator[Progress, None, Made]:
        self.calls.append(("report_make", (subject, form, out)))
        assert self.evidence is not None
        return self.evidence.make(subject, form, out)

    def report_verify(self, file: Path, roots: Sequence[str] = ()) -> EvidenceVerdict:
        assert self.evidence is not None
        return self.evidence.verify(file, roots)

    def report_preview(self, subject: Subject, form: Form | None = None) -> Generator[Progress, None, Preview]:
        self.calls.append(("report_preview", (subject, form)))
        assert self.evidence is not None
        return self.evidence.preview(subject, form)

    def _steps(self, name: str, given: object) -> Generator[Progress, None, None]:
        self.calls.append((name, given))
        try:
            for at in range(1, 4):
                yield Progress(at * 10 * MB, 40 * MB, "lab/citypost-5.1.3.swu")
                self.step_on.wait(5)
        except GeneratorExit:
            self.calls.append((f"{name} closed", given))
            raise

    def ask_pins(self, ask: Callable[[str], str]) -> None:
        self.ask_pin = ask

    def trust_roots(self) -> tuple[TrustRoot, ...]:
        return tuple(self.roots)

    def trust_add(self, root: Path, fingerprint: str, director: bool = False) -> TrustRoot:
        self.calls.append(("trust_add", (root, fingerprint)))
        if fingerprint != ROOT_FINGERPRINT:
            raise FirmwareError(Text.FINGERPRINT_BAD, fingerprint=fingerprint)
        self.roots.append(TrustRoot(fingerprint, 3, NOW + timedelta(days=300), 3, 2))
        return self.roots[-1]

    def trust_pin(self, serial: str, fingerprint: str) -> None:
        self.calls.append(("trust_pin", (serial, fingerprint)))
        if not fingerprint.startswith("SHA256:"):
            raise UsageError(Text.FINGERPRINT_BAD, fingerprint=fingerprint)

    def site_import(self, file: Path) -> Site:
        self.calls.append(("site_import", file))
        return Site("depot", "Depot Rotterdam Zuid", ())

    def secret_set(self, serial: str, secret: str) -> None:
        self.calls.append(("secret_set", serial))

    def settings(self) -> tuple[SettingView, ...]:
        return tuple(self.views.values())

    def set_setting(self, name: str, value: str) -> None:
        self.calls.append(("set_setting", (name, value)))
        view = self.views[name]
        if view.allowed and value not in view.allowed:
            raise UsageError(Text.SETTING_BAD, name=name, value=value, allowed=", ".join(view.allowed))
        self.views[name] = replace(view, value=value)

    def doctor(self) -> tuple[DoctorLine, ...]:
        self.calls.append(("doctor", None))
        return self.findings

    def close(self) -> None:
        self.calls.append(("close", None))
