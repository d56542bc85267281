"""A charger of the virtual site that no longer boots, and a bootloader that writes it anew.

The bootloader is the smallest that can be; what it starts is the lab's charger, reached by its normal driver.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldtool.core.clock import NEVER, SystemClock
from fieldtool.core.driver import EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import FirmwareImage, Identity, Link
from fieldtool.core.profile import Profile
from fieldtool.core.recovery import Recovery
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.lab.raucb import Image
from fieldtool.lab.ssh_charger import VirtualCharger
from fieldtool.lab.state import Slot, State

PROFILE_ID = "lab-dead"


@dataclass
class DeadCharger:
    """Its slots are empty. `breaks_at`: the cable is pulled when so many chunks were written, and put back."""

    charger: VirtualCharger
    told: Identity
    medium: dict[str, int] = field(default_factory=dict)
    chunks: int = 0
    breaks_at: int = -1
    unplugged_at: int = -1  # as `breaks_at`, and it stays unplugged
    at_prompt: bool = False
    power_cycles: int = 0
    starts_as: str = ""  # another version than was written
    sick: str = ""

    name: str = "fake-boot"
    schemes: frozenset[str] = frozenset({"serial"})

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator[Recovery]:
        yield self

    def _unplugged(self) -> bool:
        return self.chunks == self.unplugged_at

    def enter(self) -> Steps:
        if self._unplugged():
            raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="no such port")
        if not self.at_prompt:
            yield ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
            self.power_cycles += 1
        self.at_prompt = True
        yield Progress(0, 0)

    def identify(self) -> Identity:
        return self.told

    def fits(self, image: FirmwareImage) -> None:
        assert self.at_prompt

    def write(self, image: FirmwareImage) -> Steps:
        step = -(-image.length // 5)
        while self.medium.get(image.sha256, 0) < image.length:
            if self._unplugged() or self.chunks == self.breaks_at:
                self.breaks_at, self.at_prompt = -1, False
                raise LinkError(Text.LINK_LOST, address="/dev/ttyUSB0", detail="unplugged")
            self.medium[image.sha256] = min(image.length, self.medium.get(image.sha256, 0) + step)
            self.chunks += 1
            yield Progress(self.medium[image.sha256], image.length)

    def verify(self, image: FirmwareImage) -> Steps:
        yield Progress(0, 0)
        if self.medium.get(image.sha256, 0) < image.length:
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def start(self, image: FirmwareImage) -> Steps:
        yield Progress(0, 0)
        release = image.release
        version = self.starts_as or release.version
        made = Image(
            version, security_epoch=release.security_epoch, sha256=release.payload_hash, size=200_000, sick=self.sick
        )
        device = self.charger.device
        device.reflash(version)
        device.change(lambda state: state.with_slot(replace(state.booted, image=made)))
        device.change(
            lambda state: state.with_slot(
                replace(state.booted, note=replace(state.booted.note, sha256=made.sha256, version=version))
                if state.booted.note is not None
                else state.booted
            )
        )
        self.at_prompt = False
        self.charger.start()

    def log(self) -> tuple[str, ...]:
        return ("U-Boot 2023.01 (lab)",)


def dead_charger(folder: Path, charger: VirtualCharger) -> DeadCharger:
    """Also lays a profile into the data folder `folder` that says how it is brought back."""
    text = (resource("profiles") / "lab-citypost.toml").read_text()
    profiles = folder / "profiles"
    profiles.mkdir(exist_ok=True)
    made = text.replace('id = "lab-citypost"', f'id = "{PROFILE_ID}"') + '\n[recovery]\ndriver = "fake-boot"\n'
    (profiles / f"{PROFILE_ID}.toml").write_text(made)
    serial = charger.device.state.nameplate.serial
    return DeadCharger(charger, Identity("Lab", "CityPost 22", "B2", serial, {}))


def brick(charger: VirtualCharger) -> None:
    """Both slots are empty, and its power was cut: it stays dark."""
    charger.device.change(lambda state: replace(state, slots=_empty(state), memory=None))
    charger.device.cut_power(0.0)
    for _ in range(500):
        if not charger.reachable and not charger.device.on:
            return
        SystemClock().wait(NEVER, 0.01)
    raise AssertionError("it still runs")


def _empty(state: State) -> tuple[Slot, Slot]:
    first, second = state.slots
    return replace(first, image=None), replace(second, image=None)
