"""Somebody at the terminal who presses Enter, read beside everything else that goes on."""

import os
import sys
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TextIO

ENDS = 3  # of the input, one after the other: Ctrl+D by mistake is none, a terminal that is gone ends for ever


class Keyboard:
    """Never takes for an answer what was typed before it was asked for, nor the end of the input."""

    def __init__(self, stdin: TextIO | None = None) -> None:
        self._stdin = stdin or sys.stdin
        self._lines: SimpleQueue[None] = SimpleQueue()
        self._thread: Thread | None = None

    @property
    def there(self) -> bool:
        """Can anybody answer here? Only on a terminal."""
        return self._stdin is not None and not self._stdin.closed and self._stdin.isatty()

    def listen(self) -> None:
        """From now on an Enter counts; earlier ones are forgotten."""
        if self._thread is None:
            # A read of `sys.stdin` itself would hold its lock when the program ends, which aborts Python.
            fd = self._stdin.fileno()
            _forget_typed(fd)
            self._thread = Thread(target=self._read, args=(fd,), name="keyboard", daemon=True)
            self._thread.start()
        while self.entered():
            pass

    def entered(self) -> bool:
        """Was Enter pressed since the last question about it?"""
        try:
            self._lines.get_nowait()
        except Empty:
            return False
        return True

    def _read(self, fd: int) -> None:
        ends = 0
        while ends < ENDS:
            try:
                typed = os.read(fd, 1024)
            except OSError:  # the terminal is gone
                return
            ends = 0 if typed else ends + 1
            for _ in range(typed.count(b"\n")):
                self._lines.put(None)


def _forget_typed(fd: int) -> None:
    """A terminal keeps what was typed for whoever reads next: that was no answer."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        termios.tcflush(fd, termios.TCIFLUSH)
