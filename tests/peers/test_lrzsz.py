"""lrzsz, a sender and receiver of others: the virtual U-Boot takes its files, and it takes the files of our sender."""

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldtool.drivers.codecs.ymodem import Sender, State, Variant
from fieldtool.lab.uboot_memory import RAM
from tests.drivers.uboot_chargers import DeadCharger, dead_charger

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("sb") is None, reason="needs sb"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal"),
]
CONTENT = bytes(range(256)) * 21 + b"the end"


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadCharger]:
    with dead_charger(tmp_path) as made:
        with made.recovery() as recovery:
            made.enter(recovery)
        yield made


@contextmanager
def port(dead: DeadCharger) -> Iterator[int]:
    handle = os.open(dead.charger.address, os.O_RDWR | os.O_NOCTTY)
    try:
        yield handle
    finally:
        os.close(handle)


def until(handle: int, end: bytes) -> bytes:
    heard = b""
    while not heard.endswith(end):
        assert select.select([handle], [], [], 5.0)[0], heard
        heard += os.read(handle, 1)
    return heard


@pytest.mark.parametrize(
    ("command", "program", "options"),
    [("loady", "sb", ("-k",)), ("loady", "sb", ()), ("loadx", "sx", ("-k",))],
    ids=["sb with 1K", "sb", "sx with 1K"],
)
def test_the_virtual_u_boot_takes_files_of_lrzsz(
    dead: DeadCharger, tmp_path: Path, command: str, program: str, options: tuple[str, ...]
) -> None:
    file = tmp_path / "firmware.itb"
    file.write_bytes(CONTENT)
    with port(dead) as handle:
        os.write(handle, f"{command} {RAM:x}\r".encode())
        until(handle, b"C")
        ended = subprocess.run(
            [program, *options, str(file)], stdin=handle, stdout=handle, stderr=subprocess.PIPE, timeout=30
        )
        assert ended.returncode == 0, ended.stderr
        os.write(handle, f"crc32 {RAM:x} {len(CONTENT):x}\r".encode())
        until(handle, b"\r\n=> ")
    assert dead.memory.peek(RAM, len(CONTENT)) == CONTENT


@pytest.mark.parametrize(
    ("program", "variant"),
    [(("rb",), Variant.YMODEM), (("rx", "-c", "firmware"), Variant.XMODEM)],
    ids=["ymodem", "xmodem"],
)
def test_lrzsz_takes_files_of_our_sender(tmp_path: Path, program: tuple[str, ...], variant: Variant) -> None:
    import tty  # not on Windows

    sender = Sender(CONTENT, variant=variant)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    try:
        with subprocess.Popen(
            program, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, cwd=tmp_path
        ) as receiver:
            try:
                while not sender.ended:
                    patience = 0.2 if sender.state is State.HEADER_TAKEN else 1.5  # rb takes its time
                    ready = select.select([ours], [], [], patience)[0]
                    if to_send := sender.heard(os.read(ours, 4_096)) if ready else sender.silence():
                        os.write(ours, to_send)
                assert receiver.wait(10.0) == 0
            finally:
                receiver.kill()
    finally:
        os.close(ours)
        os.close(theirs)
    arrived = (tmp_path / "firmware").read_bytes()
    assert sender.state is State.DONE and arrived.startswith(CONTENT)
    assert len(arrived) == len(CONTENT) or variant is Variant.XMODEM
