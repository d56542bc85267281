"""What the window and the command line show: frozen values, made by the services, never changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fieldtool.core.errors import Trouble
from fieldtool.core.model import Health, Link, Observed
from fieldtool.discovery.presence import Presence
from fieldtool.firmware.state import CatalogueState, Freshness, TrustRoot
from fieldtool.sync.state import Central, SyncState
from fieldtool.update.history import Statistics, Told
from fieldtool.update.live import PhaseSpan, RunState
from fieldtool.update.plan import PlanLine, SitePlan
from fieldtool.update.preflight import Level, Verdict
from fieldtool.update.run import Phase

__all__ = [
    "CatalogueState", "Central", "ChargerRow", "DoctorLine", "Fleet", "Freshness", "LaptopState", "Level", "OpenRun",
    "Past", "PhaseSpan", "PlanLine", "Presence", "RunState", "SettingView", "SitePlan", "StatusLine", "SyncState",
    "TrustRoot", "Verdict",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChargerRow:
    """One line of the Chargers screen. `key` stays the same from first sighting to last update."""

    key: str
    presence: Presence
    name: str  # site's name, else the announced instance name
    serial: str = ""  # "" until the device told it (or the site file expects it)
    vendor: str = ""
    model: str = ""
    hardware: str = ""
    link: Link | None = None
    running: str | None = None
    target: str | None = None  # newest release that fits, when another than `running`
    verdict: Verdict | None = None
    health: Health | None = None
    observed: Observed | None = None
    run: RunState | None = None  # newest run since the program started, or open from the journal
    problem: Trouble | None = None
    last_seen: datetime | None = None
    profile: str = ""
    pinned: bool = False

    @property
    def updatable(self) -> bool:
        busy = self.run is not None and not self.run.over
        allowed = self.verdict is not None and self.verdict.level in (Level.OK, Level.WARN)
        return self.presence is Presence.READY and allowed and not busy


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that the journal leaves open: what resume will look at first."""

    run: str
    serial: str
    name: str
    target: str
    last: Phase
    at: datetime
    next_step: Trouble  # in words, what will happen when it goes on
    component: str = "main"  # that was worked on last
    leg: int = 0
    legs: int = 1
    version: str = ""  # that this stage brings


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier runs tell."""

    statistics: tuple[Statistics, ...]
    newest: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class LaptopState:
    battery: int | None  # percent; None: no battery
    on_mains: bool
    free_disk: int  # bytes
    clock: Level = Level.OK  # confidence in the clock
    clock_note: str = ""
    disk: Level = Level.OK  # is there room for what has to be recorded


@dataclass(frozen=True, slots=True)
class StatusLine:
    """The bottom bar."""

    catalogue: CatalogueState
    sync: SyncState
    laptop: LaptopState
    actor: str
    throw_away: bool
    site: str  # name of the current site, "" when none
    audit: Trouble | None = None  # the log is not what it was, or nobody can say: it stops new runs, or will


@dataclass(frozen=True, slots=True)
class SettingView:
    name: str
    value: str
    allowed: tuple[str, ...]  # empty: free text
    title: str


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """One finding of the self-test, with its fix when it is none."""

    name: str
    level: Level
    finding: str
    fix: str = ""  # the very command or step
    told: Trouble | None = None  # the same with its code, to be said in another language


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything the Chargers screen shows, as of one moment."""

    rows: tuple[ChargerRow, ...]
    scanning: bool
    scanned: datetime | None = None
    problem: Trouble | None = None  # discovery itself cannot work
    runs: Mapping[str, RunState] = field(default_factory=dict)  # normal serial -> newest run

    def row(self, key: str) -> ChargerRow | None:
        return next((row for row in self.rows if row.key == key), None)
