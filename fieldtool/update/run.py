"""The rules of an update. Pure: this module decides, the engine does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldtool.core.driver import Can, ManualStep
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Health, Link, Observed, Release, same_serial
from fieldtool.core.profile import MAIN
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.validation import Finding, Waiver


class Phase(StrEnum):
    PREFLIGHT, BACKUP, TRANSFER, VERIFY = "preflight", "backup", "transfer", "verify"
    INSTALL, RESTART, CONFIGURE, VALIDATE = "install", "restart", "configure", "validate"
    CONFIRM, ROLL_BACK = "confirm", "roll_back"
    # of a recovery, beside PREFLIGHT, VALIDATE and CONFIRM
    CONNECT, IDENTIFY, FIT = "connect", "identify", "fit"
    WRITE, READ_BACK, START = "write", "read_back", "start"
    # terminal
    DONE, ROLLED_BACK, REFUSED, ABANDONED, STUCK = "done", "rolled_back", "refused", "abandoned", "stuck"
    RECOVERED = "recovered"


NEXT: Mapping[Phase, tuple[Phase, Phase]] = {  # phase: (it worked, it did not)
    Phase.PREFLIGHT: (Phase.BACKUP, Phase.REFUSED),
    Phase.BACKUP: (Phase.TRANSFER, Phase.ABANDONED),
    Phase.TRANSFER: (Phase.VERIFY, Phase.ABANDONED),
    Phase.VERIFY: (Phase.INSTALL, Phase.ABANDONED),
    Phase.INSTALL: (Phase.RESTART, Phase.ROLL_BACK),
    Phase.RESTART: (Phase.VALIDATE, Phase.ROLL_BACK),
    Phase.CONFIGURE: (Phase.VALIDATE, Phase.ROLL_BACK),  # entered where the settings are not what they should be
    Phase.VALIDATE: (Phase.CONFIRM, Phase.ROLL_BACK),
    Phase.CONFIRM: (Phase.DONE, Phase.ROLL_BACK),
    Phase.ROLL_BACK: (Phase.ROLLED_BACK, Phase.STUCK),
}
UNTOUCHED = frozenset({Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY})
RECOVERING = frozenset({Phase.CONNECT, Phase.IDENTIFY, Phase.FIT, Phase.WRITE, Phase.READ_BACK, Phase.START})
"""Steps of a recovery, which `recovery_rules.py` orders."""
TOUCHES = RECOVERING | {
    Phase.TRANSFER, Phase.INSTALL, Phase.RESTART, Phase.CONFIGURE, Phase.VALIDATE, Phase.CONFIRM, Phase.ROLL_BACK,
}  # fmt: skip
"""VALIDATE gives the charger back to its users; a recovery speaks to the charger from CONNECT on."""
TERMINAL = frozenset(Phase) - NEXT.keys() - RECOVERING

# What is tried again after the charger said no: (the phase that does it, how many tries in all). Everything else is
# final at once. A lost line is another matter: `Limits.tries` in a row without progress.
RETRY: Mapping[Text, tuple[Phase, int]] = {
    Text.TRANSFER_CORRUPT: (Phase.TRANSFER, 2),  # twice the same: its storage is failing
    Text.DEVICE_BUSY: (Phase.INSTALL, 10),  # somebody else's operation, which ends
    Text.INSTALL_INTERRUPTED: (Phase.TRANSFER, 3),
    Text.INSTALL_FILE_HELD: (Phase.INSTALL, 3),
    Text.RESTART_IGNORED: (Phase.RESTART, 4),
    Text.NEW_DOES_NOT_START: (Phase.RESTART, 2),  # its rescue system cannot tell whether it was restarted at all
}


class Mark(StrEnum):
    ENTERED, OK, FAILED, LOST, CANCELLED, WAITING = "entered", "ok", "failed", "lost", "cancelled", "waiting"
    ASKED, ANSWERED = "asked", "answered"  # a manual step, and the technician's "Done"
    WAIVED = "waived"  # a rule that fails may fail, somebody decided while it was watched


class Outcome(StrEnum):
    """How a run ended; `WAITING` is no end: the run stays open."""

    DONE, ROLLED_BACK, REFUSED, ABANDONED = "done", "rolled_back", "refused", "abandoned"
    STUCK, RECOVERED, WAITING = "stuck", "recovered", "waiting"


@dataclass(frozen=True, slots=True)
class Step:
    """What a run brings to one component: enough to go on after a crash, and to judge what is seen then."""

    component: str
    version: str  # target
    payload_hash: str
    target: str  # path in the image repository
    sha256: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of a run: one release on one component. A run has several where it takes stepping stones or parts."""

    component: str
    release: Release
    came_from: str | None  # version when it was planned
    way_back: Release | None = None  # the old firmware, on this laptop, for what cannot keep it itself
    model: str = ""  # of the charger, as it told when the run was planned: history is kept by model
    hardware: str = ""  # revision of the component, likewise

    @property
    def step(self) -> Step:
        release = self.release
        return Step(self.component, release.version, release.payload_hash, release.target, release.sha256)


@dataclass(frozen=True, slots=True)
class Override:
    """A problem of preflight that somebody decided to pass, where policy lets him. Audited."""

    problem: str  # name of its text
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Wire:
    """Where a charger that no longer boots is reached: one serial line, and the profile that says how to use it."""

    link: Link
    profile: str  # id


@dataclass(frozen=True, slots=True)
class Head:
    """What a run is: written once, when it begins."""

    run: str
    serial: str
    name: str
    legs: tuple[Leg, ...]  # in the order in which they are walked; undone in reverse
    actor: str
    overrides: tuple[Override, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    grants: tuple[str, ...] = ()  # ids: under these it was planned and is counted. None where fieldtool stands alone
    approvals: tuple[Approval, ...] = ()  # of second persons
    recovery: Wire | None = None  # it brings back a charger that no longer boots; None: an update

    @property
    def last(self) -> Leg:
        return self.legs[-1]

    @property
    def stages(self) -> tuple[tuple[str, str], ...]:
        """(component, version) of every leg, in order."""
        return tuple((leg.component, leg.release.version) for leg in self.legs)

    @property
    def target(self) -> str:
        """What it aims at, in short: "2.6", with several components "2.6, modem 1.1"."""
        newest = {leg.component: leg.release.version for leg in self.legs}
        return ", ".join(v if component == MAIN else f"{component} {v}" for component, v in newest.items())

    @property
    def came_from(self) -> str | None:
        """Version of the first leg's component when it was planned."""
        return self.legs[0].came_from


@dataclass(frozen=True, slots=True)
class Record:
    """One journal row. The window shows it, resume replays it, the report prints it."""

    run: str
    at: datetime
    component: str
    phase: Phase
    mark: Mark
    trouble: Trouble | None = None
    before: Observed | None = None  # in the first row of a leg
    health: Health | None = None  # before (first row, BACKUP) and after (VALIDATE)
    leg: int = 0
    can: Can | None = None  # with `before`
    findings: tuple[Finding, ...] = ()  # at the end of VALIDATE
    asked: ManualStep | None = None  # with ASKED and ANSWERED
    backup: str = ""  # name of the saved settings, at the end of BACKUP
    waiver: Waiver | None = None  # with WAIVED


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one charger's run."""

    run: str
    serial: str
    outcome: Outcome
    trouble: Trouble | None  # why, unless DONE
    came_from: str | None
    runs_now: str | None  # as the device said last; None: unknown
    undone: tuple[str, ...] = ()  # components that were done and taken back, in that order
    target: str = ""  # what the run aimed at: "2.6", with several components "2.6, modem 1.1"

    @property
    def exit_code(self) -> ExitCode:
        return exit_code(self.outcome, self.trouble)


def safety(phase: Phase, can: Can, acted: bool = False) -> Safety:
    """UNTOUCHED until INSTALL; then it depends on whether the device keeps its old firmware beside the new.

    `acted`: an installation was begun before, so that even TRANSFER is no longer harmless.
    """
    if phase in UNTOUCHED and not acted:
        return Safety.UNTOUCHED
    return Safety.OLD_IS_KEPT if Can.KEEP_OLD in can else Safety.KEEP_POWERED


_EXITS: Mapping[Outcome, ExitCode] = {
    Outcome.DONE: ExitCode.DONE,
    Outcome.RECOVERED: ExitCode.DONE,
    Outcome.ROLLED_BACK: ExitCode.ROLLED_BACK,
    Outcome.REFUSED: ExitCode.REFUSED,
    Outcome.ABANDONED: ExitCode.ABANDONED,
    Outcome.STUCK: ExitCode.NEEDS_RECOVERY,
    Outcome.WAITING: ExitCode.LINK_LOST,
}
_FIRST = (
    ExitCode.BUG, ExitCode.NEEDS_RECOVERY, ExitCode.TRUST, ExitCode.STORAGE, ExitCode.LINK_LOST, ExitCode.ROLLED_BACK,
    ExitCode.REFUSED, ExitCode.ABANDONED, ExitCode.DONE,
)  # fmt: skip


def exit_code(outcome: Outcome, trouble: Trouble | None) -> ExitCode:
    """Bad trust and storage show through every outcome but a good one and a stuck charger, which come first."""
    shown = {ExitCode.TRUST, ExitCode.STORAGE, ExitCode.BUG}
    if outcome is Outcome.REFUSED:
        shown.add(ExitCode.LINK_LOST)  # no run began, because the charger did not answer
    if outcome not in (Outcome.DONE, Outcome.RECOVERED, Outcome.STUCK) and trouble and trouble.exit_code in shown:
        return trouble.exit_code
    return _EXITS[outcome]


def worst_exit(codes: "list[ExitCode]") -> ExitCode:
    """Of several chargers: the first of 5 8 7 6 4 3 10 0 that occurred; a bug of ours before all."""
    return next((code for code in _FIRST if code in codes), ExitCode.DONE)


def runs_target(step: Step, seen: Observed) -> bool:
    return seen.running == step.version and seen.running_hash == step.payload_hash


def target_staged(step: Step, seen: Observed) -> bool:
    return seen.staged == step.version and seen.staged_hash == step.payload_hash


def is_back(step: Step, before: Observed, seen: Observed) -> bool:
    """Does it run what it ran before? Where both are the same firmware only the slot tells."""
    again = (step.version, step.payload_hash) == (before.running, before.running_hash)
    return seen.same_firmware(before) if again else seen.same_payload(before)


def _surprises(before: Observed, seen: Observed) -> bool:
    """Would its next restart start something that was not waiting there before?"""
    return seen.staged is not None and (seen.staged, seen.staged_hash) != (before.staged, before.staged_hash)


def resume_at(last: Phase, step: Step, before: Observed, seen: Observed, can: Can, acted: bool) -> Phase | None:
    """After a lost link or a crash: believe the charger first, the journal second.

    `last` is the phase that was entered last, `before` the charger when the leg began, `seen` the charger now, `can`
    what it can do, `acted` whether INSTALL was ever entered. None: another charger answered; touch nothing and go on
    looking for ours.
    """
    if not same_serial(seen.serial, before.serial):
        return None
    if last in TERMINAL:
        return last
    if last in UNTOUCHED:
        if not acted:
            # Whatever it runs now, we did not do it: PREFLIGHT looks again, and NOT_OUR_DOING says it.
            return Phase.PREFLIGHT if seen.same_firmware(before) else Phase.ABANDONED
        last = Phase.INSTALL  # the file was being brought again after an installation that broke off
    if seen.running is None:
        if Can.BOOTLOADER not in can:
            return Phase.STUCK
        if last is Phase.ROLL_BACK and before.running is None:
            return Phase.ROLLED_BACK  # there it was found
        if last in (Phase.INSTALL, Phase.RESTART) and target_staged(step, seen):
            return Phase.RESTART  # made whole there, and not started yet, or it does not start: RETRY bounds it
        # It takes an image there. An installation that broke off is made whole; a new image that did not start, or a
        # way back that broke off, asks for the old one.
        return Phase.TRANSFER if last is Phase.INSTALL else Phase.ROLL_BACK
    if seen.installing:
        return last  # ours still goes on, or somebody else's: what it will run is not decided yet
    is_old, is_new = is_back(step, before, seen), runs_target(step, seen)
    if seen.damaged:  # in place and half written: it runs from memory, and must not be restarted before it is whole
        return Phase.TRANSFER if last is Phase.INSTALL else Phase.ROLL_BACK
    if last is Phase.ROLL_BACK:
        if is_old and not _surprises(before, seen):
            return Phase.ROLLED_BACK
        return Phase.ROLL_BACK if is_old or is_new else Phase.STUCK
    if is_old:  # first: the same version may be both, when it is installed again
        if target_staged(step, seen):
            return Phase.RESTART
        # Nothing staged. Before a restart the installation did not happen or broke off: bring the file again, which
        # costs nothing where it still lies there. After it, the charger chose its old image.
        if last is Phase.INSTALL:
            return Phase.TRANSFER
        return Phase.ROLL_BACK if _surprises(before, seen) else Phase.ROLLED_BACK
    if is_new:
        return Phase.VALIDATE
    return Phase.STUCK
