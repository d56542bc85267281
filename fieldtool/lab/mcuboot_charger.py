"""A virtual charger that is a microcontroller on a serial cable: on a pseudo-terminal, or on TCP where there is none.

Time passes between requests: what a restart or a power cut has led to is worked out when somebody looks or asks.
"""

import math
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Event, RLock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.lab.faults import NO_FAULTS, Faults
from fieldtool.lab.mcuboot import NO_SUCH_COMMAND, Flash, Make, Microcontroller
from fieldtool.lab.mcuboot_image import Firmware
from fieldtool.lab.mcuboot_lines import Line, PtyLine, TcpLine
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


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives the end of the lab."""

    flash: Flash
    shown: Faults = NO_FAULTS
    charging: str = ""
    in_service: bool = True
    cut_sessions: int = 0


class McubootCharger:
    """Thread-safe. `start` before use, `stop` after it. `on_change` gets what is to be kept, before anybody is told."""

    def __init__(
        self,
        image: bytes,
        trusted: Ed25519PublicKey,
        nameplate: Nameplate,
        make: Make = Make(),  # noqa: B008  # frozen
        timing: McuTiming = McuTiming(),  # noqa: B008  # frozen
        clock: Clock | None = None,
        on_change: Callable[[Kept], None] = lambda kept: None,
    ) -> None:
        self._plate, self._timing, self._clock, self._on_change = nameplate, timing, clock or SystemClock(), on_change
        self._settings: dict[str, bytes] = {}
        self._lock = RLock()
        self._mcu = Microcontroller(image, trusted, self._words, self._settings, make)
        self.faults = LineFaults()
        self.shown = NO_FAULTS  # of the lab: those that `fieldtool.lab.mcuboot_faults` knows
        self.charging = ""  # id of a connector
        self.in_service = True
        self.cut_sessions = 0  # that a restart or a cut ended
        self.requests = 0
        self._dies: float | None = None  # moments, by the clock
        self._wakes = 0.0
        self._asleep = False  # it has gone down, and has not started again
        self._late: list[bytes] = []
        self._receivers: list[Receiver] = []  # one per line
        self._lines: list[Line] = []
        self._unplugged = Event()
        self._show_serial()
        self._last = self.kept

    # ---- the cable --------------------------------------------------------------------------------------------------

    def start(self, tcp: bool = False) -> None:
        if tcp:
            bound = socket.socket()
            bound.bind(("127.0.0.1", 0))
        self.plug_in(bound if tcp else None, terminal=not tcp)

    def plug_in(self, bound: socket.socket | None, terminal: bool) -> None:
        """Answer on a bound socket, which is ours from now on, and on a pseudo-terminal. OSError: there is none."""
        self._unplugged = Event()
        if bound is not None:
            self._lines.append(TcpLine(self._ear(), bound))
        if terminal:
            self._lines.append(PtyLine(self._ear()))
        for line in self._lines:
            line.start()

    def _ear(self) -> Callable[[bytes], bytes]:
        with self._lock:
            self._receivers.append(self._new_receiver())
            return partial(self._heard, len(self._receivers) - 1)

    def stop(self) -> None:
        self._unplugged.set()
        for line in self._lines:
            line.stop()
        self._lines.clear()
        with self._lock:
            self._receivers.clear()

    @property
    def address(self) -> str:
        """A port of this machine, or host:port."""
        return self._lines[0].address

    @property
    def terminal(self) -> str:
        """A port of this machine; "" = there is none."""
        return next((line.address for line in self._lines if isinstance(line, PtyLine)), "")

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

    @property
    def kept(self) -> Kept:
        with self._lock:
            return Kept(self._mcu.flash, self.shown, self.charging, self.in_service, self.cut_sessions)

    def restore(self, kept: Kept) -> None:
        """Be what was kept, without power."""
        with self._lock:
            self._mcu.flash, self.shown, self.charging = kept.flash, kept.shown, kept.charging
            self.in_service, self.cut_sessions = kept.in_service, kept.cut_sessions
            self._dies, self._wakes, self._asleep = None, math.inf, True
            self._last = kept
            self._show_serial()

    def show(self, shown: Faults) -> None:
        with self._lock:
            self.shown = shown
            self._show_serial()
            self._keep()

    def charge(self, connector: str) -> None:
        """A car begins to charge there; "" = the car leaves."""
        with self._lock:
            self.charging = connector
            self._keep()

    def rewrite(self, image: bytes) -> None:
        """This in slot 0 and nothing else, by whoever can write the flash."""
        with self._lock:
            self._mcu.flash = Flash((image, b""), starts=self._mcu.starts)
            self._keep()

    def power_cut(self, seconds: float = 0.1) -> None:
        with self._lock:
            self._dies, self._asleep = None, True
            self._wakes = self._clock.monotonic() + seconds if not self.shown.no_return else math.inf
            self._lose_session()
            self._pass_time()

    def power_on(self) -> None:
        with self._lock:
            if self._dies is None:
                self._wakes = min(self._wakes, self._clock.monotonic())
            self._pass_time()

    def restart(self) -> None:
        """In good order."""
        with self._lock:
            self._restart_later()

    def _restart_later(self) -> None:
        self._mcu.restarting, now = True, self._clock.monotonic()
        self._dies = now + self._timing.lingers
        self._wakes = self._dies + self._timing.dark if not self.shown.no_return else math.inf

    def _pass_time(self) -> None:
        """A restart that is due has happened. An image that hangs is restarted by its watchdog, and so taken back."""
        now = self._clock.monotonic()
        if self._dies is not None and now >= self._dies:
            self._dies, self._asleep = None, True
            self._lose_session()
        if self._asleep and now >= self._wakes:
            self._asleep = False
            self._mcu.start()
            if (runs := self._mcu.runs) is not None and not runs.boots:
                self._mcu.start()
            if self.shown.other_serial_later:
                self.shown = replace(self.shown, other_serial=self.shown.other_serial_later, other_serial_later="")
                self._show_serial()
            self._receivers = [self._new_receiver() for _ in self._receivers]
            self._keep()

    def _lose_session(self) -> None:
        if self.charging:
            self.charging, self.cut_sessions = "", self.cut_sessions + 1
            self._keep()

    def _show_serial(self) -> None:
        self._settings["charger/serial"] = self._serial.encode() + b"\0"

    @property
    def _serial(self) -> str:
        return self.shown.other_serial or self._plate.serial

    def _keep(self) -> None:
        now = self.kept
        if now != self._last:
            self._last = now
            self._on_change(now)

    def _new_receiver(self) -> Receiver:
        make = self._mcu.make
        return Receiver(make.recovery_buffer if self._mcu.in_bootloader else make.buffer)

    # ---- requests ---------------------------------------------------------------------------------------------------

    def _heard(self, line: int, data: bytes) -> bytes:
        """What the device sends back."""
        self._travel(len(data))
        with self._lock:
            self._pass_time()
            dark = self._dies is None and self._clock.monotonic() < self._wakes
            if dark or self.faults.silent or self.shown.stall or line >= len(self._receivers):
                return b""
            sent = b"".join(self._answer(asked) for asked in self._receivers[line].take(data))
            self._keep()
        self._travel(len(sent))
        return sent

    def _travel(self, size: int) -> None:
        """The time that so many bytes need on a slow line."""
        if self.shown.slow > 0 and size:
            self._clock.wait(self._unplugged, size / self.shown.slow)

    def _answer(self, asked: Asked) -> bytes:
        self.requests += 1
        faults = self.faults
        if faults.cut_at >= 0:
            self.faults = replace(faults, cut_at=faults.cut_at - 1)
            if faults.cut_at == 0:
                self.power_cut()
                return b""
        struck = self._struck(asked)
        if struck is None:
            return b""
        before = list(self._mcu.slots)
        sent = answer(asked, self._mcu.answer(struck))
        for slot, content in enumerate(self._mcu.slots):
            if content and content is not before[slot]:
                self._mcu.spoil(slot, not self.shown.no_boot, self.shown.bad_health)
        if (asked.group, asked.command) == (0, 5) and not self._ignores_restart():
            self._restart_later()
            if faults.silent_reset:
                return b""
        return self._over_the_line(sent)

    def _ignores_restart(self) -> bool:
        left = self.shown.restart_ignored
        self.shown = replace(self.shown, restart_ignored=max(0, left - 1))
        return left > 0 or self.faults.ignores_reset

    def _struck(self, asked: Asked) -> Asked | None:
        """What is left of a request when the faults that wait for a byte of an upload have struck. None: power went."""
        at, data, shown = asked.body.get("off"), asked.body.get("data"), self.shown
        upload = (asked.group, asked.command, asked.write) == (1, 1, True)
        if not upload or not isinstance(at, int) or not isinstance(data, bytes):
            return asked
        end = at + len(data)
        if 0 <= shown.session_at_byte < end:
            self.charging, self.shown = "1", replace(self.shown, session_at_byte=-1)
        if 0 <= shown.cut_at_byte < end:
            self.shown = replace(self.shown, cut_at_byte=-1)
            self.power_cut(shown.dark_seconds or self._timing.dark)
            return None
        if not at <= shown.flip_at_byte < end:
            return asked
        self.shown, flipped = replace(self.shown, flip_at_byte=-1), bytearray(data)
        flipped[shown.flip_at_byte - at] ^= 1
        return replace(asked, body={**asked.body, "data": bytes(flipped)})

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
            self.in_service = argv[1] == "back" and not self.shown.stays_out
            return 0, ""
        if len(argv) == 2 and argv[0] == "charger" and argv[1] in told:
            return told[argv[1]]
        return NO_SUCH_COMMAND, f"{argv[0]}: command not found\n"

    def _told(self, runs: Firmware) -> dict[str, tuple[int, str]]:
        sick, shown, now = runs.sick, self.shown, self._clock.now().timestamp()
        codes = ("E-RELAY" if sick == "fault" else "", shown.alarm)
        status = "faulted" if sick == "fault" else "occupied" if self.charging else "available"
        if status == "available" and (not self.in_service or sick == "connector"):
            status = "unavailable"
        words = {
            "serial": self._serial,
            "vendor": self._plate.vendor,
            "model": self._plate.model,
            "hardware": self._plate.hardware,
            "clock": str(int(now + shown.clock_offset + (3600 if sick == "clock" else 0))),
            "connectors": f"1 {status}",
            "faults": "\n".join(code for code in codes if code),
            "sessions": f"connector {self.charging} is charging" if self.charging else "",
            "uptime": str(int(max(0.0, self._clock.monotonic() - self._wakes))) if self._wakes else "100",
        }
        checks = {"check": (1 if sick in ("fault", "check") else 0, "")}
        return {name: (0, f"{line}\n" if line else "") for name, line in words.items()} | checks
