"""SWUpdate 2022.12 as it behaves on a charger: its texts, its order, its quirks (measured; tests/peers compares).

Order of an installation: check sw-description and its signature, check the hardware revision, mark the transaction in
the bootloader's environment, write, compare hashes, take the mark away. A second `swupdate` is not refused: both write.
"""

import getopt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from threading import Condition, Thread
from types import MappingProxyType

from cryptography import x509

from fieldtool.lab.device import CERTIFICATE, Device, Power, PowerLost
from fieldtool.lab.hazards import Hazards, Killed
from fieldtool.lab.raucb import Image
from fieldtool.lab.state import State, activated
from fieldtool.lab.swu import MAIN_DEVICE, MODEM_DEVICE, Content, Refused, SwuFile

Say = Callable[[str], None]
KILLED = 137  # exit status of a process that was killed
_HEAD = "SWUpdate v\n\nLicensed under GPLv2. See source distribution for detailed copyright notices.\n\n"
_PARTS: Mapping[str, str] = MappingProxyType({MAIN_DEVICE: "main", MODEM_DEVICE: "modem"})
_FOREIGN = 4242  # process number of a swupdate that somebody else started


@dataclass(frozen=True, slots=True)
class Order:
    """The command line of `swupdate`, as far as the lab understands it."""

    file: str = ""
    key: str = ""
    revision: str = ""  # of -H board:revision
    check: bool = False
    dry: bool = False


class Swupdate:
    """Everything of one start of the device: installations, and locks of files as flock(1) has them."""

    def __init__(self, device: Device, power: Power) -> None:
        self._device, self._hazards = device, Hazards(device, power)
        self._idle = Condition()
        self._running = 0
        self._locks: set[str] = set()

    @property
    def processes(self) -> list[int]:
        """What `pidof swupdate` prints."""
        foreign = [_FOREIGN] if self._device.faults.rauc_busy else []
        return [1200 + number for number in range(self._running)] + foreign

    def run(self, order: Order, out: Say, err: Say) -> int:
        """`swupdate -i`; its exit status. PowerLost when power goes meanwhile."""
        if not order.key:
            err("Error: SWUpdate is built for signed images, provide a public key file.\n")
            return 1
        with self._counted():
            try:
                status = self._install(order, out, err)
                return 1 if self._device.faults.false_status else status
            except Killed:
                return KILLED

    def wait_idle(self) -> None:
        """Return when nothing is installed and nothing is locked any more. For tests."""
        with self._idle:
            self._idle.wait_for(lambda: not self._running and not self._locks)

    # -- locks, and what runs detached

    def is_locked(self, path: str) -> bool:
        return path in self._locks

    def lock(self, path: str) -> bool:
        """False when somebody holds it."""
        with self._idle:
            if path in self._locks:
                return False
            self._locks.add(path)
        return True

    def unlock(self, path: str) -> None:
        with self._idle:
            self._locks.discard(path)
            self._idle.notify_all()

    def detach(self, lock: str, base: str, work: Callable[[Say], int]) -> None:
        """Do `work` in the background: what it prints goes to `base`.log, its exit status to `base`.status."""
        Thread(target=self._detached, args=(lock, base, work), name=f"swupdate {base}", daemon=True).start()

    def _detached(self, lock: str, base: str, work: Callable[[Say], int]) -> None:
        try:
            self._write_file(f"{base}.log", "")
            status = work(lambda text: self._write_file(f"{base}.log", text, append=True))
            self._write_file(f"{base}.status", f"{status}\n")
        except PowerLost:
            return  # and the lock went with it
        finally:
            self.unlock(lock)
        plate, state = self._device.state.nameplate, self._device.state
        if plate.kind == "self-installing" and state.staged is not None:
            self._device.restart(asked=False)

    def _write_file(self, path: str, text: str, append: bool = False) -> None:
        self._hazards.pause(0)  # who lost power writes nothing any more
        with suppress(OSError):  # on a full disk a shell goes on without its redirection
            self._device.disk.write(path, text.encode(), append)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    # -- an installation

    def _install(self, order: Order, out: Say, err: Say) -> int:
        try:
            roots = self._trusted(order.key)
        except (OSError, ValueError):
            err(f"[ERROR] : SWUPDATE failed [0] ERROR : Error loading certificate chain from {order.key}\n")
            err("Error: Crypto cannot be initialized.\n")
            return 1
        out(_HEAD)
        path = self._device.disk.real(order.file)
        if not path.is_file():
            err(f"Unable to open {order.file}\n")
            return 1
        out("[INFO ] : SWUPDATE started :  Software Update started !\n")
        try:
            with SwuFile(path) as file:
                self._walk(file, roots, order, out)
        except Refused as refused:
            for line in refused.lines:
                err(f"[ERROR] : SWUPDATE failed [0] ERROR : {line}\n")
            err("[ERROR] : SWUPDATE failed [1] Image invalid or corrupted. Not installing ...\n")
            return 1
        out("[INFO ] : SWUPDATE successful ! SWUPDATE successful !\n")
        out("[INFO ] : No SWUPDATE running :  Waiting for requests...\n")
        return 0

    def _trusted(self, key: str) -> list[x509.Certificate]:
        if key == CERTIFICATE:
            return self._device.roots
        return x509.load_pem_x509_certificates(self._device.disk.real(key).read_bytes())

    def _walk(self, file: SwuFile, roots: list[x509.Certificate], order: Order, out: Say) -> None:
        self._hazards.at("begin")
        description = file.description(roots)
        self._hazards.at("signature")
        if order.revision not in description.hardware:
            raise Refused("SW not compatible with hardware")
        self._hazards.at("manifest")
        contents = file.contents(description)
        found = next(contents, None)
        if found is None:
            raise Refused("Found nothing to install")
        for content in chain((found,), contents):  # one after the other: what comes later is not read before
            if order.check or order.dry:
                file.check(content)
            else:
                self._write(file, content, description.version)
        out("[INFO ] : SWUPDATE running :  Installation in progress\n")
        self._hazards.at("done")

    def _write(self, file: SwuFile, content: Content, version: str) -> None:
        device, payload = self._device, content.payload
        part = _PARTS.get(payload.device, "")
        if not part or (part == "modem" and device.state.modem is None):
            raise Refused(f"Error streaming {payload.filename}")
        self._hazards.change(lambda state: replace(state, writing=part))
        self._hazards.at("marked_bad")
        self._hazards.change(lambda state: _filled(state, part, None))
        self._hazards.pause(device.timing.install / 2)
        self._hazards.at("copying")
        self._hazards.pause(device.timing.install / 2)
        if content.size > device.state.nameplate.slot_bytes:
            words = "cannot write 16384 bytes: No space left on device"
            raise Refused(words, f"Error streaming {payload.filename}")
        file.check(content)
        image = device.afflicted(file.image(content, version))
        self._hazards.change(lambda state: _filled(state, part, image))
        self._hazards.at("copied")
        self._hazards.change(lambda state: _ended(state, part))
        self._hazards.at("activated")


def _filled(state: State, part: str, image: Image | None) -> State:
    """What is written over holds `image` now; None: from the first byte on, nothing that starts."""
    if part == "modem":
        return replace(state, modem=state.modem and replace(state.modem, image=image))
    if state.nameplate.in_place:
        return replace(state.with_slot(replace(state.booted, image=image)), memory=state.runs)
    return state.with_slot(replace(state.target, image=image, confirmed=state.nameplate.kind == "self-installing"))


def _ended(state: State, part: str) -> State:
    state = replace(state, writing="")
    return state if part == "modem" or state.nameplate.in_place else activated(state, state.target.bootname)


def parse_order(arguments: list[str]) -> Order:
    """Read the command line. ValueError when it is none that SWUpdate takes."""
    options, _ = getopt.gnu_getopt(arguments, "i:k:H:e:B:f:l:p:P:N:R:q:b:o:cnvLMm", ["image=", "key=", "check"])
    given = dict(options)
    return Order(
        file=given.get("-i", given.get("--image", "")),
        key=given.get("-k", given.get("--key", "")),
        revision=given.get("-H", "").partition(":")[2],
        check="-c" in given or "--check" in given,
        dry="-n" in given,
    )
