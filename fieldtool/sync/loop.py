"""Sync by itself: a thread that pushes when there is something to push and central answers."""

import logging
import random
from dataclasses import replace
from datetime import datetime
from threading import Event, Lock, Thread

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.log import AuditLog
from fieldtool.core.clock import Clock
from fieldtool.core.errors import FieldtoolError, StorageError, SyncError
from fieldtool.core.texts import Text
from fieldtool.sync.client import Sent, SyncClient
from fieldtool.sync.outbox import Outbox
from fieldtool.sync.state import Central, SyncState

LOOK_SECONDS = 2.0  # between looks at the log while all is well
ASK_SECONDS = 30.0  # between questions whether central is there, when nothing is pending
FIRST_BACK_OFF = 2.0  # seconds; doubled each time, and spread over all of it: a fleet does not knock at once
SHORTEST_BACK_OFF = 0.2
LONGEST_BACK_OFF = 300.0
LONGEST_OFFLINE = 15.0  # nobody answers: knocking costs nothing, and the laptop may be online any moment

_SILENT = {Text.CENTRAL_UNREACHABLE, Text.CENTRAL_STRANGE, Text.CENTRAL_LATER, Text.PUSH_TOO_OFTEN}

_log = logging.getLogger(__name__)


class SyncLoop:
    """Start it once; `state` may be read from any thread at any time and never does I/O."""

    def __init__(self, client: SyncClient, log: AuditLog, clock: Clock, outbox: Outbox | None = None) -> None:
        self._client = client
        self._outbox = outbox
        self._audit = log
        self._clock = clock
        self._wake = Event()
        self._stop = False
        self._lock = Lock()
        self._state = SyncState(Central.NOT_SET, pending=0)
        self._failures = 0
        self._asked: float | None = None  # when central answered last, monotonic
        self._thread = Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the request under way; what is confirmed by then is kept."""
        self._stop = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def now(self) -> None:
        """Push at the next moment, whatever the back-off says."""
        self._failures = 0
        self._asked = None
        self._wake.set()

    def state(self) -> SyncState:
        return self._state

    def push(self) -> int:
        """Push in the caller's thread and show it in `state`. SyncError, StorageError."""
        with self._lock:
            self._state = replace(self._state, sent=0, of=self._audit.pending(), bytes=0)
            self._show(busy=True)
            try:
                sent = self._client.push(self._each)
            except FieldtoolError as error:
                self._failures += 1
                self._show(busy=False, central=_seen_as(error), problem=error)
                raise
            self._failures = 0
            self._asked = self._clock.monotonic()
            self._show(busy=False, central=Central.ONLINE)
            return sent

    def _each(self, sent: Sent) -> bool:
        """After a batch: a month offline is many of them, so say how far it is, and stop when we are told to."""
        self._state = replace(self._state, sent=sent.records, bytes=sent.bytes)
        self._show(busy=True)
        return not self._stop

    def _run(self) -> None:
        while not self._stop:
            self._wake.clear()
            seconds = self._round()
            if not self._stop:
                self._clock.wait(self._wake, seconds)

    def _round(self) -> float:
        """One look; returns how long to wait before the next."""
        try:
            if not self._is_due():
                return LOOK_SECONDS
            self.push()
        except FieldtoolError as error:
            if self._failures <= 1:
                _log.info("sync: %s", error.what)
            return self._back_off(error.text)
        return LOOK_SECONDS

    def _is_due(self) -> bool:
        pending, documents = self._audit.pending(), self._documents()
        if (pending, documents) != (self._state.pending, self._state.documents):
            self._state = replace(self._state, pending=pending, documents=documents)
        return (
            pending > 0 or documents > 0 or self._asked is None or self._clock.monotonic() - self._asked >= ASK_SECONDS
        )

    def _documents(self) -> int:
        return 0 if self._outbox is None else self._outbox.pending()

    def _back_off(self, why: Text) -> float:
        if why is Text.CENTRAL_NOT_SET:
            return LOOK_SECONDS
        longest = LONGEST_OFFLINE if why is Text.CENTRAL_UNREACHABLE else LONGEST_BACK_OFF
        doubled = FIRST_BACK_OFF * float(2 ** min(max(self._failures - 1, 0), 10))
        return max(SHORTEST_BACK_OFF, random.uniform(0.0, min(longest, doubled)))

    def _show(self, *, busy: bool, central: Central | None = None, problem: FieldtoolError | None = None) -> None:
        state = replace(self._state, busy=busy)
        if central is not None:
            state = replace(state, central=central, problem=None if problem is None else problem.trouble())
        if not isinstance(problem, StorageError):
            receipt = self._audit.newest_receipt()
            size, pending = (0 if receipt is None else receipt.size), self._audit.pending()
            state = replace(state, pending=pending, synced=size, documents=self._documents())
            if receipt is not None:
                state = replace(state, receipt=receipt.note, received=_received(receipt.note))
        self._state = state


def _received(note: str) -> datetime:
    return Checkpoint.read(note).received


def _seen_as(error: FieldtoolError) -> Central:
    if error.text is Text.CENTRAL_NOT_SET:
        return Central.NOT_SET
    return Central.OFFLINE if error.text in _SILENT or not isinstance(error, SyncError) else Central.REFUSED
