"""Bundles beside a copy and `sha256sum` of the same bytes: export (hash, write, read back), inspection and import."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from tests.firmware.bundles import Operator, bundles, result
from tests.firmware.site import HARDWARE, MODEL, VENDOR, SetClock, image

SIZE = 512 << 20  # bytes of the largest image
MEMORY_MIB = 24  # that a bundle of whatever size may take


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    made = Operator(tmp_path, SetClock())
    yield made
    made.close()


def _took(act: Callable[[], object]) -> tuple[float, float, int]:
    """Seconds on the wall, seconds of the processor, growth of the process in MiB."""
    clock, before = SystemClock(), resource.getrusage(resource.RUSAGE_SELF)
    began = clock.monotonic()
    act()
    wall, after = clock.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, (after.ru_maxrss - before.ru_maxrss) >> 10


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as content, target.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)
        os.fsync(copy.fileno())


@pytest.mark.bench
def test_bundles_cost_a_few_copies_and_no_memory(operator: Operator, tmp_path: Path) -> None:
    small = result(bundles(operator.synced("warm", directed=False)).export(tmp_path / "small.zip")).file
    result(bundles(operator.laptop("warm too", directed=False)).take(small))  # all imports are made
    large = image(tmp_path / "build", "9.0.0")
    with large.file.open("wb") as file:
        for _ in range(SIZE >> 20):
            file.write(os.urandom(1 << 20))
    operator.publisher.add(large)
    maker, taker = operator.synced("maker", directed=False), operator.laptop("taker", directed=False)
    source = maker.catalogue.path(maker.catalogue.candidates(VENDOR, MODEL, HARDWARE, "main")[0])
    copied = _took(lambda: _copy(source, tmp_path / "copy"))[0]
    hashed = _took(lambda: subprocess.run(["sha256sum", tmp_path / "copy"], check=True, capture_output=True))[0]
    print(f"\n{SIZE >> 20} MiB: copy and flush {copied:.2f} s, sha256sum {hashed:.2f} s")
    stick = tmp_path / "stick.zip"
    acts: dict[str, tuple[int, Callable[[], object]]] = {  # how often each must hash
        "export": (2, lambda: result(bundles(maker).export(stick))),
        "inspect": (1, lambda: result(bundles(taker).inspect(stick))),
        "import": (1, lambda: result(bundles(taker).take(stick))),
    }
    for name, (hashes, act) in acts.items():
        wall, cpu, grown = _took(act)
        least = hashes * hashed + (0 if name == "inspect" else copied)
        print(f"{name:8} {wall:6.2f} s ({cpu:.2f} s of the processor), {wall / least:.2f} x the least, +{grown} MiB")
        assert grown <= MEMORY_MIB
