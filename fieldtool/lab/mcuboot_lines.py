"""The cable of a virtual microcontroller: a pseudo-terminal, or a TCP port as device servers have one."""

import errno
import os
import select
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread


def has_terminals() -> bool:
    """Windows has none, nor have some containers."""
    return Path("/dev/ptmx").exists()


class PtyLine:
    """A pseudo-terminal: its other end is a port of this machine."""

    def __init__(self, heard: Callable[[bytes], bytes]) -> None:
        if sys.platform == "win32":
            raise OSError(errno.ENOTSUP, "no pseudo-terminals here: use TCP")
        import tty

        self._heard = heard
        self._end, self._slave = os.openpty()  # ours stays open: the port outlives whoever opens and closes it
        tty.setraw(self._slave)
        self.address = os.ttyname(self._slave)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = Thread(target=self._run, name="virtual serial line", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._stop_write, b"x")
        self._thread.join()
        for end in (self._end, self._slave, self._stop_read, self._stop_write):
            os.close(end)

    def _run(self) -> None:
        while self._stop_read not in (ready := select.select([self._end, self._stop_read], [], [])[0]):
            assert ready
            if sent := self._heard(os.read(self._end, 4096)):
                os.write(self._end, sent)


class TcpLine:
    """One connection at a time, as device servers have it."""

    def __init__(self, heard: Callable[[bytes], bytes], bound: socket.socket) -> None:
        self._heard, self._listener = heard, bound
        bound.listen()
        host, port = bound.getsockname()
        self.address = f"{host}:{port}"
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="virtual serial line", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for one in (self._listener, self._wake, self._woken):
            one.close()

    def _run(self) -> None:
        while self._woken not in select.select([self._listener, self._woken], [], [])[0]:
            connection, _ = self._listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            while self._woken not in select.select([connection, self._woken], [], [])[0]:
                data = connection.recv(4096)
                if not data:
                    return
                connection.sendall(self._heard(data))
        except ConnectionError:
            return  # whoever was there has gone


Line = PtyLine | TcpLine
