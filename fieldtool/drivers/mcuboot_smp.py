"""Microcontrollers with MCUboot that answer SMP on a serial cable. resources/docs/drivers/mcuboot-smp.md has the cases.

MCUboot tries a new image once: unless it is confirmed, the next restart brings the old one back. SMP knows neither
passwords nor keys: what protects the charger is that its bootloader starts signed images only.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from fieldtool.core.clock import NEVER, Clock, SystemClock
from fieldtool.core.driver import Can, Credentials, EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError, UnclearError, UsageError
from fieldtool.core.model import Component, Configuration, FirmwareImage, Health, Identity, Observed, Slot, Snapshot
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.small_image import content_of

if TYPE_CHECKING:  # only who opens a session pays for CBOR
    from fieldtool.drivers.codecs.smp import Image, Refusal
    from fieldtool.drivers.smp_line import SmpLine, SmpPatience

BAUD = 115_200
VERSION = "image"  # the fact that is the running image's version
_OBSERVED = ("serial", "security_epoch", "clock", "board_serial")
_GOING = 0.05  # seconds between two looks at an application that is about to restart
_GONE = 10.0  # seconds after which it should be gone
_BAUD = re.compile(r"[1-9][0-9]{2,6}")


@dataclass(frozen=True, slots=True)
class McubootSmp:
    """The driver "mcuboot-smp". Stateless."""

    clock: Clock = field(default_factory=SystemClock)
    patience: "SmpPatience | None" = None  # None: for the field

    @property
    def name(self) -> str:
        return "mcuboot-smp"

    @property
    def schemes(self) -> frozenset[str]:
        return frozenset({"serial", "serial-tcp"})

    @property
    def formats(self) -> frozenset[str]:
        return frozenset({"mcuboot"})

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator["McubootSession"]:
        """Open the port and ask for the server's buffers. UsageError(PROFILE_BAD), LinkError."""
        from fieldtool.drivers.smp_line import SmpLine, SmpPatience, open_wire

        baud, patience = baud_of(profile), self.patience or SmpPatience()
        wire = open_wire(component.link, baud, patience)
        try:
            line = SmpLine(wire, component.link.address, self.clock, patience)
            line.greet()
            yield McubootSession(line, self.clock, component, profile)
        finally:
            wire.close()


class McubootSession:
    """One server. The profile's commands are sent as they stand; nothing is ever put into them."""

    def __init__(self, line: "SmpLine", clock: Clock, component: Component, profile: Profile) -> None:
        from fieldtool.drivers.linux_facts import LinuxFacts
        from fieldtool.drivers.smp_facts import SmpFacts

        self._line, self._clock, self._component, self._profile = line, clock, component, profile
        self._switched_to = ""  # hash of the image that a way back made start next
        self._told = LinuxFacts(SmpFacts(line, profile), profile)

    @property
    def can(self) -> Can:
        settings = self._told.can & Can.OUT_OF_SERVICE
        return Can.KEEP_OLD | Can.TRIAL | Can.ROLL_BACK | Can.RESUME | settings

    # ---- what it tells ------------------------------------------------------------------------------------------

    def identify(self) -> Identity:
        running, _ = self._slots()
        known = {name: command for name, command in self._profile.facts.items() if command != VERSION}
        facts = self._told.facts(known)
        versions = {self._component.id: running.version}
        if boot := facts.get("bootloader"):
            versions["bootloader"] = boot
        return Identity(
            vendor=facts["vendor"],
            model=facts["model"],
            hardware=facts["hardware"],
            serial=facts["serial"],
            versions=versions,
            board_serial=facts.get("board_serial", ""),
            payload_hashes={self._component.id: running.hash},
        )

    def observe(self) -> Observed:
        """An image on trial is not staged: what the next restart brings depends on who confirms it."""
        from fieldtool.drivers.linux_facts import epoch

        running, other = self._slots()
        asked = {name: self._profile.facts[name] for name in _OBSERVED if name in self._profile.facts}
        facts = self._told.facts({**asked, "in_use": self._profile.in_use})
        next_one = other if other is not None and other.pending else None
        told: dict[str, str] = {name: facts[name] for name in _OBSERVED[2:] if name in facts}
        return Observed(
            serial=facts["serial"],
            running=running.version,
            running_hash=running.hash,
            staged=next_one.version if next_one is not None else None,
            staged_hash=next_one.hash if next_one is not None else None,
            slots=tuple(_slot(image, running, next_one) for image in (running, other) if image is not None),
            in_use=facts["in_use"],
            security_epoch=epoch(facts.get("security_epoch")),
            facts=MappingProxyType({**told, "on trial": "no" if running.confirmed else "yes"}),
        )

    def health(self) -> Health:
        return self._told.health()

    def snapshot(self) -> Snapshot:
        return Snapshot(self.identify(), self.observe(), self.health())

    def _images(self) -> "tuple[Image, ...]":
        from fieldtool.drivers.codecs import smp

        response = self._line.ask(smp.images())
        if response.refusal is not None:
            raise DeviceError(Text.SMP_REFUSED, what="list of images", detail=response.refusal.words)
        return smp.parse_images(response)

    def _slots(self) -> "tuple[Image, Image | None]":
        """(what runs, what lies beside it)"""
        images = self._images()
        running = next((image for image in images if image.active), None)
        if running is None:
            raise UnclearError(Text.SMP_IN_BOOTLOADER) if self._is_bootloader() else DeviceError(Text.SMP_TOO_OLD)
        if not running.hash:
            raise DeviceError(Text.SMP_TOO_OLD)
        return running, next((image for image in images if image is not running), None)

    def _is_bootloader(self) -> bool:
        """MCUboot's own server answers no echo, and lists slots without saying which of them runs."""
        from fieldtool.drivers.codecs import smp

        refusal = self._line.ask(smp.echo("fieldtool")).refusal
        return refusal is not None and refusal.code == smp.ENOTSUP

    # ---- bringing the file --------------------------------------------------------------------------------------

    def transfer(self, image: FirmwareImage) -> Steps:
        """Upload into the slot beside the running image. What lies there whole already is not sent again."""
        from fieldtool.drivers.smp_line import SmpRefused

        yield Progress(0, image.length)
        if self._lies_there(image):
            yield Progress(image.length, image.length)
            return
        content = content_of(image)
        try:
            upload = self._line.upload(content, bytes.fromhex(image.sha256))
            while True:
                try:
                    arrived = next(upload)
                except StopIteration as end:
                    matches = end.value.matches
                    break
                yield Progress(arrived, image.length)
        except SmpRefused as no:
            raise upload_refused(no.refusal) from no
        if matches is False:  # it must not be taken for whole the next time
            self._erase()
            raise DeviceError(Text.TRANSFER_CORRUPT)
        yield Progress(image.length, image.length)

    def verify(self, image: FirmwareImage) -> Steps:
        """It lists what arrived under the hash that its maker signed; its bootloader computes it at the start."""
        yield Progress(0, 0)
        if not self._lies_there(image):
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def _lies_there(self, image: FirmwareImage) -> bool:
        _, other = self._slots()
        return other is not None and (other.version, other.hash) == (image.version, image.payload_hash)

    def _erase(self) -> None:
        from fieldtool.drivers.codecs import smp

        refusal = self._line.ask(smp.erase(), self._line.patience.erase).refusal
        if refusal is not None:
            raise DeviceError(Text.SMP_REFUSED, what="erasing of the other slot", detail=refusal.words)

    def tidy(self, image: FirmwareImage) -> None:
        """Nothing: the file lies in a slot, and is the firmware."""

    # ---- changing what runs -------------------------------------------------------------------------------------

    def install(self, image: FirmwareImage) -> Steps:
        """Have the bootloader try the image at the next restart."""
        from fieldtool.drivers.codecs import smp

        yield Progress(0, 0)
        _, other = self._slots()
        response = self._line.ask(smp.test(bytes.fromhex(image.payload_hash)))
        if response.refusal is not None:
            raise _test_refused(response.refusal, other)
        seen = self.observe()
        if (seen.staged, seen.staged_hash) != (image.version, image.payload_hash):
            self._erase()
            raise DeviceError(Text.INSTALL_FAILED, detail="what would start next is not what the release promises")

    def restart(self) -> Steps:
        """Ask for a restart, and see the application go: it answers on for a moment, as if nothing would come."""
        from fieldtool.drivers.codecs import smp

        if self._profile.restart_by_hand:
            yield ManualStep(Text.STEP_SWITCH_OFF_ON, EndedBy.DEVICE, "mains-switch")
            return
        yield Progress(0, 0)
        before, _ = self._slots()
        try:
            response = self._line.ask(smp.reset())
        except LinkError:
            return  # it went down before it could answer; whether it really does is seen when it comes back
        if response.refusal is not None:
            raise DeviceError(Text.RESTART_REFUSED, detail=response.refusal.words)
        until = self._clock.monotonic() + _GONE
        while self._clock.monotonic() < until and self._still_runs(before):
            yield Progress(0, 0)
            self._clock.wait(NEVER, _GOING)

    def _still_runs(self, before: "Image") -> bool:
        from fieldtool.drivers.codecs import smp

        try:
            response = self._line.ask_once(smp.images())
        except LinkError:
            return False
        return response is not None and any(
            image.active and image.hash == before.hash for image in smp.parse_images(response)
        )

    def confirm(self) -> None:
        from fieldtool.drivers.codecs import smp

        running, _ = self._slots()
        if running.confirmed:  # a server that runs images from RAM knows no trial, and refuses
            return
        refusal = self._line.ask(smp.confirm()).refusal
        if refusal is not None:
            raise DeviceError(Text.CONFIRM_FAILED, detail=refusal.words)
        running, _ = self._slots()
        if not running.confirmed:
            raise DeviceError(Text.CONFIRM_FAILED, detail="it accepts, and stays on trial")

    def roll_back(self) -> Steps:
        """On trial the next restart does it. What is only staged is erased. Else a kept old image is tried again."""
        from fieldtool.drivers.codecs import smp

        yield Progress(0, 0)
        running, other = self._slots()
        if not running.confirmed:
            return
        if other is None:
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="it keeps one image only")
        if not other.pending:
            refusal = self._line.ask(smp.test(bytes.fromhex(other.hash))).refusal
            if refusal is not None:
                raise DeviceError(Text.ROLL_BACK_REFUSED, detail=refusal.words)
            self._switched_to = other.hash
        elif other.hash != self._switched_to:  # a second call must not turn it round again
            self._erase()

    # ---- settings and service -----------------------------------------------------------------------------------

    def configuration(self) -> Configuration:
        raise DeviceError(Text.SETTINGS_UNREADABLE, detail="the driver mcuboot-smp cannot ask for them")

    def configure(self, wanted: Configuration) -> None:
        raise DeviceError(Text.SETTINGS_REFUSED, detail="the driver mcuboot-smp cannot set them")

    def serve(self, serving: bool) -> None:
        self._told.serve(serving)


def _slot(image: "Image", running: "Image", next_one: "Image | None") -> Slot:
    starts = image is next_one if next_one is not None else image is running
    return Slot(f"slot {image.slot}", image.version, image.hash, "good", image is running, starts)


def upload_refused(refusal: "Refusal") -> DeviceError:
    from fieldtool.drivers.codecs import smp

    if refusal.group == smp.IMAGE:
        if refusal.code == smp.NO_FREE_SLOT:
            return DeviceError(Text.SMP_ON_TRIAL)
        if refusal.code in (smp.INVALID_HEADER, smp.INVALID_MAGIC):
            return DeviceError(Text.INSTALL_DAMAGED, detail="it is no MCUboot image")
        if refusal.code == smp.TOO_LARGE:
            return DeviceError(Text.INSTALL_INCOMPATIBLE, detail="it is larger than a slot")
    return DeviceError(Text.SMP_REFUSED, what="upload", detail=refusal.words)


def _test_refused(refusal: "Refusal", other: "Image | None") -> DeviceError:
    from fieldtool.drivers.codecs import smp

    if refusal.group == smp.IMAGE:
        if refusal.code == smp.HASH_NOT_FOUND and other is None:
            return DeviceError(Text.INSTALL_DAMAGED, detail="what arrived is no complete image")
        if refusal.code == smp.HASH_NOT_FOUND:
            return DeviceError(Text.INSTALL_FAILED, detail="what arrived is not what the release promises")
        if refusal.code == smp.TEST_TO_ACTIVE:
            return DeviceError(Text.SMP_RUNS_ALREADY)
        if refusal.code == smp.ALREADY_PENDING:
            return DeviceError(Text.SMP_ON_TRIAL)
    return DeviceError(Text.SMP_REFUSED, what="image", detail=refusal.words)


def baud_of(profile: Profile) -> int:
    """The speed of the line. UsageError(PROFILE_BAD) also where the version is asked for in another way."""
    if profile.facts.get("version") != VERSION:
        why = f"must be “{VERSION}”: MCUboot itself tells what runs"
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field="facts.version", why=why)
    told = profile.update.get("baud", str(BAUD))
    if unknown := profile.update.keys() - {"baud"}:
        why = "is not a field that mcuboot-smp knows"
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field=f"update.{min(unknown)}", why=why)
    if not _BAUD.fullmatch(told):
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field="update.baud", why="must be a speed such as 115200")
    return int(told)


DRIVER = McubootSmp()
