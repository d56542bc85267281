"""The real MCUboot with serial recovery, on a board that QEMU plays: without an application it takes one on its line.

It copies images to RAM and runs them there (RAM_LOAD). Its flash is memory that outlives power cuts: we carry it over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile, parse_profile
from fieldtool.drivers.mcuboot_recovery import McubootRecoverer
from fieldtool.drivers.mcuboot_smp import McubootSession, McubootSmp
from fieldtool.drivers.smp_line import SmpPatience
from tests.lab_chargers import KnownCredentials
from tests.peers.qemu_board import Machine, QemuBoard, hex_file

MPS2 = "zephyr_f33aa2bc4a43_smp_server_27c54835_mps2_an385_serial_recovery"
SLOT_0 = (0x20050000, 0x40000)  # address and size
MACHINE = Machine(("qemu-system-arm", "-cpu", "cortex-m3", "-machine", "mps2-an385"), ((0, 0x10000), SLOT_0), b"")
SERIAL = "f33aa2bc4a43"  # what it says instead of one: the name of its build
MODEL, HARDWARE = "mps2/an385", "cortex-m3"
FACTS = 4 + 4 + 32  # list of facts without a signature: its head, and the hash
QUICK = SmpPatience(answer=1.0)
DRIVER = McubootSmp(patience=QUICK)
RECOVERER = McubootRecoverer(patience=QUICK, power=20.0)

PROFILE = parse_profile(
    {
        "schema": 1,
        "id": "qemu-mps2",
        "driver": "mcuboot-smp",
        "charger": {"vendor": "Zephyr", "models": [MODEL]},
        "facts": {"serial": "info r", "vendor": "info s", "model": "info i", "hardware": "info p", "version": "image"},
        "health": {
            "in_use": "echo",
            "uptime": "stat smp_svr_stats ticks",
            "checks": {"application": "echo are you there"},
        },
        "recovery": {"driver": "mcuboot-recovery", "format": "mcuboot", "read_back": "none"},
        "restart": {"seconds": 15, "settle_seconds": 1},
    },
    "qemu-mps2",
)


class RecoveryBoard(QemuBoard):
    """Dead: its slot is empty, or filled with garbage."""

    def __init__(self, files: Path, folder: Path, slot: bytes = b"") -> None:
        self.built = (files / f"{MPS2}.signed.bin").read_bytes()
        content = [*hex_file((files / f"{MPS2}.hex").read_text())]
        super().__init__(folder, MACHINE, [*content, (SLOT_0[0], slot)] if slot else content)

    @property
    def profile(self) -> Profile:
        return PROFILE

    @property
    def credentials(self) -> KnownCredentials:
        return KnownCredentials(SERIAL, None, None, None)

    @property
    def link(self) -> Link:
        return Link("serial", str(self.port))

    @contextmanager
    def session(self) -> Iterator[McubootSession]:
        with DRIVER.open(Component("main", HARDWARE, "mcuboot-smp", self.link), PROFILE, self.credentials) as session:
            yield session

    def image(self, folder: Path, version: str, damaged_at: int = 0) -> FirmwareImage:
        """The application as it was built, under another version."""
        content = bytearray(self.built)
        content[20:28] = bytes([*(int(part) for part in version.split(".")), 0, 0, 0, 0, 0])
        digest = sha256(content[:-FACTS]).digest()
        content[-32:] = digest
        if damaged_at:
            content[damaged_at] ^= 1
        path = folder / f"{version}.bin"
        path.write_bytes(content)
        release = Release(
            target=path.name, length=len(content), sha256=sha256(content).hexdigest(), vendor="Zephyr",
            models=(MODEL,), hardware=(HARDWARE,), component="main", version=version, format="mcuboot",
            payload_hash=digest.hex(),
        )  # fmt: skip
        return FirmwareImage(path, release)


@contextmanager
def dead_board(files: Path, folder: Path, slot: bytes = b"") -> Iterator[RecoveryBoard]:
    made = RecoveryBoard(files, folder, slot)
    try:
        yield made
    finally:
        made.close()
