"""Linux chargers that install RAUC bundles, reached by SSH. resources/docs/drivers/rauc-ssh.md describes the ways.

The charger is believed in this order: the running system's own version file, the booted slot's hash, `boot_status`
and the primary slot. Neither "100 %" nor `slot_status` "ok" is success: both were seen after failures.
"""

import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from fieldtool.core.clock import NEVER
from fieldtool.core.driver import Can, Credentials, Progress, Steps
from fieldtool.core.errors import DeviceError, RefusedError
from fieldtool.core.model import (
    Component,
    FirmwareImage,
    Health,
    Identity,
    Observed,
    Slot,
    Snapshot,
)
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.codecs import rauc
from fieldtool.drivers.image_file import ImageFiles
from fieldtool.drivers.linux_facts import epoch, fact, versions
from fieldtool.drivers.linux_session import LinuxDriver, LinuxSession

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from fieldtool.drivers.ssh import Ssh

_T = TypeVar("_T")
_STATUS = "rauc status --output-format=json --detailed"
_PROPERTIES = (
    "dbus-send --system --print-reply --dest=de.pengutronix.rauc / "
    "org.freedesktop.DBus.Properties.GetAll string:de.pengutronix.rauc.Installer"
)
_SERVICE, _SLOTS = "update service", "slots"  # no fact of a profile has such a name
_LOOK = 0.7  # seconds between two looks at an installation
_SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"  # where everybody looks without being told
_OBSERVED_FACTS = ("clock", "board_serial")


class RaucSsh(LinuxDriver):
    """The driver "rauc-ssh"."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return "rauc-ssh"

    @property
    def formats(self) -> frozenset[str]:
        return frozenset({"raucb"})

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator["RaucSession"]:
        """Connect and log in. LinkError, PinError (before any credential is sent), RefusedError."""
        with self.connected(component, profile, credentials) as ssh:
            yield RaucSession(ssh, component, profile)


class RaucSession(LinuxSession):
    """A charger with RAUC."""

    def __init__(self, ssh: "Ssh", component: Component, profile: Profile) -> None:
        super().__init__(ssh, component, profile, ImageFiles(ssh, profile.upload_dir, "raucb", beside=("installing",)))
        bus = "" if profile.bus == _SYSTEM_BUS else f"DBUS_SYSTEM_BUS_ADDRESS={shlex.quote(profile.bus)} "
        self._status_command, self._properties_command = bus + _STATUS, bus + _PROPERTIES
        self._rauc = bus + "rauc"

    @property
    def can(self) -> Can:
        if self._profile.update.get("trial") == "no":
            by_model = Can(0)  # its bootloader starts what is primary, whether or not that starts
        else:
            by_model = Can.SELF_CONFIRM if self._profile.self_confirms else Can.TRIAL
        return Can.KEEP_OLD | Can.ROLL_BACK | Can.RESUME | by_model | self._linux.can

    # ---- what it tells ------------------------------------------------------------------------------------------

    def identify(self) -> Identity:
        """Who it says it is. RefusedError(PROFILE_DISAGREES) when its update system is another model's."""
        facts, status, installer = self._ask(self._profile.facts)
        expected, found = self._profile.compatible, installer.compatible
        if expected and found != expected:
            raise RefusedError(Text.PROFILE_DISAGREES, found=found, profile=self._profile.id, expected=expected)
        booted = status.booted if status is not None else None
        digest = booted.payload_hash if booted is not None else None
        return Identity(
            vendor=facts["vendor"],
            model=facts["model"],
            hardware=facts["hardware"],
            serial=facts["serial"],
            versions=versions(self._component.id, facts),
            board_serial=facts.get("board_serial", ""),
            payload_hashes={self._component.id: digest} if digest else {},
        )

    def observe(self) -> Observed:
        """Works during an installation too: then the slots, and the hash of what runs, are not told."""
        wanted = ("serial", "version", "security_epoch", *_OBSERVED_FACTS)
        commands = {name: command for name, command in self._profile.facts.items() if name in wanted}
        if self._profile.in_use:
            commands["in_use"] = self._profile.in_use
        facts, status, installer = self._ask(commands)
        booted = status.booted if status is not None else None
        staged = status.staged if status is not None else None
        return Observed(
            serial=facts["serial"],
            running=facts["version"],
            running_hash=booted.payload_hash if booted is not None else None,
            running_slot=booted.name if booted is not None else "",
            staged=staged.version if staged is not None else None,
            staged_hash=staged.payload_hash if staged is not None else None,
            slots=status.slots if status is not None else (),
            installing=installer.busy,
            in_use=facts.get("in_use", ""),
            security_epoch=epoch(facts.get("security_epoch")),
            facts={name: facts[name] for name in _OBSERVED_FACTS if name in facts},
        )

    def health(self) -> Health:
        return self._linux.health()

    def snapshot(self) -> Snapshot:
        return Snapshot(self.identify(), self.observe(), self.health())

    def _ask(self, commands: Mapping[str, str]) -> tuple[dict[str, str], rauc.Status | None, rauc.Installer]:
        """Facts by name, and RAUC's account; its status is None while it installs."""
        own = {_SERVICE: self._properties_command, _SLOTS: self._status_command}
        answers = self._linux.ask({**commands, **own})
        facts = {name: fact(name, answers[name]) for name in commands}
        installer = _believed(rauc.parse_installer(answers[_SERVICE].output(_SERVICE)), answers[_SLOTS])
        if answers[_SLOTS].status == 0:
            return facts, rauc.parse_status(answers[_SLOTS].out), installer
        if installer.busy:
            return facts, None, installer
        return facts, self._status(), self._installer()  # it became idle between the two answers

    def _status(self) -> rauc.Status:
        return rauc.parse_status(self._ssh.run(self._status_command).output(_SLOTS))

    def _installer(self) -> rauc.Installer:
        found = rauc.parse_installer(self._ssh.run(self._properties_command).output(_SERVICE))
        return found if found.busy else _believed(found, self._ssh.run(self._status_command))

    def serve(self, serving: bool) -> None:
        self._linux.serve(serving)

    # ---- changing what runs -------------------------------------------------------------------------------------

    def install(self, image: FirmwareImage) -> Steps:
        """RAUC's own service installs: it goes on when this connection is lost, and a second call picks it up."""
        yield Progress(0, 0)
        installer = self._installer()
        if installer.busy and not self._is_ours(image):
            raise DeviceError(Text.DEVICE_BUSY)
        words = ""
        if not installer.busy:
            if _is_image(self._status().staged, image):
                return
            words = yield from self._begin(image)
        words = (yield from self._attend()) or words
        self._judge(image, words)

    def _is_ours(self, image: FirmwareImage) -> bool:
        with self.files.sftp() as sftp:
            return sftp.size(self.files.path(image, "installing")) is not None

    def _begin(self, image: FirmwareImage) -> Generator[Progress, None, str]:
        """Start the installation and stay with it. Returns what it printed when it failed."""
        with self.files.sftp() as sftp:
            sftp.touch(self.files.path(image, "installing"))  # first: who reads it later must find it
        running = self._ssh.watch(f"{self._rauc} install {shlex.quote(self.files.path(image))}")
        while True:
            try:
                next(running)
            except StopIteration as end:
                return self._printed(image, end.value)
            yield self._look()

    def _printed(self, image: FirmwareImage, answer: Answer) -> str:
        words = "" if answer.status == 0 else answer.err + answer.out
        if rauc.is_busy(words):  # somebody else was faster; what runs now is not ours
            self._forget(image)
            raise DeviceError(Text.DEVICE_BUSY)
        return words

    def _forget(self, image: FirmwareImage) -> None:
        with self.files.sftp() as sftp:
            sftp.remove(self.files.path(image, "installing"))

    def _look(self) -> Progress:
        try:
            return _progress(self._installer())
        except DeviceError:
            return Progress(0, 0)  # the service ended; `rauc install` will say so

    def _attend(self) -> Generator[Progress, None, str]:
        """Wait until RAUC is idle. Returns the error that it keeps."""
        while (installer := self._unclear(self._installer)).busy:
            yield _progress(installer)
            self._ssh.clock.wait(NEVER, _LOOK)
        return installer.last_error

    def _judge(self, image: FirmwareImage, words: str) -> None:
        """The slots tell whether it worked; `words` only why not."""
        status = self._unclear(self._status)
        self._forget(image)
        if _is_image(status.staged, image):
            return
        if status.staged is not None:
            self._keep_running()
            raise DeviceError(Text.INSTALL_FAILED, detail="the slot holds other content than the release promises")
        broken = any(slot.state == "bad" and not slot.booted for slot in status.slots)
        if broken and ("disappeared" in words or not words.strip()):
            raise DeviceError(Text.INSTALL_INTERRUPTED)
        refusal = rauc.refusal(words)
        if refusal.text is Text.INSTALL_FILE_HELD:
            self.files.renew(image)  # then the next try finds a file that nobody holds
        raise refusal

    def _unclear(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except DeviceError as error:
            raise DeviceError(Text.INSTALL_UNCLEAR, detail=error.what) from error

    def confirm(self) -> None:
        """Mark the booted slot good. A model that does so by itself is only looked at."""
        if not self._profile.self_confirms:
            self._mark("good", "booted", Text.CONFIRM_FAILED)
        booted = self._status().booted
        if booted is None or booted.state != "good":
            raise DeviceError(Text.CONFIRM_FAILED, detail="the slot that runs is not marked good")

    def roll_back(self) -> Steps:
        """Make the other image start next, or, when the new one is only staged, the one that runs. Safe to repeat."""
        yield Progress(0, 0)
        status = self._status()
        booted, primary = status.booted, status.primary
        if booted is None or primary is None:
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="it does not tell which slot runs and which is next")
        if not primary.booted:
            if booted.state != "bad":  # bad: an earlier call has done it
                self._keep_running()
            return
        other = status.other
        if other is None or other.state == "bad":
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="its other slot is marked bad")
        self._mark("bad", "booted", Text.ROLL_BACK_REFUSED)
        after = self._status().primary
        if after is None or after.booted:  # not every bootloader moves on by itself
            self._mark("active", "other", Text.ROLL_BACK_REFUSED)

    def _keep_running(self) -> None:
        self._mark("active", "booted", Text.ROLL_BACK_REFUSED)

    def _mark(self, how: str, slot: str, failure: Text) -> None:
        answer = self._ssh.run(f"{self._rauc} status mark-{how} {slot}")
        if answer.status != 0:
            raise DeviceError(failure, detail=answer.words)


def _believed(installer: rauc.Installer, status: Answer) -> rauc.Installer:
    """RAUC 1.8 calls itself idle once a second `rauc install` was refused, while the first goes on.

    `rauc status` does not lie: it fails as long as anything is installed.
    """
    if not installer.busy and status.status and rauc.is_busy(status.err + status.out):
        return replace(installer, operation="installing")
    return installer


def _progress(installer: rauc.Installer) -> Progress:
    """RAUC counts steps; during the copy, which takes longest, its number stands still: extent unknown."""
    if installer.step.startswith("Copying"):
        return Progress(0, 0, installer.step)
    return Progress(min(max(installer.percent, 0), 100), 100, installer.step)


def _is_image(slot: Slot | None, image: FirmwareImage) -> bool:
    return slot is not None and (slot.version, slot.payload_hash) == (image.version, image.payload_hash)


DRIVER = RaucSsh()
