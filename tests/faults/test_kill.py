"""The program killed (SIGKILL) at every journal row, the charger cut off power at every row, and both at once."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from fieldtool.store.keystore import mark_throw_away
from fieldtool.update.job import Stop
from fieldtool.update.journal import Head, Journal
from fieldtool.update.run import Outcome, Record
from tests.faults.victim import Call, Known, engine, open_journal
from tests.lab_chargers import LabCharger, virtual_charger

GOOD = {Outcome.DONE, Outcome.ROLLED_BACK, Outcome.ABANDONED}
ROWS = 17  # of a run without trouble; checked below
OLD, NEW = "1.4.2", "2.0.0"


@contextmanager
def call_on(folder: Path, **faults: object) -> Iterator[tuple[LabCharger, Call]]:
    laptop = folder / "laptop"
    (laptop / "trust").mkdir(parents=True)
    (laptop / "trust" / "root.json").write_text("{}")  # no firmware is trusted by it here: only marks the folder
    mark_throw_away(laptop)
    with virtual_charger(folder / "device", **faults) as charger:
        image = charger.firmware(NEW)
        known = Known(charger.serial, charger.private_key, charger.fingerprint)
        yield charger, Call(str(laptop), charger.address, known, str(image.path), image.release)


def kill_at(call: Call, row: int, after: bool) -> int:
    """Run the update in a process of its own that kills itself there. Its exit code; 0: it lived to the end."""
    told = {**asdict(call), "row": row, "after": after}
    command = [sys.executable, "-m", "tests.faults.victim", json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=60)
    assert done.returncode in (0, -9), done.stderr
    if done.returncode == 0:
        assert done.stdout.split() == ["done", str(ROWS)], "the number of rows has changed: mend ROWS"
    return done.returncode


def coherent(charger: LabCharger, outcome: Outcome) -> bool:
    booted = charger.state.booted
    assert booted.image is not None
    return booted.image.version == (NEW if outcome is Outcome.DONE else OLD) and booted.confirmed


CASES = [(row, after) for row in range(1, ROWS + 1) for after in (False, True)]


@pytest.mark.sweep("kill -9 of the program")
@pytest.mark.parametrize(("row", "after"), CASES)
def test_a_program_killed_at_any_row_is_resumed_and_ends_done(tmp_path: Path, row: int, after: bool) -> None:
    with call_on(tmp_path) as (charger, call):
        assert kill_at(call, row, after) == -9
        outcome = go_on(call)
        assert outcome is Outcome.DONE, "the charger stayed up"
        assert coherent(charger, outcome)


@pytest.mark.sweep("kill -9 of the program and power cut of the charger")
@pytest.mark.parametrize(("row", "after"), CASES)
def test_program_and_charger_lost_at_any_row_end_in_a_known_state(tmp_path: Path, row: int, after: bool) -> None:
    with call_on(tmp_path) as (charger, call):
        assert kill_at(call, row, after) == -9
        charger.power_cut()
        if (row, after) == (1, False):  # no run had begun: a new one needs a charger that answers
            charger.wait_up()
        outcome = go_on(call)
        assert outcome in GOOD
        assert coherent(charger, outcome)


def go_on(call: Call) -> Outcome:
    """A new program on the same data folder: resumes what the journal leaves open, or begins."""
    store, log, journal = open_journal(Path(call.folder))
    try:
        open_runs = journal.open_runs()
        walk = engine(call, journal)
        if open_runs:
            outcome = walk.resume(open_runs[0], call.firmware, Stop()).outcome
        elif journal.newest_run(call.known.serial):
            outcome = Outcome(journal.records("run-1")[-1].phase.value)
        else:
            outcome = walk.run(call.head, call.firmware, Stop()).outcome
        assert journal.open_runs() == ()
        assert log.verify().ok
        return outcome
    finally:
        store.close()


class Cutting:
    """The journal; the charger loses power when the n-th row has been written."""

    def __init__(self, inner: Journal, row: int, cut: Callable[[], None]) -> None:
        self._inner, self._row, self._cut, self._count = inner, row, cut, 0

    def begin(self, head: Head, first: Record) -> None:
        self._inner.begin(head, first)
        self._strike()

    def append(self, head: Head, record: Record) -> None:
        self._inner.append(head, record)
        self._strike()

    def records(self, run: str) -> tuple[Record, ...]:
        return self._inner.records(run)

    def _strike(self) -> None:
        self._count += 1
        if self._count == self._row:
            self._cut()


@pytest.mark.sweep("power cut of the charger")
@pytest.mark.parametrize("row", range(1, ROWS + 1))
def test_a_charger_that_loses_power_at_any_row_ends_in_a_known_state(tmp_path: Path, row: int) -> None:
    with call_on(tmp_path) as (charger, call):
        store, log, journal = open_journal(Path(call.folder))
        try:
            cutting = Cutting(journal, row, charger.power_cut)
            outcome = engine(call, cutting).run(call.head, call.firmware, Stop()).outcome
            assert outcome in GOOD, [f"{one.phase}:{one.mark}" for one in journal.records("run-1")]
            charger.wait_up()
            assert coherent(charger, outcome)
            assert log.verify().ok
        finally:
            store.close()


def test_a_run_without_trouble_has_as_many_rows_as_the_sweeps_believe(tmp_path: Path) -> None:
    with call_on(tmp_path) as (_, call):
        assert kill_at(call, ROWS + 1, after=False) == 0
