"""Does the charger work as before? Pure rules over what was before, what is after, and how it went meanwhile.

The engine asks and keeps the samples; this module judges. A rule without data says "not checked", which is never a
pass; a rule that does not apply to the charger says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Configuration, ConnectorStatus, Expectation, Health, Observed, Release

_SERVING = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.OCCUPIED, ConnectorStatus.RESERVED})


class Grade(StrEnum):
    PASS, FAIL, WAIVED = "pass", "fail", "waived"
    NOT_APPLICABLE, NOT_CHECKED = "not_applicable", "not_checked"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody decided that a rule may fail, where policy lets him. Audited."""

    rule: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found."""

    rule: str  # name of the rule: "meter_monotonic"
    grade: Grade
    reason: Trouble  # what was found, in words
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the charger after its restart."""

    at: float  # seconds since validation began
    seen: Observed
    health: Health | None  # None: it could not tell its health
    trouble: str = ""  # why not, in words


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a rule may look at."""

    release: Release
    before: Observed
    health_before: Health | None
    samples: tuple[Sample, ...]  # at least one; the last is now
    now: float  # seconds since the epoch, trusted, at the last sample
    can: Can
    expected: Expectation  # of release and site together
    waivers: tuple[Waiver, ...] = ()
    wanted: Configuration | None = None  # settings as they should be now: those of before, moved to the new layout
    settings: Configuration | None = None  # as they are now


def findings(before: Health | None, after: Health) -> tuple[str, ...]:
    """What is worse than before the update, in the charger's own words; empty when nothing is.

    A fault that was there before does not count against the new firmware. Without a `before`, everything counts.
    """
    known = before or Health(ok=True)
    new_faults = [fault for fault in after.faults if fault not in known.faults]
    broken = [f"{check} does not work" for check in after.failed_checks if check not in known.failed_checks]
    return (*new_faults, *broken, *_connectors(known.connectors, after.connectors))


def _connectors(before: Mapping[str, ConnectorStatus], after: Mapping[str, ConnectorStatus]) -> tuple[str, ...]:
    lost = []
    for name, status in before.items():
        now = after.get(name)
        if status in _SERVING and now not in _SERVING:
            lost.append(f"connector {name} is {now.value if now else 'missing'}")
    return tuple(lost)
