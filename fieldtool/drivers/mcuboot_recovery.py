"""Microcontrollers whose application is dead, brought back through MCUboot's own serial recovery.

The bootloader answers a few SMP requests and takes an image for the slot that starts. It tells nothing about the
charger: serial number and hardware come from the label and the work order. It checks the signature when it starts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldtool.core.clock import NEVER, Clock, SystemClock
from fieldtool.core.driver import EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError, RefusedError, UsageError
from fieldtool.core.model import FirmwareImage, Identity, Link
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.mcuboot_smp import baud_of, upload_refused
from fieldtool.drivers.small_image import content_of

if TYPE_CHECKING:  # only who opens a line pays for CBOR
    from fieldtool.drivers.codecs.smp import Image
    from fieldtool.drivers.smp_line import SmpLine, SmpPatience

FORMAT = "mcuboot"
_SWITCH = ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
_PAUSE = 0.1  # seconds between two looks


@dataclass(frozen=True, slots=True)
class McubootRecoverer:
    """The recoverer "mcuboot-recovery". Stateless."""

    clock: Clock = field(default_factory=SystemClock)
    patience: "SmpPatience | None" = None  # None: for the field
    power: float = 120.0  # seconds for somebody to switch it off and on

    @property
    def name(self) -> str:
        return "mcuboot-recovery"

    @property
    def schemes(self) -> frozenset[str]:
        return frozenset({"serial", "serial-tcp"})

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator["McubootRecovery"]:
        """Sends nothing yet. UsageError(PROFILE_BAD), LinkError."""
        from fieldtool.drivers.smp_line import SmpLine, SmpPatience, open_wire

        baud, reads_back, patience = baud_of(profile), _reads_back(profile), self.patience or SmpPatience()
        wire = open_wire(link, baud, patience)
        try:
            line = SmpLine(wire, link.address, self.clock, patience)
            yield McubootRecovery(line, self.clock, profile, self.power, reads_back)
        finally:
            wire.close()


class McubootRecovery:
    """One bootloader."""

    def __init__(self, line: "SmpLine", clock: Clock, profile: Profile, power: float, reads_back: bool) -> None:
        self._line, self._clock, self._profile, self._power = line, clock, profile, power
        self._reads_back = reads_back

    def log(self) -> tuple[str, ...]:
        return ()  # frames, no console

    def enter(self) -> Steps:
        """Where its application is dead it sits there since power-on; one that answers is asked to restart into it."""
        from fieldtool.drivers.codecs import smp

        yield Progress(0, 0)
        until, asked = self._clock.monotonic() + self._power, False
        while (now := self._clock.monotonic()) < until:
            is_bootloader = self._is_bootloader()
            if is_bootloader:
                self._line.greet()
                return
            if is_bootloader is None and not asked:
                yield _SWITCH
            elif is_bootloader is False and not asked:
                asked, until = True, now + self._profile.restart_seconds
                self._line.ask_once(smp.reset_into_bootloader())
            self._clock.wait(NEVER, _PAUSE)
            yield Progress(0, 0)
        if asked:
            raise DeviceError(Text.SMP_REFUSED, what="restart into the bootloader", detail="it runs its application")
        raise LinkError(Text.SMP_SILENT, port=self._line.name)

    def _is_bootloader(self) -> bool | None:
        """None: nobody answers. MCUboot's own server knows no echo."""
        from fieldtool.drivers.codecs import smp

        response = self._line.ask_once(smp.echo("fieldtool"))
        if response is None:
            return None
        return response.refusal is not None and response.refusal.code == smp.ENOTSUP

    def identify(self) -> Identity:
        return Identity("", "", "", "", {})

    def fits(self, image: FirmwareImage) -> None:
        if image.release.format != FORMAT:
            target, found = image.release.label, image.release.format
            raise RefusedError(Text.WRONG_FORMAT, target=target, found=found, expected=FORMAT)
        content_of(image)

    def write(self, image: FirmwareImage) -> Steps:
        """Into the slot that starts. What lies there whole already is not sent again."""
        from fieldtool.drivers.smp_line import SmpRefused

        yield Progress(0, image.length)
        if not self._lies_there(image):
            try:
                for arrived in self._line.upload(content_of(image), bytes.fromhex(image.sha256)):
                    yield Progress(arrived, image.length)
            except SmpRefused as no:
                raise upload_refused(no.refusal) from no
        yield Progress(image.length, image.length)

    def verify(self, image: FirmwareImage) -> Steps:
        """It lists the slot under the hash that its maker signed. The payload itself it checks when it starts it."""
        yield Progress(0, 0)
        listed = self._listed()
        if not _is_in(listed, image) and (self._reads_back or any(one.slot == 0 for one in listed)):
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def _lies_there(self, image: FirmwareImage) -> bool:
        return _is_in(self._listed(), image)

    def _listed(self) -> "tuple[Image, ...]":
        from fieldtool.drivers.codecs import smp

        response = self._line.ask(smp.images())
        if response.refusal is not None:
            raise DeviceError(Text.SMP_REFUSED, what="list of images", detail=response.refusal.words)
        return smp.parse_images(response)

    def start(self, image: FirmwareImage) -> Steps:
        """Restart it, until its application answers. Back in the bootloader, its bootloader did not take the image."""
        from fieldtool.drivers.codecs import smp

        yield Progress(0, 0)
        self._line.ask_once(smp.reset())
        began = self._clock.monotonic()
        away = False
        while (spent := self._clock.monotonic() - began) < self._profile.restart_seconds:
            is_bootloader = self._is_bootloader()
            if is_bootloader is False:
                return
            if is_bootloader and (away or spent > self._profile.restart_seconds / 2):
                raise DeviceError(Text.SMP_NOT_STARTED)
            away = away or is_bootloader is None
            self._clock.wait(NEVER, _PAUSE)
            yield Progress(0, 0)
        raise LinkError(Text.SMP_SILENT, port=self._line.name)


def _is_in(listed: "tuple[Image, ...]", image: FirmwareImage) -> bool:
    return (0, image.version, image.payload_hash) in {(one.slot, one.version, one.hash) for one in listed}


def _reads_back(profile: Profile) -> bool:
    """Does its bootloader list what was written? One that runs images from RAM lists what it has loaded at power-on."""
    if unknown := profile.recovery.keys() - {"driver", "format", "read_back"}:
        why = f"is not a field that {RECOVERER.name} knows"
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field=f"recovery.{min(unknown)}", why=why)
    told = profile.recovery.get("read_back", "list")
    if told not in ("list", "none"):
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field="recovery.read_back", why="must be list or none")
    return told == "list"


RECOVERER = McubootRecoverer()
