"""May this release go on this charger now? A check is a pure function; CHECKS lists them all.

The same checks answer at planning time, with what was last read, and in PREFLIGHT, with what was read just now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fieldtool.core.errors import ExitCode, FirmwareError, Param, Safety, Trouble
from fieldtool.core.model import Health, Identity, Observed, Release
from fieldtool.core.texts import Text
from fieldtool.firmware.versions import is_older

MIN_BATTERY = 30  # percent, without mains
MIN_DISK_MB = 200  # journal, audit and log must never run out in the middle of a run
MAX_CLOCK_OFF = 300  # seconds; certificates of backends are often younger than a day, but not than minutes


class Level(StrEnum):
    OK, INFO, WARN, STOP = "ok", "info", "warn", "stop"


_RANK = {Level.OK: 0, Level.INFO: 1, Level.WARN: 2, Level.STOP: 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. `reason` says it in words, with what to do."""

    level: Level
    reason: Trouble


@dataclass(frozen=True, slots=True)
class Laptop:
    """The state of this computer."""

    battery: int | None  # percent; None: it has none
    on_mains: bool
    free_disk: int  # bytes in the data folder


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a check may look at, gathered beforehand: checks do no I/O."""

    identity: Identity
    seen: Observed
    health: Health | None
    release: Release
    laptop: Laptop
    now: float  # seconds since the epoch, trusted


Check = Callable[[Situation], Verdict | None]


def verdict(level: Level, text: Text, **params: Param) -> Verdict:
    return Verdict(level, Trouble(text, tuple(sorted(params.items())), Safety.UNTOUCHED, ExitCode.REFUSED))


def model_fits(s: Situation) -> Verdict | None:
    if s.identity.vendor == s.release.vendor and s.identity.model in s.release.models:
        return None
    expected = ", ".join(f"{s.release.vendor} {model}" for model in s.release.models)
    found = f"{s.identity.vendor} {s.identity.model}"
    return verdict(Level.STOP, Text.WRONG_MODEL, target=s.release.label, expected=expected, found=found)


def hardware_fits(s: Situation) -> Verdict | None:
    if s.identity.hardware in s.release.hardware:
        return None
    expected = ", ".join(s.release.hardware)
    return verdict(
        Level.STOP, Text.WRONG_HARDWARE, target=s.release.label, expected=expected, found=s.identity.hardware
    )


def old_enough_to_step(s: Situation) -> Verdict | None:
    if (
        not s.release.min_from
        or s.seen.running is None
        or not is_older(s.seen.running, s.release.min_from, s.release.version_format)
    ):
        return None
    return verdict(Level.STOP, Text.MIN_FROM, target=s.release.label, expected=s.release.min_from, found=s.seen.running)


def no_downgrade(s: Situation) -> Verdict | None:
    if s.seen.running is None or not is_older(s.release.version, s.seen.running, s.release.version_format):
        return None
    return verdict(Level.STOP, Text.DOWNGRADE, target=s.release.label, found=s.seen.running)


def epoch_high_enough(s: Situation) -> Verdict | None:
    floor = s.seen.security_epoch
    if floor is None or s.release.security_epoch >= floor:
        return None
    return verdict(
        Level.STOP, Text.EPOCH_TOO_LOW, target=s.release.label, found=s.release.security_epoch, expected=floor
    )


def nothing_else_installs(s: Situation) -> Verdict | None:
    return verdict(Level.STOP, Text.INSTALLING_ALREADY) if s.seen.installing else None


def laptop_has_power(s: Situation) -> Verdict | None:
    battery = s.laptop.battery
    if s.laptop.on_mains or battery is None or battery >= MIN_BATTERY:
        return None
    return verdict(Level.STOP, Text.LAPTOP_POWER, found=battery, expected=MIN_BATTERY)


def laptop_has_disk(s: Situation) -> Verdict | None:
    free = s.laptop.free_disk // 1_000_000
    if free >= MIN_DISK_MB:
        return None
    return verdict(Level.STOP, Text.LAPTOP_DISK, found=free, expected=MIN_DISK_MB)


def clock_is_right(s: Situation) -> Verdict | None:
    told = s.seen.facts.get("clock", "")
    if not told.isdecimal():
        return None
    off = round(int(told) - s.now)
    return verdict(Level.WARN, Text.CLOCK_OFF, found=off) if abs(off) > MAX_CLOCK_OFF else None


def healthy_before(s: Situation) -> Verdict | None:
    if s.health is None or s.health.ok:
        return None
    found = ", ".join((*s.health.faults, *s.health.failed_checks)) or "it says so itself"
    return verdict(Level.WARN, Text.NOT_HEALTHY_BEFORE, found=found)


def nobody_charges(s: Situation) -> Verdict | None:
    """No reason to refuse: the file may travel meanwhile, and INSTALL waits until the car has left."""
    return verdict(Level.WARN, Text.SOMEBODY_CHARGES, found=s.seen.in_use) if s.seen.in_use else None


def firmware_runs(s: Situation) -> Verdict | None:
    return verdict(Level.STOP, Text.IN_BOOTLOADER) if s.seen.running is None else None


CHECKS: tuple[Check, ...] = (
    firmware_runs,
    model_fits,
    hardware_fits,
    old_enough_to_step,
    no_downgrade,
    epoch_high_enough,
    nothing_else_installs,
    laptop_has_power,
    laptop_has_disk,
    clock_is_right,
    healthy_before,
    nobody_charges,
)


def judge(situation: Situation) -> tuple[Verdict, ...]:
    """All findings, worst first; a single OK when there are none."""
    found = [finding for check in CHECKS if (finding := _finding(check, situation)) is not None]
    if not found:
        running = situation.seen.running or "nothing"
        return (verdict(Level.OK, Text.READY, found=running, target=situation.release.version),)
    return tuple(sorted(found, key=lambda finding: -_RANK[finding.level]))


def _finding(check: Check, situation: Situation) -> Verdict | None:
    try:
        return check(situation)
    except FirmwareError as error:  # versions that cannot be compared: nobody knows whether this is a downgrade
        return Verdict(Level.STOP, error.trouble())
