"""The rules by which an updated charger is judged: each looks at the evidence and says what it found. Pure.

A rule without data says "not checked"; one about a thing that this charger does not have says "not applicable". What
was wrong before the update does not count against the new firmware. guide/validation.md has a chapter for each.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import inf
from types import MappingProxyType

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Param, Trouble
from fieldtool.core.model import ConnectorStatus, Health
from fieldtool.core.texts import Text
from fieldtool.update.configuration import differences
from fieldtool.update.evidence import Evidence, Grade

CLOCK_OFF = 300.0  # seconds; certificates of backends are often younger than a day, but not than minutes
RESETS = 0  # restarts of the charging software while it is watched, where nobody allows more
LAG = 30.0  # seconds that an uptime may fall behind: a slow line delays an answer, no Linux charger restarts faster

Found = tuple[Grade, Trouble]
Rule = Callable[[Evidence], Found]
HealthRule = Callable[[Evidence, Health], Found]
"""A rule about the newest sample's health, which is there."""


def found(grade: Grade, text: Text, **params: Param) -> Found:
    return grade, Trouble(text, tuple(sorted(params.items())), exit_code=ExitCode.ABANDONED)


def _healthy(rule: HealthRule) -> Rule:
    """A charger that cannot tell how it is fails for now."""

    def judged(e: Evidence) -> Found:
        if e.newest.health is None:
            return found(Grade.FAIL, Text.VALIDATE_SILENT, detail=e.newest.trouble or "it says nothing")
        return rule(e, e.newest.health)

    return judged


def _unasked(what: str) -> Found:
    return found(Grade.NOT_CHECKED, Text.VALIDATE_NOT_ASKED, what=what)


def _none(e: Evidence, rule: str, what: str) -> Found:
    """The charger has no such thing. Where it is required, that is not taken for an answer."""
    return _unasked(what) if rule in e.expected.required else found(Grade.NOT_APPLICABLE, Text.VALIDATE_NONE, what=what)


def _incomparable(what: str) -> Found:
    return found(Grade.NOT_CHECKED, Text.VALIDATE_NOT_KNOWN_BEFORE, what=what)


# ---- what runs -------------------------------------------------------------------------------------------------------


def _version(e: Evidence) -> Found:
    running, expected = e.newest.seen.running, e.release.version
    if running == expected:
        return found(Grade.PASS, Text.VALIDATE_VERSION_OK, found=expected)
    return found(Grade.FAIL, Text.VALIDATE_VERSION, found=running or "its bootloader", expected=expected)


def _payload_hash(e: Evidence) -> Found:
    digest = e.newest.seen.running_hash
    if not digest:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_HASH_SILENT)
    if digest == e.release.payload_hash:
        return found(Grade.PASS, Text.VALIDATE_HASH_OK, found=e.release.version)
    return found(Grade.FAIL, Text.VALIDATE_HASH, expected=e.release.version)


# ---- does it serve ---------------------------------------------------------------------------------------------------

_RANK = {ConnectorStatus.UNKNOWN: -1, ConnectorStatus.FAULTED: 0, ConnectorStatus.UNAVAILABLE: 1}
_SERVING = 2  # available, occupied and reserved: whoever comes meanwhile is no fault


def _rank(status: ConnectorStatus) -> int:
    return _RANK.get(status, _SERVING)


def _connectors(e: Evidence, health: Health) -> Found:
    """Each back to how it was, or better. One that was not told before must serve."""
    before = e.health_before.connectors if e.health_before is not None else {}
    if not before and not health.connectors:
        return _unasked("connectors")
    wanted = dict.fromkeys(health.connectors, ConnectorStatus.AVAILABLE) | dict(before)
    worse, unknown = [], []
    for name, was in wanted.items():
        now = health.connectors.get(name)
        if was is now is ConnectorStatus.UNKNOWN:
            unknown.append(name)
        elif now is None or _rank(now) < (_rank(was) if was is not ConnectorStatus.UNKNOWN else _SERVING):
            worse.append(f"{name} is {now.value if now else 'missing'}{f', was {was.value}' if name in before else ''}")
    if worse:
        return found(Grade.FAIL, Text.VALIDATE_CONNECTORS, found="; ".join(worse))
    if unknown:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_CONNECTORS_UNKNOWN, found=", ".join(unknown))
    told = ", ".join(f"{name} {status.value}" for name, status in health.connectors.items())
    return found(Grade.PASS, Text.VALIDATE_CONNECTORS_OK, found=told)


def _command_response(e: Evidence, health: Health) -> Found:
    if health.responds is None:
        return _unasked("answer to a command")
    if health.responds:
        return found(Grade.PASS, Text.VALIDATE_RESPONDS_OK)
    if e.health_before is not None and e.health_before.responds is False:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_RESPONDS_BEFORE)
    return found(Grade.FAIL, Text.VALIDATE_RESPONDS)


def _faults(e: Evidence, health: Health) -> Found:
    known = e.health_before.faults if e.health_before is not None else ()
    if new := [fault for fault in health.faults if fault not in known]:
        return found(Grade.FAIL, Text.VALIDATE_FAULTS, found=", ".join(new))
    if health.faults:
        return found(Grade.PASS, Text.VALIDATE_FAULTS_KNOWN, found=", ".join(health.faults))
    return found(Grade.PASS, Text.VALIDATE_FAULTS_OK) if "faults" in health.asked else _unasked("list of faults")


def _checks(e: Evidence, health: Health) -> Found:
    known = e.health_before.failed_checks if e.health_before is not None else ()
    if new := [check for check in health.failed_checks if check not in known]:
        return found(Grade.FAIL, Text.VALIDATE_CHECKS, found=", ".join(new))
    if health.failed_checks:
        return found(Grade.PASS, Text.VALIDATE_CHECKS_KNOWN, found=", ".join(health.failed_checks))
    return found(Grade.PASS, Text.VALIDATE_CHECKS_OK) if "checks" in health.asked else _none(e, "checks", "checks")


def _resets(e: Evidence, health: Health) -> Found:
    if health.resets is None and health.uptime is None:
        return _unasked("restarts")
    told = [(sample.at, sample.health) for sample in e.samples if sample.health is not None]
    if len(told) < 2:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_ONE_LOOK)
    if any(_restarted(at, one, later, other) for (at, one), (later, other) in pairwise(told)):
        return found(Grade.FAIL, Text.VALIDATE_RESTARTED)
    counts = [one.resets for _, one in told if one.resets is not None]
    grown = counts[-1] - counts[0] if counts else 0  # it never went down: that would have been a restart
    allowed = RESETS if e.expected.resets is None else e.expected.resets
    if grown > allowed:
        return found(Grade.FAIL, Text.VALIDATE_RESETS, found=grown, expected=allowed)
    return found(Grade.PASS, Text.VALIDATE_RESETS_OK, seconds=round(told[-1][0] - told[0][0]), found=grown)


def _restarted(at: float, one: Health, later: float, other: Health) -> bool:
    """Did the charger itself restart between two looks? Its uptime, or its restart counter, began anew."""
    if one.resets is not None and other.resets is not None and other.resets < one.resets:
        return True
    if one.uptime is None or other.uptime is None:
        return False
    return other.uptime < one.uptime or other.uptime < one.uptime + (later - at) - LAG


def _clock(e: Evidence, health: Health) -> Found:
    if health.clock is None:
        return _unasked("clock")
    allowed = CLOCK_OFF if e.expected.clock_off is None else e.expected.clock_off
    off = abs(health.clock - e.now)
    told = {"found": round(off), "expected": round(allowed)}
    if off <= allowed:
        return found(Grade.PASS, Text.VALIDATE_CLOCK_OK, **told)
    off_before = _off_before(e)
    if off_before is not None and off_before > allowed and off <= off_before + allowed:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_CLOCK_BEFORE, found=round(off))
    return found(Grade.FAIL, Text.VALIDATE_CLOCK, **told)


def _off_before(e: Evidence) -> float | None:
    if e.health_before is None or e.health_before.clock is None or e.health_before_at is None:
        return None
    return abs(e.health_before.clock - e.health_before_at)


# ---- what it keeps ---------------------------------------------------------------------------------------------------


def _settings(e: Evidence) -> Found:
    if Can.CONFIG not in e.can:
        return _none(e, "settings", "settings")
    if e.wanted is None:
        return _incomparable("settings")
    if e.settings is None:
        return found(Grade.FAIL, Text.VALIDATE_SILENT, detail=e.newest.trouble or "it does not tell its settings")
    if wrong := differences(e.wanted, e.settings, e.expected.config_may_change):
        return found(Grade.FAIL, Text.VALIDATE_SETTINGS, found=", ".join(wrong))
    if e.wanted.format and e.settings.format and e.wanted.format != e.settings.format:
        layouts = {"found": e.settings.format, "expected": e.wanted.format}
        return found(Grade.FAIL, Text.VALIDATE_SETTINGS_LAYOUT, **layouts)
    return found(Grade.PASS, Text.VALIDATE_SETTINGS_OK, found=len(e.wanted.values))


def _certificates(e: Evidence, health: Health) -> Found:
    before, now = e.health_before, health.certificates
    had = before.certificates if before is not None else {}
    if not had and not now:
        return _none(e, "certificates", "certificates")
    if lost := sorted(had.keys() - now.keys()):
        return found(Grade.FAIL, Text.VALIDATE_CERTIFICATES, found=", ".join(lost))
    # One whose time was over by now anyway does not count against the new firmware.
    if over := sorted(name for name, end in now.items() if end <= e.now < had.get(name, inf)):
        return found(Grade.FAIL, Text.VALIDATE_CERTIFICATES_EXPIRED, found=", ".join(over))
    if not had:
        return _incomparable("certificates")
    return found(Grade.PASS, Text.VALIDATE_CERTIFICATES_OK, found=", ".join(sorted(now)))


def _backend(e: Evidence, health: Health) -> Found:
    if health.backend is None:
        return _unasked("connection to the central system")
    if health.backend:
        return found(Grade.PASS, Text.VALIDATE_BACKEND_OK)
    if e.health_before is not None and e.health_before.backend is False:
        return found(Grade.NOT_CHECKED, Text.VALIDATE_BACKEND_BEFORE)
    return found(Grade.FAIL, Text.VALIDATE_BACKEND)


def _meter(e: Evidence, health: Health) -> Found:
    before = e.health_before.meter if e.health_before is not None else {}
    readings = [before, *(sample.health.meter for sample in e.samples if sample.health is not None)]
    registers = sorted({register for reading in readings for register in reading})
    if not registers:
        return _none(e, "meter", "meter registers")
    if missing := [register for register in registers if register not in health.meter]:
        return found(Grade.FAIL, Text.VALIDATE_METER_MISSING, found=", ".join(missing))
    if back := [words for register in registers if (words := _went_back(register, readings))]:
        return found(Grade.FAIL, Text.VALIDATE_METER, found="; ".join(back))
    if not before:
        return _incomparable("meter registers")
    told = ", ".join(f"{register} {health.meter[register]:.0f} Wh" for register in registers)
    return found(Grade.PASS, Text.VALIDATE_METER_OK, found=told)


def _went_back(register: str, readings: list[Mapping[str, float]]) -> str:
    told = [reading[register] for reading in readings if register in reading]
    for one, other in pairwise(told):
        if other < one:
            return f"{register} from {one:.0f} to {other:.0f} Wh"
    return ""


def _metering_checksum(e: Evidence, health: Health) -> Found:
    before = e.health_before.meter_checksum if e.health_before is not None else ""
    expected, now = e.release.metering_checksum or before, health.meter_checksum
    if not expected and not now:
        return _none(e, "metering_checksum", "checksum of the metering software")
    if not now:
        return _unasked("checksum of the metering software")
    if not expected:
        return _incomparable("checksum of the metering software")
    if now.casefold() != expected.casefold():
        return found(Grade.FAIL, Text.VALIDATE_CHECKSUM, found=now, expected=expected)
    return found(Grade.PASS, Text.VALIDATE_CHECKSUM_OK, found=now)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "version": _version,
        "payload_hash": _payload_hash,
        "connectors": _healthy(_connectors),
        "command_response": _healthy(_command_response),
        "faults": _healthy(_faults),
        "checks": _healthy(_checks),
        "resets": _healthy(_resets),
        "clock": _healthy(_clock),
        "settings": _settings,
        "certificates": _healthy(_certificates),
        "backend": _healthy(_backend),
        "meter": _healthy(_meter),
        "metering_checksum": _healthy(_metering_checksum),
    }
)
"""By name, in the order in which they are told."""
CALLED: Mapping[str, str] = MappingProxyType(
    {
        "version": "version",
        "payload_hash": "SHA-256 of what runs",
        "connectors": "connectors",
        "command_response": "answer to a command",
        "faults": "faults",
        "checks": "checks",
        "resets": "restarts",
        "clock": "clock",
        "settings": "settings",
        "certificates": "certificates",
        "backend": "connection to the central system",
        "meter": "meter registers",
        "metering_checksum": "checksum of the metering software",
    }
)
