"""A virtual charger that is a microcontroller on a serial cable: on a pseudo-terminal, or on TCP where there is none.

Time passes between requests: what a restart or a power cut has led to is worked out when somebody looks or asks.
"""

import errno
import os
import select
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock, Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.lab.mcuboot import NO_SUCH_COMMAND, Make, Microcontroller
from fieldtool.lab.mcuboot_image import Firmware
from fieldtool.lab.smp_wire import Asked, Receiver, answer

LOG_LINE = b"[00:00:00.000,000] <inf> charger: started\r\n"


@dataclass(frozen=True, slots=True)
class Nameplate:
    serial: str
    vendor: str = "Lab"
    model: str = "CityPost 22"
    hardware: str = "B2"


@dataclass(frozen=True, slots=True)
class McuTiming:
    """Seconds. `lingers`: the old application goes on answering after it has promised to restart (measured: 0.2)."""

    lingers: float = 0.2
    dark: float = 0.4


@dataclass(frozen=True, slots=True)
class LineFaults:
    """What the line or the server does wrong with the next responses."""

    mute: int = 0  # are lost
    garbled: int = 0  # arrive with a wrong character
    late: int = 0  # come after the next request
    silent: bool = False  # nothing is answered at all
    ignores_reset: bool = False
    silent_reset: bool = False  # it restarts without a word
    cut_at: int = -1  # the power goes when this many more requests have arrived


class McubootCharger:
    """Thread-safe. `start` before use, `stop` after it."""

    def __init__(
        self,
        image: bytes,
        trusted: Ed25519PublicKey,
        nameplate: Nameplate,
        make: Make = Make(),  # noqa: B008  # frozen
        timing: McuTiming = McuTiming(),  # noqa: B008  # frozen
        clock: Clock | None = None,
    ) -> None:
        self._plate, self._timing, self._clock = nameplate, timing, clock or SystemClock()
        settings = {"charger/serial": nameplate.serial.encode() + b"\0"}
        self._lock = RLock()
        self._mcu = Microcontroller(image, trusted, self._words, settings, make)
        self.faults = LineFaults()
        self.charging = ""  # id of a connector
        self.in_service = True
        self.requests = 0
        self._dies: float | None = None  # moments, by the clock
        self._wakes = 0.0
        self._late: list[bytes] = []
        self._receiver = Receiver(make.buffer)
        self._line: _Line | None = None

    # ---- the cable --------------------------------------------------------------------------------------------------

    def start(self, tcp: bool = False) -> None:
        self._line = _TcpLine(self._heard) if tcp else _PtyLine(self._heard)
        self._line.start()

    def stop(self) -> None:
        if self._line is not None:
            self._line.stop()

    @property
    def address(self) -> str:
        """A port of this machine, or host:port."""
        assert self._line is not None
        return self._line.address

    # ---- the charger, as the lab sees it ----------------------------------------------------------------------------

    @property
    def mcu(self) -> Microcontroller:
        with self._lock:
            self._pass_time()
            return self._mcu

    @property
    def up(self) -> bool:
        with self._lock:
            self._pass_time()
            return self._clock.monotonic() >= self._wakes

    def power_cut(self, seconds: float = 0.1) -> None:
        with self._lock:
            self._dies, self._wakes = None, self._clock.monotonic() + seconds
            self._mcu.start()
            self._receiver = self._new_receiver()

    def _restart_later(self) -> None:
        self._mcu.restarting, now = True, self._clock.monotonic()
        self._dies = now + self._timing.lingers
        self._wakes = self._dies + self._timing.dark

    def _pass_time(self) -> None:
        """A restart that is due has happened. An image that hangs is restarted by its watchdog, and so taken back."""
        if self._dies is not None and self._clock.monotonic() >= self._dies:
            self._dies = None
            self._mcu.start()
            if (runs := self._mcu.runs) is not None and not runs.boots:
                self._mcu.start()
            self._receiver = self._new_receiver()

    def _new_receiver(self) -> Receiver:
        make = self._mcu.make
        return Receiver(make.recovery_buffer if self._mcu.in_bootloader else make.buffer)

    # ---- requests ---------------------------------------------------------------------------------------------------

    def _heard(self, data: bytes) -> bytes:
        """What the device sends back."""
        with self._lock:
            self._pass_time()
            dark = self._dies is None and self._clock.monotonic() < self._wakes
            if dark or self.faults.silent:
                return b""
            return b"".join(self._answer(asked) for asked in self._receiver.take(data))

    def _answer(self, asked: Asked) -> bytes:
        self.requests += 1
        faults = self.faults
        if faults.cut_at >= 0:
            self.faults = replace(faults, cut_at=faults.cut_at - 1)
            if faults.cut_at == 0:
                self.power_cut()
                return b""
        sent = answer(asked, self._mcu.answer(asked))
        if (asked.group, asked.command) == (0, 5) and not faults.ignores_reset:
            self._restart_later()
            if faults.silent_reset:
                return b""
        return self._over_the_line(sent)

    def _over_the_line(self, sent: bytes) -> bytes:
        faults, before = self.faults, b"".join(self._late)
        self._late.clear()
        if faults.mute > 0:
            self.faults, sent = replace(faults, mute=faults.mute - 1), b""
        elif faults.garbled > 0:
            self.faults, sent = replace(faults, garbled=faults.garbled - 1), sent.replace(sent[10:12], b"#!", 1)
        elif faults.late > 0:
            self.faults = replace(faults, late=faults.late - 1)
            self._late.append(sent)
            sent = b""
        return LOG_LINE + before + sent if self.requests == 1 else before + sent

    # ---- what its shell knows ---------------------------------------------------------------------------------------

    def _words(self, argv: tuple[str, ...]) -> tuple[int, str]:
        runs = self._mcu.runs
        told = self._told(runs) if runs is not None else {}
        if argv[:1] == ("charger",) and argv[1:] in (("out",), ("back",)):
            self.in_service = argv[1] == "back"
            return 0, ""
        if len(argv) == 2 and argv[0] == "charger" and argv[1] in told:
            return told[argv[1]]
        return NO_SUCH_COMMAND, f"{argv[0]}: command not found\n"

    def _told(self, runs: Firmware) -> dict[str, tuple[int, str]]:
        sick = runs.sick
        status = "faulted" if sick == "fault" else "occupied" if self.charging else "available"
        if status == "available" and not self.in_service:
            status = "unavailable"
        words = {
            "serial": self._plate.serial,
            "vendor": self._plate.vendor,
            "model": self._plate.model,
            "hardware": self._plate.hardware,
            "clock": str(int(self._clock.now().timestamp())),
            "connectors": f"1 {status}",
            "faults": "E-RELAY" if sick == "fault" else "",
            "sessions": f"connector {self.charging} is charging" if self.charging else "",
            "uptime": str(int(max(0.0, self._clock.monotonic() - self._wakes))) if self._wakes else "100",
        }
        checks = {"check": (1 if sick else 0, "")}
        return {name: (0, f"{line}\n" if line else "") for name, line in words.items()} | checks


# ---- lines -----------------------------------------------------------------------------------------------------------


class _PtyLine:
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


class _TcpLine:
    """One connection at a time, as device servers have it."""

    def __init__(self, heard: Callable[[bytes], bytes]) -> None:
        self._heard = heard
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
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


_Line = _PtyLine | _TcpLine
