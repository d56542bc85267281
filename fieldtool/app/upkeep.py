"""What goes on by itself while the program is open: a thread that reads anew, goes on with runs, and forgets."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from fieldtool.app.audit_watch import AuditWatch
from fieldtool.app.runs import Runs
from fieldtool.core.clock import Clock
from fieldtool.core.errors import ExitCode, FieldtoolError
from fieldtool.core.model import normal_serial
from fieldtool.discovery.roster import Roster
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.backups import Backups
from fieldtool.update.history import History
from fieldtool.update.live import Board
from fieldtool.update.run import Outcome

UPKEEP_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Upkeep:
    """Start it once, `stop` it before the store closes."""

    def __init__(
        self,
        clock: Clock,
        refresh: Callable[[], None],
        time: TrustedTime,
        watch: AuditWatch,
        roster: Roster,
        board: Board,
        runs: Runs,
        past: History,
        backups: Backups,
        keep_days: Callable[[], int],
    ) -> None:
        """`keep_days`: for how long saved settings of a run that has ended are kept."""
        self._clock, self._refresh, self._time, self._watch = clock, refresh, time, watch
        self._roster, self._board, self._runs = roster, board, runs
        self._past, self._backups, self._keep_days = past, backups, keep_days
        self._stop = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def tell_to_stop(self) -> None:
        self._stop.set()

    def join(self) -> None:
        if self.running:
            self._thread.join()

    def _run(self) -> None:
        """Verifying the catalogue takes longer than a window may take to open: it begins here, not when App is made."""
        over = False
        while not over:
            try:
                self._refresh()
                self._time.keep()
                self._watch.round(self._stop)
                self._go_on()
                self._forget_settings()
            except FieldtoolError as error:
                _log.warning("upkeep: %s", error.what)
            over = self._clock.wait(self._stop, UPKEEP_SECONDS)

    def _go_on(self) -> None:
        """A run that waits for a silent charger goes on when the charger answers again."""
        answering = {normal_serial(entry.serial) for entry in self._roster.entries() if entry.presence.value == "ready"}
        for serial, state in self._board.runs().items():
            lost = state.waiting is not None and state.waiting.exit_code is ExitCode.LINK_LOST
            if state.outcome is Outcome.WAITING and lost and serial in answering and not self._runs.busy(serial):
                self._runs.resume(state.run)

    def _forget_settings(self) -> None:
        """Saved settings of runs that ended long ago."""
        self._backups.forget(self._past.ended_before(self._clock.now() - timedelta(days=self._keep_days())))
