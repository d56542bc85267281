"""Runs under way: one worker thread each, one run per serial number, in this process and beside all others."""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock

from fieldtool.core.clock import Clock
from fieldtool.core.errors import ExitCode, FieldtoolError, RefusedError, Trouble, UsageError
from fieldtool.core.model import FirmwareImage, Release, normal_serial
from fieldtool.core.texts import Text
from fieldtool.store.locks import exclusive
from fieldtool.update.engine import Engine
from fieldtool.update.job import Stop
from fieldtool.update.journal import Head, Journal
from fieldtool.update.live import Board, RunState
from fieldtool.update.plan import PlanLine
from fieldtool.update.run import Ending, Outcome, Phase

LOG = logging.getLogger(__name__)
HOLDER = "another fieldtool"


class ImageSource:
    """A run needs valid rights to begin. What has begun may be finished, though catalogue or grant expire meanwhile."""

    def __init__(
        self,
        release: Release,
        fresh: Callable[[Release], FirmwareImage],
        reopened: Callable[[Release], FirmwareImage],
    ) -> None:
        self._release, self._ask, self._reopened = release, fresh, reopened

    def __call__(self) -> FirmwareImage:
        """The image, its hash checked just now. FirmwareError."""
        image = self._ask(self._release)
        self._ask = self._reopened
        return image


class Runs:
    """Starts, resumes and stops runs. Thread-safe.

    `image(release)` hands out a freshly checked image for a new run, `reopened(release)` for one that had begun: what
    was begun under valid rights may be finished although the catalogue has expired meanwhile.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        board: Board,
        clock: Clock,
        folder: Path,
        at_once: int,
        image: Callable[[Release], FirmwareImage],
        reopened: Callable[[Release], FirmwareImage],
        actor: str,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._board = board
        self._clock = clock
        self._locks = folder / "locks"
        self._image = image
        self._reopened = reopened
        self._actor = actor
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="run")
        self._guard = Lock()
        self._stops: dict[str, Stop] = {}
        self._futures: dict[str, Future[Ending]] = {}
        self._listeners: list[Callable[[Ending], None]] = []
        self._closed = False

    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        self._listeners.append(listener)

    def busy(self, serial: str) -> bool:
        """Is a run on this charger under way in this process?"""
        with self._guard:
            return normal_serial(serial) in self._stops

    def start(self, line: PlanLine) -> str:
        """Begin a run for a line that starts. Returns its id. RefusedError(RUN_OPEN) when one is under way."""
        if line.release is None:
            raise RefusedError(line.verdict.reason.text, **dict(line.verdict.reason.params))
        head = Head(
            uuid.uuid4().hex[:12], line.serial, line.name, line.component, line.release, line.found, self._actor
        )
        source = ImageSource(line.release, self._image, self._reopened)
        self._submit(head, lambda stop: self._engine.run(head, source, stop))
        return head.run

    def resume(self, run: str) -> str:
        """Go on with an open run. Returns its serial. UsageError(RUN_UNKNOWN)."""
        head = self._journal.head(run)
        if head is None:
            raise UsageError(Text.RUN_UNKNOWN, serial=run)
        self._submit(head, lambda stop: self._engine.resume(head, lambda: self._reopened(head.release), stop))
        return head.serial

    def stop(self, serial: str) -> None:
        """Stop while the charger is untouched, later after this step."""
        with self._guard:
            stop = self._stops.get(normal_serial(serial))
        if stop is not None:
            stop.cancel()
            self._board.change(serial, stopping=True)

    def wait(self, serial: str) -> Ending:
        """Wait for the end of this charger's run."""
        with self._guard:
            future = self._futures[normal_serial(serial)]
        return future.result()

    def close(self) -> None:
        """Leave every run where the journal can take it up again."""
        with self._guard:
            self._closed = True
            for stop in self._stops.values():
                stop.halt()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, head: Head, walk: Callable[[Stop], Ending]) -> None:
        key = normal_serial(head.serial)
        with self._guard:
            if key in self._stops or self._closed:
                raise RefusedError(Text.RUN_OPEN, serial=head.serial)
            stop = self._stops[key] = Stop()
            self._board.put(
                RunState(
                    head.run, head.serial, head.name, head.came_from, head.release.version, Phase.PREFLIGHT,
                    self._clock.now(), waiting=Trouble(Text.QUEUED),
                )
            )  # fmt: skip
            self._futures[key] = self._pool.submit(self._work, head, walk, stop)

    def _work(self, head: Head, walk: Callable[[Stop], Ending], stop: Stop) -> Ending:
        try:
            ending = self._walk(head, walk, stop)
        finally:
            with self._guard:
                self._stops.pop(normal_serial(head.serial), None)
        for listener in self._listeners:
            listener(ending)
        return ending

    def _walk(self, head: Head, walk: Callable[[Stop], Ending], stop: Stop) -> Ending:
        try:
            what = f"Charger {head.serial}"
            with exclusive(self._locks, normal_serial(head.serial), what, f"{HOLDER} of {self._actor}"):
                return walk(stop)
        except FieldtoolError as error:
            return self._not_begun(head, error.trouble())
        except Exception as error:  # noqa: BLE001  # a bug of ours: told as such, the journal keeps the run open
            LOG.exception("Run %s on %s broke off", head.run, head.serial)
            detail = f"{type(error).__name__}: {error}"
            return self._not_begun(head, Trouble(Text.BUG, (("detail", detail),), exit_code=ExitCode.BUG))

    def _not_begun(self, head: Head, trouble: Trouble) -> Ending:
        """The engine gave no ending: nothing was done, unless the journal says otherwise."""
        state = self._board.of(head.serial)
        begun = state is not None and bool(state.spans)
        outcome = Outcome.WAITING if begun else Outcome.REFUSED
        if begun and state is not None:
            trouble = replace(trouble, safety=state.safety)
        self._board.change(head.serial, outcome=outcome, trouble=trouble, waiting=None)
        return Ending(head.run, head.serial, outcome, trouble, head.came_from, None)
