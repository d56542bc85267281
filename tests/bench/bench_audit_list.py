"""A log of 100,000 records: how long the Audit screen's questions take the database."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from fieldtool.app.audit_watch import AuditWatch
from fieldtool.app.audits import Audits
from fieldtool.audit.actor import Actor
from fieldtool.audit.listing import Wanted
from fieldtool.audit.record import Event
from fieldtool.sync.outbox import Outbox
from tests.audit.support import START, Laptop, Ticking, laptop

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

RECORDS, ROUNDS, GOAL_PAGE, GOAL_SEARCH = 100_000, 5, 0.100, 0.250  # seconds
EVENTS = ("run-phase", "run-ended", "run-failed", "run-started")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Laptop, Audits]]:
    here = laptop(tmp_path_factory.mktemp("long"))
    here.log.record(Event("seen"))
    for block in range(RECORDS // 1000):
        with here.store.write() as unit:
            for number in range(block * 1000, block * 1000 + 1000):
                told, seen = {"running": "2.4.1"}, {"phase": "install", "target": "2.6.0"}
                serial, run = f"HL180-24-{number % 40:06}", f"run-{number // 10}"
                here.log.append(unit, Event(EVENTS[number % 4], serial, "main", told, seen, "ab" * 32, run))
    box, watch = Outbox(here.store, here.log), AuditWatch(here.store, here.log, Ticking())
    yield here, Audits(here.store, here.log, watch, Actor(here.keystore, "ada"), here.time, box, lambda: "")
    here.store.close()


def _best(work: Callable[[], object]) -> float:
    """Seconds, the best of some rounds: what the work costs, and not what else the machine does."""
    seen = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seen.append(time.perf_counter() - began)
    return min(seen)


def test_the_first_page_and_any_other_come_at_once(long: tuple[Laptop, Audits]) -> None:
    _, audits = long

    def first() -> None:
        size = audits.view().size
        assert len(audits.rows(range(size, size - 100, -1))) == 100

    middle = _best(lambda: audits.rows(range(50_000, 49_900, -1)))
    print(f"\nfirst page of {RECORDS}: goal ≤ {1e3 * GOAL_PAGE:.0f} ms, seen {1e3 * _best(first):.0f} ms")
    print(f"any other page: seen {1e3 * middle:.1f} ms")


def test_any_search_answers_while_somebody_types(long: tuple[Laptop, Audits]) -> None:
    _, audits = long
    questions = {
        "event": Wanted(events=("run-failed",)),
        "text": Wanted(text="000012"),
        "nothing": Wanted(text="no such thing"),
        "since": Wanted(since=START),
    }
    seen = {name: _best(partial(audits.find, wanted)) for name, wanted in questions.items()}
    told = ", ".join(f"{name} {1e3 * one:.0f} ms" for name, one in seen.items())
    print(f"\nsearch in {RECORDS}: goal ≤ {1e3 * GOAL_SEARCH:.0f} ms, seen {told}")
