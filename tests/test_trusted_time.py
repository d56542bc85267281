"""Trusted time never goes back by itself, and says how sure it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.tables import mark
from fieldtool.trusted_time import KEEP_SECONDS, MARK, Confidence, TrustedTime
from tests.firmware.site import START, SetClock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path)
    yield made
    made.close()


def kept(store: Store) -> str:
    with store.read() as tx:
        return {row.name: str(row.value) for row in tx.execute(mark.select())}[MARK]


def test_a_right_clock_is_plausible_and_proven_once_an_authenticated_time_agrees(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    assert (time.reading().at, time.reading().confidence) == (START, Confidence.PLAUSIBLE)
    time.settled(START - timedelta(seconds=3))
    assert (time.reading().at, time.reading().confidence) == (START, Confidence.PROVEN)
    assert time.reading().note == ""


def test_the_proof_ends_after_a_day_with_a_jump_of_the_clock_and_with_the_process(
    store: Store, clock: SetClock
) -> None:
    time = TrustedTime(store, clock)
    time.settled(START)
    clock.advance(23 * HOUR)
    assert time.reading().confidence is Confidence.PROVEN
    assert TrustedTime(store, clock).reading().confidence is Confidence.PLAUSIBLE
    clock.advance(2 * HOUR)
    assert time.reading().confidence is Confidence.PLAUSIBLE
    time.settled(clock.now())
    clock.jump(HOUR)
    assert time.reading().confidence is Confidence.PLAUSIBLE


def test_a_clock_set_back_is_noticed_and_the_mark_is_used(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.reading()
    clock.jump(-24 * HOUR)
    reading = time.reading()
    assert (reading.at, reading.confidence) == (START, Confidence.BEHIND)
    assert reading.trouble is not None and reading.trouble.text is Text.CLOCK_BEHIND
    assert "2026-03-01" in reading.note


def test_a_slow_clock_is_not_called_wrong_but_time_does_not_go_back(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.reading()
    clock.jump(timedelta(minutes=-9))
    assert (time.reading().at, time.reading().confidence) == (START, Confidence.PLAUSIBLE)


def test_time_goes_on_although_the_clock_was_set_back(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.reading()
    clock.jump(-24 * HOUR)
    clock.advance(3 * HOUR)
    assert time.reading().at == START + 3 * HOUR
    time.keep()
    assert TrustedTime(store, clock).reading().at == START + 3 * HOUR


def test_the_mark_survives_the_process(store: Store, clock: SetClock) -> None:
    TrustedTime(store, clock).keep()
    clock.jump(-240 * HOUR)
    assert TrustedTime(store, clock).reading().at == START


def test_the_mark_is_written_at_most_once_a_minute(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.keep()
    clock.advance(timedelta(seconds=KEEP_SECONDS - 1))
    time.keep()
    assert "08:00:00" in kept(store)
    clock.advance(timedelta(seconds=2))
    time.keep()
    assert "08:01:01" in kept(store)


def test_a_reading_may_be_asked_for_inside_a_unit_of_work(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    with store.write():
        assert time.reading().at == START


def test_a_witnessed_time_raises_and_never_lowers(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.witnessed(START + 24 * HOUR)
    assert (time.reading().at, time.reading().confidence) == (START + 24 * HOUR, Confidence.BEHIND)
    time.witnessed(START - 240 * HOUR)
    assert time.reading().at == START + 24 * HOUR
    assert TrustedTime(store, clock).reading().at == START + 24 * HOUR


def test_only_a_settled_time_undoes_a_clock_that_was_ahead(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    clock.jump(8760 * HOUR)
    time.keep()
    clock.jump(-8760 * HOUR)
    assert TrustedTime(store, clock).reading().at == START + 8760 * HOUR
    time.settled(START)
    assert (time.reading().at, time.reading().confidence) == (START, Confidence.PROVEN)
    assert TrustedTime(store, clock).reading().at == START


def test_a_replayed_old_answer_lowers_nothing_below_the_newest_signed_time(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.witnessed(START + HOUR)
    time.settled(START - 8760 * HOUR)
    assert time.reading().at == START + HOUR


def test_a_clock_that_is_provably_ahead_is_told_and_does_not_raise_the_mark(store: Store, clock: SetClock) -> None:
    time = TrustedTime(store, clock)
    time.settled(START)
    clock.jump(48 * HOUR)
    reading = time.reading()
    assert reading.at == START + 48 * HOUR  # the strict side: it may expire things, it may not revive them
    assert reading.trouble is not None and reading.trouble.text is Text.CLOCK_AHEAD
    time.keep()
    clock.jump(-48 * HOUR)
    assert (time.reading().at, time.reading().confidence) == (START, Confidence.PROVEN)


def test_what_one_process_settles_another_takes_over(store: Store, clock: SetClock) -> None:
    window = TrustedTime(store, clock)
    clock.jump(8760 * HOUR)
    window.keep()
    clock.jump(-8760 * HOUR)
    TrustedTime(store, clock).settled(START)
    clock.advance(timedelta(minutes=2))
    window.keep()
    assert window.reading().at == clock.now()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(0, 10_000), st.booleans()), max_size=12))
def test_whatever_is_done_to_the_clock_time_never_goes_back(store: Store, moves: list[tuple[int, int, bool]]) -> None:
    clock = SetClock()
    time, last = TrustedTime(store, clock), None
    for jump, passes, restart in moves:
        clock.jump(timedelta(seconds=jump))
        clock.advance(timedelta(seconds=passes))
        if restart:
            time.keep()
            clock.advance(timedelta(seconds=KEEP_SECONDS))
            time.keep()
            time = TrustedTime(store, clock)
        at = time.reading().at
        assert last is None or at >= last - timedelta(milliseconds=1)
        last = at
