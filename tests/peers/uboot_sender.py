"""A recovery in a process of its own, for tests that kill it: PORT FILE VERSION, on the board of `uboot_qemu`.

With "suicide" behind it, it dies by SIGKILL as soon as it has entered the second command that writes.
"""

import os
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from fieldtool.core.model import FirmwareImage, Link, Release
from fieldtool.drivers.uboot_serial import UbootRecovery, UbootSerial
from tests.peers.uboot_qemu import HARDWARE, MODEL, QUICK, profile


def at_write(recovery: UbootRecovery, number: int, act: Callable[[], None]) -> None:
    """`act` as soon as the board was told, for that time, to write a chunk."""
    send, typed = recovery._line.send, bytearray()

    def watched(data: bytes) -> None:
        send(data)
        typed.extend(data)
        if data == b"\r" and typed.count(b"virtio write 42") == number:
            typed.clear()
            act()

    recovery._line.send = watched  # type: ignore[method-assign]  # of this one object


def main(port: str, file: str, version: str, *how: str) -> None:
    content = Path(file).read_bytes()
    digest = sha256(content).hexdigest()
    release = Release(file, len(content), digest, "Lab", (MODEL,), (HARDWARE,), "main", version, "fit", digest)
    with UbootSerial(patience=QUICK).open(Link("serial", port), profile()) as recovery:
        if how == ("suicide",):
            at_write(recovery, 2, lambda: os.kill(os.getpid(), signal.SIGKILL))
        for steps in (recovery.enter(), recovery.write(FirmwareImage(Path(file), release))):
            for _ in steps:
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
