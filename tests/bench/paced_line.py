"""A serial line between two pseudo-terminals, as slow as a real one: ten bits a byte, each way by itself.

A program of its own, so that the pacing shares no interpreter lock with what is measured. It prints the two ports, and
runs until its input ends.

    python paced_line.py 115200
"""

import os
import select
import sys
import time
import tty
from threading import Thread

BITS = 10  # of a byte on the line: start, eight, stop


def ports() -> tuple[int, str]:
    end, slave = os.openpty()
    tty.setraw(end)
    tty.setraw(slave)
    return end, os.ttyname(slave)


def carry(source: int, target: int, baud: int) -> None:
    """Bytes leave when the line is free and are there when their last bit is."""
    at_once, free = max(16, min(256, baud // 10_000)), 0.0
    while True:
        waiting = bool(select.select([source], [], [], 0)[0])  # else the line has rested, and made up for nothing
        data = os.read(source, at_once)
        now = time.perf_counter()
        free = (free if waiting and now - free < 0.01 else max(now, free)) + len(data) * BITS / baud
        if (wait := free - time.perf_counter()) > 0:
            time.sleep(wait)
        os.write(target, data)


def main() -> None:
    baud = int(sys.argv[1])
    (one, first), (other, second) = ports(), ports()
    for source, target in ((one, other), (other, one)):
        Thread(target=carry, args=(source, target, baud), daemon=True).start()
    print(first, second, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
