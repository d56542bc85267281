"""What is known when an updated charger is judged, and what a judgement says. Plain frozen data."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Configuration, Expectation, Health, Observed, Release


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

    rule: str  # name of the rule: "meter"
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
    health_before_at: float | None = None  # seconds since the epoch, trusted, when `health_before` was read
    settle: float = inf  # seconds in which the charger must become well; without an end soak never gives up

    @property
    def newest(self) -> Sample:
        return self.samples[-1]
