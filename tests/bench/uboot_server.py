"""A U-Boot console on a port that takes files, and prints the seconds from the ACK of block 0 to that of the last one.

python uboot_server.py PORT BAUD
"""

import os
import sys
import time

import serial
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldtool.lab.uboot import ENVIRONMENT, Bootloader, Nameplate
from fieldtool.lab.uboot_memory import Memory
from fieldtool.lab.uboot_ymodem import Receiver

TICK = 0.05


class Timed(Receiver):
    began = ended_at = 0.0

    def _next(self, data: bytes) -> bytes:
        first = self._expected == 0
        answer = super()._next(data)
        Timed.ended_at = time.perf_counter()
        if first:
            Timed.began = Timed.ended_at
        return answer

    def _end(self) -> bytes:
        print(Timed.ended_at - Timed.began, flush=True)
        return super()._end()


def main() -> None:
    import fieldtool.lab.uboot as console

    console.Receiver = Timed  # type: ignore[misc]  # the same, with a watch
    bootloader = Bootloader(
        Nameplate("1"), Ed25519PrivateKey.generate().public_key(), Memory(), {**ENVIRONMENT, "bootdelay": "-1"}
    )
    port = serial.Serial(sys.argv[1], int(sys.argv[2]), timeout=TICK)
    bootloader.power(True)
    bootloader.pass_time(time.monotonic())
    print("ready", flush=True)
    while True:
        data = port.read(max(1, port.in_waiting))
        port.write(bootloader.pass_time(time.monotonic()) + (bootloader.hear(data) if data else b""))


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyboardInterrupt):
        os._exit(0)
