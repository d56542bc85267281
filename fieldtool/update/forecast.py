"""How long an update takes, as an honest range: from the size of the file, the model's restart, the measured speed."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldtool.core.profile import Profile
from fieldtool.update.run import NEXT, Phase

FAST, SLOW = 8_000_000.0, 800_000.0  # bytes per second over a technician's cable, good and bad
WRITE_FAST, WRITE_SLOW = 30_000_000.0, 3_000_000.0  # bytes per second into a charger's flash
STEADY = (0.8, 1.4)  # a measured speed may rise or fall by this until the end

Range = tuple[float, float]  # seconds, (fast, slow)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds per phase."""

    phases: Mapping[Phase, Range]

    @property
    def whole(self) -> Range:
        """The whole run, when nothing goes wrong."""
        return self._sum(Phase.PREFLIGHT)

    def left(self, phase: Phase, elapsed: float, remaining: float | None) -> Range:
        """Until the run ends. `elapsed`: seconds in this phase; `remaining`: seconds at the measured speed, if any."""
        fast, slow = self.phases.get(phase, (0.0, 0.0))
        if remaining is None:
            now = (max(0.0, fast - elapsed), max(0.0, slow - elapsed))
        else:
            now = (remaining * STEADY[0], remaining * STEADY[1])
        after = self._sum(NEXT[phase][0]) if phase in NEXT else (0.0, 0.0)
        return now[0] + after[0], now[1] + after[1]

    def _sum(self, phase: Phase) -> Range:
        fast = slow = 0.0
        while phase in NEXT:
            more = self.phases.get(phase, (0.0, 0.0))
            fast, slow, phase = fast + more[0], slow + more[1], NEXT[phase][0]
        return fast, slow


def forecast(length: int, profile: Profile, soak: float) -> Forecast:
    """For a file of `length` bytes on a charger of this profile."""
    restart = (profile.restart_seconds / 4, profile.restart_seconds)
    return Forecast(
        {
            Phase.PREFLIGHT: (1.0, 4.0),
            Phase.BACKUP: (1.0, 4.0),
            Phase.TRANSFER: (length / FAST, length / SLOW),
            Phase.VERIFY: (0.5, 2.0 + length / WRITE_FAST),
            Phase.INSTALL: (2.0 + length / WRITE_FAST, 10.0 + length / WRITE_SLOW),
            Phase.RESTART: restart,
            Phase.VALIDATE: (soak, soak + profile.settle_seconds),
            Phase.CONFIRM: (0.5, 3.0),
            Phase.ROLL_BACK: (restart[0], restart[1] + 5.0),
        }
    )
