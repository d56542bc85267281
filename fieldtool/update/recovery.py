"""Brings back a charger that no longer boots, over its serial line. Writes each step down before doing it.

The rules are in `recovery_rules.py`, the bootloader is a driver's (`core/recovery.py`). What it starts is judged by
the same validation as after an update, through the charger's normal driver: only then it is recovered.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Can, Credentials, Driver, ManualStep, Progress
from fieldtool.core.errors import (
    DeviceError,
    FieldtoolError,
    FirmwareError,
    LinkError,
    RefusedError,
    StorageError,
    Trouble,
    UsageError,
)
from fieldtool.core.model import Component, FirmwareImage, Identity, Link, Observed, normal_serial
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.recovery import Recoverer, Recovery
from fieldtool.core.texts import Text
from fieldtool.update.contact import NOT_TOLD, Contact
from fieldtool.update.engine import Rows
from fieldtool.update.job import Cancelled, Hand, Images, Job, LeftOpen, Limits, Place
from fieldtool.update.live import Board, RunState
from fieldtool.update.phases import Phases, World
from fieldtool.update.recovery_rules import (
    AFTER,
    HARMLESS,
    ON_THE_LINE,
    STARTED,
    Ground,
    judge,
    known_identity,
    refused_end,
    safety,
    tries_of,
)
from fieldtool.update.run import TERMINAL, Ending, Head, Mark, Outcome, Phase, Record, Wire, runs_target
from fieldtool.update.situation import Level
from fieldtool.update.validation import Waiver

LOG = logging.getLogger(__name__)


def recoverer_of(recoverers: Mapping[str, Recoverer], profile: Profile, link: Link) -> Recoverer:
    """The driver that brings back chargers of this model, for this line. UsageError."""
    name = profile.recovery.get("driver", "")
    if not name:
        raise UsageError(Text.RECOVERY_NOT_KNOWN, profile=profile.id)
    recoverer = recoverers.get(name)
    if recoverer is None:
        raise UsageError(Text.DRIVER_UNKNOWN, driver=name)
    if link.scheme not in recoverer.schemes:
        raise UsageError(
            Text.RECOVERY_WRONG_LINE,
            address=str(link),
            driver=name,
            example="/dev/ttyUSB0, COM4 or serial-tcp://HOST:PORT",
        )
    return recoverer


@dataclass(slots=True)
class _Walk:
    """One recovery under way: the only mutable thing here, owned by its thread. `job.acted`: something was written."""

    job: Job
    wire: Wire
    profile: Profile
    identity: Identity
    phase: Phase = Phase.PREFLIGHT  # entered last
    begun: bool = False  # its first row is on disk
    heard: bool = False  # the firmware said its name after the newest start
    silences: int = 0  # in a row, without progress
    furthest: int = 0  # bytes written in the best try
    line: Recovery | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def on_the_line(self) -> Recovery:
        assert self.line is not None, "every step on the line comes after CONNECT"
        return self.line

    def hang_up(self) -> None:
        """The port is free again: the charger's normal driver may need it."""
        self.line = None
        self.stack.close()


class RecoveryEngine:
    """One serves all recoveries; each has a worker thread of its own. Goes on with those that were left open.

    `locate` says where a started charger answers (`Engine`); one that nobody found is looked for on the line itself.
    """

    def __init__(
        self,
        recoverers: Mapping[str, Recoverer],
        profiles: Callable[[str], Profile],
        drivers: Mapping[str, Driver],
        locate: Callable[[str, str], Place],
        credentials: Callable[[str], Credentials],
        rows: Rows,
        board: Board,
        clock: Clock,
        world: World,
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> None:
        self._recoverers = recoverers
        self._profiles = profiles
        self._drivers = drivers
        self._locate = locate
        self._credentials = credentials
        self._rows = rows
        self._board = board
        self._clock = clock
        self._world = world
        self._limits = limits
        self._consoles: dict[str, Recovery] = {}  # serial -> line that is open now, for whoever watches

    def console(self, serial: str) -> tuple[str, ...]:
        """The newest lines of the serial console of a recovery under way."""
        line = self._consoles.get(normal_serial(serial))
        return line.log() if line is not None else ()

    # -- begin and go on ----------------------------------------------------------------------------------------------

    def run(self, head: Head, images: Images, hand: Hand) -> Ending:
        """Bring one charger back. StorageError when not even the first row could be written: nothing was done then."""
        self._board.put(self._state(head))
        try:
            walk = self._begin(head, images, hand)
        except FieldtoolError as error:
            return self._refuse(head, error)
        return self._go(walk, Phase.PREFLIGHT)

    def resume(self, head: Head, images: Images, hand: Hand) -> Ending:
        """Go on with an open recovery: from what the charger itself has."""
        past = self._rows.records(head.run)
        entered = [record.phase for record in past if record.mark is Mark.ENTERED]
        self._board.put(self._state(head))
        try:
            walk = self._begin(head, images, hand)
        except FieldtoolError as error:  # its profile is gone: the charger waits for whoever brings it
            return self._told_open(head, error.trouble(safety(Phase.WRITE in entered)), None)
        job = walk.job
        walk.begun = job.known = True
        job.acted = Phase.WRITE in entered
        job.began = any(one.phase is Phase.PREFLIGHT and one.mark is Mark.OK for one in past)
        job.waivers = tuple(row.waiver for row in past if row.waiver is not None)
        walk.phase = entered[-1]
        self._board.entered(head.serial, walk.phase, safety(job.acted), job.component, 0)
        return self._go(walk, walk.phase if walk.phase in STARTED else Phase.PREFLIGHT, again=True)

    def _begin(self, head: Head, images: Images, hand: Hand) -> _Walk:
        assert head.recovery is not None, "updates are the other engine's"
        leg = head.legs[0]
        profile = self._profiles(head.recovery.profile)
        told = Identity("", "", "", "", {})
        identity = known_identity(told, head.serial, leg.model, leg.hardware, profile)
        job = Job(head, 0, Observed("", None), None, images, hand, Can(0))
        return _Walk(job, head.recovery, profile, identity)

    # -- the walk -----------------------------------------------------------------------------------------------------

    def _go(self, walk: _Walk, phase: Phase, again: bool = False) -> Ending:
        job = walk.job
        try:
            if again and phase in STARTED:
                phase = self._ask(walk)
            while phase not in TERMINAL:
                if phase is Phase.CONNECT:
                    self._hang_up(walk)
                self._enter(walk, phase)
                phase = self._attempt(walk, phase)
            return self._end(walk, phase)
        except LeftOpen as left:
            return self._leave_open(walk, left.trouble)
        except StorageError as error:
            if not walk.begun:
                raise
            return self._leave_open(walk, error.trouble(safety(job.acted)), write=False)
        finally:
            self._hang_up(walk)

    def _attempt(self, walk: _Walk, phase: Phase) -> Phase:
        """Do one step. Returns the one that follows."""
        job = walk.job
        try:
            self._do(walk, phase)
        except Cancelled:
            job.trouble = _cancelled(job)
            self._leave(walk, phase, Mark.CANCELLED, job.trouble)
            return Phase.ABANDONED
        except FieldtoolError as error:
            if isinstance(error, StorageError) and job.acted:
                raise  # our own trouble says nothing about the charger: it stays open
            return self._failed(walk, phase, error)
        self._leave(walk, phase, Mark.OK, None)
        following = AFTER[phase]
        if following not in ON_THE_LINE:
            walk.silences = 0
        elif job.hand.cancelled:  # "stop after this step"
            if job.acted:
                raise LeftOpen(_cancelled(job))
            job.trouble = _cancelled(job)
            return Phase.ABANDONED
        return following

    def _failed(self, walk: _Walk, phase: Phase, error: FieldtoolError) -> Phase:
        job, trouble = walk.job, error.trouble(safety(walk.job.acted))
        if isinstance(error, NOT_TOLD if job.acted else LinkError):
            self._leave(walk, phase, Mark.LOST, trouble)
            return self._after_silence(walk, phase, trouble)
        job.trouble = trouble
        self._leave(walk, phase, Mark.FAILED, trouble)
        if not job.acted:
            return refused_end(phase, error)
        if isinstance(error, FirmwareError):  # it is the laptop that lacks something: nothing is over yet
            raise LeftOpen(trouble)
        return self._after_no(walk, phase, error)

    def _after_no(self, walk: _Walk, phase: Phase, error: FieldtoolError) -> Phase:
        """The charger said no, after something was written: again where that may help."""
        job = walk.job
        job.refused[error.text] += 1
        if job.refused[error.text] >= tries_of(phase, error):
            return Phase.STUCK
        self._contact(walk).pause(job, self._limits.poll)
        return phase if phase is Phase.CONFIRM else Phase.CONNECT

    def _after_silence(self, walk: _Walk, phase: Phase, trouble: Trouble) -> Phase:
        """We do not know how it is. Its firmware may run: then that is asked first, and never written over unasked."""
        job = walk.job
        walk.silences += 1
        self._board.change(job.serial, waiting=trouble)
        if walk.silences >= self._limits.tries:
            if job.acted:
                raise LeftOpen(trouble)
            job.trouble = trouble
            return Phase.ABANDONED
        if phase in STARTED and walk.heard:
            return self._await_started(walk, trouble)
        if phase in STARTED:
            return self._ask(walk)
        self._contact(walk).pause(job, self._limits.poll)
        return phase if phase is Phase.PREFLIGHT else Phase.CONNECT

    # -- does it run? -------------------------------------------------------------------------------------------------

    def _ask(self, walk: _Walk) -> Phase:
        """It was started, and nobody saw what came of it. Its own account decides; silence means the bootloader."""
        self._hang_up(walk)
        try:
            return self._await_target(walk, walk.profile.restart_seconds)
        except DeviceError as error:
            trouble = error.trouble(safety(True))
            walk.job.trouble = trouble
            return self._after_no(walk, Phase.START, error)
        except NOT_TOLD as error:
            LOG.info("Charger %s does not run yet: %s", walk.job.serial, error.what)
            return Phase.CONNECT

    def _await_started(self, walk: _Walk, trouble: Trouble) -> Phase:
        """Its firmware said its name: it is waited for, and not written again without need."""
        try:
            return self._await_target(walk, self._limits.patience)
        except NOT_TOLD as error:
            silent = error.trouble(safety(True))
            if silent.text in (Text.CHARGER_NOT_SEEN, Text.LINK_UNREACHABLE):
                params = (("seconds", round(self._limits.patience)), ("serial", walk.job.serial))
                silent = replace(trouble, text=Text.CHARGER_SILENT, params=params)
            raise LeftOpen(silent) from error
        except DeviceError as error:
            walk.job.trouble = error.trouble(safety(True))
            return self._after_no(walk, Phase.START, error)

    def _await_target(self, walk: _Walk, patience: float) -> Phase:
        """VALIDATE once the charger of this serial number runs what was written; CONNECT from its rescue system.

        DeviceError when it runs something else; LinkError or whatever kept us from asking when it stays silent.
        """
        job, contact = walk.job, self._contact(walk)
        deadline = self._clock.monotonic() + patience
        while True:
            try:
                with contact.of(job) as (session, seen, _place):
                    job.can = session.can
            except NOT_TOLD as error:
                if self._clock.monotonic() >= deadline:
                    raise
                self._board.change(job.serial, waiting=error.trouble(safety(True)))
            else:
                job.runs_now = seen.running
                if seen.running is None:
                    return Phase.CONNECT
                if runs_target(job.step, seen):
                    return Phase.VALIDATE
                raise DeviceError(Text.RECOVERY_RUNS_OTHER, found=seen.running, expected=job.step.version)
            contact.pause(job, self._limits.poll)

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _do(self, walk: _Walk, phase: Phase) -> None:
        work: Mapping[Phase, Callable[[_Walk], None]] = {
            Phase.PREFLIGHT: self._preflight,
            Phase.CONNECT: self._connect,
            Phase.IDENTIFY: self._identify,
            Phase.FIT: self._fit,
            Phase.WRITE: self._write,
            Phase.READ_BACK: self._read_back,
            Phase.START: self._start,
        }
        if phase in work:
            work[phase](walk)
        else:
            self._phases(walk).do(walk.job, phase)

    def _preflight(self, walk: _Walk) -> None:
        self._check(walk, walk.job.image())
        walk.job.began = True

    def _connect(self, walk: _Walk) -> None:
        recoverer = recoverer_of(self._recoverers, walk.profile, walk.wire.link)
        walk.line = walk.stack.enter_context(recoverer.open(walk.wire.link, walk.profile))
        self._consoles[normal_serial(walk.job.serial)] = walk.line
        self._contact(walk).drive(walk.job, walk.line.enter(), cancellable=not walk.job.acted)

    def _identify(self, walk: _Walk) -> None:
        """Every time anew: another charger may hang on the same cable now."""
        leg = walk.job.leg
        told = walk.on_the_line().identify()
        walk.identity = known_identity(told, walk.job.serial, leg.model, leg.hardware, walk.profile)

    def _fit(self, walk: _Walk) -> None:
        """Nothing was written yet in this try: whatever speaks against this image on this hardware is said now."""
        image = walk.job.image()
        self._check(walk, image)
        walk.on_the_line().fits(image)

    def _write(self, walk: _Walk) -> None:
        image = walk.job.image()

        def got(progress: Progress) -> None:
            if progress.done > walk.furthest:
                walk.furthest, walk.silences = progress.done, 0  # a bad line may need many tries

        self._contact(walk).drive(walk.job, walk.on_the_line().write(image), cancellable=False, got=got)

    def _read_back(self, walk: _Walk) -> None:
        self._contact(walk).drive(walk.job, walk.on_the_line().verify(walk.job.image()), cancellable=False)

    def _start(self, walk: _Walk) -> None:
        """Until its normal driver answers: what the console says is no proof."""
        walk.heard, walk.job.validating_since = False, None
        walk.job.samples.clear()
        self._contact(walk).drive(walk.job, walk.on_the_line().start(walk.job.image()), cancellable=False)
        walk.heard = True
        self._hang_up(walk)
        if self._await_target(walk, walk.profile.restart_seconds) is not Phase.VALIDATE:
            raise DeviceError(Text.NEW_DOES_NOT_START)

    def _check(self, walk: _Walk, image: FirmwareImage) -> None:
        """RefusedError with the worst that speaks against it."""
        job = walk.job
        rights = self._world.rights(job.serial, job.head.run)
        rights = replace(rights, approvals=job.head.approvals, only=frozenset(job.head.grants), began=job.began)
        ground = Ground(
            walk.identity, rights, self._world.rules(), self._world.laptop(), self._clock.now().timestamp(),
            self._world.releases(), walk.profile.recovery.get("format", ""),
        )  # fmt: skip
        worst = judge(ground, image.release)[0]
        if worst.level is Level.STOP:
            raise RefusedError(worst.reason.text, **dict(worst.reason.params))

    def _hang_up(self, walk: _Walk) -> None:
        self._consoles.pop(normal_serial(walk.job.serial), None)
        walk.hang_up()

    # -- the charger once it runs -------------------------------------------------------------------------------------

    def _contact(self, walk: _Walk) -> Contact:
        def locate(serial: str, component: str) -> Place:
            try:
                return self._locate(serial, component)
            except LinkError:
                driver = self._drivers.get(walk.profile.driver)
                if driver is None or walk.wire.link.scheme not in driver.schemes:
                    raise
            part = Component(component, walk.identity.hardware, walk.profile.driver, walk.wire.link)
            return Place(part, walk.profile)

        def noted(job: Job, mark: Mark, what: ManualStep | Waiver) -> None:
            record = self._record(walk, walk.phase, mark)
            more = replace(record, waiver=what) if isinstance(what, Waiver) else replace(record, asked=what)
            self._rows.append(job.head, more)

        return Contact(self._drivers, locate, self._credentials, self._board, self._clock, self._limits, noted)

    def _phases(self, walk: _Walk) -> Phases:
        return Phases(self._contact(walk), self._board, self._clock, self._limits, self._world)

    # -- writing down -------------------------------------------------------------------------------------------------

    def _record(self, walk: _Walk, phase: Phase, mark: Mark, trouble: Trouble | None = None) -> Record:
        return Record(walk.job.head.run, self._clock.now(), walk.job.component, phase, mark, trouble)

    def _enter(self, walk: _Walk, phase: Phase) -> None:
        """The row is on disk before anything of the step happens."""
        job, record = walk.job, self._record(walk, phase, Mark.ENTERED)
        if walk.begun:
            self._rows.append(job.head, record)
        else:
            self._rows.begin(job.head, replace(record, before=job.before, can=job.can))
        walk.begun = job.known = True
        walk.phase = phase
        job.acted = job.acted or phase not in HARMLESS
        self._board.entered(job.serial, phase, safety(job.acted), job.component, 0)
        self._board.change(job.serial, waiting=None, asked=None)

    def _leave(self, walk: _Walk, phase: Phase, mark: Mark, trouble: Trouble | None) -> None:
        record, job = self._record(walk, phase, mark, trouble), walk.job
        if phase is Phase.VALIDATE and mark in (Mark.OK, Mark.FAILED) and job.samples:
            record = replace(record, health=job.samples[-1].health, findings=job.findings)
        self._rows.append(job.head, record)
        self._board.left(job.serial, mark, trouble)

    def _end(self, walk: _Walk, end: Phase) -> Ending:
        job, trouble = walk.job, walk.job.trouble
        if end is Phase.RECOVERED and trouble is not None and trouble.text is not Text.NOT_IN_SERVICE:
            trouble = None
        self._rows.append(job.head, self._record(walk, end, Mark.ENTERED, trouble))
        outcome = Outcome(end.value)
        self._board.change(
            job.serial, phase=end, outcome=outcome, trouble=trouble, runs_now=job.runs_now, waiting=None, asked=None,
            eta=None,
        )  # fmt: skip
        return Ending(job.head.run, job.serial, outcome, trouble, None, job.runs_now, (), job.head.target)

    def _leave_open(self, walk: _Walk, trouble: Trouble | None, write: bool = True) -> Ending:
        """It has no end yet. `write` is False when the journal itself is what failed."""
        job = walk.job
        if write:
            try:
                self._rows.append(job.head, self._record(walk, walk.phase, Mark.WAITING, trouble))
            except StorageError as error:  # the rows before it are on disk: resume needs no more
                trouble = error.trouble(safety(job.acted))
        return self._told_open(job.head, trouble, job)

    def _told_open(self, head: Head, trouble: Trouble | None, job: Job | None) -> Ending:
        shown = trouble or (job.trouble if job is not None else None)
        self._board.change(head.serial, outcome=Outcome.WAITING, waiting=trouble, trouble=shown, asked=None)
        runs_now = job.runs_now if job is not None else None
        return Ending(head.run, head.serial, Outcome.WAITING, trouble, None, runs_now, (), head.target)

    def _refuse(self, head: Head, error: FieldtoolError) -> Ending:
        """It did not begin: said, written down, charger untouched."""
        trouble = error.trouble()
        self._rows.begin(head, Record(head.run, self._clock.now(), MAIN, Phase.REFUSED, Mark.ENTERED, trouble))
        self._board.change(head.serial, phase=Phase.REFUSED, outcome=Outcome.REFUSED, trouble=trouble)
        return Ending(head.run, head.serial, Outcome.REFUSED, trouble, None, None, (), head.target)

    def _state(self, head: Head) -> RunState:
        return RunState(
            head.run, head.serial, head.name, None, head.target, Phase.PREFLIGHT, self._clock.now(),
            component=MAIN, legs=1, stages=head.stages,
        )  # fmt: skip


def _cancelled(job: Job) -> Trouble:
    return Trouble(Text.CANCELLED, (), safety(job.acted), DeviceError.exit_code)
