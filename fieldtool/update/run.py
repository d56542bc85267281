"""The rules of an update. Pure: this module decides, the engine does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Safety, Trouble
from fieldtool.core.model import Health, Observed, same_serial


class Phase(StrEnum):
    PREFLIGHT, BACKUP, TRANSFER, VERIFY = "preflight", "backup", "transfer", "verify"
    INSTALL, RESTART, VALIDATE, CONFIRM, ROLL_BACK = "install", "restart", "validate", "confirm", "roll_back"
    # terminal
    DONE, ROLLED_BACK, REFUSED, ABANDONED, STUCK = "done", "rolled_back", "refused", "abandoned", "stuck"


NEXT: Mapping[Phase, tuple[Phase, Phase]] = {  # phase: (it worked, it did not)
    Phase.PREFLIGHT: (Phase.BACKUP, Phase.REFUSED),
    Phase.BACKUP: (Phase.TRANSFER, Phase.ABANDONED),
    Phase.TRANSFER: (Phase.VERIFY, Phase.ABANDONED),
    Phase.VERIFY: (Phase.INSTALL, Phase.ABANDONED),
    Phase.INSTALL: (Phase.RESTART, Phase.ROLL_BACK),
    Phase.RESTART: (Phase.VALIDATE, Phase.ROLL_BACK),
    Phase.VALIDATE: (Phase.CONFIRM, Phase.ROLL_BACK),
    Phase.CONFIRM: (Phase.DONE, Phase.ROLL_BACK),
    Phase.ROLL_BACK: (Phase.ROLLED_BACK, Phase.STUCK),
}
UNTOUCHED = frozenset({Phase.PREFLIGHT, Phase.BACKUP, Phase.TRANSFER, Phase.VERIFY})
TOUCHES = frozenset({Phase.TRANSFER, Phase.INSTALL, Phase.RESTART, Phase.CONFIRM, Phase.ROLL_BACK})
TERMINAL = frozenset(Phase) - NEXT.keys()


class Mark(StrEnum):
    ENTERED, OK, FAILED, LOST, CANCELLED, WAITING = "entered", "ok", "failed", "lost", "cancelled", "waiting"


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
class Record:
    """One journal row. The window shows it, resume replays it, the report prints it."""

    run: str
    at: datetime
    component: str
    phase: Phase
    mark: Mark
    trouble: Trouble | None = None
    before: Observed | None = None  # in the first row of a run
    health: Health | None = None  # before (first row) and after (VALIDATE)


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one charger's run."""

    run: str
    serial: str
    outcome: Outcome
    trouble: Trouble | None  # why, unless DONE
    came_from: str | None
    runs_now: str | None  # as the device said last; None: unknown

    @property
    def exit_code(self) -> ExitCode:
        return exit_code(self.outcome, self.trouble)


def safety(phase: Phase, can: Can) -> Safety:
    """UNTOUCHED until INSTALL; then it depends on whether the device keeps its old firmware beside the new."""
    if phase in UNTOUCHED:
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


def resume_at(last: Phase, step: Step, before: Observed, seen: Observed) -> Phase | None:
    """After a lost link or a crash: believe the charger first, the journal second.

    `last` is the phase that was entered last, `before` the charger when the run began, `seen` the charger now.
    None: another charger answered; touch nothing and go on looking for ours.
    """
    if not same_serial(seen.serial, before.serial):
        return None
    if last in TERMINAL:
        return last
    if last in UNTOUCHED:
        # Whatever it runs now, we did not do it: PREFLIGHT looks again, and NOT_OUR_DOING says it.
        return Phase.PREFLIGHT if seen.same_firmware(before) else Phase.ABANDONED
    if seen.running is None:
        return Phase.STUCK
    if seen.installing:
        return last  # ours still goes on, or somebody else's: what it will run is not decided yet
    is_old, is_new = seen.same_firmware(before), runs_target(step, seen)
    if last is Phase.ROLL_BACK:
        if is_old and not target_staged(step, seen):
            return Phase.ROLLED_BACK
        return Phase.ROLL_BACK if is_old or is_new else Phase.STUCK
    if is_old:  # first: the same version may be both, when it is installed again
        if target_staged(step, seen):
            return Phase.RESTART
        # Nothing staged. Before a restart the installation did not happen or broke off: bring the file again, which
        # costs nothing where it still lies there. After it, the charger chose its old image.
        return Phase.TRANSFER if last is Phase.INSTALL else Phase.ROLLED_BACK
    if is_new:
        return Phase.VALIDATE
    return Phase.STUCK
