"""What the window and `fieldtool resume` say before an open run goes on, for every row that it may have ended with."""

import pytest

from fieldtool.app.open_runs import next_step
from fieldtool.core.texts import Text
from fieldtool.update.run import NEXT, Mark, Phase
from tests.fakes import Bench
from tests.update.test_legs import BOTH, two_parts


def test_every_row_of_a_run_has_a_truthful_sentence() -> None:
    bench = Bench()
    bench.device.sick = True
    bench.run()
    rows = bench.rows.rows
    for count in range(1, len(rows)):
        told = next_step(rows[:count])
        installed = any(row.phase is Phase.INSTALL for row in rows[:count])
        assert (told.text is Text.RESUME_BEFORE_INSTALL) is not installed, rows[count - 1]
        assert told.what and told.remedy


def test_a_file_that_is_brought_again_after_a_broken_installation_is_not_called_untouched() -> None:
    bench = Bench()
    bench.run()
    entered = [row for row in bench.rows.rows if row.mark is Mark.ENTERED]
    upto = next(number for number, row in enumerate(entered) if row.phase is Phase.INSTALL)
    again = [*entered[: upto + 1], next(row for row in entered if row.phase is Phase.TRANSFER)]
    assert next_step(again).text is Text.RESUME_INSTALL


def test_between_two_stages_the_earlier_one_is_named() -> None:
    bench = two_parts()
    bench.run(BOTH)
    rows = bench.rows.rows
    second = next(number for number, row in enumerate(rows) if row.leg == 1)
    assert next_step(rows[: second + 1]).text is Text.RESUME_NEXT_STAGE


@pytest.mark.parametrize("phase", NEXT)
def test_every_phase_has_one(phase: Phase) -> None:
    bench = Bench()
    bench.run()
    first = bench.rows.rows[0]
    assert next_step([type(first)("run-1", first.at, "main", phase, Mark.ENTERED)]).what
