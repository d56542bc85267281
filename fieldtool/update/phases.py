"""What is done to a charger in each phase. Every act here was written down before: the engine entered the phase.

A phase returns where the charger decided otherwise, None for the usual way on. Errors say what is known: a LinkError
nothing, a DeviceError that the charger said no.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Can, Progress, Session
from fieldtool.core.errors import (
    DeviceError,
    FieldtoolError,
    LinkError,
    RefusedError,
    Trouble,
    UnclearError,
)
from fieldtool.core.model import (
    EMPTY,
    Configuration,
    Expectation,
    FirmwareImage,
    Identity,
    Observed,
    Release,
    SiteRules,
)
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.update.configuration import differences, moved
from fieldtool.update.contact import NOT_TOLD, Contact, explain, observed, stuck
from fieldtool.update.job import Job, Limits
from fieldtool.update.live import Board
from fieldtool.update.preflight import Laptop, Level, Situation, judge
from fieldtool.update.rights import Act, Rights, may_override
from fieldtool.update.rights_checks import epoch_known, release_that_runs
from fieldtool.update.run import Phase, resume_at, runs_target
from fieldtool.update.validation import Evidence, Sample, decided, failed, merged
from fieldtool.update.validation import judge as judge_evidence

LOG = logging.getLogger(__name__)
OFTEN = 1.0  # seconds between two looks while a charger is validated
SWITCHES = 2  # tries to switch back, before the old image is installed again
LOOKS = 200  # at most, in a soak of any length


class Backups(Protocol):
    """Keeps settings of chargers. StorageError when the disk does not take or give them."""

    def save(self, run: str, component: str, settings: Configuration) -> str: ...
    def load(self, name: str) -> Configuration: ...


@dataclass(frozen=True, slots=True)
class World:
    """What a run needs to know that is not the charger: asked anew whenever it matters."""

    laptop: Callable[[], Laptop]
    rules: Callable[[], SiteRules]
    backups: Backups
    versions: Callable[[str], Mapping[str, str]] = lambda serial: EMPTY  # of all components, as read last
    rights: Callable[[str, str], Rights] = lambda serial, run: Rights()  # of one run; nobody directs: stands alone
    releases: Callable[[], Sequence[Release]] = lambda: ()  # verified


class Phases:
    """Does the work of one phase after the other. Keeps nothing of any run."""

    def __init__(self, contact: Contact, board: Board, clock: Clock, limits: Limits, world: World) -> None:
        self._contact = contact
        self._board = board
        self._clock = clock
        self._limits = limits
        self._world = world
        self._work: Mapping[Phase, Callable[[Job], Phase | None]] = {
            Phase.PREFLIGHT: self._preflight,
            Phase.BACKUP: self._backup,
            Phase.TRANSFER: self._transfer,
            Phase.VERIFY: self._verify,
            Phase.INSTALL: self._install,
            Phase.RESTART: self._restart_into_new,
            Phase.CONFIGURE: self._configure,
            Phase.VALIDATE: self._validate,
            Phase.CONFIRM: self._confirm,
            Phase.ROLL_BACK: self._roll_back,
        }

    def do(self, job: Job, phase: Phase) -> Phase | None:
        """Do the phase's work. Returns a phase where the charger decided otherwise, None for the usual way on."""
        return self._work[phase](job)

    # -- nothing is changed -------------------------------------------------------------------------------------------

    def _preflight(self, job: Job) -> None:
        image = self._whole_supply(job)
        with self._contact.of(job) as (session, seen, place):
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
            tells = Can.CONFIG in job.can and seen.running is not None
            settings = session.configuration() if tells else None
        done = {leg.component: leg.release.version for leg in job.head.legs[: job.number]}
        rights = self._rights(job)
        runs, known, used = self._epochs(job, identity, seen, rights)
        situation = Situation(
            identity=identity,
            seen=seen,
            health=job.health,
            release=image.release,
            laptop=self._world.laptop(),
            now=self._clock.now().timestamp(),
            rules=self._world.rules(),
            can=job.can,
            versions={**self._world.versions(job.serial), **identity.versions, **done},
            way_back=job.leg.way_back,
            begun=job.number > 0,
            takes=self._contact.formats(place),
            settings=settings,
            following=frozenset(leg.component for leg in job.head.legs[job.number + 1 :]),
            runs=runs,
            rights=rights,
            deviates=bool(job.head.overrides or job.head.waivers),
            epoch_known=known,
            epochs_used=used,
        )
        worst = judge(situation, job.head.overrides)[0]
        if worst.level is Level.STOP:
            raise RefusedError(worst.reason.text, **dict(worst.reason.params))
        job.began = True

    def _rights(self, job: Job) -> Rights:
        """What counts for this run now: only grants that it is counted for, only approvals that stand in its head."""
        rights = self._world.rights(job.serial, job.head.run)
        began = job.began or job.number > 0
        return replace(rights, approvals=job.head.approvals, only=frozenset(job.head.grants), began=began)

    def _epochs(
        self, job: Job, identity: Identity, seen: Observed, rights: Rights
    ) -> tuple[Release | None, int | None, bool]:
        """What runs, as the catalogue or this run knows it; and what is known of its security epoch."""
        earlier = [leg.release for leg in job.head.legs[: job.number]]
        own = [one for one in (*earlier, *self._world.releases()) if one.component == job.component]
        mine = [one for one in own if one.vendor == identity.vendor and identity.model in one.models]
        runs = release_that_runs(seen, identity.hardware, mine)
        return runs, *epoch_known(job.component, job.serial, runs, rights, mine)

    def _may_waive(self, job: Job) -> Trouble | None:
        rights = replace(self._world.rights(job.serial, job.head.run), approvals=job.head.approvals)
        return may_override(rights, Act(job.serial, job.leg.hardware, job.leg.release))

    @staticmethod
    def _whole_supply(job: Job) -> FirmwareImage:
        """Every file that this run may need, before its first leg begins. FirmwareError: a flipped byte, no root."""
        for leg in job.head.legs[job.number :]:
            job.images(leg.release)
            if leg.way_back is not None:
                job.images(leg.way_back)
        return job.image()

    def _backup(self, job: Job) -> None:
        with self._contact.of(job) as (session, _, _place):
            if job.before.running is not None:
                job.health, job.health_at = session.health(), self._clock.now().timestamp()
            if Can.CONFIG in job.can and job.before.running is not None:
                job.settings = session.configuration()
                job.backup = self._world.backups.save(job.head.run, job.component, job.settings)

    def _transfer(self, job: Job) -> None:
        image = job.image()
        job.sent.add(image.release)

        def got(progress: Progress) -> None:
            if progress.done > job.furthest:
                job.furthest = progress.done
                job.tries[Phase.TRANSFER] = 1  # a bad line may need many tries, as long as each gets further

        with self._contact.of(job) as (session, _, _place):
            self._contact.drive(job, session.transfer(image), cancellable=True, got=got)

    def _verify(self, job: Job) -> None:
        with self._contact.of(job) as (session, _, _place):
            self._contact.drive(job, session.verify(job.image()), cancellable=True)

    # -- the charger is changed ---------------------------------------------------------------------------------------

    def _install(self, job: Job) -> None:
        with self._contact.of(job) as (session, seen, _place):
            if seen.installing and not job.acted:
                raise RefusedError(Text.INSTALLING_ALREADY)
            if not seen.installing:
                self._withdraw(job, session)
                self._contact.await_free(job, session, cancellable=not job.acted)
            image = job.image()
            job.acted = True
            self._contact.drive(job, session.install(image), cancellable=False)

    def _restart_into_new(self, job: Job) -> Phase | None:
        by_itself = Can.SELF_INSTALL in job.can and job.tries[Phase.RESTART] == 1
        return self._restart(job, Phase.RESTART, by_itself)

    def _restart(self, job: Job, phase: Phase, by_itself: bool) -> Phase | None:
        """Restart and watch it come back. `phase` is RESTART or ROLL_BACK: what the rules are asked about."""
        with self._contact.of(job) as (session, seen, place):
            if not by_itself:
                if seen.damaged:
                    raise DeviceError(Text.HALF_WRITTEN)
                self._withdraw(job, session)
                self._contact.await_free(job, session, cancellable=False)
                self._contact.drive(job, session.restart(), cancellable=False)
            patience = place.profile.restart_seconds
            if place.profile.restart_by_hand:
                patience += self._limits.patience  # until somebody has done it
        return self._watch(job, phase, patience)

    def _watch(self, job: Job, phase: Phase, patience: float) -> Phase:
        deadline = self._clock.monotonic() + patience
        silent = LinkError(Text.CHARGER_SILENT, serial=job.serial, seconds=round(patience))
        trouble: FieldtoolError = silent
        while self._clock.monotonic() < deadline:
            try:
                with self._contact.of(job) as (_, seen, _place):
                    decided = resume_at(phase, job.step, job.before, seen, job.can, job.acted)
            except NOT_TOLD as error:
                trouble = silent if error.text is Text.LINK_UNREACHABLE else error
            else:
                job.runs_now = seen.running
                if decided is not None and decided is not phase:
                    explain(job, decided, seen)
                    return decided
                if seen.running is None:
                    trouble = DeviceError(Text.NEW_DOES_NOT_START)
                else:
                    trouble = DeviceError(Text.RESTART_IGNORED, seconds=round(patience))
            self._contact.pause(job, self._limits.poll)
        raise trouble

    def _configure(self, job: Job) -> None:
        """Once: where the settings still differ afterwards, the rule `settings` says so."""
        if job.settings is not None:
            with self._contact.of(job) as (session, seen, _place):
                self._expect_target(job, seen)
                session.configure(moved(job.settings, job.leg.release))
        job.configured = True
        job.samples.clear()  # its software may restart for this: watching begins anew
        job.validating_since = None

    def _validate(self, job: Job) -> Phase | None:
        if job.validating_since is None:
            job.validating_since = self._clock.monotonic()
        while True:
            self._contact.heed_waivers(job, self._may_waive)
            with self._contact.of(job) as (session, seen, place):
                self._expect_target(job, seen)
                self._give_back(job, session)
                evidence = self._look(job, session, seen, place.profile)
            if self._must_configure(job, evidence):
                return Phase.CONFIGURE
            job.findings = judge_evidence(evidence)
            self._board.change(
                job.serial,
                health=evidence.newest.health,
                findings=job.findings,
                waivable=evidence.expected.waivable,
            )
            well = decided(evidence, job.findings)
            if well:
                return None
            if well is False:
                found = "; ".join(one.reason.what.rstrip(".") for one in failed(job.findings))
                raise DeviceError(Text.VALIDATE_HEALTH, found=found)
            soak = evidence.expected.soak or 0.0
            self._contact.pause(job, max(min(self._limits.poll, OFTEN), soak / LOOKS))

    @staticmethod
    def _must_configure(job: Job, evidence: Evidence) -> bool:
        """Once, as soon as the charger can tell its settings and they are not what they should be."""
        if evidence.wanted is None or evidence.settings is None or job.configured:
            return False
        return bool(differences(evidence.wanted, evidence.settings, evidence.expected.config_may_change))

    def _look(self, job: Job, session: Session, seen: Observed, profile: Profile) -> Evidence:
        """One more sample, and all that the rules may look at now."""
        assert job.validating_since is not None
        job.runs_now = seen.running
        at = self._clock.monotonic() - job.validating_since
        settings: Configuration | None = None
        try:
            health, trouble = session.health(), ""
            if job.settings is not None:
                settings = session.configuration()
        except DeviceError as error:  # a charger that cannot tell its health yet is not healthy yet
            health, trouble = None, error.what
        job.samples.append(Sample(at, seen, health, trouble))
        return Evidence(
            release=job.leg.release,
            before=job.before,
            health_before=job.health,
            health_before_at=job.health_at,
            samples=tuple(job.samples),
            now=self._clock.now().timestamp(),
            can=job.can,
            expected=self._expected(job),
            waivers=(*job.head.waivers, *job.waivers),
            wanted=moved(job.settings, job.leg.release) if job.settings is not None else None,
            settings=settings,
            settle=profile.settle_seconds,
        )

    def _expected(self, job: Job) -> Expectation:
        expected = merged(job.leg.release.validation or Expectation(), self._world.rules().validation)
        return replace(expected, soak=max(expected.soak or 0.0, self._limits.soak))

    def _expect_target(self, job: Job, seen: Observed) -> None:
        if runs_target(job.step, seen):
            return
        if seen.running == job.step.version:
            raise DeviceError(Text.VALIDATE_HASH, expected=job.step.version)
        raise DeviceError(Text.VALIDATE_VERSION, found=seen.running or "nothing", expected=job.step.version)

    def _confirm(self, job: Job) -> None:
        with self._contact.of(job) as (session, seen, _place):
            self._expect_target(job, seen)
            job.confirmed = True
            session.confirm()
            seen = observed(session)
            self._expect_target(job, seen)
            if error := self._give_back(job, session):
                LOG.warning("Charger %s: %s", job.serial, error.what)
                params = (("detail", error.what),)
                job.trouble = Trouble(Text.NOT_IN_SERVICE, params, exit_code=DeviceError.exit_code)
            self._tidy(job, session)

    # -- back ---------------------------------------------------------------------------------------------------------

    def _roll_back(self, job: Job) -> Phase | None:
        """Look before undoing, and look after."""
        by_itself = False
        with self._contact.of(job) as (session, seen, place):
            job.can = session.can
            seen = self._contact.await_idle(job, session, seen)
            job.runs_now = seen.running
            decided = self._is_undone(job, seen)
            if decided is Phase.STUCK:
                job.trouble = stuck(seen)
                return Phase.STUCK
            if decided is not Phase.ROLLED_BACK:
                by_itself = self._undo(job, session, seen)
                decided = self._is_undone(job, observed(session))
            if decided is Phase.ROLLED_BACK:
                self._leave_as_it_was(job, session, place.profile)
                return None
        decided = self._restart(job, Phase.ROLL_BACK, by_itself and job.tries[Phase.ROLL_BACK] == 1)
        if decided is Phase.ROLLED_BACK:
            with self._contact.of(job) as (session, _, place):
                self._leave_as_it_was(job, session, place.profile)
        return decided

    def _is_undone(self, job: Job, seen: Observed) -> Phase | None:
        return resume_at(Phase.ROLL_BACK, job.step, job.before, seen, job.can, job.acted)

    def _undo(self, job: Job, session: Session, seen: Observed) -> bool:
        """Make the old firmware the one that starts next: by the charger's own switch, else by installing it again.

        Returns whether the charger then restarts by itself.
        """
        if seen.staged is not None and (seen.staged, seen.staged_hash) == (job.before.running, job.before.running_hash):
            return False  # an earlier try came so far: only the restart is missing
        falls_back = Can.TRIAL in job.can and runs_target(job.step, seen) and not job.confirmed
        switch = _is_kept(job, seen) and job.tries[Phase.ROLL_BACK] <= SWITCHES
        if Can.ROLL_BACK in job.can and (job.leg.way_back is None or switch):
            self._contact.drive(job, session.roll_back(), cancellable=False)
        elif falls_back and job.tries[Phase.ROLL_BACK] == 1:
            return False  # not confirmed: the next restart brings the old one back
        elif job.leg.way_back is not None:
            self._reinstall(job, session, job.leg.way_back)
            return Can.SELF_INSTALL in job.can
        elif not falls_back:
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="it cannot be told to, and its old image is not here")
        return False

    def _reinstall(self, job: Job, session: Session, old: Release) -> None:
        image = job.images(old)
        job.sent.add(old)
        self._contact.drive(job, session.transfer(image), cancellable=False)
        self._contact.drive(job, session.verify(image), cancellable=False)
        self._withdraw(job, session)
        self._contact.await_free(job, session, cancellable=False)
        self._contact.drive(job, session.install(image), cancellable=False)

    def _leave_as_it_was(self, job: Job, session: Session, profile: Profile) -> None:
        """The old firmware runs: it stays, with its settings and its service, and nothing of ours is left behind."""
        if job.leg.way_back is not None and Can.TRIAL in job.can and job.before.running is not None:
            self._keep(session)
        until = self._clock.monotonic() + profile.settle_seconds
        if job.settings is not None:
            self._insist(job, until, Text.SETTINGS_NOT_BACK, partial(_restore, session, job.settings))
        if job.withdrawn:
            self._insist(job, until, Text.NOT_IN_SERVICE, partial(session.serve, True))
            job.withdrawn = False
        self._tidy(job, session)
        job.restored = True

    @staticmethod
    def _keep(session: Session) -> None:
        """An old image that was installed again is on trial like any other: without this it would leave again."""
        try:
            session.confirm()
        except DeviceError as error:
            raise UnclearError(error.text, **error.params) from error

    def leave_untouched(self, job: Job) -> None:
        """Nothing was installed, but the charger was taken out of service for it. LinkError: ask again."""
        with self._contact.of(job) as (session, _, place):
            until = self._clock.monotonic() + place.profile.settle_seconds
            self._insist(job, until, Text.NOT_IN_SERVICE, partial(session.serve, True))
            job.withdrawn = False

    def _insist(self, job: Job, until: float, text: Text, act: Callable[[], None]) -> None:
        """Its software may not be up yet. What it refuses in the end is told; its firmware is right."""
        while True:
            try:
                return act()
            except DeviceError as error:
                if self._clock.monotonic() >= until:
                    LOG.warning("Charger %s: %s", job.serial, error.what)
                    job.trouble = Trouble(text, (("detail", error.what),), exit_code=DeviceError.exit_code)
                    return None
            self._contact.pause(job, OFTEN)

    # -- out of service, and back -------------------------------------------------------------------------------------

    def _withdraw(self, job: Job, session: Session) -> None:
        """No new car may come between our look and our act. Not every charger can be told."""
        if Can.OUT_OF_SERVICE not in job.can:
            return
        job.withdrawn = True
        try:
            session.serve(False)
        except DeviceError as error:
            if not job.acted:
                raise
            # What makes the new firmware sick may keep it from this too. Whether somebody charges is asked anyway.
            LOG.info("Charger %s did not leave service: %s", job.serial, error.what)

    @staticmethod
    def _give_back(job: Job, session: Session) -> DeviceError | None:
        """Why it did not take the request; then it is asked again. Its software may not be up yet after a restart."""
        if job.withdrawn:
            try:
                session.serve(True)
            except DeviceError as error:
                return error
            job.withdrawn = False
        return None

    def _tidy(self, job: Job, session: Session) -> None:
        for release in sorted(job.sent | {job.leg.release}, key=lambda one: one.target):
            try:
                session.tidy(job.images(release))
            except FieldtoolError as error:  # the run has ended well; a file left behind is removed by the next one
                LOG.info("Left a file on %s: %s", job.serial, error.what)


def _is_kept(job: Job, seen: Observed) -> bool:
    """Does the charger still hold what ran before, whole, so that a switch brings it back?

    One that does not tell its slots wrote the new firmware beside the old, which nothing has touched since: unless the
    leg was done, and a later one wrote over it, or we began to install the old image again ourselves.
    """
    if seen.slots:
        old = (job.before.running, job.before.running_hash)
        return any(slot.state == "good" and (slot.version, slot.payload_hash) == old for slot in seen.slots)
    return runs_target(job.step, seen) and not job.confirmed and job.leg.way_back not in job.sent


def _restore(session: Session, settings: Configuration) -> None:
    if differences(settings, session.configuration(), frozenset()):
        session.configure(settings)
