"""How long an update takes, as an honest range: from the size of the file, the model's restart, the measured speed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from fieldtool.core.model import Release
from fieldtool.core.profile import Profile
from fieldtool.update.run import NEXT, Phase

FAST, SLOW = 8_000_000.0, 800_000.0  # bytes per second over a technician's cable, good and bad
WRITE_FAST, WRITE_SLOW = 30_000_000.0, 3_000_000.0  # bytes per second into a charger's flash
STEADY = (0.8, 1.4)  # a measured speed may rise or fall by this until the end
ENOUGH = 3  # earlier updates, before they say more than size and profile

Range = tuple[float, float]  # seconds, (fast, slow)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds per phase."""

    phases: Mapping[Phase, Range]
    later: Range = (0.0, 0.0)  # of the stages that follow this one

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
        return now[0] + after[0] + self.later[0], now[1] + after[1] + self.later[1]

    def followed_by(self, stages: "Iterable[Forecast]") -> "Forecast":
        """The same, with what comes after this stage."""
        each = [stage.whole for stage in stages]
        return replace(self, later=(sum(fast for fast, _ in each), sum(slow for _, slow in each)))

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


def expected_time(release: Release, profile: Profile, soak: float, past: Sequence[float] = ()) -> tuple[int, int]:
    """Seconds one update takes, (fast, slow): from earlier ones where there are enough, else the vendor's figure,
    else from size, restart and soak.

    Few earlier ones only widen what is expected anyway, and the range never ends at their extremes: the next update
    is as likely as not to be the fastest or slowest of all, the more so the fewer there were.
    """
    fast, slow = release.duration or forecast(release.length, profile, soak).whole
    if past:
        margin = 0.5 / sqrt(len(past))
        seen = min(past) * (1.0 - margin), max(past) * (1.0 + margin)
        fast, slow = seen if len(past) >= ENOUGH else (min(fast, seen[0]), max(slow, seen[1]))
    return max(1, round(fast)), max(1, round(slow))
