"""Walks one charger through its update. Writes each step down before doing it.

The rules are in `run.py`, the talking in `contact.py`, the work of each phase in `phases.py`; here is only the walk:
enter a phase, do it, where the link is lost ask the charger where the run stands, and where a leg fails take back
those before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Can, Credentials, Driver, ManualStep, Session
from fieldtool.core.errors import (
    DeviceError,
    FieldtoolError,
    FirmwareError,
    LinkError,
    PinError,
    RefusedError,
    Safety,
    StorageError,
    Trouble,
    UnclearError,
    UsageError,
)
from fieldtool.core.model import Health
from fieldtool.core.texts import Text
from fieldtool.update.contact import NOT_TOLD, Contact
from fieldtool.update.forecast import forecast
from fieldtool.update.job import Cancelled, Hand, Images, Job, LeftOpen, Limits, Place
from fieldtool.update.live import Board, RunState
from fieldtool.update.phases import Phases, World
from fieldtool.update.run import (
    NEXT,
    RETRY,
    UNTOUCHED,
    Ending,
    Head,
    Mark,
    Outcome,
    Phase,
    Record,
    safety,
)
from fieldtool.update.validation import Waiver

_T = TypeVar("_T")
# However dangerous it was where the run went wrong: so it is at the end.
SAFE_ENDS = {
    Phase.ROLLED_BACK: Safety.RETURNED,
    Phase.ABANDONED: Safety.UNTOUCHED,
    Phase.REFUSED: Safety.UNTOUCHED,
}


class Rows(Protocol):
    """What the engine needs of the journal; each call is on disk when it returns."""

    def begin(self, head: Head, first: Record) -> None: ...
    def append(self, head: Head, record: Record) -> None: ...
    def records(self, run: str) -> tuple[Record, ...]: ...


@dataclass(slots=True)
class _Run:
    """All legs of one run that have begun; the newest is walked, or they are taken back in reverse."""

    head: Head
    images: Images
    hand: Hand
    jobs: list[Job] = field(default_factory=list)
    phase: Phase = Phase.PREFLIGHT  # entered last
    begun: bool = False  # its first row is on disk
    undoing: bool = False
    trouble: Trouble | None = None  # why the legs are taken back
    undone: list[str] = field(default_factory=list)  # components


class Engine:
    """One engine serves all runs; each run has a worker thread of its own.

    `locate(serial, component)` says where it answers now (addresses change over a restart); LinkError when nobody
    knows.
    """

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        locate: Callable[[str, str], Place],
        credentials: Callable[[str], Credentials],
        rows: Rows,
        board: Board,
        clock: Clock,
        world: World,
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> None:
        self._contact = Contact(drivers, locate, credentials, board, clock, limits, self._note)
        self._phases = Phases(self._contact, board, clock, limits, world)
        self._rows = rows
        self._board = board
        self._clock = clock
        self._world = world
        self._limits = limits

    # -- begin and go on ----------------------------------------------------------------------------------------------

    def run(self, head: Head, images: Images, hand: Hand) -> Ending:
        """Update one charger. `images` re-hashes a file and hands it out; FirmwareError refuses the run.

        StorageError when not even the first row could be written: nothing was done then.
        """
        self._board.put(self._state(head, head.came_from))
        run = _Run(head, images, hand)
        try:
            job = self._begin_leg(run)
        except FieldtoolError as error:
            return self._refuse(head, error)
        self._board.change(head.serial, came_from=job.before.running)
        return self._walk(run, job, Phase.PREFLIGHT)

    def resume(self, head: Head, images: Images, hand: Hand) -> Ending:
        """Go on with an open run: the charger's own account decides where."""
        past = self._rows.records(head.run)
        entered = next(record for record in reversed(past) if record.mark is Mark.ENTERED)
        begun = sorted({record.leg for record in past if record.before is not None})
        if entered.leg not in begun:
            raise UsageError(Text.RUN_UNKNOWN, serial=head.serial)
        run = _Run(head, images, hand, [_remembered(head, images, hand, past, number) for number in begun], begun=True)
        if any(record.mark is Mark.CANCELLED for record in past):
            hand.cancel()
        job, last = run.jobs[entered.leg], entered.phase
        run.phase, run.undoing = last, job.number + 1 < len(run.jobs)
        if run.undoing:
            run.trouble = run.jobs[-1].trouble
            run.undone = [other.component for other in reversed(run.jobs[job.number + 1 : -1])]
        self._board.put(self._state(head, run.jobs[0].before.running))
        self._board.entered(head.serial, last, safety(last, job.can, job.acted), job.component, job.number)
        try:
            for one in run.jobs:
                one.settings = self._world.backups.load(one.backup) if one.backup else None
            phase = self._contact.ask(job, last)
        except LeftOpen as left:
            return self._leave_open(run, job, left.trouble)
        except (StorageError, UsageError) as error:  # the saved settings: without them nothing is undone
            return self._leave_open(run, job, error.trouble(safety(last, job.can, job.acted)), write=False)
        return self._walk(run, job, phase)

    def _begin_leg(self, run: _Run) -> Job:
        """The charger before the next leg. LinkError, RefusedError; nothing is written or done."""
        number, leg = len(run.jobs), run.head.legs[len(run.jobs)]
        with self._contact.session(run.head.serial, leg.component) as (session, seen, place):
            first, *later = (
                forecast(one.release.length, place.profile, self._limits.soak) for one in run.head.legs[number:]
            )
            self._board.expect(run.head.serial, first.followed_by(later))
            if seen.running is None and Can.BOOTLOADER not in session.can:
                raise RefusedError(Text.IN_BOOTLOADER)
            health = _health(session, again=number > 0) if seen.running is not None else None
            job = Job(run.head, number, seen, health, run.images, run.hand, session.can, runs_now=seen.running)
        run.jobs.append(job)
        return job

    # -- the walk -----------------------------------------------------------------------------------------------------

    def _walk(self, run: _Run, job: Job, phase: Phase) -> Ending:
        """Leg after leg until the last is done; when one fails, back through those before it."""
        try:
            while True:
                end = self._walk_leg(run, job, phase)
                following = self._after_leg(run, job, end)
                if following is None:
                    return self._end(run, job, end)
                job, phase = following
        except LeftOpen as left:
            return self._leave_open(run, job, left.trouble)
        except StorageError as error:
            if not run.begun:
                raise
            return self._leave_open(run, job, error.trouble(safety(run.phase, job.can, job.acted)), write=False)

    def _walk_leg(self, run: _Run, job: Job, phase: Phase) -> Phase:
        """Phase after phase. Returns the one that ends the leg; its row is not written yet."""
        while True:
            if phase is Phase.ROLLED_BACK and not job.restored:
                phase = Phase.ROLL_BACK  # a charger that fell back by itself: settings and service are ours to return
            if phase not in NEXT:
                return phase
            self._enter(run, job, phase)
            phase = self._attempt(job, phase)

    def _after_leg(self, run: _Run, job: Job, end: Phase) -> tuple[Job, Phase] | None:
        """Where it goes on after a leg has ended. None: the run has ended."""
        if end is Phase.STUCK:
            return None
        if end is Phase.DONE:
            return self._next_leg(run, job) if job.number + 1 < len(run.head.legs) else None
        self._leave_untouched(job)
        if run.undoing:
            run.undone.append(job.component)
        else:
            run.undoing, run.trouble = True, job.trouble
        return _taken_back(run.jobs[job.number - 1]) if job.number > 0 else None

    def _next_leg(self, run: _Run, job: Job) -> tuple[Job, Phase]:
        """Begin the next leg. When the charger says no already here, the one that is done is taken back."""
        try:
            return self._patiently(job, Phase.CONFIRM, lambda: self._begin_leg(run)), Phase.PREFLIGHT
        except FieldtoolError as error:
            run.undoing, run.trouble = True, error.trouble(safety(Phase.CONFIRM, job.can, job.acted))
            return _taken_back(job)

    def _leave_untouched(self, job: Job) -> None:
        """At an end before anything was installed."""
        if job.withdrawn:
            self._patiently(job, Phase.INSTALL, lambda: self._phases.leave_untouched(job))

    def _patiently(self, job: Job, phase: Phase, act: Callable[[], _T]) -> _T:
        """Between two phases: again until the charger answers. LeftOpen when it does not within our patience."""
        began = self._clock.monotonic()
        while True:
            try:
                return act()
            except NOT_TOLD as error:
                if isinstance(error, RefusedError) and not isinstance(error, PinError):
                    raise
                trouble = error.trouble(safety(phase, job.can, job.acted))
                if self._clock.monotonic() - began >= self._limits.patience:
                    raise LeftOpen(trouble) from error
                self._board.change(job.serial, waiting=trouble)
            self._contact.pause(job, self._limits.poll)

    def _attempt(self, job: Job, phase: Phase) -> Phase:
        """Do one phase. Returns the phase that follows, as the rules and the charger say."""
        job.tries[phase] += 1
        try:
            decided = self._phases.do(job, phase)
        except Cancelled:
            self._cancelled(job, phase)
            self._leave(job, phase, Mark.CANCELLED, job.trouble)
            return Phase.ROLL_BACK if job.acted else Phase.ABANDONED
        except FieldtoolError as error:
            if isinstance(error, StorageError) and (job.acted or phase not in UNTOUCHED):
                raise  # our own trouble says nothing about the charger: the run stays open
            trouble = error.trouble(safety(phase, job.can, job.acted))
            if self._is_silence(error, job):
                return self._lost(job, phase, trouble)
            job.trouble = trouble
            self._leave(job, phase, Mark.FAILED, trouble)
            return self._after_failure(job, phase, error)
        self._leave(job, phase, Mark.OK, None)
        following = decided or NEXT[phase][0]
        if following is Phase.RESTART and job.hand.cancelled:  # "stop after this step": undo what is staged
            self._cancelled(job, phase)
            return Phase.ROLL_BACK
        return following

    @staticmethod
    def _cancelled(job: Job, phase: Phase) -> None:
        level = safety(phase, job.can, job.acted)
        job.trouble = Trouble(Text.CANCELLED, (), level, exit_code=DeviceError.exit_code)

    @staticmethod
    def _is_silence(error: FieldtoolError, job: Job) -> bool:
        """Do we not know what the charger does? Before anything was done, only a lost line leaves that open."""
        return isinstance(error, NOT_TOLD if job.acted else LinkError)

    def _after_failure(self, job: Job, phase: Phase, error: FieldtoolError) -> Phase:
        """The charger said no: again where that may help, else the way back from here."""
        if phase is Phase.ROLL_BACK:
            if isinstance(error, FirmwareError):  # it is the laptop that lacks something: nothing is over yet
                raise LeftOpen(job.trouble)
            return phase if job.tries[phase] < self._limits.tries else NEXT[phase][1]
        if phase is Phase.INSTALL and not job.acted:
            return Phase.ABANDONED  # we looked, and did not begin
        job.refused[error.text] += 1
        again, tries = RETRY.get(error.text, (phase, 0))
        if job.refused[error.text] < tries:
            self._contact.pause(job, self._limits.poll)
            return again
        return Phase.ROLL_BACK if job.acted else NEXT[phase][1]

    def _lost(self, job: Job, phase: Phase, trouble: Trouble) -> Phase:
        self._leave(job, phase, Mark.LOST, trouble)
        if job.tries[phase] < self._limits.tries:
            return self._contact.ask(job, phase, trouble)
        if phase in UNTOUCHED and not job.acted:
            job.trouble = _gave_up(job, phase, trouble)
            return Phase.ABANDONED
        if self._contact.ask(job, phase, trouble) is not Phase.TRANSFER:
            raise LeftOpen(trouble)
        job.trouble = _gave_up(job, phase, trouble)  # it runs its old firmware, and answers: no reason to wait
        return Phase.ROLL_BACK

    # -- writing down -------------------------------------------------------------------------------------------------

    def _enter(self, run: _Run, job: Job, phase: Phase) -> None:
        """The row is on disk before anything of the phase happens."""
        record = Record(job.head.run, self._clock.now(), job.component, phase, Mark.ENTERED, leg=job.number)
        if not job.known:
            record = replace(record, before=job.before, health=job.health, can=job.can)
        if run.begun:
            self._rows.append(job.head, record)
        else:
            self._rows.begin(job.head, record)
        run.begun = job.known = True
        run.phase = phase
        self._board.entered(job.serial, phase, safety(phase, job.can, job.acted), job.component, job.number)

    def _leave(self, job: Job, phase: Phase, mark: Mark, trouble: Trouble | None) -> None:
        record = Record(job.head.run, self._clock.now(), job.component, phase, mark, trouble, leg=job.number)
        if phase is Phase.BACKUP and mark is Mark.OK:
            record = replace(record, health=job.health, backup=job.backup)
        if phase is Phase.VALIDATE and mark in (Mark.OK, Mark.FAILED) and job.samples:
            record = replace(record, health=job.samples[-1].health, findings=job.findings)
        self._rows.append(job.head, record)
        self._board.left(job.serial, mark, trouble)

    def _note(self, job: Job, mark: Mark, what: ManualStep | Waiver) -> None:
        """What a person is asked for or decides, on disk before it counts."""
        phase = self._board.phase(job.serial)
        record = Record(job.head.run, self._clock.now(), job.component, phase, mark, leg=job.number)
        noted = replace(record, waiver=what) if isinstance(what, Waiver) else replace(record, asked=what)
        self._rows.append(job.head, noted)

    def _end(self, run: _Run, job: Job, phase: Phase) -> Ending:
        """Write the last row. A run that took legs back ends ROLLED_BACK, however its failing leg ended."""
        end = Phase.ROLLED_BACK if run.undone and phase is not Phase.STUCK else phase
        trouble = job.trouble if end is Phase.STUCK or not run.undoing else run.trouble
        if end is Phase.DONE and trouble is not None and trouble.text is not Text.NOT_IN_SERVICE:
            trouble = None
        if trouble is not None and end in SAFE_ENDS:
            trouble = replace(trouble, safety=SAFE_ENDS[end])
        record = Record(job.head.run, self._clock.now(), job.component, end, Mark.ENTERED, trouble, leg=job.number)
        self._rows.append(job.head, record)
        outcome = Outcome(end.value)
        self._board.change(
            job.serial,
            phase=end,
            outcome=outcome,
            trouble=trouble,
            runs_now=_runs_now(run),
            waiting=None,
            asked=None,
            eta=None,
            undone=tuple(run.undone),
        )
        before = run.jobs[0].before.running
        now, undone = _runs_now(run), tuple(run.undone)
        return Ending(job.head.run, job.serial, outcome, trouble, before, now, undone, run.head.target)

    def _leave_open(self, run: _Run, job: Job, trouble: Trouble | None, write: bool = True) -> Ending:
        """The run has no end yet. `write` is False when the journal itself is what failed."""
        if write:
            record = Record(
                job.head.run, self._clock.now(), job.component, run.phase, Mark.WAITING, trouble, leg=job.number
            )
            try:
                self._rows.append(job.head, record)
            except StorageError as error:  # the rows before it are on disk: resume needs no more
                trouble = error.trouble(safety(run.phase, job.can, job.acted))
        self._board.change(
            job.serial, outcome=Outcome.WAITING, waiting=trouble, trouble=trouble or job.trouble, asked=None
        )
        before = run.jobs[0].before.running
        return Ending(job.head.run, job.serial, Outcome.WAITING, trouble, before, _runs_now(run))

    def _refuse(self, head: Head, error: FieldtoolError) -> Ending:
        """No run began: said, written down, charger untouched."""
        trouble = error.trouble()
        component = head.legs[0].component
        record = Record(head.run, self._clock.now(), component, Phase.REFUSED, Mark.ENTERED, trouble)
        self._rows.begin(head, record)
        self._board.change(head.serial, phase=Phase.REFUSED, outcome=Outcome.REFUSED, trouble=trouble)
        return Ending(head.run, head.serial, Outcome.REFUSED, trouble, head.came_from, head.came_from)

    def _state(self, head: Head, came_from: str | None) -> RunState:
        return RunState(
            head.run,
            head.serial,
            head.name,
            came_from,
            head.target,
            Phase.PREFLIGHT,
            self._clock.now(),
            component=head.legs[0].component,
            legs=len(head.legs),
            stages=head.stages,
        )


def _health(session: Session, again: bool) -> Health:
    """`again`: an earlier leg found it healthy just now; that it cannot tell is no reason to take that leg back."""
    try:
        return session.health()
    except DeviceError as error:
        if again:
            raise UnclearError(error.text, **error.params) from error
        raise


def _runs_now(run: _Run) -> str | None:
    """What the first leg's component runs, as it said last: of several components the main one speaks for the run."""
    first = run.head.legs[0].component
    jobs = run.jobs[: len(run.jobs) - len(run.undone)]  # the rest was taken back
    return next((job.runs_now for job in reversed(jobs) if job.component == first), run.jobs[0].runs_now)


def _gave_up(job: Job, phase: Phase, trouble: Trouble) -> Trouble:
    params = (("phase", phase.value), ("tries", job.tries[phase]))
    return Trouble(Text.GAVE_UP, params, safety(phase, job.can, job.acted), trouble.exit_code)


def _taken_back(job: Job) -> tuple[Job, Phase]:
    """A leg that was done is undone."""
    job.acted, job.restored, job.trouble = True, False, None
    job.tries.clear()
    return job, Phase.ROLL_BACK


def _remembered(head: Head, images: Images, hand: Hand, past: tuple[Record, ...], number: int) -> Job:
    """A leg as the journal knows it."""
    rows = [record for record in past if record.leg == number]
    first = next(record for record in rows if record.before is not None)
    assert first.before is not None
    entered = {row.phase for row in rows if row.mark is Mark.ENTERED}
    job = Job(head, number, first.before, first.health, images, hand, first.can or Can(0), known=True)
    job.acted = Phase.INSTALL in entered
    job.withdrawn = job.acted and (first.can is None or Can.OUT_OF_SERVICE in first.can)
    job.began = any(row.leg == 0 and row.phase is Phase.PREFLIGHT and row.mark is Mark.OK for row in past)
    job.confirmed = Phase.CONFIRM in entered
    job.waivers = tuple(row.waiver for row in rows if row.waiver is not None)
    if job.leg.way_back is not None and Phase.ROLL_BACK in entered:
        job.sent = {job.leg.release, job.leg.way_back}
    job.trouble = next((row.trouble for row in reversed(rows) if row.mark in (Mark.FAILED, Mark.CANCELLED)), None)
    saved = next((row for row in reversed(rows) if row.phase is Phase.BACKUP and row.mark is Mark.OK), None)
    if saved is not None:
        job.health, job.backup = saved.health or job.health, saved.backup
        job.health_at = saved.at.timestamp() if saved.health is not None else None
    return job
