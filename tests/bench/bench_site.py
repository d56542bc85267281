"""B15: a site of a hundred virtual chargers. They live in a process of their own, which shares the processors with us.

FIELDTOOL_BENCH_ROUNDS changes the number of rounds.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from fieldtool.cli.main import main

ROUNDS = int(os.environ.get("FIELDTOOL_BENCH_ROUNDS", "3"))
COUNT = 100
GOAL = 1.1
SITE = """
schema = 1
id = "hundred"
name = "Hundred"

[timing]
shutdown = 0.3
boot = 3.0
settle = 1.0
install = 2.0

[common]
image_bytes = 100_000

[[release]]
version = "1.5.0"
hardware = ["B2"]
size = 100_000
"""
SERIALS = [f"C-{number:03}" for number in range(COUNT)]
CHARGERS = "".join(f'\n[[charger]]\nserial = "{serial}"\nname = "Bay {serial}"\n' for serial in SERIALS)

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="processor time and memory are read from /proc"),
]


@dataclass(frozen=True)
class Seen:
    """Of one process that updated chargers. Seconds, MB."""

    wall: float
    cpu: float
    lab: float  # processor time of the chargers
    rss: float
    threads: int
    pulls: float  # processor time of the looks that a window takes
    took: list[float]  # of each charger
    rows: int


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hundred")
    (folder / "site.toml").write_text(SITE + CHARGERS)
    assert main(["lab", "new", str(folder / "laptop"), "--site", str(folder / "site.toml")]) == 0
    return folder / "laptop"


@contextmanager
def lab(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "fieldtool", "lab", "start", str(folder), "--silent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            yield process
        finally:
            process.terminate()


def update(made: Path, folder: Path, serials: list[str], at_once: int) -> Seen:
    shutil.copytree(made, folder)
    job = json.dumps({"folder": str(folder), "serials": serials, "at_once": at_once})
    command = [sys.executable, "-m", "tests.bench.site_updates", job]
    with lab(folder) as chargers:
        before = cpu_of(chargers.pid)
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        assert done.returncode == 0, done.stderr[-2000:]
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert told.pop("outcomes") == ["done"] * len(serials)
        seen = Seen(lab=cpu_of(chargers.pid) - before, **told)
    shutil.rmtree(folder)
    return seen


def cpu_of(process: int) -> float:
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_b15_a_hundred_chargers_take_hardly_longer_than_the_slowest_of_them(made: Path, tmp_path: Path) -> None:
    kinds = {"one alone": (1, 64), "64 at once": (COUNT, 64), "100 at once": (COUNT, 100)}
    rounds = [
        {name: update(made, tmp_path / "laptop", SERIALS[:count], at_once) for name, (count, at_once) in kinds.items()}
        for _ in range(ROUNDS)
    ]
    print()
    for name, (count, at_once) in kinds.items():
        tell(name, ceil(count / at_once), [one[name] for one in rounds], [one["one alone"] for one in rounds])


def tell(name: str, waves: int, seen: list[Seen], alone: list[Seen]) -> None:
    def median(part: str) -> float:
        return float(statistics.median(getattr(one, part) for one in seen))

    slowest = statistics.median(one.wall / (max(one.took) * waves) for one in seen)
    against = statistics.median(one.wall / (by.wall * waves) for one, by in zip(seen, alone, strict=True))
    count = len(seen[0].took)
    print(
        f"{name}: {median('wall'):.1f} s, {waves} wave(s), {median('rows') / count:.0f} rows each;"
        f" CPU {median('cpu'):.1f} s = {1000 * median('cpu') / count:.0f} ms each, of it a window's looks"
        f" {median('pulls'):.1f} s; chargers {median('lab'):.1f} s;"
        f" {median('rss'):.0f} MB, {median('threads'):.0f} threads"
        f"\n  B15 wall / (slowest of them x waves): goal ≤ {GOAL}, seen {slowest:.2f};"
        f" / (one alone x waves): seen {against:.2f}"
    )
