"""The composition root: every service of one data folder, built once. No Qt, no globals."""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from fieldtool.app.approval_files import approval_of, write_request
from fieldtool.app.audit_watch import AuditWatch
from fieldtool.app.audits import AuditRow, Audits, AuditView, ExportedLog, ReceivedNote
from fieldtool.app.bundles import Bundles
from fieldtool.app.cache import Firmware
from fieldtool.app.doctor import examine
from fieldtool.app.drivers import Drivers
from fieldtool.app.engines import Engines
from fieldtool.app.enrolment import Enrolment
from fieldtool.app.firmware import Added, Cleaned, FirmwareView
from fieldtool.app.fleet import PlanLines, candidate, rows
from fieldtool.app.keys import KeyState, Rolled, key_state, roll_key, terminal_pin, use_token
from fieldtool.app.laptop import disk_level, laptop
from fieldtool.app.open_runs import open_run
from fieldtool.app.outlook import Outlook
from fieldtool.app.recovery import ByKind, Recoverers, Recoveries, RecoveryModel, RecoveryPlan, entry_of
from fieldtool.app.reports import Form, Made, Preview, ReportRow, Reports, Subject, why_not
from fieldtool.app.rights import LaptopRights
from fieldtool.app.runs import Runs
from fieldtool.app.secrets import ChargerCredentials, secret_name
from fieldtool.app.sites import Sites
from fieldtool.app.sources import catalogue_sources
from fieldtool.app.upkeep import Upkeep
from fieldtool.app.views import (
    DoctorLine,
    Fleet,
    LaptopState,
    OpenRun,
    Past,
    PlanLine,
    SettingView,
    SitePlan,
    StatusLine,
    TrustRoot,
)
from fieldtool.app.words import log_words
from fieldtool.audit.actor import Actor
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.listing import Wanted
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event as AuditEvent
from fieldtool.core.addresses import parse_address
from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import FieldtoolError, RefusedError, Trouble, UsageError
from fieldtool.core.model import EMPTY, Site, normal_serial
from fieldtool.core.rights import WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.mdns import Browser
from fieldtool.discovery.profiles import load_profiles
from fieldtool.discovery.roster import Roster
from fieldtool.discovery.serial_ports import Port, PortScanner, diagnosed, ports
from fieldtool.firmware.bundle_facts import EVERYTHING, Choice, Exported, Imported, Inspection
from fieldtool.firmware.repository import Catalogue
from fieldtool.firmware.roots import accept_director, accept_root, roots
from fieldtool.report.verify import Verdict
from fieldtool.settings import Settings
from fieldtool.store.database import Store
from fieldtool.store.keystore import keystore
from fieldtool.sync.client import CentralAddress, SyncClient
from fieldtool.sync.loop import SyncLoop
from fieldtool.sync.outbox import Outbox
from fieldtool.trusted_time import Confidence, TrustedTime
from fieldtool.update.approval import Approval, Request
from fieldtool.update.backups import Backups
from fieldtool.update.history import History
from fieldtool.update.job import Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.plan import NEWEST, Aim, site_plan
from fieldtool.update.preflight import Level
from fieldtool.update.rights import Act, may_override
from fieldtool.update.run import Ending, Override
from fieldtool.update.validation import RULES, Waiver

LOG = logging.getLogger(__name__)
NEWEST_RUNS = 20  # of the history that are shown


class App:
    """Serves `FieldApp` from the real services. Thread-safe; close it."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        """Open the data folder. StorageError when the database cannot be opened, UsageError for damaged keys."""
        self.folder = folder
        self.clock = clock or SystemClock()
        self.store = Store.open(folder)
        self.keystore = keystore(folder)
        self.settings_store = Settings(self.store)
        self.time = TrustedTime(self.store, self.clock)
        self.actor = Actor(self.keystore)
        self.keys = LaptopKey(self.keystore, terminal_pin)
        self.audit = AuditLog(self.store, self.keys, self.time, self.actor)
        self.watch = AuditWatch(self.store, self.audit, self.clock)
        self.catalogue = Catalogue(
            folder, self.store, self.time, self.clock, self.audit.key_id, lambda: self.cache.held(),
            lambda url: self.central.headers(url),
        )  # fmt: skip
        self.bundles = Bundles(folder, self.store, self.time, self.catalogue)
        self.outbox = Outbox(self.store, self.audit)
        self.audits = Audits(
            self.store, self.audit, self.watch, self.actor, self.time, self.outbox,
            lambda: self.settings_store.get("central.key"),
        )  # fmt: skip
        self.central = SyncClient(self.audit, self._central, self.time.settled, self.outbox, self.clock)
        self.enrolment = Enrolment(self.settings_store, self.audit, self.central)
        self.loop = SyncLoop(self.central, self.audit, self.clock, self.outbox)
        self.journal = Journal(self.store, self.audit)
        self.rights = LaptopRights(self.store, self.catalogue, self.audit, self.time, self.journal, self.actor.name)
        self.past = History(self.store)
        self.backups = Backups(folder / "settings", self.keystore)
        self.board = Board(self.clock)
        self._lock = Lock()
        self.drivers = Drivers()
        self.profiles = load_profiles(folder)
        self.sites = Sites(
            self.store, self.audit, self.catalogue, self.time, self.clock, self.profiles,
            lambda site: self.roster.use_site(site),
        )  # fmt: skip
        self.roster = Roster(
            self.clock,
            self.drivers,
            self.profiles,
            self.sites.site,
            self._credentials,
            (Browser(self.clock, self._interfaces()), PortScanner(self.clock)),
            busy=lambda serial: self.runs.busy(serial),
        )
        self.cache = Firmware(
            self.store, self.catalogue, self.journal, self.time, self.site, self.roster.entries, self.profiles
        )
        self.evidence = Reports(
            folder, self.store, self.journal, self.audit, self.catalogue, self.time, self.site,
            self.keystore.throw_away, lambda serial: why_not(self.fleet().rows, serial),
        )  # fmt: skip
        soak = float(self.settings_store.get("validate.soak_seconds"))
        self.outlook = Outlook(
            folder, self.catalogue, self.journal, self.past, self.rights, self.drivers.formats,
            lambda: self.sites.rules, soak,
        )  # fmt: skip
        engines = Engines(
            self.drivers, self._locate, self._credentials, self.journal, self.board, self.clock,
            lambda: laptop(folder), lambda: self.sites.rules, self.backups, self._versions, soak,
        )  # fmt: skip
        self.recoverers = Recoverers()
        self.recoveries = Recoveries(
            self.recoverers, self.profiles, self.catalogue, self.rights.of, self.journal, self.audit, self.clock,
            self.site, lambda serial: entry_of(self.roster.entries(), serial), lambda: laptop(folder), self.actor.name,
        )  # fmt: skip
        self.recovery_engine = engines.recovery(
            self.recoverers, self.profiles.profile, self.recoveries.rights, self.catalogue.recovery_releases
        )
        self.runs = Runs(
            ByKind(engines.update(self.rights.of, lambda: self.outlook.releases), self.recovery_engine),
            self.journal,
            self.board,
            self.clock,
            folder,
            int(self.settings_store.get("update.at_once")),
            self.catalogue.image,
            lambda release: self.catalogue.image_of_open_run(release.target, release.sha256),
            self.actor.name,
            self.catalogue.image_for_recovery,
        )
        self.upkeep = Upkeep(
            self.clock, self.refresh, self.time, self.watch, self.roster, self.board, self.runs, self.past,
            self.backups, lambda: int(self.settings_store.get("backup.days")),
        )  # fmt: skip
        self._fleet: tuple[object, Fleet] | None = None
        self._lines = PlanLines()
        self._ended: list[Callable[[Ending], None]] = []
        self.runs.on_ended(self._on_run_ended)

    # -- chargers -----------------------------------------------------------------------------------------------------

    def fleet(self) -> Fleet:
        entries, runs, look = self.roster.entries(), self.board.runs(), self.outlook
        with self._lock:
            key = (entries, self.board.version, look.supply, look.laptop, tuple(look.open), len(self.sites.pins))
            if self._fleet is not None and self._fleet[0] == key and self._fleet[1].scanning == self.roster.scanning:
                return self._fleet[1]
            waiting = {serial for serial in look.open if not self.runs.busy(serial)}
            made = rows(
                entries, runs, waiting, look.supply, look.laptop, self.clock.now(), self.sites.pins, self._lines
            )
            fleet = Fleet(made, self.roster.scanning, self.roster.scanned, self.roster.problem, runs)
            self._fleet = (key, fleet)
            return fleet

    def start_discovery(self) -> None:
        self.roster.start()
        if not self.upkeep.running:
            self.upkeep.start()
            self.loop.start()

    def scan(self) -> None:
        self.roster.scan()

    def add_address(self, address: str) -> None:
        self.roster.add(parse_address(address))

    # -- plan and run -------------------------------------------------------------------------------------------------

    def plan(
        self,
        keys: Sequence[str],
        aim: Aim = NEWEST,
        overrides: Mapping[str, str] = EMPTY,
        waivers: Mapping[str, str] = EMPTY,
        approvals: Sequence[Approval] = (),
    ) -> SitePlan:
        self.refresh()
        for rule in waivers:
            if rule not in RULES:
                raise UsageError(Text.RULE_UNKNOWN, rule=rule, known=", ".join(RULES))
        who = self.actor.name
        return site_plan(
            (candidate(entry, set(self.outlook.open)) for entry in self.roster.entries()),
            keys,
            replace(self.outlook.supply, rights=self.rights.fresh()),
            self.outlook.laptop,
            self.clock.now(),
            aim,
            tuple(Override(problem, who, why) for problem, why in overrides.items()),
            tuple(Waiver(rule, who, why) for rule, why in waivers.items()),
            tuple(approvals),
        )

    def approval_request(self, plan: SitePlan) -> Request:
        return self.rights.request(plan)

    def approvers(self) -> tuple[str, ...]:
        return self.rights.approvers()

    def approve(self, request: Request, actor: str, pin: str) -> Approval:
        return self.rights.approve(request, actor, pin)

    def approval_of(self, file: Path) -> Approval:
        return approval_of(file)

    def write_request(self, plan: SitePlan, file: Path) -> None:
        write_request(self.approval_request(plan), file, replace=True)

    def start(self, plan: SitePlan) -> tuple[str, ...]:
        self.audit.ready()
        self.watch.gate()
        for planned in plan.runs:
            self.runs.start(planned)
        return tuple(planned.serial for planned in plan.runs)

    def recover(self, plan: RecoveryPlan) -> str:
        """(slow) Begin to bring a charger back, in a worker thread. Returns its serial. RefusedError; audited."""
        return self.recoveries.start(plan, self.runs)

    def recovery_ports(self) -> tuple[Port, ...]:
        return diagnosed(ports())

    def recovery_models(self) -> tuple[RecoveryModel, ...]:
        return self.recoveries.models()

    def recovery_look(
        self, port: str, profile: str, serial: str
    ) -> Generator[Progress | ManualStep, None, RecoveryPlan]:
        plan = yield from self.recoveries.find(port, profile, serial)
        if not plan.starts and not plan.only_unapproved:
            self.recoveries.record_refusal(plan)
        return plan

    def recovery_plan(self, plan: RecoveryPlan, approvals: Sequence[Approval]) -> RecoveryPlan:
        return self.recoveries.again(plan, approvals)

    def recovery_request(self, plan: RecoveryPlan) -> Request:
        return self.recoveries.request(plan)

    def write_recovery_request(self, plan: RecoveryPlan, file: Path) -> None:
        write_request(self.recoveries.request(plan), file, replace=True)

    def recovery_console(self, serial: str) -> tuple[str, ...]:
        return self.recoveries.console() or self.recovery_engine.console(serial)

    def answer(self, serial: str) -> None:
        self.runs.answer(serial)

    def waive(self, serial: str, rule: str, why: str) -> None:
        self._may_waive(serial)
        self.runs.waive(serial, rule, why)

    def history(self, model: str = "", serial: str = "") -> Past:
        return Past(
            self.past.statistics(model or None, serial or None),
            self.past.newest(NEWEST_RUNS, model or None, serial or None),
        )

    def stop(self, serial: str) -> None:
        self.runs.stop(serial)

    def open_runs(self) -> tuple[OpenRun, ...]:
        return tuple(
            open_run(head, self.journal.records(head.run))
            for head in self.journal.open_runs()
            if not self.runs.busy(head.serial)
        )

    def resume(self, run: str) -> None:
        self.audit.ready()
        self.runs.resume(run)

    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        self._ended.append(listener)

    def log_lines(self, serial: str) -> tuple[str, ...]:
        run = self.journal.newest_run(serial)
        return () if run is None else log_words(self.journal.records(run))

    # -- status -------------------------------------------------------------------------------------------------------

    def status(self) -> StatusLine:
        reading = self.time.reading()
        clock = Level.WARN if reading.confidence is Confidence.BEHIND else Level.OK
        state = self.outlook.laptop
        return StatusLine(
            catalogue=self.outlook.catalogue,
            sync=self.loop.state(),
            laptop=LaptopState(
                state.battery, state.on_mains, state.free_disk, clock, reading.note, disk_level(state.free_disk)
            ),
            actor=self.actor.name,
            throw_away=self.keystore.throw_away,
            site=self.sites.name,
            audit=self.watch.trouble(),
        )

    def sync_now(self) -> None:
        """Both ways, each tried even when the other fails; the first error is raised."""
        errors: list[FieldtoolError] = []
        source, director = catalogue_sources(self.settings_store)
        steps: list[Callable[[], object]] = [self._push] if self.settings_store.get("central.url") else []
        if source:
            steps += [
                lambda: self.catalogue.sync(source, director),
                self.sites.use_due,
            ]
        if not steps:
            raise UsageError(Text.NOTHING_TO_SYNC)
        for step in steps:
            try:
                step()
            except FieldtoolError as error:
                errors.append(error)
        self.refresh()
        if errors:
            raise errors[0]

    # -- firmware on this laptop ---------------------------------------------------------------------------------------

    def firmware(self) -> FirmwareView:
        return self.cache.view()

    def firmware_check(self, targets: Sequence[str] = ()) -> Generator[Progress, None, FirmwareView]:
        return self.cache.check(targets)

    def firmware_add(self, file: Path) -> Generator[Progress, None, Added]:
        added = yield from self.cache.add(file)
        self.refresh()
        return added

    def firmware_pin(self, target: str, on: bool) -> None:
        self.cache.pin(target, on)

    def firmware_clean(self) -> Cleaned:
        return self.cache.clean()

    # -- audit log ----------------------------------------------------------------------------------------------------

    def audit_view(self) -> AuditView:
        return self.audits.view()

    def audit_check(self) -> AuditView:
        return self.audits.check()

    def audit_find(self, wanted: Wanted) -> Sequence[int]:
        return self.audits.find(wanted)

    def audit_rows(self, numbers: Sequence[int]) -> tuple[AuditRow, ...]:
        return self.audits.rows(numbers)

    def audit_signed(self, number: int) -> Trouble | None:
        return self.audits.signed(number)

    def audit_export(
        self, file: Path, pending_only: bool = False, force: bool = False
    ) -> Generator[Progress, None, ExportedLog]:
        return self.audits.export(file, pending_only=pending_only, force=force)

    def audit_receive(self, file: Path) -> ReceivedNote:
        return self.audits.receive(file)

    # -- bundles ------------------------------------------------------------------------------------------------------

    def bundle_export(
        self, path: Path, choice: Choice = EVERYTHING, force: bool = False
    ) -> Generator[Progress, None, Exported]:
        return self.bundles.export(path, choice, force)

    def bundle_import(self, path: Path) -> Generator[Progress | ManualStep, None, Imported]:
        imported = yield from self.bundles.take(path)
        self.sites.use_due()
        self.refresh()
        return imported

    def bundle_inspect(self, path: Path) -> Generator[Progress, None, Inspection]:
        return self.bundles.inspect(path)

    # -- evidence -----------------------------------------------------------------------------------------------------

    def reports(self) -> tuple[ReportRow, ...]:
        return self.evidence.rows()

    def report_make(
        self, subject: Subject, form: Form | None = None, out: Path | None = None
    ) -> Generator[Progress, None, Made]:
        return self.evidence.make(subject, form, out)

    def report_verify(self, file: Path, roots: Sequence[str] = ()) -> Verdict:
        return self.evidence.verify(file, roots)

    def report_preview(self, subject: Subject, form: Form | None = None) -> Generator[Progress, None, Preview]:
        return self.evidence.preview(subject, form)

    # -- settings -----------------------------------------------------------------------------------------------------

    def trust_roots(self) -> tuple[TrustRoot, ...]:
        return roots(self.folder)

    def trust_add(self, root: Path, fingerprint: str, director: bool = False) -> TrustRoot:
        self.audit.ready()  # nothing is trusted without a record of it
        at = self.time.reading().at
        if director:
            accepted = accept_director(self.folder, self.store, root, fingerprint, at)
        else:
            accepted = accept_root(self.folder, root, fingerprint, at)
        event = "director-accepted" if director else "root-accepted"
        self.audit.record(AuditEvent(event, seen={"fingerprint": accepted.fingerprint}))
        self.refresh()
        return accepted

    def trust_pin(self, serial: str, fingerprint: str) -> None:
        self.sites.pin(serial, fingerprint)

    def site_import(self, file: Path) -> Site:
        return self.sites.take(file)

    def orders(self) -> tuple[WorkOrder, ...]:
        """(slow) The work orders that hold now, newest first; none where fieldtool stands alone. FirmwareError."""
        return self.sites.orders()

    def site_use(self, order: str) -> Site:
        """(slow) Work on the site of this order: its chargers are expected, its pins count. UsageError(ORDER_UNKNOWN).

        `order`: its id, or "site/id". A sync does it by itself when only one order holds.
        """
        return self.sites.use(order)

    def secret_set(self, serial: str, secret: str) -> None:
        self.keystore.put(secret_name(serial), secret)
        self.roster.refresh(serial)

    def secret_remove(self, serial: str) -> None:
        self.keystore.remove(secret_name(serial))

    def settings(self) -> tuple[SettingView, ...]:
        return tuple(
            SettingView(setting.name, self.settings_store.get(setting.name), setting.allowed, setting.title)
            for setting in self.settings_store.known()
        )

    def set_setting(self, name: str, value: str) -> None:
        self.settings_store.set(name, value)

    def doctor(self) -> tuple[DoctorLine, ...]:
        return examine(self)

    def site(self) -> Site | None:
        return self.sites.site

    def pinned(self) -> Mapping[str, str]:
        """Normal serial -> fingerprint of every pinned charger."""
        return self.sites.pins

    def audit_key(self) -> str:
        """This laptop's public key, PEM. Makes it, and opens the log, on first use."""
        if self.audit.public_key() is None:
            self.audit.record(AuditEvent("key-shown"))
        return self.audit.public_key() or ""

    def key_state(self) -> KeyState:
        return key_state(self.audit, self.keys)

    def key_roll(self, *, leave_token: bool = False) -> Rolled:
        return roll_key(self.audit, leave_token=leave_token)

    def key_use(self, uri: str, *, make: bool = False) -> Rolled:
        return use_token(self.audit, self.keys, uri, make=make)

    def ask_pins(self, ask: Callable[[str], str]) -> None:
        self.keys.ask_pin = ask

    def record_refusal(self, line: PlanLine) -> None:
        """Somebody asked for an update that planning refused: that stands in the audit log too."""
        reason = line.verdict.reason
        seen = {"trouble": reason.text.name, "words": self.audit.words(reason), "found": line.found or ""}
        sha256 = line.release.sha256 if line.release is not None else ""
        event = AuditEvent("update-refused", line.serial, line.component, seen=seen, fw_sha256=sha256)
        self.audit.record(event)

    def close(self) -> None:
        """Stop discovery and sync; every run is left where the journal can take it up."""
        self.upkeep.tell_to_stop()
        self.runs.close()
        self.roster.close()
        self.loop.stop()
        self.upkeep.join()
        self.keys.close()
        self.store.close()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _central(self) -> CentralAddress | None:
        url = self.settings_store.get("central.url")
        return CentralAddress(url, self.settings_store.get("central.key")) if url else None

    def _push(self) -> None:
        if self.audit.log_id() is not None:
            self.audit.ready()  # requests are signed: a token may ask for its PIN
        self.loop.push()

    def _interfaces(self) -> tuple[str, ...] | None:
        return ("127.0.0.1",) if self.settings_store.get("network") == "loopback" else None

    def _credentials(self, serial: str) -> ChargerCredentials:
        return ChargerCredentials(serial, self.keystore, lambda: self.sites.pins)

    def _locate(self, serial: str, component: str) -> Place:
        return Place(*self.roster.locate(serial, component))

    def _versions(self, serial: str) -> Mapping[str, str]:
        """What discovery read last of all components of a charger."""
        normal = normal_serial(serial)
        entry = next((one for one in self.roster.entries() if normal_serial(one.serial) == normal), None)
        return entry.found.identity.versions if entry is not None and entry.found is not None else EMPTY

    def _may_waive(self, serial: str) -> None:
        """The engine asks the same before the waiver counts; here it is said at once."""
        state = self.board.of(serial)
        head = self.journal.head(state.run) if state is not None else None
        if state is None or head is None:
            return
        leg = head.legs[state.leg]
        rights = replace(self.rights.of(serial, head.run), approvals=head.approvals)
        trouble = may_override(rights, Act(serial, leg.hardware, leg.release))
        if trouble is not None:
            raise RefusedError(trouble.text, **dict(trouble.params))

    def refresh(self) -> None:
        """(slow) Read anew what the list and the status bar show: catalogue, laptop, open runs."""
        put = self.outlook.refresh(self.roster.entries())
        with self._lock:  # the window's thread takes it every 50 ms: nothing slow in here
            put()

    def _on_run_ended(self, ending: Ending) -> None:
        try:
            self.refresh()
        except FieldtoolError as error:
            LOG.warning("after the run on %s: %s", ending.serial, error.what)
        self.loop.now()
        self.roster.refresh(ending.serial)
        for listener in self._ended:
            listener(ending)
