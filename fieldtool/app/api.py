"""What screens and commands may ask for. `App` serves it from the real services; tests of the window from memory."""

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fieldtool.app.audits import AuditRow, AuditView, ExportedLog, ReceivedNote
from fieldtool.app.firmware import Added, Cleaned, FirmwareView
from fieldtool.app.recovery import RecoveryModel, RecoveryPlan
from fieldtool.app.reports import Form, Made, Preview, ReportRow, Subject
from fieldtool.app.views import (
    DoctorLine,
    Fleet,
    OpenRun,
    Past,
    SettingView,
    SitePlan,
    StatusLine,
    TrustRoot,
)
from fieldtool.audit.listing import Wanted
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import Trouble
from fieldtool.core.model import EMPTY, Site
from fieldtool.discovery.serial_ports import Port
from fieldtool.firmware.bundle_facts import EVERYTHING, Choice, Exported, Imported
from fieldtool.report.verify import Verdict
from fieldtool.update.approval import Approval, Request
from fieldtool.update.plan import NEWEST, Aim
from fieldtool.update.run import Ending


class FieldApp(Protocol):
    """Calls marked (slow) do I/O: the window makes them through `Background`. All others only read memory.

    All raise FieldtoolError with a `Text`; nothing else is expected to escape.
    """

    # -- chargers
    def fleet(self) -> Fleet:
        """Newest state of everything; cheap, called every 50 ms."""
        ...

    def start_discovery(self) -> None:
        """Begin to browse and probe in the background. Safe to repeat."""
        ...

    def scan(self) -> None:
        """Look again now: re-probe all entries."""
        ...

    def add_address(self, address: str) -> None:
        """(slow) A manual address; the row appears at once. UsageError(ADDRESS_BAD)."""
        ...

    # -- plan and run
    def plan(
        self,
        keys: Sequence[str],
        aim: Aim = NEWEST,
        overrides: Mapping[str, str] = EMPTY,
        waivers: Mapping[str, str] = EMPTY,
        approvals: Sequence[Approval] = (),
    ) -> SitePlan:
        """(slow) What an update of these chargers would do. Unselected and blocked ones stay in it, with the reason.

        `overrides`: name of a problem -> why it is passed over; `waivers`: name of a rule of validation -> why it may
        fail. Only where the site lets somebody decide so: RefusedError(OVERRIDE_NOT_ALLOWED). `approvals`: of second
        persons, for what one alone may not do.
        """
        ...

    def approval_request(self, plan: SitePlan) -> Request:
        """(slow) What a second person must agree to before this plan can start. UsageError(APPROVAL_NOT_NEEDED)."""
        ...

    def approvers(self) -> tuple[str, ...]:
        """(slow) Names of those who may agree on this laptop, with a PIN."""
        ...

    def approve(self, request: Request, actor: str, pin: str) -> Approval:
        """(slow) The second person's PIN, typed here; then plan again with it. Audited.

        RefusedError(APPROVAL_PIN_WRONG, APPROVAL_LOCKED, APPROVAL_WITHOUT_GRANT).
        """
        ...

    def approval_of(self, file: Path) -> Approval:
        """(slow) What a second person signed on another laptop. RefusedError(APPROVAL_BAD), UsageError."""
        ...

    def write_request(self, plan: SitePlan, file: Path) -> None:
        """(slow) What a second person is to look at and sign on another laptop. UsageError(FILE_UNWRITABLE)."""
        ...

    def start(self, plan: SitePlan) -> tuple[str, ...]:
        """(slow) Begin a run for every line that starts; one worker thread each. Returns the serials."""
        ...

    def stop(self, serial: str) -> None:
        """Cancel while the charger is untouched, later "stop after this step"."""
        ...

    def answer(self, serial: str) -> None:
        """The manual step that this charger's run asks for (`RunState.asked`) is done, says the technician."""
        ...

    def waive(self, serial: str, rule: str, why: str) -> None:
        """A rule of validation that fails now may fail, where release and site let somebody say so. Audited."""
        ...

    def history(self, model: str = "", serial: str = "") -> Past:
        """(slow) What earlier runs tell: numbers per model and version, and the newest runs."""
        ...

    def open_runs(self) -> tuple[OpenRun, ...]:
        """(slow) Runs that a crash, a power cut or a silent charger left open."""
        ...

    def resume(self, run: str) -> None:
        """(slow) Go on with an open run, in a worker thread."""
        ...

    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        """`listener` is called in the worker's thread when a run ends or begins to wait."""
        ...

    def log_lines(self, serial: str) -> tuple[str, ...]:
        """(slow) The journal of the charger's newest run, a line each, in words."""
        ...

    # -- chargers that no longer boot
    def recovery_ports(self) -> tuple[Port, ...]:
        """(slow) Serial ports of this laptop, and what is wrong with each. Opens none."""
        ...

    def recovery_models(self) -> tuple[RecoveryModel, ...]:
        """Models that can be brought back from here."""
        ...

    def recovery_look(
        self, port: str, profile: str, serial: str
    ) -> Generator[Progress | ManualStep, None, RecoveryPlan]:
        """(slow) Into the bootloader at this port, who it is, and what would be written. Writes nothing.

        `profile`, `serial`: "" = as order, site file or the bootloader say. Close it to stop. FieldtoolError.
        """
        ...

    def recovery_plan(self, plan: RecoveryPlan, approvals: Sequence[Approval]) -> RecoveryPlan:
        """(slow) The same charger judged anew, with what second persons agreed to."""
        ...

    def recovery_request(self, plan: RecoveryPlan) -> Request:
        """(slow) What a second person must agree to before it can start. UsageError(APPROVAL_NOT_NEEDED)."""
        ...

    def write_recovery_request(self, plan: RecoveryPlan, file: Path) -> None:
        """(slow) The same as a file, to sign on another laptop. UsageError(FILE_UNWRITABLE)."""
        ...

    def recover(self, plan: RecoveryPlan) -> str:
        """(slow) Begin, in a worker thread. Returns the serial. RefusedError with what speaks against it."""
        ...

    def recovery_console(self, serial: str) -> tuple[str, ...]:
        """The newest lines of the serial console that is open now; `serial`: "" while the charger is looked at."""
        ...

    # -- status
    def status(self) -> StatusLine: ...

    def sync_now(self) -> None:
        """(slow) Push audit records, pull the catalogue. SyncError, FirmwareError."""
        ...

    # -- firmware
    def firmware(self) -> FirmwareView:
        """(slow) All releases, what the site needs of them, and the disk. Reads no image."""
        ...

    def firmware_check(self, targets: Sequence[str] = ()) -> Generator[Progress, None, FirmwareView]:
        """(slow) Read these files, or all: hash, and the maker's own signature."""
        ...

    def firmware_add(self, file: Path) -> Generator[Progress, None, Added]:
        """(slow) A file in hand enters the cache, if the catalogue names exactly it. FirmwareError(HAND_...)."""
        ...

    def firmware_pin(self, target: str, on: bool) -> None:
        """(slow) Keep this file, or keep it no longer."""
        ...

    def firmware_clean(self) -> Cleaned:
        """(slow) Remove the files that nobody needs."""
        ...

    def bundle_export(
        self, path: Path, choice: Choice = EVERYTHING, force: bool = False
    ) -> Generator[Progress, None, Exported]:
        """(slow) Write the catalogue and its files into a bundle; `force`: also over a file that is there."""
        ...

    def bundle_import(self, path: Path) -> Generator[Progress | ManualStep, None, Imported]:
        """(slow) Take over what a bundle brings, under the rules of a sync."""
        ...

    # -- audit log
    def audit_view(self) -> AuditView:
        """(slow) How long the log is, what central confirmed, and what the last look at it found."""
        ...

    def audit_check(self) -> AuditView:
        """(slow) Look at every record now."""
        ...

    def audit_find(self, wanted: Wanted) -> Sequence[int]:
        """(slow) Numbers of the records that fit, newest first."""
        ...

    def audit_rows(self, numbers: Sequence[int]) -> tuple[AuditRow, ...]:
        """(slow) These records, at most `listing.MOST`."""
        ...

    def audit_signed(self, number: int) -> Trouble | None:
        """(slow) What is wrong with the signature of this record; None: nothing."""
        ...

    def audit_export(
        self, file: Path, pending_only: bool = False, force: bool = False
    ) -> Generator[Progress, None, ExportedLog]:
        """(slow) The records, or those that central has not confirmed, into a file for central or an auditor."""
        ...

    def audit_receive(self, file: Path) -> ReceivedNote:
        """(slow) Central's answer to an export. SyncError: it does not hold, and all stays pending."""
        ...

    # -- evidence
    def reports(self) -> tuple[ReportRow, ...]:
        """(slow) The newest runs, and what evidence there is of each."""
        ...

    def report_make(
        self, subject: Subject, form: Form | None = None, out: Path | None = None
    ) -> Generator[Progress, None, Made]:
        """(slow) Sign evidence of a run or a visit, draw its PDF, keep both in the data folder, queue it for central.

        `out`: a folder that gets a copy. UsageError(EVIDENCE_...), StorageError, AuditError.
        """
        ...

    def report_verify(self, file: Path, roots: Sequence[str] = ()) -> Verdict:
        """(slow) Does this JSON or PDF hold? `roots`: fingerprints that are trusted; none: this laptop's own.

        AuditError(EVIDENCE_ALTERED) names the place; UsageError.
        """
        ...

    def report_preview(self, subject: Subject, form: Form | None = None) -> Generator[Progress, None, Preview]:
        """(slow) What would be signed, and its pages as they would be drawn now. Nothing is signed or recorded."""
        ...

    # -- settings
    def trust_roots(self) -> tuple[TrustRoot, ...]:
        """(slow)"""
        ...

    def trust_add(self, root: Path, fingerprint: str, director: bool = False) -> TrustRoot:
        """(slow) Accept a root whose SHA-256 is `fingerprint`, as typed. FirmwareError otherwise.

        `director`: of the director repository. There is no way back: both repositories must agree from then on.
        """
        ...

    def trust_pin(self, serial: str, fingerprint: str) -> None:
        """(slow) Expect this host key of the charger from now on. Audited."""
        ...

    def site_import(self, file: Path) -> Site:
        """(slow) UsageError(SITE_FILE_BAD) says which field; nothing is imported then."""
        ...

    def secret_set(self, serial: str, secret: str) -> None:
        """(slow) Store a password, or the text of an OpenSSH private key, in the keystore."""
        ...

    def settings(self) -> tuple[SettingView, ...]:
        """(slow)"""
        ...

    def set_setting(self, name: str, value: str) -> None:
        """(slow) UsageError(SETTING_UNKNOWN, SETTING_BAD)."""
        ...

    def doctor(self) -> tuple[DoctorLine, ...]:
        """(slow) Self-test: data folder, root, keystore, catalogue, network, multicast, power, display."""
        ...

    def ask_pins(self, ask: Callable[[str], str]) -> None:
        """From now on `ask(label of a token)` is called for a PIN, in the thread that signs. It may block."""
        ...

    def close(self) -> None:
        """Stop discovery and sync; wait until every run has reached a place from which it resumes."""
        ...
