"""The two engines of a laptop: they reach chargers the same way and see the same world, but for rights and images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fieldtool.app.secrets import ChargerCredentials
from fieldtool.core.clock import Clock
from fieldtool.core.driver import Driver
from fieldtool.core.model import Release, SiteRules
from fieldtool.core.profile import Profile
from fieldtool.core.recovery import Recoverer
from fieldtool.update.backups import Backups
from fieldtool.update.engine import Engine
from fieldtool.update.job import Limits, Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.preflight import Laptop
from fieldtool.update.recovery import RecoveryEngine
from fieldtool.update.rights import Rights


@dataclass(frozen=True, slots=True)
class Engines:
    """Makes them from what they share."""

    drivers: Mapping[str, Driver]
    locate: Callable[[str, str], Place]
    credentials: Callable[[str], ChargerCredentials]
    journal: Journal
    board: Board
    clock: Clock
    laptop: Callable[[], Laptop]
    rules: Callable[[], SiteRules]
    backups: Backups
    versions: Callable[[str], Mapping[str, str]]  # of all components of a charger, as discovery read them last
    soak: float  # seconds that a charger is watched, where neither site nor release says more

    def update(self, rights: Callable[[str, str], Rights], releases: Callable[[], Sequence[Release]]) -> Engine:
        world = self._world(rights, releases)
        return Engine(
            self.drivers, self.locate, self.credentials, self.journal, self.board, self.clock, world, self._limits()
        )

    def recovery(
        self,
        recoverers: Mapping[str, Recoverer],
        profile: Callable[[str], Profile],
        rights: Callable[[str, str], Rights],
        releases: Callable[[], Sequence[Release]],
    ) -> RecoveryEngine:
        return RecoveryEngine(
            recoverers, profile, self.drivers, self.locate, self.credentials, self.journal, self.board, self.clock,
            self._world(rights, releases), self._limits(),
        )  # fmt: skip

    def _world(self, rights: Callable[[str, str], Rights], releases: Callable[[], Sequence[Release]]) -> World:
        return World(self.laptop, self.rules, self.backups, self.versions, rights, releases)

    def _limits(self) -> Limits:
        return Limits(soak=self.soak)
