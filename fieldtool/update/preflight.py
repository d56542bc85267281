"""May this release go on this charger now? A check is a pure function; CHECKS lists them all.

The same checks answer at planning time, with what was last read, and in PREFLIGHT, with what was read just now. What
each problem means and who may pass it: resources/docs/guide/problems.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from fieldtool.core.driver import Can
from fieldtool.core.errors import FirmwareError, RefusedError, UsageError
from fieldtool.core.model import SiteRules
from fieldtool.core.texts import Text
from fieldtool.firmware.versions import is_older, is_older_as_any
from fieldtool.update.configuration import usable
from fieldtool.update.hours import is_open, next_opening, site_time
from fieldtool.update.rights_checks import (
    device_epoch,
    epoch_high_enough,
    granted,
    no_downgrade,
    ordered_here,
    rights_known,
    way_back_ordered,
)
from fieldtool.update.run import Override
from fieldtool.update.situation import Laptop, Level, Situation, Verdict, info, stop, verdict, warn
from fieldtool.update.validation import RULES

__all__ = [
    "CHECKS", "NEVER", "OVERRIDABLE", "PLACE", "Laptop", "Level", "Situation", "Verdict", "allowed", "fits", "info",
    "judge", "stop", "switches_back", "verdict", "warn", "worst_first",
]  # fmt: skip
MIN_BATTERY = 30  # percent, without mains
MIN_DISK_MB = 200  # journal, audit and log must never run out in the middle of a run
MAX_CLOCK_OFF = 300  # seconds; certificates of backends are often younger than a day, but not than minutes
CERTIFICATE_DAYS = 30  # before its end a certificate is worth a word


Check = Callable[[Situation], Verdict | Iterable[Verdict] | None]


# -- does it fit? -----------------------------------------------------------------------------------------------------


def firmware_runs(s: Situation) -> Verdict | None:
    if s.seen.running is not None:
        return None
    return warn(Text.BOOTLOADER_TAKES) if Can.BOOTLOADER in s.can else stop(Text.IN_BOOTLOADER)


def model_fits(s: Situation) -> Verdict | None:
    if s.identity.vendor == s.release.vendor and s.identity.model in s.release.models:
        return None
    expected = ", ".join(f"{s.release.vendor} {model}" for model in s.release.models)
    found = f"{s.identity.vendor} {s.identity.model}"
    return stop(Text.WRONG_MODEL, target=s.release.label, expected=expected, found=found)


def hardware_fits(s: Situation) -> Verdict | None:
    if s.identity.hardware in s.release.hardware:
        return None
    expected = ", ".join(s.release.hardware)
    return stop(Text.WRONG_HARDWARE, target=s.release.label, expected=expected, found=s.identity.hardware)


def format_fits(s: Situation) -> Verdict | None:
    """The file must be of a kind whose own signature we have checked, and that the charger's updater checks, too."""
    if s.takes is None or s.release.format in s.takes:
        return None
    expected = ", ".join(sorted(s.takes))
    return stop(Text.WRONG_FORMAT, target=s.release.label, found=s.release.format, expected=expected)


def market_fits(s: Situation) -> Verdict | None:
    if not s.release.markets or s.rules.market in s.release.markets:
        return None
    expected = ", ".join(s.release.markets)
    if not s.rules.market:
        return warn(Text.MARKET_NOT_TOLD, target=s.release.label, expected=expected)
    return stop(Text.WRONG_MARKET, target=s.release.label, expected=expected, found=s.rules.market)


def backend_fits(s: Situation) -> Verdict | None:
    if not s.release.backends or s.rules.backend in s.release.backends:
        return None
    expected = ", ".join(s.release.backends)
    if not s.rules.backend:
        return warn(Text.BACKEND_NOT_TOLD, target=s.release.label, expected=expected)
    return stop(Text.WRONG_BACKEND, target=s.release.label, expected=expected, found=s.rules.backend)


def old_enough_to_step(s: Situation) -> Verdict | None:
    if (
        not s.release.min_from
        or s.seen.running is None
        or not is_older(s.seen.running, s.release.min_from, s.release.version_format)
    ):
        return None
    return stop(Text.MIN_FROM, target=s.release.label, expected=s.release.min_from, found=s.seen.running)


def requirements_met(s: Situation) -> Iterator[Verdict]:
    """Other components and the bootloader, in the versions that they will have when this release is installed."""
    versions = s.identity.versions if s.versions is None else s.versions
    for component, oldest in s.release.requires:
        found = versions.get(component, "")
        if not found:
            yield stop(Text.REQUIRES_UNKNOWN, target=s.release.label, component=component, expected=oldest)
        elif is_older_as_any(found, oldest):
            yield stop(Text.REQUIRES_UNMET, target=s.release.label, component=component, expected=oldest, found=found)


def validation_known(s: Situation) -> Iterator[Verdict]:
    """A rule that the release requires and nobody here can check would silently count as kept."""
    required = s.release.validation.required if s.release.validation is not None else frozenset()
    for rule in sorted(required - RULES.keys()):
        yield stop(Text.VALIDATION_TOO_NEW, target=s.release.label, rule=rule)


def settings_move(s: Situation) -> Verdict | None:
    trouble = usable(s.settings, s.release) if s.settings is not None else None
    return Verdict(Level.STOP, trouble) if trouble is not None else None


def supported(s: Situation) -> Verdict | None:
    end = s.release.end_of_support
    if end is None or end.timestamp() > s.now:
        return None
    return warn(Text.TARGET_UNSUPPORTED, target=s.release.label, found=end.date().isoformat())


def supported_before(s: Situation) -> Verdict | None:
    if s.runs is None or s.runs.end_of_support is None or s.runs.end_of_support.timestamp() > s.now:
        return None
    return info(Text.RUNS_UNSUPPORTED, found=s.runs.label, until=s.runs.end_of_support.date().isoformat())


# -- can it return? ---------------------------------------------------------------------------------------------------


def switches_back(can: Can, component: str, following: frozenset[str]) -> bool:
    """Can the charger itself return to its old firmware, however the rest of the run ends?

    A further leg on the same component overwrites what is kept. On trial it falls back, but only until it was
    confirmed, which it is before another leg begins.
    """
    if Can.KEEP_OLD not in can or component in following:
        return False
    return Can.ROLL_BACK in can or (not following and Can.TRIAL in can and Can.SELF_CONFIRM not in can)


def way_back_ready(s: Situation) -> Verdict | None:
    """What cannot switch back needs its old firmware on this laptop, and must still take it afterwards."""
    if s.seen.running is None or switches_back(s.can, s.component, s.following):
        return None
    found = s.seen.running
    if s.way_back is None and not s.following:
        return stop(Text.NO_WAY_BACK, found=found)
    if s.way_back is None:
        return stop(Text.NO_WAY_BACK_FROM_PATH, component=s.component, found=found, target=s.release.version)
    # Whatever is not known of what the charger demands: afterwards it demands what the new firmware does.
    floor = max(device_epoch(s) or 0, s.release.security_epoch)
    if s.way_back.security_epoch >= floor:
        return None
    old = s.way_back
    return stop(Text.WAY_BACK_EPOCH, found=old.label, epoch=old.security_epoch, target=s.release.label, expected=floor)


# -- is this the time? ------------------------------------------------------------------------------------------------


def nothing_else_installs(s: Situation) -> Verdict | None:
    return stop(Text.INSTALLING_ALREADY) if s.seen.installing else None


def none_ordered_elsewhere(s: Situation) -> Verdict | None:
    ordered = s.health.ota_pending if s.health is not None else None
    if ordered is None:
        return info(Text.OTA_NOT_CHECKED)
    return stop(Text.OTA_PENDING, found=ordered) if ordered else None


def window_open(s: Situation) -> Verdict | None:
    if not s.rules.windows:
        return None
    try:
        local = site_time(s.rules, s.now)
    except UsageError as error:
        return stop(error.text, **error.params)
    if is_open(s.rules.windows, local):
        return None
    opens = next_opening(s.rules.windows, local)
    return stop(Text.OUTSIDE_WINDOW, found=_clock(local), opens=_clock(opens))


def _clock(local: datetime) -> str:
    return f"{local:%a %d %b %H:%M}"


def nobody_charges(s: Situation) -> Verdict | None:
    """No reason to refuse: the file may travel meanwhile, and INSTALL waits until the car has left."""
    return warn(Text.SOMEBODY_CHARGES, found=s.seen.in_use) if s.seen.in_use else None


def nobody_reserved(s: Situation) -> Verdict | None:
    reserved = s.health.reserved if s.health is not None else None
    if reserved is None:
        return info(Text.RESERVED_NOT_CHECKED)
    return warn(Text.RESERVED, found=reserved) if reserved else None


# -- is the charger well? ---------------------------------------------------------------------------------------------


def storage_whole(s: Situation) -> Verdict | None:
    return warn(Text.DAMAGED_BEFORE) if s.seen.damaged else None


def healthy_before(s: Situation) -> Verdict | None:
    if s.health is None:
        return info(Text.HEALTH_NOT_CHECKED)
    if s.health.ok:
        return None
    found = ", ".join((*s.health.faults, *s.health.failed_checks)) or "it says so itself"
    return warn(Text.NOT_HEALTHY_BEFORE, found=found)


def device_has_disk(s: Situation) -> Verdict | None:
    """No reason to refuse: part of the file may lie there already. The driver knows, and looks before it sends."""
    free = s.health.disk_free if s.health is not None else None
    if free is None:
        return info(Text.DEVICE_DISK_NOT_CHECKED)
    if free >= s.release.length:
        return None
    return warn(Text.DEVICE_DISK_LOW, found=free // 1_000_000, expected=-(-s.release.length // 1_000_000))


def clock_is_right(s: Situation) -> Verdict | None:
    told = s.health.clock if s.health is not None else None
    fact = s.seen.facts.get("clock", "")
    if told is None and fact.isdecimal():
        told = float(fact)
    if told is None:
        return info(Text.CLOCK_NOT_CHECKED)
    off = round(told - s.now)
    return warn(Text.CLOCK_OFF, found=off) if abs(off) > MAX_CLOCK_OFF else None


def certificates_hold(s: Situation) -> Iterator[Verdict]:
    ends = s.health.certificates if s.health is not None else {}
    if not ends:
        yield info(Text.CERTIFICATES_NOT_CHECKED)
    for name, end in sorted(ends.items()):
        until = datetime.fromtimestamp(end, UTC).date().isoformat()
        if end <= s.now:
            yield warn(Text.CERTIFICATE_EXPIRED, name=name, until=until)
        elif end <= s.now + CERTIFICATE_DAYS * 86_400:
            yield warn(Text.CERTIFICATE_EXPIRES, name=name, until=until)


def names_resolve(s: Situation) -> Verdict | None:
    works = s.health.dns if s.health is not None else None
    if works is None:
        return info(Text.DNS_NOT_CHECKED)
    return None if works else warn(Text.DNS_FAILS)


def time_server_answers(s: Situation) -> Verdict | None:
    works = s.health.ntp if s.health is not None else None
    if works is None:
        return info(Text.NTP_NOT_CHECKED)
    return None if works else warn(Text.NTP_FAILS)


# -- is this laptop ready? --------------------------------------------------------------------------------------------


def laptop_has_power(s: Situation) -> Verdict | None:
    battery = s.laptop.battery
    if s.laptop.on_mains or battery is None or battery >= MIN_BATTERY:
        return None
    return stop(Text.LAPTOP_POWER, found=battery, expected=MIN_BATTERY)


def laptop_has_disk(s: Situation) -> Verdict | None:
    free = s.laptop.free_disk // 1_000_000
    if free >= MIN_DISK_MB:
        return None
    return stop(Text.LAPTOP_DISK, found=free, expected=MIN_DISK_MB)


def laptop_stays_awake(s: Situation) -> Verdict | None:
    if s.laptop.stays_awake is None:
        return info(Text.LAPTOP_SLEEP_NOT_CHECKED)
    return None if s.laptop.stays_awake else warn(Text.LAPTOP_SLEEPS)


CHECKS: tuple[Check, ...] = (
    rights_known,
    model_fits,  # what nobody can allow comes before what nobody has allowed: it would be asked for in vain
    hardware_fits,
    format_fits,
    epoch_high_enough,
    ordered_here,
    granted,
    firmware_runs,
    market_fits,
    backend_fits,
    old_enough_to_step,
    no_downgrade,
    requirements_met,
    validation_known,
    settings_move,
    way_back_ready,
    way_back_ordered,
    nothing_else_installs,
    none_ordered_elsewhere,
    window_open,
    laptop_has_power,
    laptop_has_disk,
    laptop_stays_awake,
    storage_whole,
    healthy_before,
    nobody_charges,
    nobody_reserved,
    device_has_disk,
    clock_is_right,
    certificates_hold,
    names_resolve,
    time_server_answers,
    supported,
    supported_before,
)

PLACE: tuple[Check, ...] = (
    format_fits,
    market_fits,
    backend_fits,
    ordered_here,
)  # of several releases one that may be used at this site
FITTING: tuple[Check, ...] = (  # belong to the release and not to the moment: a stepping stone is chosen by them
    *PLACE,
    model_fits,
    hardware_fits,
    epoch_high_enough,
    requirements_met,
    validation_known,
)

_RANK = {Level.INFO: 0, Level.OK: 1, Level.WARN: 2, Level.STOP: 3}

# Every problem that stops an update is in one of these. Passing one of the first would end badly whoever wants it.
NEVER = frozenset({
    Text.IN_BOOTLOADER, Text.WRONG_MODEL, Text.WRONG_HARDWARE, Text.WRONG_FORMAT, Text.MIN_FROM, Text.EPOCH_TOO_LOW,
    Text.VERSION_BAD,
    Text.REQUIRES_UNMET, Text.REQUIRES_UNKNOWN, Text.REQUIRES_CYCLE, Text.REQUIRED_BY, Text.INSTALLING_ALREADY,
    Text.LAPTOP_DISK, Text.NO_WAY_BACK, Text.NO_WAY_BACK_FROM_PATH, Text.WAY_BACK_EPOCH, Text.IMAGE_NOT_CACHED,
    Text.STONE_NOT_CACHED, Text.SETTINGS_NO_WAY, Text.SETTINGS_CLASH, Text.VALIDATION_TOO_NEW, Text.RUN_OPEN,
    Text.NOT_IDENTIFIED, Text.TARGET_UNKNOWN, Text.EPOCH_UNKNOWN, Text.GRANT_NONE, Text.GRANT_WITHDRAWN,
    Text.GRANT_ELSEWHERE, Text.GRANT_EXPIRED, Text.GRANT_NOT_YET, Text.GRANT_USED_UP, Text.GRANT_NOT_PLANNED,
    Text.GRANT_LAPTOP_DENIED, Text.GRANT_IMAGE_DENIED, Text.GRANT_NOT_ORDERED, Text.GRANT_ORDER_ENDED,
    Text.GRANT_WAY_BACK, Text.APPROVAL_MISSING, Text.APPROVAL_FORGED, Text.APPROVAL_ELSEWHERE, Text.APPROVAL_ENDED,
    Text.APPROVAL_USED, Text.APPROVAL_WITHOUT_GRANT, Text.APPROVAL_SAME_PERSON,
})  # fmt: skip
OVERRIDABLE = frozenset({
    Text.WRONG_MARKET, Text.WRONG_BACKEND, Text.DOWNGRADE, Text.OTA_PENDING, Text.OUTSIDE_WINDOW,
    Text.TIME_ZONE_UNKNOWN, Text.LAPTOP_POWER,
})  # fmt: skip

# Of those, what belongs to the moment. Once the first leg of a run is done, going back disturbs as much as going on.
MOMENT = frozenset({
    Text.OUTSIDE_WINDOW, Text.TIME_ZONE_UNKNOWN, Text.LAPTOP_POWER, Text.LAPTOP_DISK, Text.OTA_PENDING,
})  # fmt: skip


def judge(situation: Situation, overrides: Iterable[Override] = ()) -> tuple[Verdict, ...]:
    """All findings, worst first. When nothing warns or stops, READY leads, and what could not be checked follows.

    RefusedError(OVERRIDE_NOT_ALLOWED, OVERRIDE_WITHOUT_REASON) for an override that the site's rules do not allow.
    """
    passed = allowed(tuple(overrides), situation.rules)
    found = [pass_over(finding, passed) for check in CHECKS for finding in _findings(check, situation)]
    if situation.begun:
        found = [replace(one, level=Level.WARN) if _passes(one) else one for one in found]
    if all(finding.level is Level.INFO for finding in found):
        running = situation.seen.running or "nothing"
        found.append(verdict(Level.OK, Text.READY, found=running, target=situation.release.version))
    return worst_first(found)


def _passes(finding: Verdict) -> bool:
    return finding.level is Level.STOP and finding.reason.text in MOMENT


def fits(situation: Situation, overrides: tuple[Override, ...] = (), checks: tuple[Check, ...] = FITTING) -> bool:
    """May this release be used on this charger at all? RefusedError as `judge`."""
    passed = allowed(overrides, situation.rules)
    found = (pass_over(finding, passed) for check in checks for finding in _findings(check, situation))
    return all(finding.level is not Level.STOP for finding in found)


def worst_first(found: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(found, key=lambda finding: -_RANK[finding.level]))


def allowed(overrides: tuple[Override, ...], rules: SiteRules) -> Mapping[str, Override]:
    """The overrides by the name of their problem. RefusedError when the site's rules do not allow one of them."""
    may = {text.name for text in OVERRIDABLE} & rules.overridable
    for override in overrides:
        if override.problem not in may:
            known = ", ".join(sorted(may)) or "none"
            raise RefusedError(Text.OVERRIDE_NOT_ALLOWED, problem=override.problem, known=known)
        if not override.who.strip() or not override.why.strip():
            raise RefusedError(Text.OVERRIDE_WITHOUT_REASON, problem=override.problem)
    return {override.problem: override for override in overrides}


def pass_over(finding: Verdict, passed: Mapping[str, Override]) -> Verdict:
    """A STOP that somebody may and did override becomes a warning that names him and his reason."""
    override = passed.get(finding.reason.text.name)
    if override is None or finding.level is not Level.STOP or finding.reason.text in NEVER:
        return finding
    what = finding.reason.what
    return warn(Text.OVERRIDDEN, problem=override.problem, what=what, who=override.who, why=override.why)


def _findings(check: Check, situation: Situation) -> Iterator[Verdict]:
    try:
        found = check(situation)
        yield from () if found is None else (found,) if isinstance(found, Verdict) else found
    except FirmwareError as error:  # versions that cannot be compared: nobody knows whether this is a downgrade
        yield Verdict(Level.STOP, error.trouble())
