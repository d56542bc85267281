"""The one bridge between threads and Qt: work goes out, results come back on the GUI thread, newest state is pulled."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from fieldtool.app.api import FieldApp
from fieldtool.app.views import Fleet, StatusLine
from fieldtool.core.errors import FieldtoolError
from fieldtool.core.texts import Text
from fieldtool.update.run import Ending

_LOG = logging.getLogger(__name__)
_WORKERS = 8  # for questions of the window; runs have threads of their own in the app
PULL_MS = 50
STATUS_EVERY = 20  # pulls

T = TypeVar("T")
Call = Callable[[], None]


class Background(QObject):
    """Runs slow calls off the GUI thread and delivers their end on it."""

    _finished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="window")
        self._newest: dict[str, int] = {}
        self._closed = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[FieldtoolError], None],
        *,
        owner: QObject,
        replaces: str = "",
    ) -> None:
        """Call `work` in a worker, then `done(result)` or `failed(error)` on the GUI thread.

        Nothing is delivered once `owner` is destroyed or the window closes, nor to a call whose `replaces` name a
        newer call has taken. An error that is none of ours is a bug: it is logged and delivered as Text.BUG.
        """
        if self._closed:
            return
        turn = self._newest.get(replaces, 0) + 1
        if replaces:
            self._newest[replaces] = turn

        def current() -> bool:
            return shiboken6.isValid(owner) and (not replaces or self._newest[replaces] == turn)

        def finish(future: Future[T]) -> None:
            if not future.cancelled() and not self._closed and shiboken6.isValid(self):
                self._finished.emit(lambda: _hand_over(future, done, failed) if current() else None)

        self._pool.submit(work).add_done_callback(finish)

    @property
    def closed(self) -> bool:
        """Work that takes long asks this between its steps, and ends."""
        return self._closed

    def close(self) -> None:
        """Deliver nothing from now on. Work that has begun ends in its own time."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    @Slot(object)
    def _deliver(self, call: Call) -> None:
        if not self._closed:
            call()


def _hand_over(future: Future[T], done: Callable[[T], None], failed: Callable[[FieldtoolError], None]) -> None:
    error = future.exception()
    if error is None:
        done(future.result())
    elif isinstance(error, FieldtoolError):
        failed(error)
    else:
        _LOG.error("a call of the window failed", exc_info=error)
        failed(FieldtoolError(Text.BUG, detail=type(error).__name__))


class Feed(QObject):
    """Pulls the newest state every 50 ms and tells of it only when it changed. Endings come as they happen."""

    fleet_changed = Signal(object)  # Fleet
    status_changed = Signal(object)  # StatusLine
    second_passed = Signal()  # for words like "40 s ago"
    run_ended = Signal(object)  # Ending; emitted in a worker's thread, received on the GUI thread

    def __init__(self, app: FieldApp) -> None:
        super().__init__()
        self._app = app
        self.fleet: Fleet = app.fleet()
        self.status: StatusLine = app.status()
        self._pulls = 0
        self._timer = QTimer(self, interval=PULL_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.pull)
        app.on_ended(self._ended)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def pull(self) -> None:
        fleet = self._app.fleet()
        if fleet is not self.fleet and fleet != self.fleet:
            self.fleet = fleet
            self.fleet_changed.emit(fleet)
        self._pulls += 1
        if self._pulls % STATUS_EVERY == 0:
            self._pull_status()
            self.second_passed.emit()

    def _pull_status(self) -> None:
        status = self._app.status()
        if status != self.status:
            self.status = status
            self.status_changed.emit(status)

    def _ended(self, ending: Ending) -> None:
        if shiboken6.isValid(self):  # a run may outlive the window
            self.run_ended.emit(ending)
