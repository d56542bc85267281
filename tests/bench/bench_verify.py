"""B1: the check of an image before every use, beside `openssl dgst -sha256` of the same file."""

import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from fieldtool.core.model import Release
from fieldtool.firmware.images import ImageStore

ROUNDS = 7
SIZE = 256 << 20
GOAL, STRETCH, RSS_GOAL_MIB = 1.0, 0.92, 2.0

# Linux forgets the peak of the past when 5 is written to clear_refs; without that an import's peak would hide ours.
_GROWTH = """
import re, sys
from pathlib import Path
from tests.bench.bench_verify import store_of
def kib(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
store, small = store_of(Path(sys.argv[1]), "small")
store.check(small)
Path("/proc/self/clear_refs").write_text("5")
before = kib("VmRSS")
store, large = store_of(Path(sys.argv[1]), "large")
store.check(large)
print(kib("VmHWM") - before)
"""


def store_of(folder: Path, name: str) -> tuple[ImageStore, Release]:
    """The image store in `folder`, and the release whose facts lie there as text."""
    length, sha256 = (folder / name).read_text().split()
    release = Release("lab/x", int(length), sha256, "Lab", ("x",), ("x",), "main", "1.0.0", "raucb", "0" * 64)
    return ImageStore(folder / "images"), release


def _put(folder: Path, name: str, size: int) -> None:
    digest, made = hashlib.sha256(), folder / "made"
    with made.open("wb") as file:
        for _ in range(max(1, size >> 20)):
            block = os.urandom(min(size, 1 << 20))
            digest.update(block)
            file.write(block)
    (folder / name).write_text(f"{size} {digest.hexdigest()}")
    store, release = store_of(folder, name)
    store.path(release).parent.mkdir(parents=True, exist_ok=True)
    made.replace(store.path(release))


def _cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.bench
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_check_of_an_image_costs_no_more_cpu_than_openssl(tmp_path: Path) -> None:
    _put(tmp_path, "large", SIZE)
    store, release = store_of(tmp_path, "large")
    command = ["openssl", "dgst", "-sha256", str(store.path(release))]
    assert release.sha256 in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    store.check(release)  # the file is in memory for both
    ours, theirs = [], []
    for _ in range(ROUNDS):
        began = _cpu(resource.RUSAGE_SELF)
        store.check(release)
        ours.append(_cpu(resource.RUSAGE_SELF) - began)
        began = _cpu(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        theirs.append(_cpu(resource.RUSAGE_CHILDREN) - began)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"\nB1 verify an image: {ratio:.2f} x the CPU of openssl dgst (goal {GOAL}, stretch {STRETCH})")
    assert ratio <= GOAL


@pytest.mark.bench
@pytest.mark.skipif(sys.platform != "linux", reason="measured through /proc")
def test_the_check_of_an_image_needs_no_memory_to_speak_of(tmp_path: Path, repository_root: Path) -> None:
    _put(tmp_path, "small", 4096)
    _put(tmp_path, "large", SIZE)
    script = [sys.executable, "-c", _GROWTH, str(tmp_path)]
    told = subprocess.run(script, capture_output=True, text=True, check=True, cwd=repository_root)
    growth = int(told.stdout) / 1024
    print(f"\nB1 RSS growth: {growth:.1f} MiB (goal {RSS_GOAL_MIB})")
    assert growth <= RSS_GOAL_MIB
