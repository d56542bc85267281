"""B8: what a journal row and its signed record cost on disk, beside bare fdatasync and a bare commit. And B9."""

import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from fieldtool.audit.record import Event
from fieldtool.store.database import LAPTOP, Store
from fieldtool.store.tables import journal, run
from fieldtool.update.journal import Journal
from fieldtool.update.run import Mark, Phase, Record
from tests.audit.support import START, Laptop, laptop
from tests.fakes import HEAD

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 7
COUNT = 300  # commits in a round
BATCH = 100
GOAL_JOURNAL, GOAL_BOTH, GOAL_BATCH, GOAL_VERIFY = 0.55, 2.2, 20.0, 0.90

ROW = {"run": HEAD.run, "at": "2026-03-01T08:00:00.000Z", "component": "main", "phase": "verify", "mark": "entered",
       "detail": '{"v": 1}'}  # fmt: skip
EVENT = Event("phase-entered", "00731", "main", {"running": "2.2.0"}, {"phase": "install"}, "9c" * 32, "r1")
BARE = "INSERT INTO journal (run, at, component, phase, mark, detail) VALUES (?, ?, ?, ?, ?, ?)"


def _seconds(work: Callable[[], None], count: int = COUNT) -> float:
    """Of one call, on average over `count`."""
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) / count


def _sync(path: Path) -> Callable[[], None]:
    """What every commit needs at least: a page in a file, on the platter."""
    descriptor, page = os.open(path, os.O_WRONLY | os.O_CREAT), os.urandom(4096)
    sync = getattr(os, "fdatasync", os.fsync)

    def work() -> None:
        os.write(descriptor, page)
        sync(descriptor)

    return work


def _bare(folder: Path) -> Callable[[], None]:
    """The standard library's sqlite3 with the same file, the same row and the same promise."""
    connection = sqlite3.connect(folder / LAPTOP.file, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    values = tuple(ROW.values())

    def work() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(BARE, values)
        connection.execute("COMMIT")

    return work


def _row(here: Laptop, phase: Phase) -> Callable[[], None]:
    """A row as the engine appends it; the record of a phase that touches the charger goes with it."""
    journal, record = Journal(here.store, here.log), Record(HEAD.run, START, "main", phase, Mark.ENTERED)
    return lambda: journal.append(HEAD, record)


def _batch(store: Store) -> Callable[[], None]:
    def work() -> None:
        with store.write() as unit:
            unit.execute(insert(journal), [ROW] * BATCH)

    return work


def _prepared(folder: Path) -> Laptop:
    made = laptop(folder)
    with made.store.write() as unit:
        unit.execute(insert(run).values(id=HEAD.run, serial="S1", opened="t", actor="a", plan="{}"))
    made.log.record(EVENT)
    return made


def test_a_journal_row_and_its_record_cost_little_more_than_the_disk_itself(tmp_path: Path) -> None:
    here = _prepared(tmp_path)
    works = {
        "fdatasync": (_sync(tmp_path / "bare"), COUNT),
        "bare commit": (_bare(tmp_path), COUNT),
        "row": (_row(here, Phase.VERIFY), COUNT),
        "row and record": (_row(here, Phase.RESTART), COUNT),
        "batch": (_batch(here.store), 20),
    }
    rounds = [{name: _seconds(work, count) for name, (work, count) in works.items()} for _ in range(ROUNDS)]
    seen = {name: statistics.median(one[name] for one in rounds) for name in works}
    journal_rate = statistics.median(one["fdatasync"] / one["row"] for one in rounds)
    both = statistics.median(one["row and record"] / one["bare commit"] for one in rounds)
    batch = statistics.median(one["row"] / (one["batch"] / BATCH) for one in rounds)
    here.store.close()
    print("\n" + ", ".join(f"{name} {1e6 * one:.0f} µs" for name, one in seen.items()))
    print(f"B8 journal append / fdatasync rate: goal ≥ {GOAL_JOURNAL}, seen {journal_rate:.2f}")
    print(f"B8 journal row + signed record / bare commit: goal ≤ {GOAL_BOTH}, seen {both:.2f}")
    print(f"B8 rows/s in batches of {BATCH} / single: goal ≥ {GOAL_BATCH}, seen {batch:.1f}")


def test_verifying_the_chain_costs_little_more_than_its_signatures(tmp_path: Path) -> None:
    here = _prepared(tmp_path)
    with here.store.write() as unit:
        for _ in range(3000):
            here.log.append(unit, EVENT)
    key = ec.generate_private_key(ec.SECP256R1())
    data, scheme = os.urandom(900), ec.ECDSA(hashes.SHA256())
    signature, public, size = key.sign(data, scheme), key.public_key(), here.log.size()
    ratios = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(size):
            public.verify(signature, data, scheme)
        raw = time.process_time() - began
        began = time.process_time()
        assert here.log.verify().ok
        ratios.append(raw / (time.process_time() - began))
    here.store.close()
    print(f"\nB9 chain verify / raw signatures (CPU): goal ≥ {GOAL_VERIFY}, seen {statistics.median(ratios):.2f}")
