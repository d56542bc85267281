"""A server on a port that takes SMP uploads as fast as they come.

python smp_server.py PORT BAUD BUFFER
"""

import os
import sys

import serial

from fieldtool.lab.smp_wire import Asked, Receiver, answer


def main() -> None:
    buffer, arrived = int(sys.argv[3]), 0
    port, receiver = serial.Serial(sys.argv[1], int(sys.argv[2])), Receiver(buffer)
    print("ready", flush=True)
    while True:
        for asked in receiver.take(port.read(max(1, port.in_waiting))):
            arrived = _arrived(asked, arrived)
            body = {"buf_size": buffer, "buf_count": 4} if asked.command == 6 else {"off": arrived}
            port.write(answer(asked, dict(body)))


def _arrived(asked: Asked, before: int) -> int:
    offset, data = asked.body.get("off"), asked.body.get("data")
    if not isinstance(offset, int) or not isinstance(data, bytes):
        return before
    return offset + len(data) if offset in (0, before) else before


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyboardInterrupt):
        os._exit(0)
