"""B10: what central costs beside the signatures that it must verify, on PostgreSQL and over HTTP; and two workers."""

import hashlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import psutil
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldtool.audit.record import Event
from fieldtool.central.identity import open_identity, open_store
from fieldtool.central.ledger import Ledger
from fieldtool.core.clock import SystemClock
from fieldtool.sync.client import CentralAddress, Sent, SyncClient
from tests.audit.support import Laptop, laptop
from tests.central.support import central_process
from tests.peers.postgres import Postgres, needs_postgres, postgres

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600), needs_postgres]

ROUNDS = 5
COUNT = 4000  # records of a laptop in a round
GOAL_RATE, GOAL_BYTES, GOAL_WORKERS = 0.75, 0.25, 0.90


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def _event(number: int) -> Event:
    """As the journal of a run records it; a run is ten records on a charger of its own."""
    run = hashlib.sha256(b"%d" % (number // 10)).hexdigest()
    serial, image = f"CH-2024-{number // 10:05}", run[::-1]
    return Event(
        "run-phase", serial, "main", {"serial": serial, "running": "2.1.0", "running_hash": run, "slot": "A"},
        {"phase": "install", "mark": "entered", "target": "2.2.0"}, image, run[:12], "g-17",
    )  # fmt: skip


def _laptop(folder: Path) -> Laptop:
    made = laptop(folder)
    made.log.record(_event(0))
    with made.store.write() as unit:
        for number in range(COUNT - made.log.size()):
            made.log.append(unit, _event(number))
    made.log.root()
    return made


def _raw_verifies() -> Callable[[int], float]:
    """Seconds for so many signatures of one thread, nothing else."""
    key, scheme, data = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256()), os.urandom(700)
    signature, public = key.sign(data, scheme), key.public_key()

    def work(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            public.verify(signature, data, scheme)
        return time.perf_counter() - began

    return work


@contextmanager
def _served(
    folder: Path, url: str, here: list[Laptop], workers: int
) -> Iterator[tuple[CentralAddress, list[psutil.Process]]]:
    """A central that knows these laptops, and the processes that do its work."""
    store = open_store(folder, url)
    ledger = Ledger(store, open_identity(store), SystemClock())
    for number, one in enumerate(here):
        pem = one.log.public_key()
        assert pem is not None
        (folder / f"{number}.pem").write_text(pem)
        ledger.add_laptop(folder / f"{number}.pem", f"laptop {number}")
    store.close()
    with central_process(folder, "--port", "0", "--workers", str(workers)) as (process, line):
        found = psutil.Process(process.pid)
        where = CentralAddress(line["listening"], line["key"])
        deadline = time.monotonic() + 60
        while workers > 1 and len(found.children()) < workers and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(4 * workers):  # what is loaded at first use is loaded, in each of them
            for one in here:
                _push(one, where, limit=1)
        yield where, found.children() if workers > 1 else [found]
        process.terminate()
        process.wait()


def _push(here: Laptop, where: CentralAddress, limit: int = 10**9) -> Sent:
    told = Sent()

    def each(sent: Sent) -> bool:
        nonlocal told
        told = sent
        return sent.records < limit

    client = SyncClient(here.log, lambda: where)
    client._batch = 20 if limit == 1 else client._batch
    client.push(each)
    client.close()
    return told


def _all_at_once(here: list[Laptop], where: CentralAddress) -> tuple[float, int, int]:
    """Seconds, records, bytes."""
    sent: list[Sent] = []
    threads = [Thread(target=lambda one=one: sent.append(_push(one, where))) for one in here]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, sum(one.records for one in sent), sum(one.bytes for one in sent)


def test_a_sync_costs_little_more_than_its_signatures(server: Postgres, tmp_path: Path) -> None:
    verify, rates, packed, cpu = _raw_verifies(), [], [], []
    for turn in range(ROUNDS):
        here = _laptop(tmp_path / f"laptop{turn}")
        plain = sum(len(envelope) + 1 for envelope in here.log.envelopes(80, COUNT))
        with _served(tmp_path / f"c{turn}", server.new_database(f"rate{turn}"), [here], 1) as (where, processes):
            before, spent = verify(2000) / 2000, _cpu(processes)
            seconds, records, size = _all_at_once([here], where)
            cpu.append((_cpu(processes) - spent) / records)
            raw = (before + verify(2000) / 2000) / 2
        rates.append(raw * records / seconds)
        packed.append(size / plain)
        print(
            f"\n{records / seconds:.0f} records/s, raw verify {1 / raw:.0f}/s, {size / records:.0f} bytes/record",
            end="",
        )
        here.store.close()
    rate = statistics.median(rates)
    print(f"\nB10 sync on PostgreSQL / raw verify rate of one core: goal ≥ {GOAL_RATE}, seen {rate:.2f}")
    print(f"B10 central's processor time: {1e6 * statistics.median(cpu):.0f} µs for a record, pages' facts included")
    print(f"B10 bytes with zstd / plain: goal ≤ {GOAL_BYTES}, seen {statistics.median(packed):.2f}")


def _cpu(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def test_two_workers_do_as_much_in_a_second_of_the_processor_as_one(server: Postgres, tmp_path: Path) -> None:
    seen: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(ROUNDS):
        for workers in (1, 2) if turn % 2 else (2, 1):
            here = [_laptop(tmp_path / f"l{turn}-{workers}-{number}") for number in range(2)]
            folder, url = tmp_path / f"w{turn}-{workers}", server.new_database(f"w{turn}x{workers}")
            with _served(folder, url, here, workers) as (where, processes):
                before = _cpu(processes)
                _, records, _ = _all_at_once(here, where)
                seen[workers].append(records / (_cpu(processes) - before))
            with ExitStack() as stack:
                for one in here:
                    stack.callback(one.store.close)
    rates = {workers: statistics.median(found) for workers, found in seen.items()}
    print("\n" + ", ".join(f"{workers} worker(s) {rate:.0f} records per CPU second" for workers, rate in rates.items()))
    print(f"two workers / one, records per CPU second: goal ≥ {GOAL_WORKERS}, seen {rates[2] / rates[1]:.2f}")
