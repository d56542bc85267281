"""One run under way: what it knows, and how it is told to stop."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from fieldtool.core.driver import Can
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Component, FirmwareImage, Health, Observed
from fieldtool.core.profile import Profile
from fieldtool.update.journal import Head
from fieldtool.update.run import Phase, Step


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the engine is. Seconds, unless named otherwise."""

    patience: float = 600.0  # for a silent charger, before the run is left open as `waiting`
    poll: float = 2.0  # between two questions to a charger that does not answer
    tries: int = 4  # of one phase without progress
    soak: float = 10.0  # a charger must stay healthy this long after its update


@dataclass(frozen=True, slots=True)
class Place:
    """Where a charger answers now, and how it tells its facts."""

    component: Component
    profile: Profile


class Stop:
    """How a run is told to stop: by the technician (`cancel`) or because the program ends (`halt`)."""

    def __init__(self) -> None:
        self.halting = Event()  # ends every wait
        self.cancelled = False

    def cancel(self) -> None:
        """Stop where the charger is untouched; later: stop after this step."""
        self.cancelled = True

    def halt(self) -> None:
        """Leave the run open; the journal knows where it stands."""
        self.halting.set()


class Cancelled(BaseException):
    """Unwinds a phase. A BaseException, so that no `except Exception` swallows it."""


class LeftOpen(BaseException):
    """Ends the walk without an end of the run: the charger is silent, or the program closes."""

    def __init__(self, trouble: Trouble | None) -> None:
        super().__init__()
        self.trouble = trouble


@dataclass(slots=True)
class Job:
    """One run under way: the only mutable thing of the engine, owned by its worker thread."""

    head: Head
    before: Observed
    health: Health | None
    image: Callable[[], FirmwareImage]  # re-hashed at every call
    stop: Stop
    can: Can = Can(0)
    tries: Counter[Phase] = field(default_factory=Counter)
    furthest: int = 0  # bytes transferred in the best try
    acted: bool = False  # INSTALL was really asked for
    runs_now: str | None = None
    trouble: Trouble | None = None  # why it does not end DONE
    last_image: FirmwareImage | None = None  # as checked last

    def checked_image(self) -> FirmwareImage:
        """The image, hashed again at this very moment."""
        self.last_image = self.image()
        return self.last_image

    @property
    def step(self) -> Step:
        return self.head.step

    @property
    def serial(self) -> str:
        return self.head.serial
