"""Runs under way: one worker thread each, one run per serial number, in this process and beside all others."""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock

from fieldtool.app.awake import stay_awake
from fieldtool.app.recovery import Walker
from fieldtool.core.clock import Clock
from fieldtool.core.errors import ExitCode, FieldtoolError, RefusedError, Trouble, UsageError
from fieldtool.core.model import FirmwareImage, Release, normal_serial
from fieldtool.core.texts import Text
from fieldtool.store.locks import exclusive
from fieldtool.update.job import Hand
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board, RunState
from fieldtool.update.plan import PlannedRun
from fieldtool.update.run import Ending, Head, Outcome, Phase
from fieldtool.update.validation import Waiver

LOG = logging.getLogger(__name__)
HOLDER = "another fieldtool"


class ImageSource:
    """A run needs valid rights to begin. What has begun may be finished, though catalogue or grant expire meanwhile.

    Begun is a release once its file was handed out; its last-known-good is handed out with it, in PREFLIGHT.
    """

    def __init__(self, fresh: Callable[[Release], FirmwareImage], reopened: Callable[[Release], FirmwareImage]) -> None:
        self._fresh, self._reopened = fresh, reopened
        self._begun: set[str] = set()

    def __call__(self, release: Release) -> FirmwareImage:
        """The image, its hash checked just now. FirmwareError."""
        if release.target in self._begun:
            return self._reopened(release)
        image = self._fresh(release)
        self._begun.add(release.target)
        return image


class Runs:
    """Starts, resumes and stops runs. Thread-safe.

    `image(release, serial)` hands out a freshly checked image for a new run, `reopened(release)` for one that had
    begun: what was begun under valid rights may be finished although the catalogue has expired meanwhile.
    """

    def __init__(
        self,
        engine: Walker,
        journal: Journal,
        board: Board,
        clock: Clock,
        folder: Path,
        at_once: int,
        image: Callable[[Release, str], FirmwareImage],
        reopened: Callable[[Release], FirmwareImage],
        actor: str,
        for_recovery: Callable[[Release, str], FirmwareImage] | None = None,
    ) -> None:
        """`for_recovery`: as `image`, for chargers that no longer boot; None: as `image`."""
        self._engine = engine
        self._journal = journal
        self._board = board
        self._clock = clock
        self._locks = folder / "locks"
        self._image = image
        self._reopened = reopened
        self._for_recovery = for_recovery or image
        self._actor = actor
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="run")
        self._guard = Lock()
        self._hands: dict[str, Hand] = {}
        self._futures: dict[str, Future[Ending]] = {}
        self._listeners: list[Callable[[Ending], None]] = []
        self._closed = False

    def on_ended(self, listener: Callable[[Ending], None]) -> None:
        self._listeners.append(listener)

    def busy(self, serial: str) -> bool:
        """Is a run on this charger under way in this process?"""
        with self._guard:
            return normal_serial(serial) in self._hands

    def start(self, planned: PlannedRun) -> str:
        """Begin a run. Returns its id. RefusedError(RUN_OPEN) when one is under way."""
        head = Head(
            uuid.uuid4().hex[:12], planned.serial, planned.name, planned.legs, self._actor, planned.overrides,
            planned.waivers, planned.grants, planned.approvals,
        )  # fmt: skip
        source = ImageSource(lambda release: self._image(release, planned.serial), self._reopened)
        self._submit(head, lambda hand: self._engine.run(head, source, hand))
        return head.run

    def recover(self, head: Head, before: Callable[[], None]) -> str:
        """Begin to bring a charger back. `before` is called when nobody else works on it. RefusedError(RUN_OPEN)."""

        def walk(hand: Hand) -> Ending:
            before()
            return self._engine.run(head, lambda release: self._for_recovery(release, head.serial), hand)

        self._submit(head, walk)
        return head.run

    def resume(self, run: str) -> str:
        """Go on with an open run. Returns its serial. UsageError(RUN_UNKNOWN)."""
        head = self._journal.head(run)
        if head is None:
            raise UsageError(Text.RUN_UNKNOWN, serial=run)
        self._submit(head, lambda hand: self._engine.resume(head, self._reopened, hand))
        return head.serial

    def stop(self, serial: str) -> None:
        """Stop while the charger is untouched, later after this step."""
        if hand := self._hand(serial):
            hand.cancel()
            self._board.change(serial, stopping=True)

    def answer(self, serial: str) -> None:
        """The manual step that this charger's run asks for is done."""
        if hand := self._hand(serial):
            hand.answer()

    def waive(self, serial: str, rule: str, why: str) -> None:
        """A rule that fails now may fail, where release and site let somebody say so."""
        if hand := self._hand(serial):
            hand.waive(Waiver(rule, self._actor, why))

    def _hand(self, serial: str) -> Hand | None:
        with self._guard:
            return self._hands.get(normal_serial(serial))

    def wait(self, serial: str) -> Ending:
        """Wait for the end of this charger's run."""
        with self._guard:
            future = self._futures[normal_serial(serial)]
        return future.result()

    def close(self) -> None:
        """Leave every run where the journal can take it up again."""
        with self._guard:
            self._closed = True
            for hand in self._hands.values():
                hand.halt()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, head: Head, walk: Callable[[Hand], Ending]) -> None:
        key = normal_serial(head.serial)
        with self._guard:
            if key in self._hands or self._closed:
                raise RefusedError(Text.RUN_OPEN, serial=head.serial)
            hand = self._hands[key] = Hand()
            self._board.put(
                RunState(
                    head.run, head.serial, head.name, head.came_from, head.target, Phase.PREFLIGHT,
                    self._clock.now(), waiting=Trouble(Text.QUEUED), legs=len(head.legs), stages=head.stages,
                )
            )  # fmt: skip
            self._futures[key] = self._pool.submit(self._work, head, walk, hand)

    def _work(self, head: Head, walk: Callable[[Hand], Ending], hand: Hand) -> Ending:
        try:
            ending = self._walk(head, walk, hand)
        finally:
            with self._guard:
                self._hands.pop(normal_serial(head.serial), None)
        for listener in self._listeners:
            listener(ending)
        return ending

    def _walk(self, head: Head, walk: Callable[[Hand], Ending], hand: Hand) -> Ending:
        try:
            what = f"Charger {head.serial}"
            with (
                exclusive(self._locks, normal_serial(head.serial), what, f"{HOLDER} of {self._actor}"),
                stay_awake(f"Updating charger {head.serial}"),
            ):
                return walk(hand)
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
