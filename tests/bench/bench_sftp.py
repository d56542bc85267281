"""B2-B4: the upload beside OpenSSH's own `sftp`, with the same cipher, interleaved, medians.

Both include connecting and logging in. The driver hashes the file on the way, which sftp does not: the transfer alone
is compared, and beside it stands what the driver as a whole costs. FIELDTOOL_BENCH_ROUNDS changes the number of rounds.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.rauc_device import Factory, RaucDevice, missing, rauc_device

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(missing()), reason=missing() or "it can"),
    pytest.mark.skipif(shutil.which("sftp") is None, reason="OpenSSH's sftp is not installed"),
]
ROUNDS = int(os.environ.get("FIELDTOOL_BENCH_ROUNDS", "7"))
CIPHER = "aes128-gcm@openssh.com"
MIB = 1 << 20


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    rss: float = 0.0


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, so that no disk is measured."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def device(memory: Path) -> Iterator[RaucDevice]:
    with rauc_device(memory / "charger", Factory(memory / "factory")) as charger:
        yield charger


class Bench:
    def __init__(self, device: RaucDevice, folder: Path, size: int, port: int = 0) -> None:
        self.port, self.size = port or device.port, size
        self._device, self._target = device, f"{folder}/sent"
        self._source = folder / "source"
        self._source.write_bytes(os.urandom(MIB) * (size // MIB))

    def own(self, how: str = "ours", count: int = 1) -> Cost:
        job = {
            "address": f"127.0.0.1:{self.port}", "fingerprint": self._device.host_fingerprint,
            "key": self._device.client_key, "source": str(self._source), "target": self._target,
            "count": count, "how": how,
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.bench.uploads", json.dumps(job)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
        self._check(count)
        return Cost(**json.loads(done.stdout))

    def openssh(self, count: int = 1) -> Cost:
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        login = ["-F", "/dev/null", "-i", f"{self._device.root}/etc/client_key", "-P", str(self.port), *options]
        command = ["sftp", "-q", "-c", CIPHER, *login, "-b", "-", "root@127.0.0.1"]
        began, cpu = time.perf_counter(), _children_cpu()
        running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(count)]
        for number, process in enumerate(running):
            assert process.stdin is not None
            process.stdin.write(f"put {self._source} {self._target}{number}\n".encode())
            process.stdin.close()
        assert [process.wait(600) for process in running] == [0] * count
        cost = Cost(time.perf_counter() - began, _children_cpu() - cpu)
        self._check(count)
        return cost

    def _check(self, count: int) -> None:
        for number in range(count):
            sent = Path(f"{self._target}{number}")
            assert sent.stat().st_size == self.size
            sent.unlink()


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def interleaved(*measures: Callable[[], Cost], rounds: int = ROUNDS) -> list[Cost]:
    """The median of each, measured by turns: a machine's mood hits all alike."""
    seen: list[list[Cost]] = [[] for _ in measures]
    for turn in range(rounds):
        order = list(enumerate(measures))
        for index, measure in order if turn % 2 else reversed(order):
            seen[index].append(measure())
    return [
        Cost(*(statistics.median(getattr(cost, part) for cost in costs) for part in ("wall", "cpu", "rss")))
        for costs in seen
    ]


def table(title: str, *rows: tuple[str, float, str, float]) -> None:
    """Print goal and seen side by side. A row: what, seen, ">=" or "<=" ("": no goal), goal."""
    print(f"\n{title}\n  {'':48}{'goal':>10}{'seen':>10}")
    for what, seen, sign, goal in rows:
        missed = (sign == ">=" and seen < goal) or (sign == "<=" and seen > goal)
        print(f"  {what:48}{f'{sign} {goal:.2f}' if sign else '-':>10}{seen:10.2f}{'  missed' if missed else ''}")


def test_b2_one_upload_on_loopback(device: RaucDevice, memory: Path) -> None:
    bench = Bench(device, memory, 256 * MIB)
    ours, bare, sftp, putfo = interleaved(
        bench.own, lambda: bench.own("unhashed"), bench.openssh, lambda: bench.own("putfo")
    )
    rate = 256 * MIB / 1e6
    print(f"\n  ours {rate / ours.wall:.0f} MB/s, sftp {rate / sftp.wall:.0f} MB/s, putfo {rate / putfo.wall:.0f} MB/s")
    table(
        "B2 SFTP upload, 256 MiB, loopback, aes128-gcm",
        ("speed / sftp, transfer alone", sftp.wall / bare.wall, ">=", 1.0),
        ("client CPU / sftp, transfer alone", bare.cpu / sftp.cpu, "<=", 1.25),
        ("speed / sftp, hashing on the way", sftp.wall / ours.wall, "", 0.0),
        ("client CPU / sftp, hashing on the way", ours.cpu / sftp.cpu, "", 0.0),
        ("speed / paramiko putfo", putfo.wall / ours.wall, ">=", 1.2),
    )


def test_b3_one_upload_at_100_mbit_and_20_ms(device: RaucDevice, memory: Path) -> None:
    rate, size = 100e6, 32 * MIB
    command = [sys.executable, "-m", "tests.bench.slow_line", str(device.port), str(rate), "0.01"]
    line = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        assert line.stdout is not None
        bench = Bench(device, memory, size, int(line.stdout.readline()))
        ours, sftp = interleaved(bench.own, bench.openssh)
    finally:
        line.kill()
        line.communicate()
    table(
        "B3 SFTP upload, 32 MiB, 100 Mbit/s, 20 ms round trip",
        ("speed / sftp", sftp.wall / ours.wall, ">=", 0.98),
        ("speed / the line's rate", size * 8 / rate / ours.wall, ">=", 0.88),
    )


def test_b4_fifty_uploads_at_once(device: RaucDevice, memory: Path) -> None:
    bench = Bench(device, memory, 16 * MIB)
    ours, bare, sftp = interleaved(
        lambda: bench.own(count=50), lambda: bench.own("unhashed", 50), lambda: bench.openssh(50), rounds=min(ROUNDS, 3)
    )
    table(
        "B4 fifty SFTP uploads at once, 16 MiB each",
        ("aggregate speed / 50 sftp processes", sftp.wall / ours.wall, ">=", 0.9),
        ("client CPU / 50 sftp processes, transfer alone", bare.cpu / sftp.cpu, "<=", 0.45),
        ("client CPU / 50 sftp processes, with hashing", ours.cpu / sftp.cpu, "", 0.0),
        ("peak RSS, MB", ours.rss, "<=", 60.0),
    )
