"""Linux chargers on which SWUpdate installs, reached by SSH. resources/docs/drivers/swupdate-ssh.md describes the ways.

`swupdate` runs in a session of its own, under a lock, and leaves its log and exit status beside the image: a lost
connection neither breaks it off nor loses its verdict. What the charger says it will start is the proof, not the
verdict: a second `swupdate` is not refused but runs along, and makes the first one's exit status lie (measured).
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING

from fieldtool.core.clock import NEVER
from fieldtool.core.driver import Can, Credentials, Progress, Steps
from fieldtool.core.errors import DeviceError
from fieldtool.core.model import Component, FirmwareImage, Health, Identity, Observed, Snapshot
from fieldtool.core.profile import MAIN, Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.codecs import swupdate
from fieldtool.drivers.codecs.swupdate import Way, parse_way
from fieldtool.drivers.image_file import ImageFiles
from fieldtool.drivers.linux_facts import epoch, fact, versions
from fieldtool.drivers.linux_session import LinuxDriver, LinuxSession

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from fieldtool.drivers.ssh import Ssh

_LOOKS = (0.1, 0.2, 0.4, 0.7)  # seconds between two looks at an installation; the last one stays
_LOG_LINES = 200
_OBSERVED = ("version", "payload_hash", "slot", "staged_version", "staged_hash", "damaged", "security_epoch")
_TOLD = ("clock", "board_serial")
_IN_RESCUE = ("serial", "vendor", "model", "hardware", "staged_version", "staged_hash", "damaged")
# Runs "$@" in a session of its own, which inherits the lock. Its end takes along what SWUpdate leaves behind: a child
# of a refused `swupdate` was seen to stay for ever.
_DETACH = """base=$1; shift
rm -f "$base.status"
setsid sh -c 'base=$1; shift; "$@"; echo $? >"$base.status"; sync; kill -9 0' sh "$base" "$@" \\
  >"$base.log" 2>&1 </dev/null &"""
_PROCESSES = "pidof swupdate"
_RESCUE, _LOCK, _BUSY = "rescue", "lock of its installation", "update service"
_LOCKED = """test ! -e "$1" || flock -n "$1" true"""


class SwupdateSsh(LinuxDriver):
    """The driver "swupdate-ssh"."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return "swupdate-ssh"

    @property
    def formats(self) -> frozenset[str]:
        return frozenset({"swu"})

    @contextmanager
    def open(self, component: Component, profile: Profile, credentials: Credentials) -> Iterator["SwupdateSession"]:
        """Connect and log in. UsageError(PROFILE_BAD), LinkError, PinError (before any credential), RefusedError."""
        way = parse_way(profile)
        with self.connected(component, profile, credentials) as ssh:
            yield SwupdateSession(ssh, component, profile, way)


class SwupdateSession(LinuxSession):
    """A charger with SWUpdate."""

    def __init__(self, ssh: "Ssh", component: Component, profile: Profile, way: Way) -> None:
        super().__init__(ssh, component, profile, ImageFiles(ssh, profile.upload_dir, "swu", beside=("log", "status")))
        self._way = way
        self._lock = f"{profile.upload_dir}/installing.lock"
        self._lock_command = shlex.join(["sh", "-c", _LOCKED, "sh", self._lock])

    @property
    def can(self) -> Can:
        return Can.RESUME | self._linux.can | _by_kind(self._way, self._profile)

    # ---- what it tells ------------------------------------------------------------------------------------------

    def identify(self) -> Identity:
        """Who it says it is. In its rescue system it tells no version of the component."""
        rescued = self._rescued()
        known = {name: command for name, command in self._profile.facts.items() if not rescued or name in _IN_RESCUE}
        facts = self._linux.facts(known)
        digest = facts.get("payload_hash", "")
        return Identity(
            vendor=facts["vendor"],
            model=facts["model"],
            hardware=facts["hardware"],
            serial=facts["serial"],
            versions={} if rescued else versions(self._component.id, facts),
            board_serial=facts.get("board_serial", ""),
            payload_hashes={self._component.id: digest} if digest else {},
        )

    def observe(self) -> Observed:
        """Works during an installation and in the rescue system too."""
        state = self._state()
        rescued = fact(_RESCUE, state[_RESCUE]) if _RESCUE in state else ""
        installing = self._says_locked(state[_LOCK]) or self._says_busy(state[_BUSY])
        wanted = ("serial", *(name for name in _OBSERVED if not rescued or name in _IN_RESCUE), *_TOLD)
        asked = {name: self._profile.facts[name] for name in wanted if name in self._profile.facts}
        if self._profile.in_use and not self._is_dead(rescued):
            asked["in_use"] = self._profile.in_use
        facts = self._linux.facts(asked)
        return Observed(
            serial=facts["serial"],
            running=None if rescued else facts["version"],
            running_hash=facts.get("payload_hash") or None,
            running_slot=facts.get("slot", ""),
            staged=facts.get("staged_version") or None,
            staged_hash=facts.get("staged_hash") or None,
            installing=installing,
            damaged=bool(facts.get("damaged")),
            in_use=facts.get("in_use", ""),
            security_epoch=epoch(facts.get("security_epoch")),
            facts={name: facts[name] for name in _TOLD if name in facts},
        )

    def health(self) -> Health:
        """In the rescue system it is not healthy, and nothing else can be asked."""
        if self._is_dead(words := self._rescued()):
            return Health(ok=False, failed_checks=(words,))
        return self._linux.health()

    def snapshot(self) -> Snapshot:
        return Snapshot(self.identify(), self.observe(), self.health())

    def _rescued(self) -> str:
        """Words when its rescue system or bootloader runs instead of its firmware."""
        command = self._profile.facts.get(_RESCUE)
        return fact(_RESCUE, self._ssh.run(command)) if command else ""

    def _is_dead(self, rescued: str) -> bool:
        """Whether the charging software is away; another component's bootloader leaves it alone."""
        return bool(rescued) and self._component.id == MAIN

    def serve(self, serving: bool) -> None:
        if not self._is_dead(self._rescued()):  # nobody is served there, and nobody takes the request
            self._linux.serve(serving)

    # ---- changing what runs -------------------------------------------------------------------------------------

    def install(self, image: FirmwareImage) -> Steps:
        """SWUpdate goes on when this connection is lost; a second call waits for it, or finds its verdict."""
        yield Progress(0, 0)
        if self._locked():
            if not self._is_ours(image):
                raise DeviceError(Text.DEVICE_BUSY)
        elif self._others_install():
            raise DeviceError(Text.DEVICE_BUSY)
        elif self._holds(image):
            return
        elif self._verdict(image) in (None, 0):  # else it failed when nobody listened: that is still to be told
            self._begin(image)
        for pause in chain(_LOOKS, repeat(_LOOKS[-1])):
            if not self._locked():
                break
            yield Progress(0, 0)
            self._ssh.clock.wait(NEVER, pause)
        self._judge(image)

    def _begin(self, image: FirmwareImage) -> None:
        base = self.files.path(image).removesuffix(".swu")
        way = self._way
        selection = swupdate.parse_selection(self._ssh.run(way.select).output("selection")) if way.select else ""
        words = shlex.join(["flock", "-n", self._lock, "sh", "-c", _DETACH, "sh", base])
        answer = self._ssh.run(f"{words} {way.command(self.files.path(image), selection)}")
        if answer.status == 1:
            raise DeviceError(Text.DEVICE_BUSY)  # somebody else was faster
        answer.output("start of the installation")

    def _judge(self, image: FirmwareImage) -> None:
        """What would start next tells whether it worked; verdict and log only why not."""
        status = self._verdict(image)
        log = self._ssh.run(f"tail -n {_LOG_LINES} {shlex.quote(self.files.path(image, 'log'))}").out
        by_itself = self._way.kind == "self-installing" and (status == 0 or swupdate.is_success(log))
        done = self._holds(image) or by_itself  # it may not tell what it is about to start
        with self.files.sftp() as sftp:
            sftp.remove(self.files.path(image, "status"))  # told once: the next installation begins anew
        if done:
            return
        if status is None:
            raise DeviceError(Text.INSTALL_INTERRUPTED)
        if status != 0:
            raise swupdate.refusal(log)
        self._unstage()
        raise DeviceError(Text.INSTALL_FAILED, detail="what would start next is not what the release promises")

    def _verdict(self, image: FirmwareImage) -> int | None:
        """The exit status that the last installation of this image left. None: it was killed, or there was none."""
        return swupdate.parse_status(self._ssh.run(f"cat {shlex.quote(self.files.path(image, 'status'))}").out)

    def _holds(self, image: FirmwareImage) -> bool:
        """Does this image start next, whole? With one slot also when it runs and nothing else is staged."""
        seen, wanted = self.observe(), (image.version, image.payload_hash)
        if seen.damaged:
            return False
        if seen.staged is not None or self._way.kind == "ab":
            return (seen.staged, seen.staged_hash) == wanted
        return (seen.running, seen.running_hash) == wanted

    def _is_ours(self, image: FirmwareImage) -> bool:
        with self.files.sftp() as sftp:
            return sftp.size(self.files.path(image, "log")) is not None

    def _state(self) -> dict[str, Answer]:
        """Whether anybody installs, and whether its rescue system runs, as it says it."""
        questions = {_LOCK: self._lock_command, _BUSY: self._way.busy or _PROCESSES}
        if command := self._profile.facts.get(_RESCUE):
            questions[_RESCUE] = command
        return self._linux.ask(questions)

    def _locked(self) -> bool:
        """Is something installed that fieldtool began, from whatever laptop?"""
        return self._says_locked(self._ssh.run(self._lock_command))

    def _says_locked(self, answer: Answer) -> bool:
        if answer.status != 1:
            answer.output(_LOCK)
        return answer.status == 1

    def _others_install(self) -> bool:
        """A second SWUpdate would write along with the first one: nobody refuses it."""
        return self._says_busy(self._ssh.run(self._way.busy or _PROCESSES))

    def _says_busy(self, answer: Answer) -> bool:
        if self._way.busy:
            return bool(fact(_BUSY, answer))
        # A process that has just ended may still be listed (one in sixty was): only who stays installs something.
        return _runs(answer) and not self._ssh.clock.wait(NEVER, _LOOKS[1]) and _runs(self._ssh.run(_PROCESSES))

    def confirm(self) -> None:
        """Make what runs permanent. A model that does so by itself, or keeps nothing else, needs no word."""
        if self._way.confirm and not self._profile.self_confirms:
            self._tell(self._way.confirm, Text.CONFIRM_FAILED)

    def roll_back(self) -> Steps:
        """Make the other slot start next, by the profile's command, which may be repeated."""
        yield Progress(0, 0)
        if not self._way.roll_back:
            raise DeviceError(Text.ROLL_BACK_IMPOSSIBLE, detail="its profile knows no way to switch back")
        self._tell(self._way.roll_back, Text.ROLL_BACK_REFUSED)

    def _unstage(self) -> None:
        """Content that nobody promised must not start. With one slot the engine installs the old one again."""
        if self._way.roll_back and self.observe().staged is not None:
            self._tell(self._way.roll_back, Text.ROLL_BACK_REFUSED)

    def _tell(self, command: str, failure: Text) -> None:
        answer = self._ssh.run(command)
        if answer.status != 0:
            raise DeviceError(failure, detail=answer.words or f"the command ended with status {answer.status}")


def _runs(answer: Answer) -> bool:
    if answer.status != 1:
        answer.output(_BUSY)
    return answer.status == 0


def _by_kind(way: Way, profile: Profile) -> Can:
    if way.kind == "self-installing":
        return Can.SELF_INSTALL
    if way.kind == "in-place":
        return Can.BOOTLOADER if "rescue" in profile.facts else Can(0)
    back = Can.ROLL_BACK if way.roll_back else Can(0)
    if profile.self_confirms:
        return Can.KEEP_OLD | back | Can.SELF_CONFIRM
    return Can.KEEP_OLD | back | (Can.TRIAL if way.confirm else Can(0))


DRIVER = SwupdateSsh()
