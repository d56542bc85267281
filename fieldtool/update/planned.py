"""A plan as a value: what is known and wanted, what would be done, and why not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Health, Identity, Observed, Release, SiteRules, same_serial
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.rights import Action
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.preflight import Level, Verdict, info
from fieldtool.update.rights import Rights
from fieldtool.update.run import Leg, Override
from fieldtool.update.validation import Waiver

Seconds = tuple[float, ...]


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
    release: Release | None  # aimed at
    verdict: Verdict  # the worst of `problems`
    rollback: Verdict  # can it return to its old firmware?
    duration: tuple[int, int] | None = None  # seconds, (fast, slow)
    legs: tuple[Leg, ...] = ()  # stepping stones included
    problems: tuple[Verdict, ...] = ()  # everything that was found, worst first
    order: int = 0  # among the lines of its charger that start: what requires another one comes later
    measured: bool = False  # the duration is what earlier runs took, no estimate
    grants: tuple[str, ...] = ()  # ids that it would begin under
    second: frozenset[Action] = frozenset()  # what a second person must agree to, done or not

    @property
    def starts(self) -> bool:
        return self.release is not None and self.verdict.level in (Level.OK, Level.WARN)

    def left_out(self) -> "PlanLine":
        """It could be updated, but nobody asked for it."""
        reason = info(Text.NOT_SELECTED)
        return replace(
            self,
            verdict=reason,
            problems=(reason,),
            rollback=info(Text.ROLLBACK_NOT_NEEDED),
            duration=None,
            legs=(),
            order=0,
            grants=(),
            second=frozenset(),
        )


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One charger's run: all its legs in the order in which they are walked."""

    key: str
    serial: str
    name: str
    legs: tuple[Leg, ...]
    overrides: tuple[Override, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    grants: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class SitePlan:
    made: datetime
    lines: tuple[PlanLine, ...]
    overrides: tuple[Override, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    rules: SiteRules = SiteRules()  # of the site, that it was made by
    approvals: tuple[Approval, ...] = ()
    stands_alone: bool = True  # nobody directs this laptop

    @property
    def starting(self) -> tuple[PlanLine, ...]:
        return tuple(line for line in self.lines if line.starts)

    @property
    def runs(self) -> tuple[PlannedRun, ...]:
        """One run per charger, in the order of their lines."""
        by_key: dict[str, list[PlanLine]] = {}
        for line in self.starting:
            by_key.setdefault(line.key, []).append(line)
        return tuple(self._run(lines) for lines in by_key.values())

    def _run(self, lines: Sequence[PlanLine]) -> PlannedRun:
        legs = tuple(leg for line in sorted(lines, key=lambda line: line.order) for leg in line.legs)
        first = lines[0]
        grants = tuple(dict.fromkeys(grant for line in lines for grant in line.grants))
        mine = (
            one for one in self.approvals if any(same_serial(it.serial, first.serial) for it in one.request.chargers)
        )
        approvals = tuple(mine) if any(line.second for line in lines) else ()
        return PlannedRun(first.key, first.serial, first.name, legs, self.overrides, self.waivers, grants, approvals)


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a charger as it is known now. `problem`: why it is not served; then the rest may be missing."""

    id: str
    profile: Profile
    hardware: str
    observed: Observed | None
    can: Can = Can(0)
    problem: Trouble | None = None


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
    parts: tuple[Part, ...] = ()  # its components, in the profile's order; "main" may be left to the fields above

    @property
    def components(self) -> tuple[Part, ...]:
        """Every component, "main" first; empty for a charger that is not served."""
        if self.problem is not None or self.profile is None or self.identity is None or self.observed is None:
            return ()
        main = Part(MAIN, self.profile, self.identity.hardware, self.observed, self.can)
        return (main, *(part for part in self.parts if part.id != MAIN))


def _alone(_serial: str) -> Rights:
    return Rights()


def _no_history(_vendor: str, _model: str, _component: str, _version: str) -> Seconds:
    return ()


@dataclass(frozen=True, slots=True)
class Supply:
    """What may be installed, and what the site demands; no network I/O behind it."""

    releases: Sequence[Release]  # verified, newest first
    on_disk: Callable[[Release], bool]
    problem: Trouble | None = None  # why there are none: no root, expired
    soak: float = 10.0
    rules: SiteRules = SiteRules()
    history: Callable[[str, str, str, str], Seconds] = _no_history  # vendor, model, component, version -> of good runs
    rights: Callable[[str], Rights] = _alone  # serial -> what counts there now; no I/O behind it either
    directed: bool = False
    formats: Callable[[str], frozenset[str] | None] = lambda driver: None  # that a driver installs; None: not told


@dataclass(frozen=True, slots=True)
class Aim:
    """What somebody wants. Nothing said: the newest that fits, for every component."""

    version: str | None = None  # just this one, also again; of `component`, else of "main"
    baseline: bool = False  # what the site file says, up or down
    component: str | None = None  # only this one

    def wants(self, component: str) -> bool:
        only = self.component or (MAIN if self.version is not None else None)
        return only is None or component == only


NEWEST = Aim()
