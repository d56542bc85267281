"""A line of a given rate and delay: python -m tests.bench.slow_line PORT BITS_PER_SECOND ONE_WAY_SECONDS

Prints the port that it relays to 127.0.0.1:PORT. Each direction has its own rate; what waits is bounded, so that the
sender feels the line as it would feel a router's queue.
"""

import collections
import socket
import sys
import threading
import time
from contextlib import suppress

_NEVER = threading.Event()  # is never set: its wait is a pause
QUEUE = 256 * 1024  # bytes beyond those that are on their way


class Way:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, rate: float, delay: float) -> None:
        self._source, self._sink, self._rate, self._delay = source, sink, rate, delay
        self._limit = QUEUE + int(rate / 8 * delay)
        self._waiting: collections.deque[tuple[float, bytes]] = collections.deque()
        self._bytes = 0
        self._change = threading.Condition()
        for work in (self._take, self._give):
            threading.Thread(target=work, daemon=True).start()

    def _take(self) -> None:
        free_at = 0.0
        while True:
            data = self._source.recv(16384)
            free_at = max(free_at, time.monotonic()) + len(data) * 8 / self._rate
            with self._change:
                self._change.wait_for(lambda: self._bytes < self._limit)
                self._waiting.append((free_at + self._delay, data))
                self._bytes += len(data)
                self._change.notify_all()
            if not data:
                return

    def _give(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting)
                due, data = self._waiting.popleft()
            _NEVER.wait(max(0.0, due - time.monotonic()))
            if not data:
                with suppress(OSError):  # the other side may have hung up first
                    self._sink.shutdown(socket.SHUT_WR)
                return
            self._sink.sendall(data)
            with self._change:
                self._bytes -= len(data)
                self._change.notify_all()


def main() -> None:
    port, rate, delay = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", port))
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Way(near, far, rate, delay)
        Way(far, near, rate, delay)


if __name__ == "__main__":
    main()
