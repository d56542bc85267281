"""Virtual chargers with U-Boot that no longer boot, and what revives them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from fieldtool.core.driver import ManualStep, Progress, Steps
from fieldtool.core.model import FirmwareImage, Link, Release
from fieldtool.core.profile import Profile
from fieldtool.drivers.uboot_line import UbootPatience
from fieldtool.drivers.uboot_serial import UbootRecovery, UbootSerial
from fieldtool.lab.uboot import ENVIRONMENT, Bootloader, Nameplate
from fieldtool.lab.uboot_charger import UbootCharger
from fieldtool.lab.uboot_image import Firmware, image_of
from fieldtool.lab.uboot_memory import BLOCK, Memory
from tests.lab_chargers import lab_profile

MAKER, STRANGER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (0x1234567, 0x7654321))
SLOTS = {"A": 0x1000 * BLOCK, "B": 0x2000 * BLOCK}
QUICK = UbootPatience(
    echo=0.3, prompt=0.15, flush=0.15, command=1.0, write=1.0, packet=0.4, close=0.2, power=1.0, caught=0.6,
    interrupts=2, tries=6,
)  # fmt: skip
FILLER = bytes(range(256)) * 12


@dataclass
class DeadCharger:
    charger: UbootCharger
    folder: Path
    tcp: bool

    @property
    def bootloader(self) -> Bootloader:
        return self.charger.bootloader

    @property
    def memory(self) -> Memory:
        return self.charger.bootloader.memory

    @property
    def link(self) -> Link:
        return Link("serial-tcp" if self.tcp else "serial", self.charger.address)

    def profile(self, **changes: str) -> Profile:
        profile = lab_profile("lab-uboot")
        recovery = {**profile.recovery, "chunk": "1024", "seconds": "1", **changes}
        return replace(profile, recovery={key: value for key, value in recovery.items() if value})

    def image(self, version: str = "3.1.0", content: bytes | None = None, **changes: object) -> FirmwareImage:
        if content is None:
            content = image_of(Firmware(version), MAKER, FILLER)
        path = self.folder / f"{version}.itb"
        path.write_bytes(content)
        digest = sha256(content).hexdigest()
        facts: dict[str, object] = {
            "target": path.name, "length": len(content), "sha256": digest, "vendor": "Lab",
            "models": ("CityPost 22",), "hardware": ("B2",), "component": "main", "version": version, "format": "fit",
            "payload_hash": digest,
        }  # fmt: skip
        return FirmwareImage(path, Release(**{**facts, **changes}))  # type: ignore[arg-type]  # of mixed types

    @contextmanager
    def recovery(self, patience: UbootPatience = QUICK, **changes: str) -> Iterator[UbootRecovery]:
        with UbootSerial(patience=patience).open(self.link, self.profile(**changes)) as recovery:
            yield recovery

    def enter(self, recovery: UbootRecovery) -> None:
        switched = False
        for step in recovery.enter():
            if isinstance(step, ManualStep) and not switched:
                self.charger.cycle()
                switched = True

    def revive(self, image: FirmwareImage, **changes: str) -> tuple[str, ...]:
        with self.recovery(**changes) as recovery:
            self.enter(recovery)
            recovery.fits(image)
            finish(recovery.write(image))
            finish(recovery.verify(image))
            finish(recovery.start(image))
            return recovery.log()

    def holds(self, image: FirmwareImage, slot: str = "B") -> bool:
        return self.memory.medium[SLOTS[slot] :].startswith(image.path.read_bytes())


def finish(steps: Steps) -> list[Progress]:
    return [step for step in steps if isinstance(step, Progress)]


@contextmanager
def dead_charger(folder: Path, tcp: bool = False) -> Iterator[DeadCharger]:
    settings = {**ENVIRONMENT, "bootdelay": "0"}
    charger = UbootCharger(Bootloader(Nameplate("LAB-2207"), MAKER.public_key(), Memory(), settings))
    charger.start(tcp)
    try:
        yield DeadCharger(charger, folder, tcp)
    finally:
        charger.stop()
