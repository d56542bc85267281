"""What is said of a run that has not begun yet, and of one that a bug of ours broke off."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from fieldtool.app.app import App
from fieldtool.app.runs import Runs
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode, UsageError
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.update.run import Outcome
from tests.app.test_runs import Here, planned
from tests.fakes import IMAGE


def test_a_run_that_waits_for_a_free_place_says_so(tmp_path: Path) -> None:
    here, go = Here(tmp_path), Event()
    runs = Runs(
        here.bench.engine(), here.journal, here.board, SystemClock(), tmp_path, 1, lambda release, serial: IMAGE,
        lambda release: IMAGE, "demo",
    )  # fmt: skip
    runs._pool.submit(go.wait, 10.0)  # the only place is taken
    runs.start(planned())
    state = here.board.of("S1")
    assert state is not None and state.waiting is not None and state.waiting.text is Text.QUEUED
    go.set()
    assert runs.wait("S1").outcome is Outcome.DONE
    runs.close()
    here.close()


def test_a_bug_of_ours_before_the_first_row_refuses_the_run_and_tells_no_traceback(
    tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("broke off")
    here = Here(tmp_path)

    def broken(release: Release, serial: str) -> FirmwareImage:
        raise ZeroDivisionError("ours")

    here.runs._image = broken
    here.runs.start(planned())
    ending = here.runs.wait("S1")
    here.close()
    assert ending.exit_code is ExitCode.BUG and here.bench.device.acts == []
    assert ending.trouble is not None and ending.trouble.text is Text.BUG
    assert "ZeroDivisionError: ours" in ending.trouble.what and "Traceback" not in ending.trouble.what


def test_a_waiver_of_a_rule_that_nobody_knows_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    app = App(tmp_path)
    try:
        with pytest.raises(UsageError) as error:
            app.plan(["CP-1"], waivers={"colour": "it is only a demo"})
    finally:
        app.close()
    assert error.value.text is Text.RULE_UNKNOWN
    assert "colour" in error.value.what and "connectors" in error.value.remedy
