"""Several processes that answer at one address: each is started again when it dies, and ends when we do.

POSIX only: the workers inherit the listening socket, and the system gives each connection to one that is free.
"""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from threading import Event, Lock, Thread

from fieldtool.core.clock import Clock

FIRST_BACK_OFF = 0.5  # seconds, doubled each time
LONGEST_BACK_OFF = 30.0
WELL_AFTER = 60.0  # a worker that lived so long was well: the next one starts at once
STOP_SECONDS = 15.0  # for a worker to end by itself

_log = logging.getLogger(__name__)


class Workers:
    """`count` processes that run `command`; it finds the listening socket behind its last word, a file descriptor."""

    def __init__(self, command: Sequence[str], listener: socket.socket, count: int, clock: Clock) -> None:
        self._command = (*command, str(listener.fileno()))
        self._listener = listener.fileno()
        self._count = count
        self._clock = clock
        self._lock = Lock()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}  # by place

    def run(self, stop: Event) -> None:
        """Keep them running until `stop`; none is left when this returns."""
        keepers = [
            Thread(target=self._keep, args=(place, stop), name=f"worker {place}") for place in range(self._count)
        ]
        for keeper in keepers:
            keeper.start()
        try:
            stop.wait()
        finally:
            stop.set()
            self._end()
            for keeper in keepers:
                keeper.join()

    def pids(self) -> list[int]:
        with self._lock:
            return [process.pid for process in self._processes.values()]

    def _keep(self, place: int, stop: Event) -> None:
        wait = FIRST_BACK_OFF
        while not stop.is_set():
            began = self._clock.monotonic()
            process = self._start(place, stop)
            if process is None:
                return
            code = process.wait()
            if stop.is_set():
                return
            _log.error("worker %d ended with %d and is started again", process.pid, code)
            wait = FIRST_BACK_OFF if self._clock.monotonic() - began >= WELL_AFTER else min(wait * 2, LONGEST_BACK_OFF)
            self._clock.wait(stop, wait)

    def _start(self, place: int, stop: Event) -> "subprocess.Popen[bytes] | None":
        with self._lock:  # `_end` sees it, or it is not started
            if stop.is_set():
                return None
            # Its standard input ends with us, however we end; then it ends too.
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, pass_fds=(self._listener,))
            self._processes[place] = process
            return process

    def _end(self) -> None:
        with self._lock, ExitStack() as stack:
            for process in self._processes.values():
                if process.stdin is not None:
                    stack.callback(process.stdin.close)
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def ourselves() -> list[str]:
    """How this program is started."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "fieldtool"]


def inherited(descriptor: int) -> socket.socket:
    """The listening socket that whoever started us left open."""
    return socket.socket(fileno=descriptor)


def may_be_several() -> bool:
    return os.name == "posix"
