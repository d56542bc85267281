"""What the engine costs by itself: one run over a driver that does nothing, beside its rows on disk alone.

The journal is the real one, on disk, with its signed records; time passes only where the engine waits (FakeClock).
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.driver import Credentials
from fieldtool.core.model import Component, Expectation
from fieldtool.core.profile import Profile
from fieldtool.update.engine import Engine
from fieldtool.update.job import Place
from fieldtool.update.journal import Journal
from fieldtool.update.live import Board
from fieldtool.update.phases import World
from fieldtool.update.run import Head, Outcome, Record
from fieldtool.update.validation import Evidence, Sample, judge
from tests.audit.support import laptop
from tests.bench.bench_store import EVENT
from tests.fakes import COMPONENT, HEAD, KINDS, PROFILE, Bench, FakeDevice, FakeDriver, FakeSession, NoSecrets

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 7
RUNS = 20  # in a round
GOAL = 1.0  # the engine costs no more than its rows


class Counting(FakeDriver):
    """Counts how often a charger is connected to."""

    opened = 0

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator[FakeSession]:
        self.opened += 1
        with super().open(component, profile, credentials) as session:
            yield session


class Overhead:
    """Updates charger after charger, none of which takes any time."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.bench, self.here, self._kind = Bench(kind), laptop(folder), kind
        self.here.log.record(EVENT)
        self.journal = Journal(self.here.store, self.here.log)
        self.driver = Counting(self.bench.device)
        self.number = 0
        self.last: tuple[Record, ...] = ()
        bench = self.bench
        self.board = Board(bench.clock)
        self.engine = Engine(
            {"fake": self.driver},
            lambda serial, component: Place(COMPONENT, PROFILE),
            lambda serial: NoSecrets(),
            self.journal,
            self.board,
            bench.clock,
            World(lambda: bench.laptop, lambda: bench.rules, bench.backups),
            bench.limits,
        )

    def _head(self) -> Head:
        self.number += 1
        return replace(HEAD, run=f"run-{self.number}")

    def run(self) -> None:
        head = self._head()
        self.driver.parts["main"] = FakeDevice(self.bench.clock, kind=self._kind)
        ending = self.engine.run(head, self.bench.images, self.bench.hand)
        assert ending.outcome is Outcome.DONE, ending.trouble
        self.last = self.journal.records(head.run)

    def rows_alone(self) -> None:
        """The rows of the last run again, as another run's."""
        head = self._head()
        first, *others = (replace(row, run=head.run) for row in self.last)
        self.journal.begin(head, first)
        for row in others:
            self.journal.append(head, row)


def measured(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Wall and CPU milliseconds of one call, on average over `count`."""
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        work()
    return 1e3 * (time.perf_counter() - began) / count, 1e3 * (time.process_time() - cpu) / count


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_costs_no_more_than_its_rows_on_disk(tmp_path: Path, kind: str) -> None:
    over = Overhead(tmp_path, kind)
    over.run()
    opened = over.driver.opened
    rounds = [(measured(over.run, RUNS), measured(over.rows_alone, RUNS)) for _ in range(ROUNDS)]
    over.here.store.close()
    wall, cpu = (statistics.median(run[at] for run, _ in rounds) for at in (0, 1))
    rows_wall, rows_cpu = (statistics.median(rows[at] for _, rows in rounds) for at in (0, 1))
    own = statistics.median((run[1] - rows[1]) / rows[1] for run, rows in rounds)
    print(
        f"\n{kind}: a run {wall:.1f} ms, {cpu:.1f} ms CPU; its {len(over.last)} rows and their records alone"
        f" {rows_wall:.1f} ms, {rows_cpu:.1f} ms CPU; {opened} sessions"
        f"\n  engine, fakes and board: {cpu - rows_cpu:.1f} ms CPU; / the rows' CPU: goal ≤ {GOAL}, seen {own:.2f}"
    )


@pytest.mark.parametrize("count", [10, 200])
def test_what_judging_costs(count: int) -> None:
    """Once for every look at a charger that is validated: `count` samples are there by then."""
    bench = Bench()
    bench.device.slots["b"], bench.device.booted = ("2.0", HEAD.legs[0].release.payload_hash), "b"
    with bench.driver.open(COMPONENT, PROFILE, NoSecrets()) as session:
        seen, health = session.observe(), session.health()
    samples = tuple(Sample(float(at), seen, health, "") for at in range(count))
    evidence = Evidence(
        release=HEAD.legs[0].release, before=seen, health_before=health, health_before_at=0.0, samples=samples,
        now=0.0, can=session.can, expected=Expectation(soak=count), settle=10.0,
    )  # fmt: skip
    costs = [measured(lambda: judge(evidence), 50)[1] for _ in range(ROUNDS)]
    print(f"\njudge() with {count} samples: {statistics.median(costs):.2f} ms CPU")
