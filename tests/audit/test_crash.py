"""Power cuts, kills and crowds: what was acknowledged is there, in one chain without a gap."""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import insert, text

from fieldtool.audit.actor import Actor
from fieldtool.audit.anchor import FILE
from fieldtool.audit.keys import LaptopKey
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.audit.watch import Standing, glance
from fieldtool.core.texts import Text
from fieldtool.store.database import LAPTOP, Store
from fieldtool.store.keystore import keystore, mark_throw_away
from fieldtool.store.tables import mark
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.run import Phase
from tests.audit.support import Laptop, Ticking, laptop

# Appends from several threads, a row of another table in each unit of work; tells each record on stdout *after* it.
_APPENDER = """
import os, sys
from pathlib import Path
from threading import Thread
from sqlalchemy import insert
from fieldtool.audit.record import Event
from fieldtool.store.tables import mark
from tests.audit.test_crash import opened

store, log = opened(Path(sys.argv[1]))

def append(thread):
    for number in range(int(sys.argv[2])):
        with store.write() as unit:
            seq = log.append(unit, Event("seen", charger=f"{os.getpid()}-{thread}-{number}"))
            unit.execute(insert(mark).values(name=f"row {seq}", value=""))
        os.write(1, b"%d\\n" % seq)

threads = [Thread(target=append, args=(number,)) for number in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


# Four runs at once, one after the other in each thread; tells each row on stdout *after* the journal took it.
_RUNS = """
import os, sys
from dataclasses import replace
from pathlib import Path
from threading import Thread
from fieldtool.core.model import Observed
from fieldtool.update.journal import Journal
from fieldtool.update.run import Mark, Phase, Record
from tests.audit.support import START
from tests.audit.test_crash import PHASES, opened
from tests.fakes import HEAD

store, log = opened(Path(sys.argv[1]))
journal = Journal(store, log)

def work(thread):
    for number in range(10_000):
        head = replace(HEAD, run=f"{os.getpid()}-{thread}-{number}", serial=f"S{thread}")
        before = Observed(head.serial, "1.0", "aa", "A", None, None, (), False, "", 3, {})
        for at, phase in enumerate(PHASES):
            record = Record(head.run, START, "main", phase, Mark.ENTERED, before=before if at == 0 else None)
            journal.append(head, record) if at else journal.begin(head, record)
            os.write(1, f"{head.run} {at + 1}\\n".encode())

threads = [Thread(target=work, args=(number,)) for number in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
PHASES = (Phase.PREFLIGHT, Phase.INSTALL, Phase.RESTART, Phase.CONFIRM, Phase.DONE)  # each has one audit record


def opened(folder: Path) -> tuple[Store, AuditLog]:
    store, keys = Store.open(folder), keystore(folder)
    return store, AuditLog(store, LaptopKey(keys), TrustedTime(store, Ticking()), Actor(keys, "ada"))


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """A folder whose keys several processes share without a keyring."""
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "root.json").write_text("{}")
    mark_throw_away(tmp_path)
    return tmp_path


def _start(folder: Path, count: int, root: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _APPENDER, str(folder), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root)


def _numbers(process: "subprocess.Popen[bytes]") -> Iterator[int]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith(b"\n"):
            yield int(line)


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_a_kill_at_any_moment_of_concurrent_runs_loses_nothing_that_was_acknowledged(
    training: Path, repository_root: Path, sweep_cases: Callable[[str, range], list[Any]]
) -> None:
    rng, rows = random.Random(7), Counter[str]()  # run -> rows that were acknowledged
    kills = sweep_cases("kill -9 of concurrent runs", range(100))
    size = 0
    for _ in kills:
        command = [sys.executable, "-c", _RUNS, str(training)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=repository_root)
        try:
            told, wanted = _acknowledged(process), rng.randint(1, 250)
            for run, number in islice(told, wanted):
                rows[run] = number
            process.send_signal(signal.SIGKILL)
            for run, number in told:  # told before the kill, read after it
                rows[run] = number
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        store, log = opened(training)
        state = log.verify()
        assert state.ok, state.problem
        assert glance(log) == Standing(state.size)
        journal, records = _by_run(store, "journal"), _by_run(store, "audit")
        assert journal == records  # a row is there exactly when its record is: the journal stands where the log stands
        assert all(journal[run] >= number for run, number in rows.items())
        assert state.size == records.total() + 1  # the first record opened the log
        size = state.size
        store.close()
    assert size > 100 * len(kills)


def _acknowledged(process: "subprocess.Popen[bytes]") -> Iterator[tuple[str, int]]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith(b"\n"):
            run, _, number = line.decode().partition(" ")
            yield run, int(number)


def _by_run(store: Store, table: str) -> Counter[str]:
    """Run -> how many rows it has there."""
    with store.read() as connection:
        query = text(f"SELECT run, count(*) FROM {table} WHERE run != '' GROUP BY run")
        return Counter({str(run): int(count) for run, count in connection.execute(query)})


def test_several_processes_append_to_one_chain_without_gap_or_fork(training: Path, repository_root: Path) -> None:
    processes = [_start(training, 15, repository_root) for _ in range(3)]  # all find an empty folder
    numbers: list[int] = []
    for process in processes:
        numbers.extend(_numbers(process))
        assert process.wait() == 0
        assert process.stdout is not None
        process.stdout.close()
    store, log = opened(training)
    assert sorted(numbers) == list(range(2, 182))
    assert log.verify().ok
    assert glance(log) == Standing(181)
    store.close()


def test_many_threads_append_to_one_chain_without_gap_or_fork(here: Laptop) -> None:
    numbers: list[int] = []
    start = Barrier(16)

    def append() -> None:
        start.wait()
        for _ in range(10):
            numbers.append(here.log.record(Event("seen")))

    threads = [Thread(target=append) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 162))
    assert here.log.verify().ok
    assert glance(here.log) == Standing(161)


@pytest.mark.timeout(5)
def test_records_and_a_sync_that_settles_the_clock_do_not_wait_for_each_other(here: Laptop) -> None:
    """A record asks for the time inside a unit of work; settling the clock writes one. Locked in turns they hang."""
    over = [False]

    def settle() -> None:
        while not over[0]:
            here.time.settled(Ticking().now())

    thread = Thread(target=settle, daemon=True)
    thread.start()
    try:
        for _ in range(100):
            here.log.record(Event("seen"))
    finally:
        over[0] = True
    thread.join()
    assert here.log.verify().ok


def test_a_unit_of_work_that_fails_leaves_no_record_and_the_next_one_takes_its_number(here: Laptop) -> None:
    here.log.record(Event("seen"))
    for _ in range(3):
        with pytest.raises(KeyError), here.store.write() as unit:
            here.log.append(unit, Event("seen"))
            unit.execute(insert(mark).values(name="x", value=""))
            raise KeyError
    assert here.log.record(Event("seen")) == 3
    assert here.log.verify().ok


@pytest.mark.sweep
def test_a_write_ahead_log_torn_anywhere_leaves_a_valid_prefix_whose_missing_end_is_told(
    tmp_path: Path, sweep_cases: Callable[[str, range], list[Any]]
) -> None:
    """A disk that lied about its writes. What is left is a log without a gap, and the anchor knows how long it was."""
    here = laptop(tmp_path / "whole")
    for _ in range(40):
        here.log.record(Event("seen"))
    names = (LAPTOP.file, f"{LAPTOP.file}-wal", FILE)
    whole, size = {name: (tmp_path / "whole" / name).read_bytes() for name in names}, here.log.size()
    wal = whole[f"{LAPTOP.file}-wal"]
    found = []
    for number in sweep_cases("torn write-ahead log", range(150)):
        torn = tmp_path / f"{number}"
        torn.mkdir()
        cut = len(wal) * number // 149
        for name in names:
            (torn / name).write_bytes(wal[:cut] + bytes(100) if name.endswith("-wal") else whole[name])
        left = laptop(torn, here.keystore)
        state, at_end = left.log.verify(), glance(left.log).alarm
        left.store.close()
        found.append(state.size)
        if state.size == size:
            assert (state.problem, at_end) == (None, None)
        else:
            expected = Text.AUDIT_OLD_COPY if state.size else Text.AUDIT_GONE
            assert at_end is not None
            assert at_end.text is expected
            assert state.problem == at_end
    here.store.close()
    assert found == sorted(found)
    assert len(set(found)) > 5
