"""What an update would do, before anything is done: a line for every component, with the reason for every block."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldtool.core.errors import RefusedError, Trouble
from fieldtool.core.model import Expectation, Identity, Observed, Release, SiteRules
from fieldtool.core.profile import MAIN
from fieldtool.core.rights import Action, Grant
from fieldtool.core.texts import Text
from fieldtool.update.approval import Approval
from fieldtool.update.forecast import ENOUGH, expected_time
from fieldtool.update.order import Draft, Stand, Wish, arranged, breaks
from fieldtool.update.path import path
from fieldtool.update.planned import (
    NEWEST,
    Aim,
    Candidate,
    Part,
    PlanLine,
    PlannedRun,
    Seconds,
    SitePlan,
    Supply,
)
from fieldtool.update.preflight import (
    PLACE,
    Laptop,
    Level,
    Situation,
    Verdict,
    allowed,
    fits,
    info,
    judge,
    stop,
    switches_back,
    verdict,
    worst_first,
)
from fieldtool.update.rights import Answer, Rights, used_up
from fieldtool.update.rights_checks import answer, epoch_known, release_that_runs
from fieldtool.update.run import Leg, Override
from fieldtool.update.validation import Waiver, merged

__all__ = [
    "NEWEST", "Aim", "Candidate", "Part", "PlanLine", "PlannedRun", "SitePlan", "Supply", "plan_line", "plan_lines",
    "site_plan",
]  # fmt: skip


def site_plan(
    chargers: Iterable[Candidate],
    keys: Collection[str],
    supply: Supply,
    laptop: Laptop,
    made: datetime,
    aim: Aim = NEWEST,
    overrides: tuple[Override, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    approvals: tuple[Approval, ...] = (),
) -> SitePlan:
    """The plan of a site: `keys` are updated, all others stay in it with the reason.

    RefusedError(OVERRIDE_NOT_ALLOWED, OVERRIDE_WITHOUT_REASON, WAIVER_NOT_ALLOWED, WAIVER_WITHOUT_REASON).
    """
    given = (overrides, waivers, approvals)
    lines = (line for one in chargers for line in plan_lines(one, supply, laptop, made, aim, *given))
    chosen = tuple(line if line.key in keys or not line.starts else line.left_out() for line in lines)
    _check_waivers(waivers, [leg.release for line in chosen for leg in line.legs if line.starts], supply.rules)
    chosen = tuple(_within_uses(chosen, supply))
    return SitePlan(made, chosen, overrides, waivers, supply.rules, approvals, not supply.directed)


def _within_uses(lines: Iterable[PlanLine], supply: Supply) -> Iterator[PlanLine]:
    """A grant for three runs starts no fourth: the first three chargers of the plan have it."""
    takers: dict[str, set[str]] = {}
    for line in lines:
        over = None
        for grant in _limited(line, supply):
            taking = takers.setdefault(grant.id, set())
            before = supply.rights(line.serial).uses.get(grant.id, 0)
            if line.key in taking or before + len(taking) < (grant.max_uses or 0):
                taking.add(line.key)
            else:
                over = Verdict(Level.STOP, used_up(grant))
        yield line if over is None else replace(line, verdict=over, problems=(over, *line.problems), order=0)


def _limited(line: PlanLine, supply: Supply) -> list[Grant]:
    directions = supply.rights(line.serial).directions if line.starts and line.grants else None
    known = directions.grants if directions is not None else ()
    return [one for one in known if one.id in line.grants and one.max_uses is not None]


def _check_waivers(waivers: Iterable[Waiver], releases: Iterable[Release], rules: SiteRules) -> None:
    """A waiver that no release and site allow has no effect at all: better said before than afterwards.

    Where nothing starts, the reason for that is worth more.
    """
    expected = [merged(release.validation or Expectation(), rules.validation) for release in releases]
    may = {rule for one in expected for rule in one.waivable}
    for waiver in waivers:
        if expected and waiver.rule not in may:
            known = ", ".join(sorted(may)) or "none"
            raise RefusedError(Text.WAIVER_NOT_ALLOWED, rule=waiver.rule, known=known)
        if not waiver.who.strip() or not waiver.why.strip():
            raise RefusedError(Text.WAIVER_WITHOUT_REASON, rule=waiver.rule)


def plan_line(
    charger: Candidate, supply: Supply, laptop: Laptop, now: datetime, version: str | None = None
) -> PlanLine:
    """The line of a charger's main component. `version`: install just this one, also again; None: the newest."""
    return plan_lines(charger, supply, laptop, now, Aim(version))[0]


def plan_lines(
    charger: Candidate,
    supply: Supply,
    laptop: Laptop,
    now: datetime,
    aim: Aim = NEWEST,
    overrides: tuple[Override, ...] = (),
    waivers: tuple[Waiver, ...] = (),
    approvals: tuple[Approval, ...] = (),
) -> tuple[PlanLine, ...]:
    """A line for every component of a charger, "main" first; those that start know their place in its run.

    RefusedError(OVERRIDE_NOT_ALLOWED, OVERRIDE_WITHOUT_REASON).
    """
    allowed(overrides, supply.rules)
    identity, parts = charger.identity, charger.components
    if identity is None or not parts:
        reason = Verdict(Level.STOP, charger.problem or Trouble(Text.NOT_IDENTIFIED))
        line = PlanLine(charger.key, charger.serial, charger.name, "", "", MAIN, None, None, reason, reason)
        return (replace(line, problems=(reason,)),)
    rights = replace(supply.rights(identity.serial), approvals=approvals)
    deviates = bool(overrides or waivers)
    planning = _Planning(charger, identity, supply, laptop, now, aim, overrides, rights, deviates)
    wanted = [(part, *planning.wanted(part)) for part in parts]
    wishes = [Wish(part, part.observed, it) for part, it, why in wanted if it and part.observed and why is None]
    drafts = {
        draft.wish.part.id: (draft, place)
        for place, draft in enumerate(arranged(wishes, planning.stand(), planning.draft))
    }
    return tuple(
        planning.line(part, *drafts[part.id]) if why is None else planning.resting_line(part, it, why)
        for part, it, why in wanted
    )


@dataclass(frozen=True, slots=True)
class _Planning:
    """Everything that the planning of one charger looks at."""

    charger: Candidate
    identity: Identity
    supply: Supply
    laptop: Laptop
    now: datetime
    aim: Aim
    overrides: tuple[Override, ...]
    rights: Rights
    deviates: bool  # somebody passes problems or waives rules

    # -- what is wanted -----------------------------------------------------------------------------------------------

    def wanted(self, part: Part) -> tuple[Release | None, Verdict | None]:
        """What this component shall run, or why nothing is done to it."""
        if self.charger.run_open:
            return None, stop(Text.RUN_OPEN, serial=self.charger.serial)
        if not self.aim.wants(part.id):
            return None, info(Text.NOT_SELECTED)
        if part.problem is not None or part.observed is None:
            return None, Verdict(Level.STOP, part.problem or Trouble(Text.NOT_IDENTIFIED))
        if self.supply.problem is not None:
            return None, Verdict(Level.STOP, self.supply.problem)
        version = self.aim.version
        if self.aim.baseline:
            version = dict(self.supply.rules.baseline).get(part.id)
            if version is None:
                return None, info(Text.NO_BASELINE, component=part.id)
        release = self._choose(part, part.observed, version)
        if release is None:
            return None, self._none(part, version)
        again = self.aim.version is not None or part.observed.damaged  # only a whole installation mends it
        if release.version == part.observed.running and not again:
            return release, info(Text.UP_TO_DATE, found=release.version)
        return release, None

    def _choose(self, part: Part, seen: Observed, version: str | None) -> Release | None:
        """Of this component: the version asked for or the newest; preferably one that may be used here."""
        identity = self._identity(part)
        of_model = [one for one in self._releases(part) if version in (None, one.version)]
        of_hardware = [one for one in of_model if identity.hardware in one.hardware]
        stand = Stand(self.identity.versions, {})
        usable = [one for one in of_hardware if fits(self._situation(part, seen, one, stand), self.overrides, PLACE)]
        return next(iter(usable or of_hardware or of_model), None)

    def _releases(self, part: Part) -> list[Release]:
        identity = self._identity(part)
        return [
            one
            for one in self.supply.releases
            if one.component == part.id and one.vendor == identity.vendor and identity.model in one.models
        ]

    def _identity(self, part: Part) -> Identity:
        """Who this component says it is. A part of another maker has a vendor and model of its own."""
        profile = part.profile
        model = self.identity.model if self.identity.model in profile.models else profile.models[0]
        if part.id == MAIN:
            return self.identity
        return replace(self.identity, vendor=profile.vendor, model=model, hardware=part.hardware)

    def _none(self, part: Part, version: str | None) -> Verdict:
        model = self._identity(part).model
        if version is None:
            return info(Text.NO_RELEASE, model=model, hardware=part.hardware)
        known = ", ".join(one.version for one in self._releases(part)) or "none"
        return stop(Text.TARGET_UNKNOWN, version=version, model=model, known=known)

    # -- one wish -----------------------------------------------------------------------------------------------------

    def stand(self) -> Stand:
        """What runs now."""
        seen = {part.id: part.observed for part in self.charger.components if part.observed is not None}
        running = {id: one.running for id, one in seen.items() if one.running is not None}
        runs = {part.id: self._old(part, seen[part.id]) for part in self.charger.components if part.id in running}
        known = {id: release for id, release in runs.items() if release is not None}
        return Stand({**self.identity.versions, **running}, known)

    def draft(self, wish: Wish, stand: Stand, following: frozenset[str] = frozenset()) -> Draft:
        part, seen = wish.part, wish.seen
        way, missing = self._path(wish, stand)
        legs: list[Leg] = []
        found: list[Verdict] = []
        answers: list[Answer] = []
        old = stand.runs.get(part.id)
        for number, release in enumerate(way):
            after = following | (frozenset({part.id}) if number + 1 < len(way) else frozenset())
            here = old if old is not None and self.supply.on_disk(old) else None
            way_back = None if switches_back(part.can, part.id, after) else here
            legs.append(Leg(part.id, release, seen.running, way_back, self.identity.model, part.hardware))
            situation = self._situation(part, seen, release, stand, old)
            situation = replace(situation, way_back=way_back, following=after, runs=None if number else old)
            found += [*judge(situation, self.overrides), *self._against(part, seen, release, stand)]
            answers.append(answer(situation))
            seen, old = _with(seen, release), release
        grants = dict.fromkeys(id for one in answers for id in one.ids)
        second = frozenset[Action]().union(*(one.second for one in answers))
        return Draft(wish, tuple(legs), _merged([*found, *missing], wish), tuple(grants), second)

    def _path(self, wish: Wish, stand: Stand) -> tuple[tuple[Release, ...], list[Verdict]]:
        """The releases to install one after the other, and which stones are missing on the way."""

        def fitting(stone: Release) -> bool:
            return fits(self._situation(wish.part, wish.seen, stone, stand), self.overrides)

        def usable(stone: Release) -> bool:
            return self.supply.on_disk(stone) and fitting(stone)

        releases = self._releases(wish.part)
        way = path(wish.seen.running, wish.release, releases, usable)
        if way is not None:
            return way, []
        known = path(wish.seen.running, wish.release, releases, fitting) or ()
        missing = [stone for stone in known[:-1] if not self.supply.on_disk(stone)]
        target = wish.release.label
        return (wish.release,), [stop(Text.STONE_NOT_CACHED, target=target, stone=one.label) for one in missing]

    def _situation(
        self, part: Part, seen: Observed, release: Release, stand: Stand, runs: Release | None = None
    ) -> Situation:
        """`runs`: what it runs then, where that is not what it runs now."""
        runs = runs or stand.runs.get(part.id)
        known, used = epoch_known(part.id, self.identity.serial, runs, self.rights, self._releases(part))
        return Situation(
            identity=self._identity(part),
            seen=seen,
            health=self.charger.health,
            release=release,
            laptop=self.laptop,
            now=self.now.timestamp(),
            can=part.can,
            way_back=None,
            rules=self.supply.rules,
            versions=stand.versions,
            rights=self.rights,
            deviates=self.deviates,
            epoch_known=known,
            epochs_used=used,
            takes=self.supply.formats(part.profile.driver),
        )

    def _against(self, part: Part, seen: Observed, release: Release, stand: Stand) -> Iterator[Verdict]:
        """What only a plan can see: the file, what the other components then need, and that nobody directs."""
        if not self.rights.directed:
            yield info(Text.STANDS_ALONE)
        if not self.supply.on_disk(release):
            published = release.published.date().isoformat() if release.published else "its release"
            yield stop(Text.IMAGE_NOT_CACHED, target=release.label, published=published)
        for id, other in stand.runs.items():
            oldest = dict(other.requires).get(part.id)
            if id != part.id and oldest is not None and breaks(seen.running, release.version, oldest):
                yield stop(
                    Text.REQUIRED_BY, other=other.label, component=part.id, expected=oldest, target=release.label
                )

    def _old(self, part: Part, seen: Observed) -> Release | None:
        """What runs now, in the catalogue: of the same content, where the charger tells it."""
        return release_that_runs(seen, part.hardware, self._releases(part))

    # -- lines --------------------------------------------------------------------------------------------------------

    def line(self, part: Part, draft: Draft, place: int) -> PlanLine:
        line = self.resting_line(part, draft.wish.release, draft.problems[0])
        past = [self._past(part, leg) for leg in draft.legs]
        return replace(
            line,
            problems=draft.problems,
            grants=draft.grants,
            second=draft.second,
            rollback=_rollback(draft),
            legs=draft.legs,
            order=place if draft.starts else 0,
            duration=self._duration(part, draft, past),
            measured=all(len(one) >= ENOUGH for one in past),
        )

    def resting_line(self, part: Part, release: Release | None, why: Verdict) -> PlanLine:
        charger, seen = self.charger, part.observed
        identity = self._identity(part)
        return PlanLine(
            key=charger.key,
            serial=charger.serial,
            name=charger.name,
            model=self.identity.model,
            hardware=identity.hardware,
            component=part.id,
            found=seen.running if seen is not None else None,
            release=release,
            verdict=why,
            rollback=info(Text.ROLLBACK_NOT_NEEDED),
            problems=(why,),
        )

    def _duration(self, part: Part, draft: Draft, past: Sequence[Seconds]) -> tuple[int, int]:
        fast = slow = 0
        for leg, took in zip(draft.legs, past, strict=True):
            more = expected_time(leg.release, part.profile, self.supply.soak, took)
            fast, slow = fast + more[0], slow + more[1]
        return fast, slow

    def _past(self, part: Part, leg: Leg) -> Seconds:
        """How long earlier updates to this release took."""
        return self.supply.history(self.identity.vendor, self.identity.model, part.id, leg.release.version)


def _with(seen: Observed, release: Release) -> Observed:
    """The component once it runs this release."""
    epoch = None if seen.security_epoch is None else max(seen.security_epoch, release.security_epoch)
    return replace(
        seen,
        running=release.version,
        running_hash=release.payload_hash,
        staged=None,
        staged_hash=None,
        damaged=False,
        security_epoch=epoch,
    )


def _merged(found: Sequence[Verdict], wish: Wish) -> tuple[Verdict, ...]:
    """The findings of all legs as those of one line: each once, READY for the whole way."""
    once = list(dict.fromkeys(one for one in found if one.reason.text is not Text.READY))
    if all(one.level is Level.INFO for one in once):
        running = wish.seen.running or "nothing"
        once.append(verdict(Level.OK, Text.READY, found=running, target=wish.release.version))
    return worst_first(once)


def _rollback(draft: Draft) -> Verdict:
    """How the charger returns to its old firmware if the new one fails."""
    found = draft.wish.seen.running
    if not draft.starts:
        return info(Text.ROLLBACK_NOT_NEEDED)
    if found is None:
        return info(Text.ROLLBACK_NOTHING)
    cached = any(leg.way_back is not None for leg in draft.legs)
    return verdict(Level.OK, Text.ROLLBACK_CACHED if cached else Text.ROLLBACK_KEPT, found=found)
