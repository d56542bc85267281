"""How the engine talks to one charger: found by serial number, never by address alone; waited for, never given up."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Can, Credentials, Driver, EndedBy, ManualStep, Progress, Session, Steps
from fieldtool.core.errors import DeviceError, LinkError, RefusedError, Trouble, UnclearError, UsageError
from fieldtool.core.model import Observed, same_serial
from fieldtool.core.texts import Text
from fieldtool.update.job import Cancelled, Job, LeftOpen, Limits, Place
from fieldtool.update.live import Board
from fieldtool.update.run import UNTOUCHED, Mark, Phase, resume_at, safety
from fieldtool.update.validation import Waiver

LOG = logging.getLogger(__name__)
# In mid-run all of these mean the same: we do not know how the charger is. The line is lost; a key or a login is
# refused, perhaps by another charger; this laptop lacks something, such as an open keyring.
NOT_TOLD = (LinkError, RefusedError, UsageError)

Noted = Callable[[Job, Mark, ManualStep | Waiver], None]


class Contact:
    """Opens sessions with the right charger, and waits for it. Shared by all runs; keeps nothing of any.

    `noted` writes down what a person is asked for, before he is asked.
    """

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        locate: Callable[[str, str], Place],
        credentials: Callable[[str], Credentials],
        board: Board,
        clock: Clock,
        limits: Limits,
        noted: Noted,
    ) -> None:
        self._drivers = drivers
        self._locate = locate
        self._credentials = credentials
        self._board = board
        self._clock = clock
        self._limits = limits
        self._noted = noted

    @contextmanager
    def session(self, serial: str, component: str) -> Iterator[tuple[Session, Observed, Place]]:
        """A session with the charger of this serial number, and what it says of itself. No other is ever touched."""
        place = self._locate(serial, component)
        driver = self._drivers.get(place.component.driver)
        if driver is None:
            raise UsageError(Text.DRIVER_UNKNOWN, driver=place.component.driver)
        with driver.open(place.component, place.profile, self._credentials(serial)) as session:
            seen = observed(session)
            if not same_serial(seen.serial, serial):
                raise LinkError(
                    Text.OTHER_CHARGER, address=str(place.component.link), found=seen.serial, expected=serial
                )
            yield session, seen, place

    def formats(self, place: Place) -> frozenset[str]:
        """Of the files that this component's driver installs."""
        return self._drivers[place.component.driver].formats

    def of(self, job: Job) -> AbstractContextManager[tuple[Session, Observed, Place]]:
        """The same, for the component that a job is about."""
        return self.session(job.serial, job.component)

    def ask(self, job: Job, last: Phase, trouble: Trouble | None = None) -> Phase:
        """Wait for the charger as long as it takes, within our patience; its own account says where the run stands."""
        if trouble is not None:
            self._board.change(job.serial, waiting=trouble)
        began = self._clock.monotonic()
        while True:
            try:
                with self.of(job) as (session, seen, _place):
                    job.can = session.can
            except NOT_TOLD as error:
                trouble = error.trouble(safety(last, job.can, job.acted))
                self._board.change(job.serial, waiting=trouble)
            else:
                phase = resume_at(last, job.step, job.before, seen, job.can, job.acted)
                job.runs_now = seen.running
                if phase is not None:
                    explain(job, phase, seen)
                    return phase
            if self._clock.monotonic() - began >= self._limits.patience:
                raise LeftOpen(self._silent(job, trouble))
            if job.hand.cancelled and last in UNTOUCHED and not job.acted:
                job.trouble = Trouble(Text.CANCELLED, (), exit_code=DeviceError.exit_code)
                return Phase.ABANDONED
            self.pause(job, self._limits.poll)

    def _silent(self, job: Job, trouble: Trouble | None) -> Trouble | None:
        """A charger that nobody can reach for so long is told as such; whatever else it is keeps its own words."""
        if trouble is None or trouble.text not in (Text.LINK_UNREACHABLE, Text.CHARGER_NOT_SEEN):
            return trouble
        params = (("seconds", round(self._limits.patience)), ("serial", job.serial))
        return replace(trouble, text=Text.CHARGER_SILENT, params=params)

    def await_free(self, job: Job, session: Session, cancellable: bool) -> None:
        """Never force: wait until nobody is served. Asked right before the act that would disturb them."""
        while (in_use := observed(session).in_use) != "":
            waiting = Trouble(Text.WAITING_FOR_SESSION, (("found", in_use),), safety(Phase.INSTALL, job.can, job.acted))
            self._board.change(job.serial, waiting=waiting)
            self.heed(job, cancellable)
            self.pause(job, self._limits.poll)
        self._board.change(job.serial, waiting=None)
        self.heed(job, cancellable)

    def await_idle(self, job: Job, session: Session, seen: Observed) -> Observed:
        """Wait until nothing is being installed: before that nobody can say what the charger will run."""
        began = self._clock.monotonic()
        while seen.installing:
            if self._clock.monotonic() - began >= self._limits.patience:
                raise LinkError(Text.STILL_INSTALLING, serial=job.serial, seconds=round(self._limits.patience))
            self._board.change(job.serial, waiting=Trouble(Text.INSTALLING_ALREADY))
            self.pause(job, self._limits.poll)
            seen = observed(session)
        return seen

    def drive(
        self, job: Job, steps: Steps, cancellable: bool, got: Callable[[Progress], None] = lambda progress: None
    ) -> None:
        """Walk a driver's steps: progress to the board and to `got`, manual steps to a person."""
        with closing(steps):  # closing a generator runs the driver's own `finally`
            for step in steps:
                if isinstance(step, ManualStep):
                    self._await_person(job, step, cancellable)
                else:
                    self._board.progressed(job.serial, step)
                    got(step)
                self.heed(job, cancellable)

    def _await_person(self, job: Job, step: ManualStep, cancellable: bool) -> None:
        """Written down, shown, and waited for where only the person can tell that it is done."""
        job.hand.answered = False
        self._noted(job, Mark.ASKED, step)
        self._board.change(job.serial, asked=step)
        if step.ended_by is EndedBy.DEVICE:
            return
        while not job.hand.answered:
            self.heed(job, cancellable)
            self.pause(job, self._limits.person)
        self._noted(job, Mark.ANSWERED, step)
        self._board.change(job.serial, asked=None)

    def heed_waivers(self, job: Job, refusal: Callable[[Job], Trouble | None]) -> None:
        """What somebody decided while the charger is watched counts once it is written down, also after a crash.

        Who may not decide changes nothing; `refusal` says why.
        """
        for waiver in job.hand.waivers:
            if waiver in job.waivers or waiver in job.refused_waivers:
                continue
            trouble = refusal(job)
            if trouble is not None:
                LOG.info("Charger %s: %s is not waived. %s", job.serial, waiver.rule, trouble.what)
                job.refused_waivers = (*job.refused_waivers, waiver)
            else:
                self._noted(job, Mark.WAIVED, waiver)
                job.waivers = (*job.waivers, waiver)

    def heed(self, job: Job, cancellable: bool) -> None:
        if job.hand.halting.is_set():
            raise LeftOpen(None)
        if job.hand.cancelled and cancellable:
            raise Cancelled

    def pause(self, job: Job, seconds: float) -> None:
        """Wait; a halt ends the run's thread here."""
        self._clock.wait(job.hand.halting, seconds)
        self.heed(job, cancellable=False)


def observed(session: Session) -> Observed:
    """What the charger says of itself. UnclearError when it cannot: no reason to judge it, whatever the phase."""
    try:
        return session.observe()
    except DeviceError as error:
        raise UnclearError(error.text, **error.params) from error


def explain(job: Job, decided: Phase, seen: Observed) -> None:
    """Keep in words why the charger's own decision ends the leg otherwise than planned."""
    level = safety(Phase.ROLL_BACK, job.can)
    if decided is Phase.ROLLED_BACK and job.trouble is None:
        text = Text.BOOTLOADER_REJECTED if _was_thrown_away(job, seen) else Text.FELL_BACK
        job.trouble = Trouble(text, (), level, DeviceError.exit_code)
    if decided is Phase.ROLL_BACK and job.trouble is None and seen.running is None:
        job.trouble = Trouble(Text.NEW_DOES_NOT_START, (), level, DeviceError.exit_code)
    if decided is Phase.STUCK:
        job.trouble = stuck(seen)
    if decided is Phase.ABANDONED:
        found = seen.running or "its bootloader"
        job.trouble = Trouble(Text.NOT_OUR_DOING, (("found", found),), exit_code=DeviceError.exit_code)


def _was_thrown_away(job: Job, seen: Observed) -> bool:
    """It lay whole in its slot before the restart. A bootloader that tried it would have put it back there."""
    target = (job.step.version, job.step.payload_hash)
    tried = any((slot.version, slot.payload_hash) == target for slot in seen.slots)
    return Can.TRIAL in job.can and bool(seen.slots) and not tried


def stuck(seen: Observed) -> Trouble:
    level = safety(Phase.INSTALL, Can(0))
    if seen.running is None:
        return Trouble(Text.IN_BOOTLOADER, (), level, DeviceError.exit_code)
    return Trouble(Text.STRANGE_FIRMWARE, (("found", seen.running),), level, DeviceError.exit_code)
