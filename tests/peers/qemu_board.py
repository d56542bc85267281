"""A microcontroller board that QEMU plays: its flash, its power, and its serial line on a port of this machine.

Two things are not as the emulator would have them. Flash is filled through the debug port, once: QEMU's own loader
would write it again at every reset, and fake a revert. And what comes over the line while the board restarts is lost,
as on a real one: the emulated UART would keep those bytes, and take no more for good when its bootloader reads none.
"""

import json
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEADLINE = 30.0
AT_ONCE = 1_024  # bytes in one packet of the debug port
DARK = 0.3  # seconds that it is gone for in a restart: a real one hashes its slots for at least that long
_PAUSE = threading.Event()  # never set


@dataclass(frozen=True)
class Machine:
    """How QEMU is told what to play."""

    words: tuple[str, ...]
    flash: tuple[tuple[int, int], ...]  # (address, size) of what outlives a power cut
    awake: bytes  # what it prints when it listens again after a restart; b"": it always listens


class QemuBoard(threading.Thread):
    """One board. `close` in a finalizer; it ends the emulator and the port."""

    def __init__(self, folder: Path, machine: Machine, content: Iterable[tuple[int, bytes]]) -> None:
        super().__init__(name="board", daemon=True)
        import tty  # not on Windows

        self.port = folder / "tty"
        self.resets = 0  # of the running emulator
        self.carried = 0  # bytes to the board
        # It stands still as soon as it has said this, or got so many bytes, until one of the methods below.
        self.freeze_at, self.freeze_after = b"", 0
        self.freeze_at_write = 0  # address: when its processor writes there after the next restart
        self.frozen = threading.Event()
        self.said: list[tuple[str, bytes]] = []  # ("asked" | "answered" | "reset", what)
        self._folder, self._machine = folder, machine
        self._lock = threading.RLock()
        self._listens = False
        self._heard = b""
        self._events: list[dict[str, Any]] = []
        self._emulator: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._debug: socket.socket | None = None
        self._control: socket.socket | None = None
        self._unread = b""
        self._stop_read, self._stop_write = os.pipe()
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port.symlink_to(os.ttyname(self._theirs))
        try:
            self._switch_on(content)
        except BaseException:
            self._switch_off()
            self._close_files()
            raise
        self.start()

    def close(self) -> None:
        os.write(self._stop_write, b"x")
        self.join()
        self._switch_off()
        self._close_files()

    # ---- its power --------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """As a watchdog does it, wherever the board is."""
        with self._lock:
            self._tell("stop")
            self._start_over()

    def power_cycle(self, change: Callable[[int, bytes], bytes] = lambda address, content: content) -> None:
        """Off, and on again: RAM is lost. `change` may alter the flash in between. From the test's main thread."""
        with self._lock:
            self._tell("stop")
            kept = [(address, change(address, self.peek(address, size))) for address, size in self._machine.flash]
            self._switch_off()
            self._switch_on(kept)

    def peek(self, address: int, size: int) -> bytes:
        """What its processor would read there."""
        file = self._folder / "peeked"
        with self._lock:
            self._tell("memsave", val=address, size=size, filename=str(file))
        return file.read_bytes()

    def thaw(self) -> None:
        with self._lock:
            self._tell("cont")

    def _freeze(self) -> None:
        self.freeze_at, self.freeze_after = b"", 0
        self._tell("stop")
        self.frozen.set()

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline and self.is_alive(), self.said[-5:]
            _PAUSE.wait(0.01)

    def until_awake(self) -> None:
        self.until(lambda: self._listens)

    def _switch_on(self, content: Iterable[tuple[int, bytes]]) -> None:
        here = {name: self._folder / name for name in ("line", "control", "debug")}
        for path in here.values():
            path.unlink(missing_ok=True)
        command = [
            "setpriv", "--pdeathsig", "KILL", *self._machine.words, "-display", "none", "-monitor", "none",
            "-chardev", f"socket,id=con,path={here['line']},server=on,wait=off", "-serial", "chardev:con",
            "-qmp", f"unix:{here['control']},server=on,wait=off", "-gdb", f"unix:{here['debug']},server=on,wait=off",
            "-S", "-no-reboot", "-no-shutdown",  # a restart that the board asks for stops it: `_start_over` goes on
        ]  # fmt: skip
        self._emulator = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._control, self._unread = _connected(here["control"]), b""
        self._next_event(lambda event: "QMP" in event)
        self._tell("qmp_capabilities")
        with _connected(here["debug"]) as debug:
            for address, data in content:
                _write(debug, address, data)
        self._line = _connected(here["line"])
        self._start_over()
        self.resets = 0

    def _switch_off(self) -> None:
        if self._emulator is not None:
            self._emulator.kill()
            self._emulator.wait()
        for one in (self._line, self._control, self._debug):
            if one is not None:
                one.close()
        self._emulator = self._line = self._control = self._debug = None

    def _close_files(self) -> None:
        for one in (self._ours, self._theirs, self._stop_read, self._stop_write):
            os.close(one)

    def _start_over(self) -> None:
        """It stands still. What is on the way to it is lost, then it starts."""
        assert self._line is not None
        self._line.close()
        self._until_plugged(False)
        self._line = _connected(self._folder / "line")
        self._until_plugged(True)
        self._heard, self._listens = b"", not self._machine.awake
        self.said.append(("reset", b""))
        self._events.clear()
        self._tell("set-action", reboot="reset")
        self._tell("system_reset")
        self._next_event(lambda event: event.get("event") == "RESET")
        self._tell("set-action", reboot="shutdown")
        _PAUSE.wait(DARK)
        if self.freeze_at_write:
            self._watch()
        self._tell("cont")
        self.resets += 1

    def _watch(self) -> None:
        """Who has the debug port open is told when it stops."""
        self._debug = _connected(self._folder / "debug")
        _ask(self._debug, b"Z2,%x,4" % self.freeze_at_write)
        self.freeze_at_write = 0

    def _until_plugged(self, wanted: bool) -> None:
        """Until QEMU has seen it. What the board says to nobody is lost."""
        deadline = time.monotonic() + DEADLINE
        while True:
            (line,) = (one for one in self._tell("query-chardev") if one["label"] == "con")
            if line["filename"].startswith("disconnected:") != wanted:
                return
            assert time.monotonic() < deadline
            _PAUSE.wait(0.005)

    # ---- its line ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        while True:
            with self._lock:
                sources: list[Any] = [one for one in (self._line, self._control, self._debug) if one is not None]
            try:
                ready = select.select([self._stop_read, self._ours, *sources], [], [], 0.2)[0]
            except (OSError, ValueError):  # the power went just now
                continue
            if self._stop_read in ready:
                return
            with self._lock:
                if self._line in ready:
                    self._from_board()
                if self._control in ready:
                    self._from_control()
                if self._debug is not None and self._debug in ready:
                    self._debug.recv(4_096)
                    self.frozen.set()
                if self._ours in ready:
                    self._from_laptop()

    def _from_board(self) -> None:
        assert self._line is not None
        try:
            data = self._line.recv(4_096, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if not data:
            raise AssertionError("the emulator has ended")
        self.said.append(("answered", data))
        with suppress(BlockingIOError):
            os.write(self._ours, data)
        self._heard = (self._heard + data)[-4_096:]
        self._listens = self._listens or self._machine.awake in self._heard
        if self.freeze_at and self.freeze_at in self._heard:
            self._freeze()

    def _from_laptop(self) -> None:
        assert self._line is not None
        try:
            data = os.read(self._ours, 1_024)
        except OSError:
            return
        if not self._listens:
            return
        self.said.append(("asked", data))
        with suppress(OSError):
            self._line.sendall(data)
        self.carried += len(data)
        if 0 < self.freeze_after <= self.carried:
            self._freeze()

    def _from_control(self) -> None:
        self._events += self._read_events()
        stopped = [event for event in self._events if event.get("event") == "SHUTDOWN"]
        self._events.clear()
        if stopped:
            self._start_over()

    # ---- the emulator's control port (QMP) --------------------------------------------------------------------------

    def _tell(self, command: str, **arguments: object) -> Any:
        assert self._control is not None
        self._control.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        told = self._next_event(lambda event: "return" in event or "error" in event)
        assert "return" in told, (command, told)
        return told["return"]

    def _next_event(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Others stay for later."""
        assert self._control is not None
        deadline = time.monotonic() + DEADLINE
        while True:
            for number, event in enumerate(self._events):
                if wanted(event):
                    return self._events.pop(number)
            assert time.monotonic() < deadline
            select.select([self._control], [], [], DEADLINE)
            self._events += self._read_events()

    def _read_events(self) -> list[dict[str, Any]]:
        assert self._control is not None
        with suppress(BlockingIOError):  # another thread has read it
            self._unread += self._control.recv(65_536, socket.MSG_DONTWAIT)
        *lines, self._unread = self._unread.split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]


def _connected(path: Path) -> socket.socket:
    deadline = time.monotonic() + DEADLINE
    while True:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(str(path))
            return made
        except OSError:
            made.close()
            assert time.monotonic() < deadline
            _PAUSE.wait(0.005)


# ---- the debug port of QEMU (GDB's remote protocol) ------------------------------------------------------------------


def _packet(words: bytes) -> bytes:
    return b"$" + words + b"#%02x" % (sum(words) % 256)


def _write(port: socket.socket, address: int, data: bytes) -> None:
    for at in range(0, len(data), AT_ONCE):
        part = data[at : at + AT_ONCE]
        _ask(port, b"M%x,%x:" % (address + at, len(part)) + part.hex().encode())


def _ask(port: socket.socket, words: bytes) -> None:
    """Until it says OK."""
    port.sendall(_packet(words))
    heard = b""
    while b"$OK#" not in heard:
        more = port.recv(4_096)
        assert more and b"$E" not in heard, heard
        heard += more
    port.sendall(b"+")


def hex_file(text: str) -> Iterator[tuple[int, bytes]]:
    """Intel HEX as (address, content), joined where it goes on."""
    base, start, content = 0, 0, bytearray()
    for line in text.split():
        record = bytes.fromhex(line[1:])
        address, kind, data = base + int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 4:
            base = int.from_bytes(data, "big") << 16
        elif kind == 0:
            if content and start + len(content) != address:
                yield start, bytes(content)
                content = bytearray()
            start = start if content else address
            content += data
    yield start, bytes(content)
