"""A virtual charger that no longer boots: U-Boot on a pseudo-terminal, or on TCP where there is none, with faults.

Unlike a server it speaks without being asked: a thread passes the time, and writes what the bootloader says.
"""

import errno
import os
import random
import select
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock, Thread

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.lab.uboot import Bootloader

TICK = 0.02  # seconds between two looks at the clock


@dataclass
class UbootFaults:
    """Of the line. Those of the medium are in `Memory`."""

    noise_there: float = 0.0  # probability per byte that a bit turns over
    noise_back: float = 0.0
    silent: bool = False
    garbled: bool = False  # another speed: no byte is the one that was sent
    cut_at: int = -1  # the power goes when that many pieces more have come from the laptop
    vanish_at: int = -1  # the port goes then


class UbootCharger:
    """Thread-safe. `start` before use, `stop` after it. `power(True)` switches it on."""

    def __init__(self, bootloader: Bootloader, clock: Clock | None = None, seed: int = 1) -> None:
        self.bootloader, self._clock = bootloader, clock or SystemClock()
        self.faults = UbootFaults()
        self.pieces = 0  # that came from the laptop
        self._random = random.Random(seed)
        self._lock = RLock()
        self._line: _PtyLine | _TcpLine | None = None
        self._tcp = False

    def start(self, tcp: bool = False) -> None:
        self._tcp = tcp
        self.plug()

    def stop(self) -> None:
        self.unplug()

    def plug(self) -> None:
        self._line = _TcpLine(self._exchange) if self._tcp else _PtyLine(self._exchange)
        self._line.start()

    def unplug(self) -> None:
        if self._line is not None:
            self._line.stop()
            self._line = None

    @property
    def address(self) -> str:
        """A port of this machine, or host:port. Another one after it was plugged in again."""
        assert self._line is not None
        return self._line.address

    def power(self, on: bool) -> None:
        with self._lock:
            self.bootloader.pass_time(self._clock.monotonic())
            self.bootloader.power(on)

    def cycle(self) -> None:
        self.power(False)
        self.power(True)

    def _exchange(self, data: bytes) -> bytes | None:
        """What it sends back, also unasked. None: the port is gone."""
        with self._lock:
            if data:
                self.pieces += 1
                if self._is_due("cut_at"):
                    self.bootloader.power(False)
                if self._is_due("vanish_at"):
                    return None
            out = self.bootloader.pass_time(self._clock.monotonic())
            if data:
                out += self.bootloader.hear(self._noisy(data, self.faults.noise_there))
            if self.faults.silent:
                return b""
            if self.faults.garbled:
                return bytes(byte | 0x80 for byte in out)
            return self._noisy(out, self.faults.noise_back)

    def _is_due(self, fault: str) -> bool:
        left = int(getattr(self.faults, fault))
        if left >= 0:
            setattr(self.faults, fault, left - 1)
        return left == 0

    def _noisy(self, data: bytes, probability: float) -> bytes:
        if not probability:
            return data
        turned = (
            byte ^ (1 << self._random.randrange(8) if self._random.random() < probability else 0) for byte in data
        )
        return bytes(turned)


Exchange = Callable[[bytes], bytes | None]


class _PtyLine:
    """A pseudo-terminal: its other end is a port of this machine."""

    def __init__(self, exchange: Exchange) -> None:
        if sys.platform == "win32":
            raise OSError(errno.ENOTSUP, "no pseudo-terminals here: use TCP")
        import tty

        self._exchange = exchange
        self._end, self._slave = os.openpty()  # ours stays open: the port outlives whoever opens and closes it
        tty.setraw(self._slave)
        self.address = os.ttyname(self._slave)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = Thread(target=self._run, name="virtual U-Boot", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self._stop_write, b"x")
        self._thread.join()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _run(self) -> None:
        try:
            while self._stop_read not in (ready := select.select([self._end, self._stop_read], [], [], TICK)[0]):
                data = os.read(self._end, 4096) if self._end in ready else b""
                out = self._exchange(data)
                if out is None:
                    return
                if out:
                    os.write(self._end, out)
        finally:
            os.close(self._end)
            os.close(self._slave)


class _TcpLine:
    """One connection at a time, as device servers have it. What is said meanwhile is lost."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="virtual U-Boot", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wake.close()
        self._thread.join()
        self._woken.close()

    def _run(self) -> None:
        client: socket.socket | None = None
        try:
            while True:
                sources = [self._woken, self._listener if client is None else client]
                ready = select.select(sources, [], [], TICK)[0]
                if self._woken in ready:
                    return
                if self._listener in ready:
                    client = self._listener.accept()[0]
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client = self._serve(client, client in ready)
        except _Gone:
            return
        finally:
            self._listener.close()
            if client is not None:
                client.close()

    def _serve(self, client: socket.socket | None, has_data: bool) -> socket.socket | None:
        """The client, unless it went."""
        try:
            data = client.recv(4096) if client is not None and has_data else b""
            closed = has_data and not data
            out = self._exchange(data)
            if out is None:
                raise _Gone
            if client is not None and out and not closed:
                client.sendall(out)
        except OSError:
            closed = True
        if client is not None and closed:
            client.close()
            return None
        return client


class _Gone(Exception):
    pass
