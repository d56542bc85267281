"""What a site needs of the firmware on this laptop, and what is wrong with it: values, and rules that are pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fieldtool.core.errors import FirmwareError, Trouble
from fieldtool.core.model import EMPTY, Release, Site, normal_serial
from fieldtool.core.rights import Directions, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.profiles import Profiles
from fieldtool.firmware import versions
from fieldtool.firmware.repository import CacheEntry
from fieldtool.firmware.state import CatalogueState
from fieldtool.firmware.verified import Role

Names = Mapping[str, tuple[str, ...]]  # SHA-256 -> names of chargers


class Standing(StrEnum):
    """Of one file, worst first."""

    REFUSED = "refused"  # no charger can get it
    MISSING = "missing"  # the site needs it, it is not here
    HERE = "here"
    NOT_ORDERED = "not ordered"  # a director says what is installed, and does not say this
    ELSEWHERE = "elsewhere"  # not here, and nobody here needs it


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading a file found."""

    at: datetime
    words: str = ""  # about the maker's own signature
    signer: str = ""
    signed: bool = False  # it has one, and it holds
    problem: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A part of the catalogue that had to sign for a release."""

    role: str
    threshold: int  # keys that must have signed
    keys: int  # that may sign
    until: datetime


@dataclass(frozen=True, slots=True)
class FirmwareRow:
    target: str
    length: int  # bytes
    sha256: str
    standing: Standing
    release: Release | None  # None when the catalogue's entry is not usable
    present: bool
    pinned: bool
    parts: tuple[Signature, ...]  # the one that names it last
    needed: tuple[str, ...]  # chargers of the site that are to get it, or may
    way_back: tuple[str, ...]  # chargers that run it now
    checked: Checked | None
    problem: Trouble | None

    @property
    def until(self) -> datetime | None:
        """When the first of the signatures stops holding."""
        return min((one.until for one in self.parts), default=None)


class Basis(StrEnum):
    """From what is known what a site needs."""

    ORDERS = "work orders"
    SITE = "site file"
    SEEN = "chargers that were found"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Enough:
    """Is all on this laptop that the site needs?"""

    basis: Basis
    needed: int = 0  # files
    missing: tuple[str, ...] = ()  # paths of those that are not here, or refused
    hindrance: Trouble | None = None  # why nothing of it can be installed now: the catalogue is out of date

    @property
    def yes(self) -> bool:
        return self.basis is not Basis.NOTHING and not self.missing and self.hindrance is None


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes."""

    cache: int = 0
    needed: int = 0  # by the site, an open run, or to find the way back
    pinned: int = 0  # besides
    spare: int = 0  # that a clean-up would remove
    free: int = 0


@dataclass(frozen=True, slots=True)
class FirmwareView:
    rows: tuple[FirmwareRow, ...]
    enough: Enough
    disk: Disk
    catalogue: CatalogueState
    orders: tuple[str, ...] = ()  # ids of the work orders that it is about
    problem: Trouble | None = None  # why there is nothing to show


@dataclass(frozen=True, slots=True)
class Added:
    """A file in hand that is in the cache now."""

    target: str
    version: str
    sha256: str
    checked: Checked
    hindrance: Trouble | None  # why it cannot be installed all the same


@dataclass(frozen=True, slots=True)
class Cleaned:
    removed: tuple[str, ...]  # SHA-256
    size: int  # bytes
    done: bool  # False: this is only what would be removed


@dataclass(frozen=True, slots=True)
class Needs:
    """Which images a site needs, and for whom."""

    basis: Basis = Basis.NOTHING
    images: Names = field(default_factory=lambda: EMPTY_NAMES)
    way_back: Names = field(default_factory=lambda: EMPTY_NAMES)
    unknown: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # sha256 -> path, ordered but not listed
    orders: tuple[str, ...] = ()


EMPTY_NAMES: Names = {}


# ---- rules: pure ----------------------------------------------------------------------------------------------------


def holding_orders(directions: Directions, site: Site | None, at: datetime) -> tuple[WorkOrder, ...]:
    """The orders that hold at T: of the current site, else of all sites."""
    holding = tuple(one for one in directions.orders if one.issued <= at < one.expires)
    return tuple(one for one in holding if site is not None and one.site == site.id) or holding


def ordered_needs(orders: Sequence[WorkOrder], way_back: Names, listed: frozenset[str]) -> Needs:
    """`listed`: SHA-256 of all that the image repository names."""
    names: dict[str, dict[str, None]] = {}
    unknown: dict[str, str] = {}
    for order in orders:
        for charger in order.chargers:
            for image in charger.images:
                names.setdefault(image.sha256, {})[charger.name or charger.serial] = None
                if image.sha256 not in listed:
                    unknown[image.sha256] = image.target
    basis = Basis.ORDERS if orders else Basis.NOTHING
    return Needs(basis, _frozen(names), way_back, unknown, tuple(one.id for one in orders))


def site_needs(site: Site | None, entries: Sequence[Entry], profiles: Profiles, releases: Sequence[Release]) -> Needs:
    """Without a director: the newest release of every component of every charger that the site has, or that is here."""
    names: dict[str, dict[str, None]] = {}
    found = {normal_serial(one.serial): one for one in entries if one.found is not None and one.serial}
    for entry in found.values():
        assert entry.found is not None
        told = entry.found.identity
        fitting = [one for one in releases if _fits(one, told.vendor, (told.model,), told.hardware)]
        for one in _newest(fitting):
            names.setdefault(one.sha256, {})[entry.name or entry.serial] = None
    for charger in site.chargers if site is not None else ():
        profile = profiles.known.get(charger.profile)
        if profile is None or normal_serial(charger.serial) in found:
            continue
        for one in _newest([one for one in releases if _fits(one, profile.vendor, profile.models, "")]):
            names.setdefault(one.sha256, {})[charger.name or charger.serial] = None
    expected = site is not None and bool(site.chargers)
    basis = Basis.SITE if expected else Basis.SEEN if found else Basis.NOTHING
    return Needs(basis, _frozen(names), ways_back(entries, releases))


def ways_back(entries: Iterable[Entry], releases: Sequence[Release]) -> Names:
    """Releases that chargers run now: to them an update may have to return."""
    names: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry.found is None:
            continue
        told = entry.found.identity
        for one in releases:
            runs = told.versions.get(one.component) == one.version
            if runs and _fits(one, told.vendor, (told.model,), told.hardware):
                names.setdefault(one.sha256, {})[entry.name or entry.serial] = None
    return _frozen(names)


def _fits(release: Release, vendor: str, models: Sequence[str], hardware: str) -> bool:
    made_for = release.vendor == vendor and not set(models).isdisjoint(release.models)
    return made_for and (not hardware or hardware in release.hardware)


def _newest(releases: Sequence[Release]) -> Iterable[Release]:
    """For each component, model and hardware revision the newest."""
    best: dict[tuple[str, str, str], Release] = {}
    for one in sorted(releases, key=lambda one: versions.key(one.version, one.version_format)):
        for model in one.models:
            for hardware in one.hardware:
                best[one.component, model, hardware] = one
    return best.values()


def _frozen(names: Mapping[str, Mapping[str, None]]) -> Names:
    return {sha256: tuple(own) for sha256, own in names.items()}


def rows_of(
    entries: Iterable[CacheEntry], needs: Needs, pinned: frozenset[str], checked: Mapping[str, Checked],
    directions: Directions | None,
) -> tuple[FirmwareRow, ...]:  # fmt: skip
    """Refused and missing first, then what the site needs, then the rest; newest first."""
    made = [_row(entry, needs, pinned, checked, directions) for entry in entries]
    made += [_unlisted(sha256, target, needs) for sha256, target in needs.unknown.items()]
    return tuple(sorted(sorted(made, key=_version_key, reverse=True), key=_place))


def _row(
    entry: CacheEntry, needs: Needs, pinned: frozenset[str], checked: Mapping[str, Checked],
    directions: Directions | None,
) -> FirmwareRow:  # fmt: skip
    sha256 = entry.release.sha256 if entry.release is not None else ""
    looked = checked.get(sha256) if entry.present else None
    problem = entry.problem or (looked.problem if looked is not None else None)
    if problem is None and directions is not None and sha256 in directions.denylist.images:
        problem = FirmwareError(Text.DENYLISTED, target=entry.target).trouble()
    needed, back = needs.images.get(sha256, ()), needs.way_back.get(sha256, ())
    return FirmwareRow(
        entry.target, entry.length, sha256,
        _standing(problem, entry.present, needed, directions), entry.release, entry.present, sha256 in pinned,
        tuple(_signature(one) for one in entry.parts), needed, back, looked, problem,
    )  # fmt: skip


def _standing(problem: Trouble | None, present: bool, needed: Sequence[str], directions: Directions | None) -> Standing:
    if problem is not None:
        return Standing.REFUSED
    if needed:
        return Standing.HERE if present else Standing.MISSING
    if not present:
        return Standing.ELSEWHERE
    return Standing.HERE if directions is None else Standing.NOT_ORDERED


def _signature(role: Role) -> Signature:
    return Signature(role.name, role.threshold, len(role.keys), role.expires)


def _unlisted(sha256: str, target: str, needs: Needs) -> FirmwareRow:
    problem = FirmwareError(Text.ORDERED_UNKNOWN, target=target).trouble()
    needed = needs.images[sha256]
    return FirmwareRow(
        target, 0, sha256, Standing.REFUSED, None, False, False, (), needed, (), None, problem
    )  # fmt: skip


_ORDER = list(Standing)


def _place(row: FirmwareRow) -> tuple[int, bool, bool, str, str]:
    vendor = row.release.vendor if row.release is not None else ""
    model = row.release.models[0] if row.release is not None and row.release.models else row.target
    return _ORDER.index(row.standing), not row.needed, not row.way_back, vendor, model


def _version_key(row: FirmwareRow) -> tuple[str, versions.Key]:
    if row.release is None:
        return "", versions.key("0", "plain")
    return row.release.version_format, versions.key(row.release.version, row.release.version_format)


def enough(needs: Needs, rows: Iterable[FirmwareRow]) -> Enough:
    wanted = [row for row in rows if row.needed]
    bad = tuple(row.target for row in wanted if not row.present or row.standing is Standing.REFUSED)
    return Enough(needs.basis, len(wanted), bad)
