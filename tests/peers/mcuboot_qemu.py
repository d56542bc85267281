"""The real MCUboot with a real Zephyr application, on a board that QEMU plays: flash, bootloader and all.

Flash is filled through the emulator's debug port, once: its own loader would write slot 0 again at every reset and fake
a revert (measured).
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event

from fieldtool.core.driver import Steps
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.drivers.mcuboot_smp import McubootSession, McubootSmp
from fieldtool.drivers.smp_line import SmpPatience
from fieldtool.lab.mcuboot_image import image_of
from tests.lab_chargers import KnownCredentials

MICROBIT = "zephyr_4.4.0_smp_server_0eae053d_qemu_cortex_m0_serial"
SERIAL = "684c9e8f32e4"  # what it says instead of one: the name of its build
FLASH_AT_ONCE = 1_024
DEADLINE = 30.0
QUIET = 1.5  # seconds without a word after which no reset goes on

# The application has neither a shell nor settings: what Zephyr tells of itself stands in for what a charger would.
PROFILE = parse_profile(
    {
        "schema": 1,
        "id": "qemu-microbit",
        "driver": "mcuboot-smp",
        "charger": {"vendor": "Zephyr", "models": ["qemu_cortex_m0/nrf51822"]},
        "facts": {"serial": "info r", "vendor": "info s", "model": "info i", "hardware": "info p", "version": "image"},
        "health": {"in_use": "info m", "checks": {"application": "info s"}},
        "restart": {"seconds": 20},
    },
    "qemu-microbit",
)


@dataclass
class Board:
    """A running board; `address` is where its serial line answers."""

    address: str
    application: bytes  # what runs in slot 0, without header and facts

    @property
    def profile(self) -> Profile:
        return PROFILE

    def component(self) -> Component:
        return Component("main", "cortex-m0", "mcuboot-smp", Link("serial-tcp", self.address))

    @contextmanager
    def session(self) -> Iterator[McubootSession]:
        driver = McubootSmp(patience=SmpPatience(answer=2.0))
        with driver.open(self.component(), PROFILE, KnownCredentials(SERIAL, None, None, None)) as session:
            yield session

    def image(self, folder: Path, version: str, damaged_at: int = 0, payload: bytes = b"") -> FirmwareImage:
        """The running application under another version, or something that does not run."""
        content = bytearray(image_of(payload or self.application, version))
        if damaged_at:
            content[damaged_at] ^= 1
        path = folder / f"{version}.bin"
        path.write_bytes(content)
        digest = sha256(image_of(payload or self.application, version)[:-FACTS]).hexdigest()
        release = Release(
            target=path.name, length=len(content), sha256=sha256(content).hexdigest(), vendor="Zephyr",
            models=("qemu_cortex_m0/nrf51822",), hardware=("cortex-m0",), component="main", version=version,
            format="mcuboot", payload_hash=digest,
        )  # fmt: skip
        return FirmwareImage(path, release)

    def wait_for(self, version: str) -> None:
        """Until the application with this version answers. A request in mid-reset would hang QEMU's line."""
        self._listen_until_quiet()
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            with self.session() as session:
                if session.observe().running == version:
                    return
        raise AssertionError(f"{version} did not start")

    def _listen_until_quiet(self) -> None:
        """Say nothing while a reset may go on: bootloader and application print meanwhile."""
        host, _, port = self.address.rpartition(":")
        deadline = time.monotonic() + DEADLINE
        with socket.create_connection((host, int(port)), QUIET) as line:
            while time.monotonic() < deadline:
                try:
                    assert line.recv(4_096), "the emulator has ended"
                except TimeoutError:
                    return
        raise AssertionError("it never falls silent")


FACTS = 4 + 4 + 32  # list of facts without a signature: its head, and the hash


def finish(steps: Steps) -> None:
    for _ in steps:
        pass


@contextmanager
def board(files: Path, folder: Path) -> Iterator[Board]:
    line, debug = _free_port(), _free_port()
    chardev = f"socket,id=con,host=127.0.0.1,port={line},server=on,wait=off,nodelay=on"
    command = [
        "qemu-system-arm", "-cpu", "cortex-m0", "-machine", "microbit", "-display", "none", "-monitor", "none",
        "-chardev", chardev, "-serial", "chardev:con", "-S", "-gdb", f"tcp:127.0.0.1:{debug}",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL) as emulator:
        try:
            with _connected(debug) as port:
                for address, data in _hex_file((files / f"{MICROBIT}.merged.hex").read_text()):
                    _write(port, address, data)
                _tell(port, b"qRcmd," + b"system_reset".hex().encode())
                port.sendall(_packet(b"D"))  # let go: it runs
            signed = (files / f"{MICROBIT}.signed.bin").read_bytes()
            header, size = int.from_bytes(signed[8:10], "little"), int.from_bytes(signed[12:16], "little")
            found = Board(f"127.0.0.1:{line}", signed[header : header + size])
            found.wait_for("0.0.0")
            yield found
        finally:
            emulator.kill()


# ---- the debug port of QEMU (GDB's remote protocol) ------------------------------------------------------------------


def _packet(words: bytes) -> bytes:
    return b"$" + words + b"#%02x" % (sum(words) % 256)


def _tell(port: socket.socket, words: bytes) -> None:
    """Until it says OK."""
    port.sendall(_packet(words))
    heard = b""
    while b"$OK#" not in heard:
        more = port.recv(4_096)
        assert more and b"$E" not in heard, heard
        heard += more
    port.sendall(b"+")


def _write(port: socket.socket, address: int, data: bytes) -> None:
    for at in range(0, len(data), FLASH_AT_ONCE):
        part = data[at : at + FLASH_AT_ONCE]
        _tell(port, b"M%x,%x:" % (address + at, len(part)) + part.hex().encode())


def _hex_file(text: str) -> list[tuple[int, bytes]]:
    """Intel HEX as (address, content), joined where it goes on."""
    found: list[tuple[int, bytearray]] = []
    base = 0
    for line in text.split():
        record = bytes.fromhex(line[1:])
        address, kind, data = base + int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 4:
            base = int.from_bytes(data, "big") << 16
        elif kind == 0 and found and found[-1][0] + len(found[-1][1]) == address:
            found[-1][1].extend(data)
        elif kind == 0:
            found.append((address, bytearray(data)))
    return [(address, bytes(content)) for address, content in found]


def _connected(number: int) -> socket.socket:
    deadline, pause = time.monotonic() + DEADLINE, Event()
    while True:
        try:
            return socket.create_connection(("127.0.0.1", number), 5.0)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            pause.wait(0.02)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
