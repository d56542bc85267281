"""B6: an SMP upload on a line at its real speed, beside what the line can carry and beside smpclient."""

import hashlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Link
from fieldtool.drivers.codecs.smp import chunk
from fieldtool.drivers.codecs.smp_frames import OVERHEAD, encode
from fieldtool.drivers.smp_line import SmpLine, SmpPatience, open_wire
from tests.peers import smp_programs

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals"),
]
HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("FIELDTOOL_BENCH_ROUNDS", "3"))
THEIRS = """
import asyncio, sys, time
from pathlib import Path
from smpclient import SMPClient
from smpclient.transport.serial import SMPSerialTransport

async def main():
    content = Path(sys.argv[3]).read_bytes()
    async with SMPClient(SMPSerialTransport(baudrate=int(sys.argv[2])), sys.argv[1]) as client:
        began = time.perf_counter()
        async for _ in client.upload(content):
            pass
        print(time.perf_counter() - began)

asyncio.run(main())
"""


@contextmanager
def line(baud: int, buffer: int) -> Iterator[str]:
    """A port at whose other end a server takes uploads."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    pace = [sys.executable, str(HERE / "paced_line.py"), str(baud)]
    with subprocess.Popen(pace, **pipes) as paced:  # type: ignore[call-overload]  # the same for both
        ours, theirs = paced.stdout.readline().split()
        command = [sys.executable, str(HERE / "smp_server.py"), theirs, str(baud), str(buffer)]
        with subprocess.Popen(command, **pipes) as server:  # type: ignore[call-overload]  # the same for both
            try:
                server.stdout.readline()
                yield ours
            finally:
                server.kill()
                paced.kill()


def on_the_line(content: bytes, buffer: int) -> int:
    """Bytes that an upload takes there, our way."""
    digest, offset, total = hashlib.sha256(content).digest(), 0, 0
    while offset < len(content):
        request = chunk(content, offset, buffer - OVERHEAD, digest)
        data = request.body["data"]
        assert isinstance(data, bytes)
        offset += len(data)
        total += len(encode(request.packet(0)))
    return total


def ours(port: str, baud: int, content: bytes) -> float:
    wire = open_wire(Link("serial", port), baud, SmpPatience())
    try:
        client = SmpLine(wire, port, SystemClock(), SmpPatience())
        client.greet()
        began = time.perf_counter()
        for _ in client.upload(content, hashlib.sha256(content).digest()):
            pass
        return time.perf_counter() - began
    finally:
        wire.close()


def theirs(port: str, baud: int, file: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(smp_programs.smpclient())}
    command = [sys.executable, "-c", THEIRS, port, str(baud), str(file)]
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize(("baud", "buffer", "size"), [(115_200, 384, 60_000), (921_600, 512, 300_000)])
def test_an_upload_takes_what_the_line_takes(tmp_path: Path, baud: int, buffer: int, size: int) -> None:
    content = os.urandom(size)
    file = tmp_path / "content"
    file.write_bytes(content)
    mine, others = [], []
    with line(baud, buffer) as port:
        for _ in range(ROUNDS):
            mine.append(ours(port, baud, content))
            others.append(theirs(port, baud, file))
    took, bound = statistics.median(mine), on_the_line(content, buffer) * 10 / baud
    ratio = statistics.median(others) / took
    print(
        f"\nB6 {baud} baud, {buffer} B: {bound / took:.3f} of the line (goal 0.97), {ratio:.2f} x smpclient (goal 1.3)"
    )
    assert bound / took > 0.9
    assert ratio > 1.0
