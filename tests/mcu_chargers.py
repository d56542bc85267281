"""Virtual chargers on a serial cable for tests, as `tests/lab_chargers.py` has those that are reached by SSH.

with mcu_charger(tmp_path, version="2.4.0") as charger:
    with driver.open(charger.component(), charger.profile, charger.credentials) as session: ...
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Event

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldtool.core.model import Component, FirmwareImage, Link, Release
from fieldtool.core.profile import Profile
from fieldtool.drivers.mcuboot_smp import McubootSmp
from fieldtool.drivers.smp_line import SmpPatience
from fieldtool.lab.mcuboot import Make, Microcontroller
from fieldtool.lab.mcuboot_charger import LineFaults, McubootCharger, McuTiming, Nameplate
from fieldtool.lab.mcuboot_image import McubootImage, make_image
from tests.lab_chargers import DEADLINE, TRUSTED, KnownCredentials, lab_profile

FAST = McuTiming(lingers=0.05, dark=0.1)
PATIENT = SmpPatience(answer=1.0, erase=2.0)
HASTY = SmpPatience(answer=0.1, erase=0.2)
DRIVER = McubootSmp(patience=PATIENT)


@cache
def signing_key(name: str) -> Ed25519PrivateKey:
    """One per name and test session: "Lab" is what chargers trust."""
    return Ed25519PrivateKey.generate()


class McuCharger:
    """A running virtual charger, and what a test wants to know of it."""

    def __init__(self, folder: Path, serial: str, version: str, make: Make, timing: McuTiming) -> None:
        self.folder, self.serial = folder, serial
        self.old = self.file(version)
        plate = Nameplate(serial)
        self.charger = McubootCharger(
            self.old.path.read_bytes(), signing_key(TRUSTED).public_key(), plate, make, timing
        )
        self.tcp = False

    # -- how to reach it

    @property
    def link(self) -> Link:
        return Link("serial-tcp" if self.tcp else "serial", self.charger.address)

    def component(self) -> Component:
        return Component("main", "B2", "mcuboot-smp", self.link)

    @property
    def credentials(self) -> KnownCredentials:
        return KnownCredentials(self.serial, None, None, None)

    @property
    def profile(self) -> Profile:
        return lab_profile("lab-mcuboot")

    # -- what it is, and what happens to it

    @property
    def mcu(self) -> Microcontroller:
        return self.charger.mcu

    def fault(self, **faults: object) -> None:
        self.charger.faults = replace(LineFaults(), **faults)  # type: ignore[arg-type]  # checked by the dataclass

    def until(self, condition: Callable[[], object]) -> None:
        deadline, pause = time.monotonic() + DEADLINE, Event()
        while not condition():
            assert time.monotonic() < deadline
            pause.wait(0.005)

    def wait_restarted(self, since: int) -> None:
        self.until(lambda: self.mcu.starts > since and self.charger.up)

    # -- firmware for it

    def file(
        self, version: str, *, signer: str = TRUSTED, size: int = 20_000, boots: bool = True, sick: str = ""
    ) -> McubootImage:
        path = self.folder / f"{version}-{signer}-{size}-{boots}-{sick}.bin"
        return make_image(path, version, signing_key(signer), size, boots, sick)

    def as_image(self, made: McubootImage, payload_hash: str = "") -> FirmwareImage:
        content = made.path.read_bytes()
        release = Release(
            target=f"lab/{made.path.name}", length=len(content), sha256=sha256(content).hexdigest(), vendor="Lab",
            models=("CityPost 22",), hardware=("B2",), component="main", version=made.version, format="mcuboot",
            payload_hash=payload_hash or made.payload_hash,
        )  # fmt: skip
        return FirmwareImage(made.path, release)

    def image(self, version: str, **how: object) -> FirmwareImage:
        return self.as_image(self.file(version, **how))  # type: ignore[arg-type]  # those of `file`


@contextmanager
def mcu_charger(
    folder: Path,
    *,
    serial: str = "000731",
    version: str = "2.4.0",
    make: Make = Make(),  # noqa: B008  # frozen
    timing: McuTiming = FAST,
    tcp: bool = False,
) -> Iterator[McuCharger]:
    """A charger on a pseudo-terminal, or on loopback TCP, for the block."""
    made = McuCharger(folder, serial, version, make, timing)
    made.tcp = tcp
    made.charger.start(tcp)
    try:
        yield made
    finally:
        made.charger.stop()
