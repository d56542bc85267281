"""Runs: one per charger, in this process and beside all others; a bug of ours is told and loses nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from fieldtool.app.runs import ImageSource, Runs
from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import ExitCode, FirmwareError, RefusedError, UsageError
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.store.locks import exclusive
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.plan import Candidate, PlannedRun, Supply, site_plan
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Outcome
from tests.audit.support import laptop
from tests.fakes import IMAGE, RELEASE, Bench
from tests.update.test_plan import CHARGER, NOW


class Here:
    def __init__(self, folder: Path) -> None:
        self.laptop = laptop(folder / "laptop")
        self.journal = Journal(self.laptop.store, self.laptop.log)
        self.bench = Bench()
        self.bench.rows = self.journal  # type: ignore[assignment]  # the engine needs only three of its methods
        self.board = self.bench.board = Board(SystemClock())
        self.folder = folder
        self.runs = Runs(
            self.bench.engine(), self.journal, self.board, SystemClock(), folder, 4, lambda release, serial: IMAGE,
            lambda release: IMAGE, "demo",
        )  # fmt: skip

    def close(self) -> None:
        self.runs.close()
        self.laptop.store.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    made = Here(tmp_path)
    yield made
    made.close()


def planned(charger: Candidate = CHARGER) -> PlannedRun:
    supply = Supply((RELEASE,), lambda release: True)
    (run,) = site_plan((charger,), (charger.key,), supply, Laptop(None, True, 10**11), NOW).runs
    return run


def test_a_run_ends_and_frees_its_charger(here: Here) -> None:
    here.runs.start(planned())
    assert here.runs.wait("S1").outcome is Outcome.DONE
    assert not here.runs.busy("S1")
    assert here.journal.open_runs() == ()


def test_a_charger_has_one_run_at_a_time(here: Here) -> None:
    go = Event()
    here.runs._image = lambda release, serial: IMAGE if go.wait(10) else IMAGE  # holds the run in its pre-checks
    here.runs.start(planned())
    with pytest.raises(RefusedError) as refused:
        here.runs.start(planned(replace(CHARGER, serial="s1")))
    assert refused.value.text is Text.RUN_OPEN
    go.set()
    assert here.runs.wait("S1").outcome is Outcome.DONE


def test_a_charger_that_another_fieldtool_works_on_is_refused_with_its_name(here: Here) -> None:
    with exclusive(here.folder / "locks", "S1", "Charger S1", "the window of ada"):
        here.runs.start(planned())
        ending = here.runs.wait("S1")
    assert ending.outcome is Outcome.REFUSED
    assert ending.trouble is not None and "the window of ada" in ending.trouble.what
    assert here.bench.device.acts == []


def test_a_bug_of_ours_is_told_and_leaves_the_run_open(here: Here, expect_log: object) -> None:
    expect_log("broke off")  # type: ignore[operator]  # fixture of conftest

    class Broken(list[str]):
        def append(self, act: str) -> None:
            super().append(act)
            if act == "install":
                raise ZeroDivisionError("ours")

    here.bench.device.acts = Broken()
    here.runs.start(planned())
    ending = here.runs.wait("S1")
    assert ending.outcome is Outcome.WAITING and ending.exit_code is ExitCode.BUG
    assert [head.serial for head in here.journal.open_runs()] == ["S1"]
    here.bench.device.acts = []
    here.runs.resume(here.journal.open_runs()[0].run)
    assert here.runs.wait("S1").outcome is Outcome.DONE


def test_a_run_that_nobody_began_cannot_be_resumed(here: Here) -> None:
    with pytest.raises(UsageError) as refused:
        here.runs.resume("nothing")
    assert refused.value.text is Text.RUN_UNKNOWN


def test_what_began_under_valid_rights_is_finished_after_they_expired() -> None:
    expired = False

    def fresh(release: Release) -> FirmwareImage:
        if expired:
            raise FirmwareError(Text.NO_ROOT)
        return IMAGE

    source = ImageSource(fresh, lambda release: IMAGE)
    assert source(RELEASE) is IMAGE
    expired = True
    assert source(RELEASE) is IMAGE
    with pytest.raises(FirmwareError):
        source(replace(RELEASE, target="another"))
    with pytest.raises(FirmwareError):
        ImageSource(fresh, lambda release: IMAGE)(RELEASE)
