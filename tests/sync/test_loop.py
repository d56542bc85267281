"""Sync by itself: starts when central answers, waits when it does not, and shows what it does."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldtool.audit.record import Event
from fieldtool.core.clock import NEVER, Clock, SystemClock
from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.sync.client import CentralAddress, Sent, SyncClient
from fieldtool.sync.loop import LONGEST_BACK_OFF, LONGEST_OFFLINE, SHORTEST_BACK_OFF, SyncLoop
from fieldtool.sync.state import Central as Seen
from fieldtool.sync.state import SyncState
from tests.audit.support import Laptop
from tests.central.support import Central, central


class Impatient:
    """Real time, but no wait is longer than some milliseconds; remembers what it was asked for."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._real = SystemClock()
        self.now, self.monotonic = self._real.now, self._real.monotonic

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return stop.wait(0.01)


class _Where:
    """A setting that a test changes."""

    value: CentralAddress | None = None

    def __call__(self) -> CentralAddress | None:
        return self.value


@contextmanager
def _loop(here: Laptop, where: _Where, clock: Clock) -> Iterator[SyncLoop]:
    client = SyncClient(here.log, where, here.time.settled)
    loop = SyncLoop(client, here.log, clock)
    try:
        yield loop
    finally:
        loop.stop()
        client.close()


def _until(loop: SyncLoop, wanted: "Wanted") -> SyncState:
    clock = SystemClock()
    end = clock.monotonic() + 10
    while clock.monotonic() < end:
        if wanted(loop.state()):
            return loop.state()
        clock.wait(NEVER, 0.01)
    raise AssertionError(f"not reached: {loop.state()}")


class Wanted:
    def __init__(self, **fields: object) -> None:
        self._fields = fields

    def __call__(self, state: SyncState) -> bool:
        return all(getattr(state, name) == value for name, value in self._fields.items())


def test_records_go_up_by_themselves_when_central_comes_back(here: Laptop, tmp_path: Path) -> None:
    here.log.record(Event("seen"))
    where = _Where()
    with central(tmp_path / "central") as there:
        there.know(here.log, tmp_path / "key.pem")
        where.value = there.address
    port = int(where.value.url.rpartition(":")[2])
    clock = Impatient()
    with _loop(here, where, clock) as loop:
        loop.start()
        offline = _until(loop, Wanted(central=Seen.OFFLINE, pending=2))
        assert offline.problem is not None
        assert offline.problem.text is Text.CENTRAL_UNREACHABLE
        with central(tmp_path / "central", port=port):
            online = _until(loop, Wanted(central=Seen.ONLINE, pending=0, synced=2))
            assert online.problem is None
            assert online.receipt is not None
            assert online.received is not None
            here.log.record(Event("seen"))  # and later ones follow without being asked
            _until(loop, Wanted(pending=0, synced=3))


def test_a_refusal_is_shown_until_it_is_over(here: Laptop, there: Central, tmp_path: Path) -> None:
    here.log.record(Event("seen"))
    where = _Where()
    with _loop(here, where, Impatient()) as loop:
        loop.start()
        _until(loop, Wanted(central=Seen.NOT_SET, pending=2))
        where.value = there.address
        refused = _until(loop, Wanted(central=Seen.REFUSED))
        assert refused.problem is not None
        assert refused.problem.text is Text.ENROL_WAITS
        there.know(here.log, tmp_path / "key.pem")
        _until(loop, Wanted(central=Seen.ONLINE, pending=0, problem=None))


def test_it_backs_off_longer_and_longer_and_never_in_step(here: Laptop) -> None:
    where = _Where()
    where.value = CentralAddress("http://127.0.0.1:9", "SHA256:x")
    with _loop(here, where, Impatient()) as loop:
        loop._failures = 1
        short = [loop._back_off(Text.CENTRAL_UNREACHABLE) for _ in range(50)]
        loop._failures = 30
        offline = [loop._back_off(Text.CENTRAL_UNREACHABLE) for _ in range(50)]
        refused = [loop._back_off(Text.LAPTOP_UNKNOWN) for _ in range(50)]
    assert max(short) <= 2
    for waits, longest in ((offline, LONGEST_OFFLINE), (refused, LONGEST_BACK_OFF)):
        assert SHORTEST_BACK_OFF <= min(waits) < longest / 4  # spread over all of it
        assert longest * 3 / 4 < max(waits) <= longest
        assert len({round(seconds, 6) for seconds in waits}) > 40


def test_now_ends_a_long_wait(here: Laptop, there: Central, tmp_path: Path) -> None:
    here.log.record(Event("seen"))
    where = _Where()
    where.value = there.address
    with _loop(here, where, SystemClock()) as loop:
        random.seed(1)
        loop._failures = 20
        loop.start()
        _until(loop, Wanted(central=Seen.REFUSED, busy=False))
        there.know(here.log, tmp_path / "key.pem")
        loop.now()
        _until(loop, Wanted(central=Seen.ONLINE, pending=0))


def test_a_push_by_hand_shows_in_the_state_and_raises(here: Laptop) -> None:
    with _loop(here, _Where(), SystemClock()) as loop:
        with pytest.raises(SyncError) as refused:
            loop.push()
        assert refused.value.text is Text.CENTRAL_NOT_SET
        assert loop.state().central is Seen.NOT_SET


def test_it_stops_at_once_while_it_waits(here: Laptop) -> None:
    clock = SystemClock()
    with _loop(here, _Where(), clock) as loop:
        loop.start()
        _until(loop, Wanted(central=Seen.NOT_SET))
        began = clock.monotonic()
        loop.stop()
        assert clock.monotonic() - began < 1


def test_a_long_push_shows_how_far_it_is_and_can_be_stopped_after_a_batch(
    here: Laptop, there: Central, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.log.record(Event("seen"))
    with here.store.write() as unit:
        for _ in range(2500):
            here.log.append(unit, Event("seen"))
    there.know(here.log, tmp_path / "key.pem")
    where = _Where()
    where.value = there.address
    with _loop(here, where, SystemClock()) as loop:
        shown: list[tuple[bool, int, int, int]] = []

        def stop_after_two(sent: Sent) -> bool:
            go_on = SyncLoop._each(loop, sent)
            state = loop.state()
            shown.append((state.busy, state.synced, state.sent, state.of))
            assert state.bytes > 0
            return go_on and len(shown) < 2

        monkeypatch.setattr(loop, "_each", stop_after_two)
        assert loop.push() == 2000
    assert shown == [(True, 1000, 1000, 2502), (True, 2000, 2000, 2502)]
    assert here.log.pending() == 502
