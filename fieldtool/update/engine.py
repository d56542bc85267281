"""Walks one charger through its update. Writes each step down before doing it.

The rules are in `run.py`, the talking in `contact.py`; here is only the walk: enter a phase, do it, and where the link
is lost, ask the charger where the run stands.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Protocol

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Can, Credentials, Driver, Session
from fieldtool.core.errors import (
    DeviceError,
    FieldtoolError,
    LinkError,
    RefusedError,
    Safety,
    StorageError,
    Trouble,
    UsageError,
)
from fieldtool.core.model import FirmwareImage, Observed
from fieldtool.core.texts import Text
from fieldtool.update.contact import Contact, explain, observed, stuck
from fieldtool.update.forecast import forecast
from fieldtool.update.job import Cancelled, Job, LeftOpen, Limits, Place, Stop
from fieldtool.update.journal import Head
from fieldtool.update.live import Board, RunState
from fieldtool.update.preflight import Laptop, Level, Situation, judge
from fieldtool.update.run import (
    NEXT,
    UNTOUCHED,
    Ending,
    Mark,
    Outcome,
    Phase,
    Record,
    resume_at,
    runs_target,
    safety,
)
from fieldtool.update.validation import findings

LOG = logging.getLogger(__name__)


class Rows(Protocol):
    """What the engine needs of the journal; each call is on disk when it returns."""

    def begin(self, head: Head, first: Record) -> None: ...
    def append(self, head: Head, record: Record) -> None: ...
    def records(self, run: str) -> tuple[Record, ...]: ...


class Engine:
    """One engine serves all runs; each run has a worker thread of its own.

    `locate(serial)` says where the charger answers now (addresses change over a restart); LinkError when nobody knows.
    """

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        locate: Callable[[str], Place],
        credentials: Callable[[str], Credentials],
        rows: Rows,
        board: Board,
        clock: Clock,
        laptop: Callable[[], Laptop],
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> None:
        self._contact = Contact(drivers, locate, credentials, board, clock, limits)
        self._rows = rows
        self._board = board
        self._clock = clock
        self._laptop = laptop
        self._limits = limits

    # -- begin and go on ----------------------------------------------------------------------------------------------

    def run(self, head: Head, image: Callable[[], FirmwareImage], stop: Stop) -> Ending:
        """Update one charger. `image` re-hashes the file and hands it out; FirmwareError refuses the run.

        StorageError when not even the first row could be written: nothing was done then.
        """
        self._board.put(self._state(head, head.came_from))
        try:
            with self._contact.session(head.serial) as (session, seen, place):
                self._board.expect(head.serial, forecast(head.release.length, place.profile, self._limits.soak))
                if seen.running is None:
                    raise RefusedError(Text.IN_BOOTLOADER)
                health = session.health()
                can = session.can
        except FieldtoolError as error:
            return self._refuse(head, error)
        job = Job(head, seen, health, image, stop, can, runs_now=seen.running)
        self._board.change(head.serial, came_from=seen.running)
        return self._walk(job, Phase.PREFLIGHT)

    def resume(self, head: Head, image: Callable[[], FirmwareImage], stop: Stop) -> Ending:
        """Go on with an open run: the charger's own account decides where."""
        past = self._rows.records(head.run)
        first = past[0]
        if first.before is None:
            raise UsageError(Text.RUN_UNKNOWN, serial=head.serial)
        last = next(record.phase for record in reversed(past) if record.mark is Mark.ENTERED)
        job = Job(head, first.before, first.health, image, stop, acted=last not in UNTOUCHED)
        job.trouble = next((record.trouble for record in reversed(past) if record.mark is Mark.FAILED), None)
        self._board.put(self._state(head, first.before.running))
        self._board.entered(head.serial, last, safety(last, Can.KEEP_OLD))
        try:
            phase = self._contact.ask(job, last)
        except LeftOpen as left:
            return self._leave_open(job, last, left.trouble)
        return self._walk(job, phase, resumed=True)

    def _walk(self, job: Job, phase: Phase, resumed: bool = False) -> Ending:
        begun = resumed
        while True:
            try:
                self._enter(job, phase, first=not begun)
            except StorageError as error:
                if not begun:
                    raise
                return self._leave_open(job, phase, error.trouble(safety(phase, job.can)), write=False)
            begun = True
            if phase not in NEXT:
                return self._end(job, phase)
            try:
                phase = self._attempt(job, phase)
            except LeftOpen as left:
                return self._leave_open(job, phase, left.trouble)
            except StorageError as error:
                return self._leave_open(job, phase, error.trouble(safety(phase, job.can)), write=False)

    def _attempt(self, job: Job, phase: Phase) -> Phase:
        """Do one phase. Returns the phase that follows, as the rules and the charger say."""
        job.tries[phase] += 1
        try:
            decided = self._do(job, phase)
        except Cancelled:
            job.trouble = Trouble(Text.CANCELLED, (), safety(phase, job.can), exit_code=DeviceError.exit_code)
            self._leave(job, phase, Mark.CANCELLED, job.trouble)
            return Phase.ABANDONED if not job.acted else Phase.ROLL_BACK
        except StorageError:
            raise
        except FieldtoolError as error:
            trouble = error.trouble(safety(phase, job.can))
            if self._is_silence(error, job):
                return self._lost(job, phase, trouble)
            job.trouble = trouble
            self._leave(job, phase, Mark.FAILED, trouble)
            return self._after_failure(job, phase, error)
        self._leave(job, phase, Mark.OK, None)
        following = decided or NEXT[phase][0]
        if following is Phase.RESTART and job.stop.cancelled:  # "stop after this step": undo what is staged
            job.trouble = Trouble(Text.CANCELLED, (), safety(phase, job.can), exit_code=DeviceError.exit_code)
            return Phase.ROLL_BACK
        return following

    @staticmethod
    def _is_silence(error: FieldtoolError, job: Job) -> bool:
        """Do we not know what the charger does? A key or login refused in mid-run may be another charger's."""
        return isinstance(error, LinkError) or (isinstance(error, RefusedError) and job.acted)

    def _after_failure(self, job: Job, phase: Phase, error: FieldtoolError) -> Phase:
        if phase is Phase.INSTALL and not job.acted:
            return Phase.ABANDONED  # we looked, and did not begin
        again = phase is Phase.ROLL_BACK or error.text is Text.RESTART_IGNORED
        if again and job.tries[phase] < self._limits.tries:
            return phase
        return NEXT[phase][1]

    def _lost(self, job: Job, phase: Phase, trouble: Trouble) -> Phase:
        self._leave(job, phase, Mark.LOST, trouble)
        if job.tries[phase] < self._limits.tries:
            return self._contact.ask(job, phase, trouble)
        if phase in UNTOUCHED:
            job.trouble = Trouble(
                Text.GAVE_UP, (("phase", phase.value), ("tries", job.tries[phase])), exit_code=trouble.exit_code
            )
            return Phase.ABANDONED
        raise LeftOpen(trouble)

    # -- phases -------------------------------------------------------------------------------------------------------

    def _do(self, job: Job, phase: Phase) -> Phase | None:
        """Do the phase's work. Returns a phase where the charger decided otherwise, None for the usual way on."""
        match phase:
            case Phase.PREFLIGHT:
                self._preflight(job)
            case Phase.BACKUP:
                self._backup(job)
            case Phase.TRANSFER:
                self._transfer(job)
            case Phase.VERIFY:
                with self._contact.session(job.serial) as (session, _, _place):
                    self._contact.drive(job, session.verify(job.checked_image()), cancellable=True)
            case Phase.INSTALL:
                self._install(job)
            case Phase.RESTART:
                return self._restart(job, Phase.RESTART)
            case Phase.VALIDATE:
                self._validate(job)
            case Phase.CONFIRM:
                self._confirm(job)
            case _:
                return self._roll_back(job)
        return None

    def _preflight(self, job: Job) -> None:
        image = job.checked_image()  # FirmwareError: a flipped byte, expired metadata, no root
        with self._contact.session(job.serial) as (session, seen, place):
            job.can = session.can
            identity = session.identify()
            if identity.vendor != place.profile.vendor or identity.model not in place.profile.models:
                raise RefusedError(
                    Text.PROFILE_DISAGREES,
                    found=f"{identity.vendor} {identity.model}",
                    profile=place.profile.id,
                    expected=f"{place.profile.vendor} {', '.join(place.profile.models)}",
                )
            if not seen.same_firmware(job.before):
                raise RefusedError(Text.NOT_OUR_DOING, found=seen.running or "its bootloader")
            now = self._clock.now().timestamp()
            situation = Situation(identity, seen, job.health, image.release, self._laptop(), now)
        worst = judge(situation)[0]
        if worst.level is Level.STOP:
            raise RefusedError(worst.reason.text, **dict(worst.reason.params))

    def _backup(self, job: Job) -> None:
        with self._contact.session(job.serial) as (session, _, _place):
            job.health = session.snapshot().health

    def _transfer(self, job: Job) -> None:
        image = job.checked_image()
        with self._contact.session(job.serial) as (session, _, _place), closing(session.transfer(image)) as steps:
            for progress in steps:
                self._board.progressed(job.serial, progress)
                if progress.done > job.furthest:
                    job.furthest = progress.done
                    job.tries[Phase.TRANSFER] = 1  # a bad line may need many tries, as long as each gets further
                self._contact.heed(job, cancellable=True)

    def _install(self, job: Job) -> None:
        with self._contact.session(job.serial) as (session, seen, _place):
            if seen.installing and not job.acted:
                raise RefusedError(Text.INSTALLING_ALREADY)
            if not seen.installing:
                self._contact.await_free(job, session, cancellable=not job.acted)
            image = job.checked_image()
            job.acted = True
            self._contact.drive(job, session.install(image), cancellable=False)

    def _restart(self, job: Job, phase: Phase) -> Phase | None:
        """Restart and watch it come back. `phase` is RESTART or ROLL_BACK: what the rules are asked about."""
        with self._contact.session(job.serial) as (session, _, place):
            self._contact.await_free(job, session, cancellable=False)
            patience = place.profile.restart_seconds
            session.restart()
        deadline = self._clock.monotonic() + patience
        trouble: FieldtoolError = LinkError(Text.CHARGER_SILENT, serial=job.serial, seconds=round(patience))
        while self._clock.monotonic() < deadline:
            try:
                with self._contact.session(job.serial) as (_, seen, _place):
                    decided = resume_at(phase, job.step, job.before, seen)
            except (LinkError, RefusedError) as error:
                trouble = error
            else:
                job.runs_now = seen.running
                if decided is not None and decided is not phase:
                    explain(job, decided, seen)
                    return decided
                trouble = DeviceError(Text.RESTART_IGNORED, seconds=round(patience))
            self._contact.pause(job, self._limits.poll)
        raise trouble

    def _validate(self, job: Job) -> None:
        began = self._clock.monotonic()
        healthy_since: float | None = None
        while True:
            with self._contact.session(job.serial) as (session, seen, place):
                self._expect_target(job, seen)
                worse = self._look_for_worse(job, session)
            job.runs_now = seen.running
            now = self._clock.monotonic()
            if worse:
                healthy_since = None
                if now - began >= place.profile.settle_seconds:
                    raise DeviceError(Text.VALIDATE_HEALTH, found=", ".join(worse))
            else:
                healthy_since = now if healthy_since is None else healthy_since
                if now - healthy_since >= self._limits.soak:
                    return
            self._contact.pause(job, min(self._limits.poll, 1.0))

    def _look_for_worse(self, job: Job, session: Session) -> tuple[str, ...]:
        """What is worse than before. A charger that cannot tell its health yet is not healthy yet."""
        try:
            health = session.health()
        except DeviceError as error:
            return (error.what,)
        self._board.change(job.serial, health=health)
        return findings(job.health, health)

    def _expect_target(self, job: Job, seen: Observed) -> None:
        if runs_target(job.step, seen):
            return
        if seen.running == job.step.version:
            raise DeviceError(Text.VALIDATE_HASH, expected=job.step.version)
        raise DeviceError(Text.VALIDATE_VERSION, found=seen.running or "nothing", expected=job.step.version)

    def _confirm(self, job: Job) -> None:
        with self._contact.session(job.serial) as (session, seen, _place):
            self._expect_target(job, seen)
            session.confirm()
            seen = observed(session)
            self._expect_target(job, seen)
            self._tidy(job, session)

    def _roll_back(self, job: Job) -> Phase | None:
        """Look before undoing, and look after."""
        with self._contact.session(job.serial) as (session, seen, _place):
            job.can = session.can
            seen = self._contact.await_idle(job, session, seen)
            job.runs_now = seen.running
            decided = resume_at(Phase.ROLL_BACK, job.step, job.before, seen)
            if decided is Phase.ROLLED_BACK:
                self._tidy(job, session)
                return None
            if decided is Phase.STUCK:
                job.trouble = stuck(seen, job.can)
                return Phase.STUCK
            if Can.ROLL_BACK not in job.can and Can.TRIAL not in job.can:
                raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="it cannot be told to")
            if Can.ROLL_BACK in job.can:
                self._contact.drive(job, session.roll_back(), cancellable=False)
            seen = observed(session)
            if resume_at(Phase.ROLL_BACK, job.step, job.before, seen) is Phase.ROLLED_BACK:
                self._tidy(job, session)
                return None
        decided = self._restart(job, Phase.ROLL_BACK)
        if decided is Phase.ROLLED_BACK:
            with self._contact.session(job.serial) as (session, _, _place):
                self._tidy(job, session)
            return None
        return decided

    def _tidy(self, job: Job, session: Session) -> None:
        try:
            session.tidy(job.last_image or job.checked_image())
        except FieldtoolError as error:  # the run has ended well; a file left behind is removed by the next one
            LOG.info("Left a file on %s: %s", job.serial, error.what)

    # -- writing down -------------------------------------------------------------------------------------------------

    def _enter(self, job: Job, phase: Phase, first: bool) -> None:
        """The row is on disk before anything of the phase happens."""
        at = self._clock.now()
        if first:
            record = Record(
                job.head.run, at, job.head.component, phase, Mark.ENTERED, before=job.before, health=job.health
            )
            self._rows.begin(job.head, record)
        else:
            trouble = job.trouble if phase not in NEXT and phase is not Phase.DONE else None
            self._rows.append(
                job.head, Record(job.head.run, at, job.head.component, phase, Mark.ENTERED, trouble=trouble)
            )
        if phase in NEXT:
            self._board.entered(job.serial, phase, safety(phase, job.can))

    def _leave(self, job: Job, phase: Phase, mark: Mark, trouble: Trouble | None) -> None:
        health = job.health if phase is Phase.BACKUP and mark is Mark.OK else None
        record = Record(job.head.run, self._clock.now(), job.head.component, phase, mark, trouble, health=health)
        self._rows.append(job.head, record)
        self._board.left(job.serial, mark, trouble)

    def _end(self, job: Job, phase: Phase) -> Ending:
        outcome = Outcome(phase.value)
        trouble = None if outcome is Outcome.DONE else job.trouble
        if trouble is not None and outcome is Outcome.ROLLED_BACK:
            trouble = replace(trouble, safety=Safety.RETURNED)
        self._board.change(
            job.serial, phase=phase, outcome=outcome, trouble=trouble, runs_now=job.runs_now, waiting=None, eta=None
        )
        return Ending(job.head.run, job.serial, outcome, trouble, job.before.running, job.runs_now)

    def _leave_open(self, job: Job, phase: Phase, trouble: Trouble | None, write: bool = True) -> Ending:
        """The run has no end yet. `write` is False when the journal itself is what failed."""
        if write:
            record = Record(job.head.run, self._clock.now(), job.head.component, phase, Mark.WAITING, trouble)
            try:
                self._rows.append(job.head, record)
            except StorageError as error:  # the rows before it are on disk: resume needs no more
                trouble = error.trouble(safety(phase, job.can))
        self._board.change(job.serial, outcome=Outcome.WAITING, waiting=trouble, trouble=trouble or job.trouble)
        return Ending(job.head.run, job.serial, Outcome.WAITING, trouble, job.before.running, job.runs_now)

    def _refuse(self, head: Head, error: FieldtoolError) -> Ending:
        """No run began: said, written down, charger untouched."""
        trouble = error.trouble()
        record = Record(head.run, self._clock.now(), head.component, Phase.REFUSED, Mark.ENTERED, trouble)
        self._rows.begin(head, record)
        self._board.change(head.serial, phase=Phase.REFUSED, outcome=Outcome.REFUSED, trouble=trouble)
        return Ending(head.run, head.serial, Outcome.REFUSED, trouble, head.came_from, head.came_from)

    def _state(self, head: Head, came_from: str | None) -> RunState:
        return RunState(
            head.run, head.serial, head.name, came_from, head.release.version, Phase.PREFLIGHT, self._clock.now()
        )
