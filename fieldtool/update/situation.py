"""What preflight looks at, and what it finds: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fieldtool.core.driver import Can
from fieldtool.core.errors import ExitCode, Param, Safety, Trouble
from fieldtool.core.model import Configuration, Health, Identity, Observed, Release, SiteRules
from fieldtool.core.texts import Text
from fieldtool.update.rights import Rights


class Level(StrEnum):
    OK, INFO, WARN, STOP = "ok", "info", "warn", "stop"


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
    stays_awake: bool | None = None  # can be kept from falling asleep; None: nobody can tell


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a check may look at, gathered beforehand: checks do no I/O."""

    identity: Identity
    seen: Observed
    health: Health | None
    release: Release
    laptop: Laptop
    now: float  # seconds since the epoch, trusted
    can: Can
    way_back: Release | None  # the old firmware, on this laptop, for what cannot keep it itself (`Leg.way_back`)
    rules: SiteRules = SiteRules()
    versions: Mapping[str, str] | None = None  # component -> version at this point of the plan; None: as identified
    following: frozenset[str] = frozenset()  # components of the legs that follow in the same run
    runs: Release | None = None  # what runs now, where the catalogue knows it
    begun: bool = False  # an earlier leg of this run is done: going on disturbs less than going back
    takes: frozenset[str] | None = (
        None  # formats that its driver installs; None: a plan without drivers, not the engine
    )
    settings: Configuration | None = None  # of the charger now; None: not read, or it has none to be saved
    rights: Rights = Rights()  # noqa: RUF009  # frozen
    deviates: bool = False  # somebody passes a problem or waives a rule
    epoch_known: int | None = None  # highest that anybody knows for a component that tells none; None: nobody does
    epochs_used: bool = False  # the catalogue has releases of this component with a security epoch above 0

    @property
    def component(self) -> str:
        return self.release.component


def verdict(level: Level, text: Text, **params: Param) -> Verdict:
    return Verdict(level, Trouble(text, tuple(sorted(params.items())), Safety.UNTOUCHED, ExitCode.REFUSED))


def stop(text: Text, **params: Param) -> Verdict:
    return verdict(Level.STOP, text, **params)


def warn(text: Text, **params: Param) -> Verdict:
    return verdict(Level.WARN, text, **params)


def info(text: Text, **params: Param) -> Verdict:
    return verdict(Level.INFO, text, **params)
