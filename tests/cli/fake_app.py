"""An App of the command line's tests: runs that go on by a script, a moment per look."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event

from fieldtool.app.views import RunState
from fieldtool.core.model import normal_serial
from fieldtool.update.run import Ending


class Clock:
    """Every wait is one step of the script."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step, self._now = step, 0.0

    def monotonic(self) -> float:
        return self._now

    def wait(self, stop: Event, seconds: float) -> bool:
        self._now += seconds
        self._step()
        return False


class ScriptedApp:
    """`script(app)` changes `states` and yields for every look of the command line; at its end `endings` are told."""

    def __init__(self, script: Callable[["ScriptedApp"], Iterator[None]], endings: Sequence[Ending]) -> None:
        self.states: dict[str, RunState] = {}
        self.answers: list[str] = []
        self.stops: list[str] = []
        self.clock = Clock(self._go_on)
        self.board, self.runs = Board(self), self
        self._script = script(self)
        self._endings = {normal_serial(one.serial): one for one in endings}
        self._over = False
        self._listeners: list[Callable[[Ending], None]] = []
        self._go_on()

    def put(self, state: RunState) -> None:
        self.states[normal_serial(state.serial)] = state

    def _go_on(self) -> None:
        if not self._over:
            self._over = next(self._script, "over") == "over"
            if self._over:
                for listener in self._listeners:
                    for ending in self._endings.values():
                        listener(ending)

    # -- as Runs
    def busy(self, serial: str) -> bool:
        return not self._over

    def wait(self, serial: str) -> Ending:
        return self._endings[normal_serial(serial)]

    # -- as App
    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        self._listeners.append(listener)

    def answer(self, serial: str) -> None:
        self.answers.append(serial)

    def stop(self, serial: str) -> None:
        self.stops.append(serial)


class Board:
    def __init__(self, app: ScriptedApp) -> None:
        self._app = app

    def runs(self) -> Mapping[str, RunState]:
        return dict(self._app.states)
