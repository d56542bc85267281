"""A recovery in a process of its own, for tests that kill it: PORT FILE VERSION, on the board of `uboot_qemu`."""

import sys
from hashlib import sha256
from pathlib import Path

from fieldtool.core.model import FirmwareImage, Link, Release
from fieldtool.drivers.uboot_serial import UbootSerial
from tests.peers.uboot_qemu import HARDWARE, MODEL, QUICK, profile


def main(port: str, file: str, version: str) -> None:
    content = Path(file).read_bytes()
    digest = sha256(content).hexdigest()
    release = Release(file, len(content), digest, "Lab", (MODEL,), (HARDWARE,), "main", version, "fit", digest)
    with UbootSerial(patience=QUICK).open(Link("serial", port), profile()) as recovery:
        for steps in (recovery.enter(), recovery.write(FirmwareImage(Path(file), release))):
            for _ in steps:
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
