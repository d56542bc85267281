"""The real MCUboot with a real Zephyr application, on a board that QEMU plays: flash, bootloader and all."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from fieldtool.core.driver import Steps
from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.codecs.smp_frames import Frames
from fieldtool.drivers.mcuboot_smp import McubootSession, McubootSmp
from fieldtool.drivers.smp_line import SmpPatience
from fieldtool.lab.mcuboot_image import image_of
from tests.lab_chargers import KnownCredentials
from tests.peers.qemu_board import Machine, QemuBoard, hex_file

MICROBIT = "zephyr_4.4.0_smp_server_0eae053d_qemu_cortex_m0_serial"
MACHINE = Machine(
    ("qemu-system-arm", "-cpu", "cortex-m0", "-machine", "microbit"), ((0, 0x40000),), b"*** Booting Zephyr OS"
)
SLOT_0 = 0x8000
SERIAL = "684c9e8f32e4"  # what it says instead of one: the name of its build
MODEL, HARDWARE = "qemu_cortex_m0/nrf51822", "cortex-m0"
FACTS = 4 + 4 + 32  # list of facts without a signature: its head, and the hash
DRIVER = McubootSmp(patience=SmpPatience(answer=0.5))

# The application has neither a shell nor settings, and serves nobody: what Zephyr tells of itself stands in for what a
# charger would. Its uptime is a counter of its own, in seconds.
PROFILE = parse_profile(
    {
        "schema": 1,
        "id": "qemu-microbit",
        "driver": "mcuboot-smp",
        "charger": {"vendor": "Zephyr", "models": [MODEL]},
        "facts": {"serial": "info r", "vendor": "info s", "model": "info i", "hardware": "info p", "version": "image"},
        "health": {
            "in_use": "echo",
            "uptime": "stat smp_svr_stats ticks",
            "checks": {"application": "echo are you there"},
        },
        "restart": {"seconds": 20, "settle_seconds": 1},
    },
    "qemu-microbit",
)


class Board(QemuBoard):
    """A running board with MCUboot and the application in slot 0."""

    def __init__(self, files: Path, folder: Path) -> None:
        signed = (files / f"{MICROBIT}.signed.bin").read_bytes()
        header, size = int.from_bytes(signed[8:10], "little"), int.from_bytes(signed[12:16], "little")
        self.application = signed[header : header + size]  # without header and facts
        super().__init__(folder, MACHINE, hex_file((files / f"{MICROBIT}.merged.hex").read_text()))

    @property
    def profile(self) -> Profile:
        return PROFILE

    @property
    def credentials(self) -> KnownCredentials:
        return KnownCredentials(SERIAL, None, None, None)

    def component(self) -> Component:
        return Component("main", HARDWARE, "mcuboot-smp", Link("serial", str(self.port)))

    @contextmanager
    def session(self) -> Iterator[McubootSession]:
        with DRIVER.open(self.component(), PROFILE, self.credentials) as session:
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
            models=(MODEL,), hardware=(HARDWARE,), component="main", version=version, format="mcuboot",
            payload_hash=digest,
        )  # fmt: skip
        return FirmwareImage(path, release)

    def said_after(self, reset: int) -> bytes:
        """All that came over its line between that reset and the next one, bootloader and application."""
        return b"".join(data for kind, data in self._between(reset) if kind == "answered")

    def answers(self, begin: int = 0, until_reset: int = 0) -> list[smp.Response]:
        """Without refusals: what the application answered since `said` had that length, or between two resets."""
        heard = b"".join(data for kind, data in self.said[begin:] if kind == "answered")
        packets = Frames().feed(self.said_after(until_reset - 1) if until_reset else heard)
        return [response for response in map(smp.parse, packets) if response is not None and not response.refusal]

    def _between(self, reset: int) -> list[tuple[str, bytes]]:
        said = list(self.said)
        numbers = [number for number, (kind, _) in enumerate(said) if kind == "reset"]
        return said[numbers[reset] : [*numbers, len(said)][numbers.index(numbers[reset]) + 1]]


def finish(steps: Steps) -> None:
    for _ in steps:
        pass


@contextmanager
def board(files: Path, folder: Path) -> Iterator[Board]:
    made = Board(files, folder)
    try:
        made.until_awake()
        yield made
    finally:
        made.close()
