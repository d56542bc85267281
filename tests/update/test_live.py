"""The board: what a window reads of runs, and the honest forecast."""

from fieldtool.core.driver import Progress
from fieldtool.core.errors import Safety
from fieldtool.update.forecast import forecast
from fieldtool.update.live import Board, RunState
from fieldtool.update.run import Mark, Phase
from tests.fakes import PROFILE, FakeClock


def board() -> tuple[Board, FakeClock]:
    clock = FakeClock()
    made = Board(clock)
    made.put(RunState("r", "S1", "Bay", "1.0", "2.0", Phase.PREFLIGHT, clock.now()))
    made.expect("S1", forecast(80_000_000, PROFILE, 10.0))
    return made, clock


def test_the_forecast_shrinks_while_the_run_goes_on() -> None:
    made, clock = board()
    made.entered("S1", Phase.RESTART, Safety.OLD_IS_KEPT, "main", 0)
    clock.seconds += 2
    first = made.runs()["S1"].eta
    clock.seconds += 10
    second = made.runs()["S1"].eta
    assert first is not None and second is not None
    assert second[0] < first[0] and second[1] < first[1]
    assert 0 < second[0] < second[1]


def test_a_measured_speed_narrows_the_forecast() -> None:
    made, clock = board()
    made.entered("S1", Phase.TRANSFER, Safety.UNTOUCHED, "main", 0)
    clock.seconds += 1
    guess = made.runs()["S1"].eta
    for done in range(0, 40_000_000, 4_000_000):
        made.progressed("S1", Progress(done, 80_000_000))
        clock.seconds += 1
    measured = made.runs()["S1"]
    assert measured.rate == 4_000_000.0
    assert guess is not None and measured.eta is not None
    assert measured.eta[1] - measured.eta[0] < guess[1] - guess[0]


def test_a_snapshot_never_changes() -> None:
    made, _ = board()
    before = made.runs()
    made.entered("S1", Phase.TRANSFER, Safety.UNTOUCHED, "main", 0)
    assert before["S1"].phase is Phase.PREFLIGHT
    assert made.runs()["S1"].phase is Phase.TRANSFER


def test_the_timeline_keeps_how_every_phase_ended() -> None:
    made, clock = board()
    made.entered("S1", Phase.TRANSFER, Safety.UNTOUCHED, "main", 0)
    made.progressed("S1", Progress(5, 10, "half"))
    clock.seconds += 3
    made.left("S1", Mark.LOST, None)
    made.entered("S1", Phase.PREFLIGHT, Safety.UNTOUCHED, "main", 0)
    first, second = made.runs()["S1"].spans
    assert (first.mark, first.done, first.total, first.note) == (Mark.LOST, 5, 10, "half")
    assert first.ended is not None and (first.ended - first.began).total_seconds() == 3
    assert second.ended is None


def test_the_time_left_counts_the_stages_that_follow() -> None:
    one = forecast(8_000_000, PROFILE, 10.0)
    alone, followed = one.left(Phase.CONFIRM, 0.0, None), one.followed_by([one, one]).left(Phase.CONFIRM, 0.0, None)
    assert followed[0] == alone[0] + 2 * one.whole[0] and followed[1] == alone[1] + 2 * one.whole[1]
