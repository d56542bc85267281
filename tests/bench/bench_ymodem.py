"""B7: a file to a U-Boot on a line at its real speed, beside what the line can carry and beside lrzsz's `sb`."""

import os
import select
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Link
from fieldtool.drivers.smp_line import SerialWire
from fieldtool.drivers.uboot_line import UbootLine, UbootPatience
from fieldtool.lab.uboot_memory import RAM

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("sb") is None, reason="needs sb"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals"),
]
HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("FIELDTOOL_BENCH_ROUNDS", "3"))


@contextmanager
def line(baud: int) -> Iterator[tuple[str, IO[str]]]:
    """A port at whose other end a U-Boot waits, and what its receiver prints."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    pace = [sys.executable, str(HERE / "paced_line.py"), str(baud)]
    with subprocess.Popen(pace, **pipes) as paced:  # type: ignore[call-overload]  # the same for both
        try:
            near, far = paced.stdout.readline().split()
            command = [sys.executable, str(HERE / "uboot_server.py"), far, str(baud)]
            with subprocess.Popen(command, **pipes) as server:  # type: ignore[call-overload]  # the same for both
                try:
                    server.stdout.readline()
                    yield near, server.stdout
                finally:
                    server.kill()
        finally:
            paced.kill()


def ours(port: str, baud: int, content: bytes) -> None:
    wire = SerialWire(port, baud)
    try:
        console = UbootLine(wire, Link("serial", port), "=> ", SystemClock(), UbootPatience())
        assert console.interrupt(3)
        for _ in console.load(content, RAM):
            pass
    finally:
        wire.close()


def theirs(port: str, baud: int, file: Path) -> None:
    wire = SerialWire(port, baud)  # sets it up
    try:
        console = UbootLine(wire, Link("serial", port), "=> ", SystemClock(), UbootPatience())
        assert console.interrupt(3)
        wire.send(f"loady {RAM:x}\r".encode())
        handle = wire._port.fileno()
        heard = b""
        while not heard.endswith(b"C"):
            assert select.select([handle], [], [], 5.0)[0], heard
            heard += os.read(handle, 1)
        os.set_blocking(handle, True)  # sb knows no other
        subprocess.run(["sb", "-k", str(file)], stdin=handle, stdout=handle, stderr=subprocess.DEVNULL, check=True)
    finally:
        wire.close()


@pytest.mark.parametrize(("baud", "size"), [(115_200, 65_536), (921_600, 400_000)])
def test_a_file_takes_what_the_line_takes(tmp_path: Path, baud: int, size: int) -> None:
    content = os.urandom(size)
    file = tmp_path / "content"
    file.write_bytes(content)
    mine, others = [], []
    with line(baud) as (port, told):
        for _ in range(ROUNDS):
            ours(port, baud, content)
            mine.append(float(told.readline()))
            theirs(port, baud, file)
            others.append(float(told.readline()))
    took, bound = statistics.median(mine), size * 10 / baud
    ratio = statistics.median(others) / took
    print(f"\nB7 {baud} baud: {bound / took:.3f} of the line (goal 0.95), {ratio:.2f} x sb (goal 0.98)")
    assert bound / took > 0.9
    assert ratio > 0.9
