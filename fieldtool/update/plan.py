"""What an update would do, before anything is done: a line for every component, with the reason for every block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Health, Identity, Observed, Release
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.update.forecast import forecast
from fieldtool.update.preflight import Laptop, Level, Situation, Verdict, judge, verdict

COMPONENT = "main"  # issue 2 knows one component


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One component of one charger in a plan. Blocked and up-to-date lines stay in it."""

    key: str  # of the charger in the list
    serial: str
    name: str
    model: str
    hardware: str
    component: str
    found: str | None
    release: Release | None
    verdict: Verdict
    rollback: Verdict  # can it return to its old firmware?
    duration: tuple[int, int] | None = None  # seconds, (fast, slow)

    @property
    def starts(self) -> bool:
        return self.release is not None and self.verdict.level in (Level.OK, Level.WARN)

    def left_out(self) -> "PlanLine":
        """It could be updated, but nobody asked for it."""
        return replace(
            self,
            verdict=verdict(Level.INFO, Text.NOT_SELECTED),
            rollback=verdict(Level.INFO, Text.ROLLBACK_NOT_NEEDED),
            duration=None,
        )


@dataclass(frozen=True, slots=True)
class SitePlan:
    made: datetime
    lines: tuple[PlanLine, ...]

    @property
    def starting(self) -> tuple[PlanLine, ...]:
        return tuple(line for line in self.lines if line.starts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A charger as it is known now. `problem`: why it is not served; then the rest may be missing."""

    key: str
    serial: str
    name: str
    profile: Profile | None = None
    identity: Identity | None = None
    observed: Observed | None = None
    health: Health | None = None
    can: Can = Can(0)
    problem: Trouble | None = None
    run_open: bool = False


@dataclass(frozen=True, slots=True)
class Supply:
    """What may be installed; no network I/O behind it."""

    releases: Sequence[Release]  # verified, newest first
    on_disk: Callable[[Release], bool]
    problem: Trouble | None = None  # why there are none: no root, expired
    soak: float = 10.0


def plan_line(
    charger: Candidate, supply: Supply, laptop: Laptop, now: datetime, version: str | None = None
) -> PlanLine:
    """The line of one charger. `version`: install just this one, also again; None: the newest that fits."""
    identity, seen, profile = charger.identity, charger.observed, charger.profile
    if charger.problem is not None or identity is None or seen is None or profile is None:
        reason = charger.problem or Trouble(Text.NOT_IDENTIFIED)
        stop = Verdict(Level.STOP, reason)
        return PlanLine(charger.key, charger.serial, charger.name, "", "", COMPONENT, None, None, stop, stop)
    release = choose(supply, identity, version)
    allowed = _verdict(charger, identity, seen, release, supply, laptop, now, version)
    return PlanLine(
        charger.key,
        charger.serial,
        charger.name,
        identity.model,
        identity.hardware,
        COMPONENT,
        seen.running,
        release,
        allowed,
        way_back(charger, identity, seen, supply, release, allowed),
        None if release is None else duration(release, profile, supply.soak),
    )


def choose(supply: Supply, identity: Identity, version: str | None) -> Release | None:
    """The release to aim at: of this model, preferably for this hardware, the version asked for or the newest."""
    of_model = [
        release
        for release in supply.releases
        if release.vendor == identity.vendor and identity.model in release.models and release.component == COMPONENT
    ]
    if version is not None:
        of_model = [release for release in of_model if release.version == version]
    fitting = [release for release in of_model if identity.hardware in release.hardware]
    return next(iter(fitting or of_model), None)


def _verdict(
    charger: Candidate,
    identity: Identity,
    seen: Observed,
    release: Release | None,
    supply: Supply,
    laptop: Laptop,
    now: datetime,
    version: str | None,
) -> Verdict:
    if charger.run_open:
        return verdict(Level.STOP, Text.RUN_OPEN, serial=charger.serial)
    if supply.problem is not None:
        return Verdict(Level.STOP, supply.problem)
    if release is None:
        return _no_release(identity, supply, version)
    if release.version == seen.running and version is None:
        return verdict(Level.INFO, Text.UP_TO_DATE, found=release.version)
    situation = Situation(identity, seen, charger.health, release, laptop, now.timestamp())
    worst = judge(situation)[0]
    if worst.level is not Level.STOP and not supply.on_disk(release):
        published = release.published.date().isoformat() if release.published else "its release"
        return verdict(Level.STOP, Text.IMAGE_NOT_CACHED, target=release.label, published=published)
    if worst.level is not Level.STOP and not Can.KEEP_OLD & charger.can and not _old_image(identity, seen, supply):
        return verdict(Level.STOP, Text.NO_WAY_BACK, found=seen.running or "its firmware")
    return worst


def _no_release(identity: Identity, supply: Supply, version: str | None) -> Verdict:
    if version is None:
        return verdict(Level.INFO, Text.NO_RELEASE, model=identity.model, hardware=identity.hardware)
    known = [release.version for release in supply.releases if identity.model in release.models]
    return verdict(
        Level.STOP, Text.TARGET_UNKNOWN, version=version, model=identity.model, known=", ".join(known) or "none"
    )


def way_back(
    charger: Candidate,
    identity: Identity,
    seen: Observed,
    supply: Supply,
    release: Release | None,
    allowed: Verdict,
) -> Verdict:
    """How the charger returns to its old firmware if the new one fails."""
    if release is None or allowed.level in (Level.INFO, Level.STOP):
        return verdict(Level.INFO, Text.ROLLBACK_NOT_NEEDED)
    found = seen.running or "its firmware"
    if Can.KEEP_OLD in charger.can:
        return verdict(Level.OK, Text.ROLLBACK_KEPT, found=found)
    if _old_image(identity, seen, supply):
        return verdict(Level.OK, Text.ROLLBACK_CACHED, found=found)
    return verdict(Level.STOP, Text.NO_WAY_BACK, found=found)


def _old_image(identity: Identity, seen: Observed, supply: Supply) -> bool:
    return any(
        release.version == seen.running
        and identity.model in release.models
        and identity.hardware in release.hardware
        and supply.on_disk(release)
        for release in supply.releases
    )


def duration(release: Release, profile: Profile, soak: float) -> tuple[int, int]:
    """Seconds an update takes, (fast, slow): the vendor's figure, else from size, restart and soak."""
    if release.duration is not None:
        return release.duration
    fast, slow = forecast(release.length, profile, soak).whole
    return round(fast), round(slow)
