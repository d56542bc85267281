"""Long work of a screen, step by step in a worker: told as it goes, and cancelled between two steps."""

from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import FieldtoolError
from fieldtool.ui.background import Background

T = TypeVar("T")
LOOK_MS = 100


class Job(QObject):
    """One at a time. The window's thread pulls the newest step; nothing is queued up."""

    stepped = Signal(object)  # Progress
    ended = Signal()  # however it did

    def __init__(self, background: Background, owner: QObject) -> None:
        super().__init__(owner)
        self._background = background
        self._stop = Event()
        self._newest: Progress | None = None
        self._shown: Progress | None = None
        self.running = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(
        self,
        steps: Callable[[], Generator[Progress | ManualStep, None, T]],
        done: Callable[[T], None],
        failed: Callable[[FieldtoolError], None],
        cancelled: Callable[[], None],
    ) -> None:
        """Go through all steps in a worker, then `done(result)`, `failed(error)` or `cancelled()` here."""
        assert not self.running
        self.running, self._stop, self._newest, self._shown = True, Event(), None, None
        stop = self._stop

        def work() -> tuple[T] | None:
            with closing(steps()) as going:
                while not (stop.is_set() or self._background.closed):
                    try:
                        step = next(going)
                    except StopIteration as end:
                        return (end.value,)
                    if isinstance(step, Progress):
                        self._newest = step
            return None

        def finished(result: tuple[T] | None) -> None:
            self._over()
            if result is None:
                cancelled()
            else:
                done(result[0])

        def broken(error: FieldtoolError) -> None:
            self._over()
            failed(error)

        self._timer.start()
        self._background.run(work, finished, broken, owner=self)

    @Slot()
    def cancel(self) -> None:
        """Ends before the next step; what was begun leaves nothing behind."""
        self._stop.set()

    def _over(self) -> None:
        self.running = False
        self._timer.stop()
        self.ended.emit()

    @Slot()
    def _look(self) -> None:
        newest = self._newest
        if newest is not None and newest is not self._shown:
            self._shown = newest
            self.stepped.emit(newest)
