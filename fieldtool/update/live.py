"""The newest state of every run, for whoever looks: written by the engine's threads, read by the window every 50 ms.

Nothing travels as an event per chunk: a reader takes what is newest (design/architecture.md, Threads and Qt).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from types import MappingProxyType

from fieldtool.core.clock import Clock
from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import Safety, Trouble
from fieldtool.core.model import Health, normal_serial
from fieldtool.update.forecast import Forecast
from fieldtool.update.run import Mark, Outcome, Phase
from fieldtool.update.validation import Finding

SMOOTHING = 0.3  # weight of the newest second in the shown speed
RATE_EVERY = 0.5  # seconds between two looks at the speed
FORECAST_EVERY = 1.0  # seconds between two forecasts: a person reads them


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One stretch of a run's timeline."""

    phase: Phase
    began: datetime
    ended: datetime | None
    mark: Mark  # how it ended; ENTERED while it goes on
    note: str = ""  # the device's own words
    trouble: Trouble | None = None
    done: int = 0  # bytes or device units when it ended
    total: int = 0
    leg: int = 0


@dataclass(frozen=True, slots=True)
class RunState:
    """The newest state of one charger's run; replaced as a whole."""

    run: str
    serial: str
    name: str
    came_from: str | None
    target: str
    phase: Phase
    began: datetime
    spans: tuple[PhaseSpan, ...] = ()
    done: int = 0  # bytes or device units of the current phase
    total: int = 0  # 0: extent unknown
    rate: float = 0.0  # units per second, smoothed
    eta: tuple[float, float] | None = None  # seconds until the whole run ends: (fast, slow); None: not known yet
    safety: Safety = Safety.UNTOUCHED
    trouble: Trouble | None = None  # newest; kept when it goes on
    waiting: Trouble | None = None  # why nothing moves now: a car charges, the charger is silent
    stopping: bool = False  # "stop after this step" was asked for
    outcome: Outcome | None = None  # None: under way
    health: Health | None = None  # after the update
    runs_now: str | None = None  # as the device said last
    component: str = "main"  # that is worked on now
    leg: int = 0  # which stage of the run, from 0
    legs: int = 1
    asked: ManualStep | None = None  # what a person has to do now
    findings: tuple[Finding, ...] = ()  # newest of the validation that goes on or has ended
    undone: tuple[str, ...] = ()  # components that were done and taken back
    stages: tuple[tuple[str, str], ...] = ()  # (component, version) of every leg, in order
    waivable: frozenset[str] = frozenset()  # rules of the validation that goes on which somebody may waive

    @property
    def over(self) -> bool:
        return self.outcome is not None and self.outcome is not Outcome.WAITING


class Board:
    """Serial number -> RunState. Thread-safe; `runs()` hands out a snapshot that never changes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._runs: dict[str, RunState] = {}
        self._speed: dict[str, tuple[float, int]] = {}  # serial -> (monotonic, done) at the last look
        self._forecasts: dict[str, Forecast] = {}
        self._forecast_at = clock.monotonic()
        self.version = 0  # grows with every change: a cheap "anything new?"

    def runs(self) -> Mapping[str, RunState]:
        with self._lock:
            self._look_ahead()
            return MappingProxyType(dict(self._runs))

    def of(self, serial: str) -> RunState | None:
        with self._lock:
            return self._runs.get(normal_serial(serial))

    def phase(self, serial: str) -> Phase:
        """Where the run on this charger is. KeyError without one."""
        with self._lock:
            return self._runs[normal_serial(serial)].phase

    def put(self, state: RunState) -> None:
        with self._lock:
            self._put(state)

    def expect(self, serial: str, forecast: Forecast) -> None:
        """How long this run's phases take, as far as one can know."""
        with self._lock:
            self._forecasts[normal_serial(serial)] = forecast

    def change(self, serial: str, **fields: object) -> None:
        """Replace fields of the newest state; nothing when there is none."""
        with self._lock:
            state = self._runs.get(normal_serial(serial))
            if state is not None:
                self._put(replace(state, **fields))  # type: ignore[arg-type]  # field names are checked by replace

    def entered(self, serial: str, phase: Phase, safety: Safety, component: str, leg: int) -> None:
        """A phase began: a new stretch on the timeline, progress at zero."""
        now = self._clock.now()
        with self._lock:
            state = self._runs[normal_serial(serial)]
            self._speed.pop(normal_serial(serial), None)
            self._put(
                replace(
                    state,
                    phase=phase,
                    spans=(*state.spans, PhaseSpan(phase, now, None, Mark.ENTERED, leg=leg)),
                    done=0,
                    total=0,
                    rate=0.0,
                    safety=safety,
                    waiting=None,
                    asked=None,
                    component=component,
                    leg=leg,
                    findings=state.findings if leg == state.leg else (),  # another leg's say nothing about this one
                )
            )

    def left(self, serial: str, mark: Mark, trouble: Trouble | None) -> None:
        """The current phase ended with `mark`."""
        now = self._clock.now()
        with self._lock:
            state = self._runs[normal_serial(serial)]
            if not state.spans:
                return
            last = replace(state.spans[-1], ended=now, mark=mark, trouble=trouble, done=state.done, total=state.total)
            self._put(
                replace(
                    state, spans=(*state.spans[:-1], last), trouble=trouble or state.trouble, waiting=None, asked=None
                )
            )

    def progressed(self, serial: str, progress: Progress) -> None:
        key = normal_serial(serial)
        with self._lock:
            state = self._runs[key]
            spans = state.spans
            if progress.note and spans and spans[-1].note != progress.note:
                spans = (*spans[:-1], replace(spans[-1], note=progress.note))
            self._put(
                replace(
                    state,
                    done=progress.done,
                    total=progress.total,
                    rate=self._rate(key, state.rate, progress.done),
                    spans=spans,
                    waiting=None,
                    asked=None,
                )
            )

    def _rate(self, key: str, rate: float, done: int) -> float:
        now = self._clock.monotonic()
        at, before = self._speed.setdefault(key, (now, done))
        if now - at < RATE_EVERY:
            return rate
        self._speed[key] = (now, done)
        newest = max(0.0, (done - before) / (now - at))
        return newest if rate == 0.0 else rate + SMOOTHING * (newest - rate)

    def _look_ahead(self) -> None:
        """Forecast anew, though nothing was told: time passes in silent phases too."""
        now = self._clock.monotonic()
        if now - self._forecast_at < FORECAST_EVERY:
            return
        self._forecast_at = now
        for key, state in list(self._runs.items()):
            known = self._forecasts.get(key)
            if known is not None and state.outcome is None and state.spans and state.waiting is None:
                elapsed = (self._clock.now() - state.spans[-1].began).total_seconds()
                steady = state.total > 0 and state.rate > 0.0
                remaining = (state.total - state.done) / state.rate if steady else None
                self._put(replace(state, eta=known.left(state.phase, elapsed, remaining)))

    def _put(self, state: RunState) -> None:
        self._runs[normal_serial(state.serial)] = state
        self.version += 1
