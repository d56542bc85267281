"""One run under way: what it knows, and what a person may tell it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Component, Configuration, FirmwareImage, Health, Observed, Release
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.update.run import Head, Leg, Phase, Step
from fieldtool.update.validation import Finding, Sample, Waiver

Images = Callable[[Release], FirmwareImage]
"""Hands out the file of a release, hashed at this very moment. FirmwareError."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the engine is. Seconds, unless named otherwise."""

    patience: float = 600.0  # for a silent charger, before the run is left open as `waiting`
    poll: float = 2.0  # between two questions to a charger that does not answer
    tries: int = 4  # of one phase without progress
    soak: float = 10.0  # a charger must stay healthy this long after its update
    person: float = 0.2  # between two looks whether somebody pressed "Done"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a component answers now, and how it tells its facts."""

    component: Component
    profile: Profile


class Hand:
    """What a run is told from outside: by the technician, or because the program ends. Thread-safe."""

    def __init__(self) -> None:
        self.halting = Event()  # ends every wait
        self.cancelled = False
        self.answered = False  # the manual step that is shown was done, says the technician
        self.waivers: tuple[Waiver, ...] = ()

    def cancel(self) -> None:
        """Stop where the charger is untouched; later: stop after this step."""
        self.cancelled = True

    def halt(self) -> None:
        """Leave the run open; the journal knows where it stands."""
        self.halting.set()

    def answer(self) -> None:
        """The manual step that is shown now is done."""
        self.answered = True

    def waive(self, waiver: Waiver) -> None:
        """A rule that fails may fail, where policy lets somebody say so. Counts at the next look."""
        self.waivers = (*self.waivers, waiver)


class Cancelled(BaseException):
    """Unwinds a phase. A BaseException, so that no `except Exception` swallows it."""


class LeftOpen(BaseException):
    """Ends the walk without an end of the run: the charger is silent, or the program closes."""

    def __init__(self, trouble: Trouble | None) -> None:
        super().__init__()
        self.trouble = trouble


@dataclass(slots=True)
class Job:
    """One leg under way: the only mutable thing of the engine, owned by its run's thread."""

    head: Head
    number: int  # of the leg, from 0
    before: Observed
    health: Health | None
    images: Images
    hand: Hand
    can: Can = Can(0)
    health_at: float | None = None  # seconds since the epoch, when `health` was read
    tries: Counter[Phase] = field(default_factory=Counter)
    refused: Counter[Text] = field(default_factory=Counter)  # how often the charger said no, by reason
    furthest: int = 0  # bytes transferred in the best try
    known: bool = False  # its first row is on disk
    began: bool = False  # its run passed preflight once: it may be finished, whatever ends meanwhile
    acted: bool = False  # INSTALL was really asked for
    confirmed: bool = False  # CONFIRM was asked for: what is on trial may no longer be
    withdrawn: bool = False  # taken out of service by us, and not given back yet
    restored: bool = False  # the old firmware has its settings and its service again
    runs_now: str | None = None
    trouble: Trouble | None = None  # why it does not end DONE
    sent: set[Release] = field(default_factory=set)  # whose files may lie on the charger
    backup: str = ""  # name of the saved settings
    settings: Configuration | None = None  # of before
    configured: bool = False  # the settings were written once after the restart
    waivers: tuple[Waiver, ...] = ()  # given while it was watched, and on disk
    refused_waivers: tuple[Waiver, ...] = ()  # given by somebody who may not
    samples: list[Sample] = field(default_factory=list)
    validating_since: float | None = None  # monotonic
    findings: tuple[Finding, ...] = ()

    def image(self) -> FirmwareImage:
        """The new firmware, hashed again at this very moment."""
        return self.images(self.leg.release)

    @property
    def leg(self) -> Leg:
        return self.head.legs[self.number]

    @property
    def step(self) -> Step:
        return self.leg.step

    @property
    def component(self) -> str:
        return self.leg.component

    @property
    def serial(self) -> str:
        return self.head.serial
