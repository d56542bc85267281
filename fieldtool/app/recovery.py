"""Bringing back chargers that no longer boot: looking at the line, choosing the image, asking who may, beginning."""

import secrets
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from threading import Lock
from typing import Protocol

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.addresses import parse_port
from fieldtool.core.clock import Clock
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import DeviceError, FieldtoolError, FirmwareError, RefusedError, Safety, Trouble, UsageError
from fieldtool.core.model import Identity, Link, Release, Site, SiteRules, is_serial, normal_serial, same_serial
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.recovery import Recoverer, Recovery
from fieldtool.core.rights import Action, OrderedCharger
from fieldtool.core.texts import Text
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.presence import Presence
from fieldtool.discovery.profiles import Profiles
from fieldtool.firmware.repository import Catalogue
from fieldtool.update.approval import Approval, Asked, Request
from fieldtool.update.engine import Engine
from fieldtool.update.job import Hand, Images
from fieldtool.update.journal import Journal
from fieldtool.update.preflight import Laptop, Level, Verdict, stop, warn, worst_first
from fieldtool.update.recovery import RecoveryEngine, recoverer_of
from fieldtool.update.recovery_rules import Ground, answer, choose, judge, known_identity, unfit, worth
from fieldtool.update.rights import Rights, narrowed
from fieldtool.update.run import Ending, Head, Leg, Mark, Phase, Record, Wire

GROUP = "fieldtool.recoverers"
_NOBODY = OrderedCharger("", "", "")


@dataclass(frozen=True, slots=True)
class RecoveryModel:
    """A model that this laptop knows how to bring back."""

    profile: str
    vendor: str
    models: tuple[str, ...]


class Recoverers(Mapping[str, Recoverer]):
    """Name -> driver that brings chargers back, ours and anyone's: entry points, imported when first used."""

    def __init__(self) -> None:
        self._points: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
        self._loaded: dict[str, Recoverer] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Recoverer:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._points[name].load()
            return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


class Walker(Protocol):
    """Begins a run, or goes on with one: the engine of updates, that of recoveries, and `ByKind`."""

    def run(self, head: Head, images: Images, hand: Hand) -> Ending: ...
    def resume(self, head: Head, images: Images, hand: Hand) -> Ending: ...


class ByKind:
    """Each run by its own engine: whoever resumes need not know what it is."""

    def __init__(self, updates: Engine, recoveries: RecoveryEngine) -> None:
        self._updates, self._recoveries = updates, recoveries

    def run(self, head: Head, images: Images, hand: Hand) -> Ending:
        return self._of(head).run(head, images, hand)

    def resume(self, head: Head, images: Images, hand: Hand) -> Ending:
        return self._of(head).resume(head, images, hand)

    def _of(self, head: Head) -> Walker:
        return self._updates if head.recovery is None else self._recoveries


class Starts(Protocol):
    """What a recovery needs of `Runs`."""

    def recover(self, head: Head, before: Callable[[], None]) -> str: ...


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """What a recovery would do, and what speaks against it."""

    wire: Wire
    serial: str
    name: str
    identity: Identity
    release: Release | None
    problems: tuple[Verdict, ...]  # everything that was found, worst first
    made: datetime
    grants: tuple[str, ...] = ()  # ids that it would begin under
    second: frozenset[Action] = frozenset()  # what a second person must agree to, done or not
    approvals: tuple[Approval, ...] = ()
    stale: Trouble | None = None  # why the catalogue would refuse the image for an update
    stands_alone: bool = True  # nobody directs this laptop

    @property
    def verdict(self) -> Verdict:
        return self.problems[0]

    @property
    def starts(self) -> bool:
        return self.release is not None and self.verdict.level in (Level.OK, Level.WARN)

    @property
    def only_unapproved(self) -> bool:
        """Does nothing but a second person's yes keep it from starting?"""
        stops = [one for one in self.problems if one.level is Level.STOP]
        return bool(stops) and all(_is_approval(one) for one in stops)


class Recoveries:
    """Serves recoveries from the real services. What touches a charger is on record before."""

    def __init__(
        self,
        recoverers: Mapping[str, Recoverer],
        profiles: Profiles,
        catalogue: Catalogue,
        rights: Callable[[str, str], Rights],
        journal: Journal,
        audit: AuditLog,
        clock: Clock,
        site: Callable[[], Site | None],
        charger: Callable[[str], Entry | None],
        laptop: Callable[[], Laptop],
        actor: str,
    ) -> None:
        """`rights`: of a serial number and a run, as the laptop has them; `charger`: what discovery knows of one."""
        self._recoverers = recoverers
        self._profiles = profiles
        self._catalogue = catalogue
        self._laptop_rights = rights
        self._journal = journal
        self._audit = audit
        self._clock = clock
        self._site = site
        self._charger = charger
        self._laptop = laptop
        self._actor = actor
        self._looking: Recovery | None = None  # line that `look` has open now

    def models(self) -> tuple[RecoveryModel, ...]:
        """All whose profile says how, by profile."""
        known = sorted(self._profiles.known.values(), key=lambda one: one.id)
        return tuple(RecoveryModel(one.id, one.vendor, one.models) for one in known if one.recovery)

    def console(self) -> tuple[str, ...]:
        """The newest lines of the console while `look` goes on; from any thread."""
        line = self._looking
        return line.log() if line is not None else ()

    # -- which charger is it? -----------------------------------------------------------------------------------------

    def profile(self, serial: str, wanted: str = "") -> Profile:
        """`wanted`, else what order, site file or discovery say of this serial. UsageError(RECOVERY_PROFILE_NEEDED)."""
        entry = self._charger(serial) if serial else None
        named = wanted or self._ordered(serial).profile or self._expected(serial)[1]
        if not named and entry is not None and entry.found is not None:
            named = entry.found.profile.id
        if not named:
            raise UsageError(Text.RECOVERY_PROFILE_NEEDED, serial=serial or "?")
        return self._profiles.profile(named)

    def look(
        self, link: Link, profile: Profile, serial: str = "", target: str = ""
    ) -> Generator[Progress | ManualStep, None, Identity]:
        """(slow) Into the bootloader, and who it is; writes nothing. Close it to stop. On record before it types.

        `serial`: as read on the label, "" = the bootloader shall tell. `target`: as for `plan`. RefusedError
        (RECOVERY_OTHER_CHARGER, PROFILE_DISAGREES), UsageError(RECOVERY_SERIAL_NEEDED), LinkError, DeviceError;
        FirmwareError before anything is typed, where no image on this laptop could be written whoever it is.
        """
        recoverer = recoverer_of(self._recoverers, profile, link)
        self._audit.ready()
        self._refuse_hopeless(profile, serial, target)
        self._audit.record(Event("recovery-looked", serial, MAIN, seen={"line": str(link), "profile": profile.id}))
        with recoverer.open(link, profile) as line:
            self._looking = line
            try:
                yield from line.enter()
                told = line.identify()
            finally:
                self._looking = None
        found = serial or (told.serial if is_serial(told.serial) else "")
        if not found:
            raise UsageError(Text.RECOVERY_SERIAL_NEEDED)
        ordered = self._ordered(found)
        return known_identity(told, found, ordered.model, ordered.hardware, profile)

    def _refuse_hopeless(self, profile: Profile, serial: str, target: str) -> None:
        """Of all images for the model none is genuine, or none is for the hardware that an order tells: on record."""
        if not serial and self._catalogue.recovery_directions() is not None:
            return  # which orders count, the bootloader must tell
        try:
            self._check_any(self._candidates(profile, serial, target), serial)
        except FieldtoolError as error:
            self._record_refusal(serial, error.trouble(), "")
            raise

    def _candidates(self, profile: Profile, serial: str, target: str) -> list[Release]:
        """What could be written, the best first, as far as it can be said of a charger that has told nothing yet."""
        ordered = self._ordered(serial)
        told = Identity("", "", "", "", {})
        identity = known_identity(told, serial, ordered.model, ordered.hardware, profile)
        ground = self._ground(identity, profile, ())
        if target or (identity.model and identity.hardware):
            release = self._release(ground, target)
            trouble = unfit(ground, release) if identity.hardware else None
            if trouble is not None:
                raise RefusedError(trouble.text, **dict(trouble.params))
            return [release]
        wanted = profile.recovery.get("format", "")
        mine = (one for one in ground.releases if one.component == MAIN and wanted in ("", one.format))
        mine = (one for one in mine if set(one.models) & set(profile.models) and self._catalogue.has_file(one))
        return sorted(mine, key=worth, reverse=True)

    def _check_any(self, candidates: Sequence[Release], serial: str) -> None:
        """The error of the best where none holds; nothing where there is none: who it is may say more about that."""
        first: FieldtoolError | None = None
        for release in candidates:
            try:
                self._catalogue.image_for_recovery(release, serial)
            except FirmwareError as error:
                first = first or error
            else:
                return
        if first is not None:
            raise first

    def find(self, port: str, wanted: str, serial: str) -> Generator[Progress | ManualStep, None, RecoveryPlan]:
        """(slow) `look`, then `plan`. `port`: as it is typed: a serial port, or an address. `wanted`: see `profile`."""
        link = parse_port(port)
        if serial:
            self.refuse_running(serial)
        profile = self.profile(serial, wanted)
        identity = yield from self.look(link, profile, serial)
        return self.plan(link, profile, identity)

    def again(self, plan: RecoveryPlan, approvals: Sequence[Approval]) -> RecoveryPlan:
        """(slow) The same charger judged anew, with what second persons agreed to."""
        return self.plan(plan.wire.link, self._profiles.profile(plan.wire.profile), plan.identity, "", approvals)

    def _ordered(self, serial: str) -> OrderedCharger:
        """As the newest order names it, whose end is judged later; a charger without a name where none does."""
        said = self._catalogue.recovery_directions() if serial else None
        orders = sorted(said.orders, key=lambda one: one.issued, reverse=True) if said is not None else []
        return next((named for one in orders if (named := one.charger(serial)) is not None), _NOBODY)

    def _expected(self, serial: str) -> tuple[str, str]:
        """Name and profile by the site file."""
        site = self._site()
        chargers = site.chargers if site is not None else ()
        return next(((one.name, one.profile) for one in chargers if same_serial(one.serial, serial)), ("", ""))

    # -- what would be done -------------------------------------------------------------------------------------------

    def plan(
        self,
        link: Link,
        profile: Profile,
        identity: Identity,
        target: str = "",
        approvals: Sequence[Approval] = (),
    ) -> RecoveryPlan:
        """(slow) The image that brings it back, and everything that speaks against it.

        `identity`: as `look` found it. `target`: this file of the catalogue; "" = by policy.
        """
        serial = identity.serial
        ground = self._ground(identity, profile, approvals)
        name = self._ordered(serial).name or self._expected(serial)[0] or serial
        bare = RecoveryPlan(
            Wire(link, profile.id), serial, name, identity, None, (), self._clock.now(), approvals=tuple(approvals),
            stands_alone=not ground.rights.directed,
        )  # fmt: skip
        try:
            release = self._release(ground, target)
        except FieldtoolError as error:
            return replace(bare, problems=(Verdict(Level.STOP, error.trouble()),))
        told, found = answer(ground, release), [*judge(ground, release), *self._circumstances(serial)]
        if not any(one.level is Level.STOP and not _is_approval(one) for one in found):
            found += self._file(release, serial)
        stale = self._catalogue.objection(release, serial)
        if stale is not None and not any(one.level is Level.STOP for one in found):
            found.append(warn(Text.RECOVERY_STALE, detail=stale.what.rstrip(".")))
        return replace(
            bare, release=release, problems=worst_first(found), grants=told.ids, second=told.second, stale=stale
        )

    def _file(self, release: Release, serial: str) -> Iterator[Verdict]:
        """Is the file whole, and its maker's? The engine looks again before it begins."""
        try:
            self._catalogue.image_for_recovery(release, serial)
        except FieldtoolError as error:
            yield Verdict(Level.STOP, error.trouble())

    def _release(self, ground: Ground, target: str) -> Release:
        if target:
            named = next((one for one in ground.releases if one.target == target), None)
            if named is None:
                raise FirmwareError(Text.RECOVERY_NO_SUCH_IMAGE, target=target)
            return named
        return choose(ground, [one for one in ground.releases if self._catalogue.has_file(one)])

    def _ground(self, identity: Identity, profile: Profile, approvals: Sequence[Approval]) -> Ground:
        site = self._site()
        return Ground(
            identity,
            replace(self.rights(identity.serial), approvals=tuple(approvals)),
            site.rules if site is not None else SiteRules(),
            self._laptop(),
            self._clock.now().timestamp(),
            self._catalogue.recovery_releases(),
            profile.recovery.get("format", ""),
        )

    def refuse_running(self, serial: str) -> None:
        """Before anything is typed into its line. RefusedError(RECOVERY_IT_RUNS)."""
        if (runs := self._runs(serial)) is not None:
            raise RefusedError(Text.RECOVERY_IT_RUNS, serial=serial, found=runs)

    def _runs(self, serial: str) -> str | None:
        """What a charger runs that answers, or did a moment ago."""
        entry = self._charger(serial)
        seen = entry.found.observed if entry is not None and entry.found is not None else None
        return seen.running if entry is not None and entry.presence is Presence.READY and seen is not None else None

    def _circumstances(self, serial: str) -> Iterator[Verdict]:
        """A charger that runs is updated, with all that protects it; an open recovery is gone on with."""
        if (runs := self._runs(serial)) is not None:
            yield stop(Text.RECOVERY_IT_RUNS, serial=serial, found=runs)
        if any(one.recovery is not None for one in self._open(serial)):
            yield stop(Text.RUN_OPEN, serial=serial)

    def _open(self, serial: str) -> Iterator[Head]:
        return (one for one in self._journal.open_runs() if same_serial(one.serial, serial))

    def rights(self, serial: str, run: str = "") -> Rights:
        """As ever, but what a director's repository says is believed although it is stale: each order and each grant
        has an end of its own."""
        found = self._laptop_rights(serial, run)
        if found.problem is None or found.problem.text is not Text.CATALOGUE_EXPIRED:
            return found
        said = self._catalogue.recovery_directions()
        if said is None:
            return found
        limited = [one.id for one in said.grants if one.max_uses is not None]
        uses = self._journal.begun_under(limited, run)
        return replace(found, problem=None, directions=narrowed(said, serial), uses=uses)

    def request(self, plan: RecoveryPlan) -> Request:
        """What a second person must agree to before this can start. UsageError(APPROVAL_NOT_NEEDED)."""
        if plan.release is None or not plan.only_unapproved:
            raise UsageError(Text.APPROVAL_NOT_NEEDED)
        asked = Asked(plan.serial, frozenset({plan.release.sha256}), plan.second)
        rights = self.rights(plan.serial)
        return Request(rights.key_id, self._actor, secrets.token_hex(16), (asked,), rights.at)

    # -- beginning ----------------------------------------------------------------------------------------------------

    def start(self, plan: RecoveryPlan, runs: Starts) -> str:
        """Begin, in a worker thread. Returns the serial. RefusedError with what speaks against it; audited too."""
        self._audit.ready()
        release, serial = plan.release, plan.serial
        if release is None or not plan.starts:
            self.record_refusal(plan)
            reason = plan.verdict.reason
            raise RefusedError(reason.text, **dict(reason.params))
        leg = Leg(MAIN, release, None, None, plan.identity.model, plan.identity.hardware)
        head = Head(
            uuid.uuid4().hex[:12], serial, plan.name, (leg,), self._actor, grants=plan.grants,
            approvals=plan.approvals if plan.second else (), recovery=plan.wire,
        )  # fmt: skip
        if plan.stale is not None:
            seen = {"trouble": plan.stale.text.name, "words": self._audit.words(plan.stale)}
            self._audit.record(
                Event("recovery-stale", serial, MAIN, seen=seen, fw_sha256=release.sha256, run=head.run,
                      grant=", ".join(plan.grants))
            )  # fmt: skip
        runs.recover(head, lambda: self._close_updates(serial))
        return serial

    def record_refusal(self, plan: RecoveryPlan) -> None:
        """Somebody asked for a recovery that was refused: that stands in the audit log too."""
        sha256 = plan.release.sha256 if plan.release is not None else ""
        self._record_refusal(plan.serial, plan.verdict.reason, sha256)

    def _record_refusal(self, serial: str, reason: Trouble, sha256: str) -> None:
        seen = {"trouble": reason.text.name, "words": self._audit.words(reason)}
        self._audit.record(Event("recovery-refused", serial, MAIN, seen=seen, fw_sha256=sha256))

    def _close_updates(self, serial: str) -> None:
        """An update that waits for this charger has its end: the charger itself was seen in its bootloader."""
        trouble = Trouble(Text.IN_BOOTLOADER, (), Safety.KEEP_POWERED, DeviceError.exit_code)
        for head in self._open(serial):
            if head.recovery is None:
                last = self._journal.records(head.run)[-1]
                now = self._clock.now()
                end = Record(head.run, now, last.component, Phase.STUCK, Mark.ENTERED, trouble, leg=last.leg)
                self._journal.append(head, end)


def _is_approval(verdict: Verdict) -> bool:
    """Does only a second person's yes stand against it?"""
    return verdict.reason.text.name.startswith("APPROVAL_")


def entry_of(entries: Sequence[Entry], serial: str) -> Entry | None:
    normal = normal_serial(serial)
    return next((one for one in entries if one.serial and normal_serial(one.serial) == normal), None)
