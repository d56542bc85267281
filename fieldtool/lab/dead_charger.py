"""A charger of a virtual site that no longer boots: garbage in both slots, and U-Boot on a serial line.

What U-Boot starts is the lab's usual charger, reached by its normal driver. The line is a TCP port as a device server
has it, on every system. A restart that the running charger does itself is not seen on the line.
"""

import json
import mmap
import random
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

from fieldtool.core.clock import Clock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab import uboot
from fieldtool.lab.faults import ACTIONS
from fieldtool.lab.fit import PrivateKey
from fieldtool.lab.raucb import Image
from fieldtool.lab.ssh_charger import VirtualCharger
from fieldtool.lab.state import Note, Slot, State, Timing
from fieldtool.lab.uboot_charger import UbootCharger
from fieldtool.lab.uboot_image import Firmware, image_of
from fieldtool.lab.uboot_memory import BLOCK, RAM, Memory

KIND = "uboot"
FORMAT = "fit"  # of its releases in a catalogue
AS_KIND = "ab"  # how it updates itself once it runs
PROFILE = "lab-uboot"
_MEDIUM, _CONSOLE = "medium.bin", "console.json"
_SLOTS = (0x1000 * BLOCK, 0x2000 * BLOCK)
_GARBAGE = 4_096  # bytes at the begin of each slot
NOT_HERE = frozenset({"reflash", "cable_out"})  # its serial line is the way back, and stays in


class DeadCharger:
    """Dark until its power is switched on. `start` before use, `stop` after it.

    `charger`: what runs once it boots, of kind AS_KIND; it must not have been started.
    """

    def __init__(self, folder: Path, charger: VirtualCharger, key: PrivateKey, timing: Timing, clock: Clock) -> None:
        """Comes back from `folder` as it was, or dead as it comes to the site."""
        self._folder, self.charger, self._timing, self._clock = folder, charger, timing, clock
        self._stop = Event()
        self._threads: list[Thread] = []
        self._is_there = False
        if not (folder / _MEDIUM).exists():
            charger.device.change(bricked)
            (folder / _CONSOLE).unlink(missing_ok=True)
        plate = charger.device.state.nameplate
        self.memory = Memory()
        self._medium = _mapped(folder / _MEDIUM, self.memory, plate.serial)
        bootloader = uboot.Bootloader(
            uboot.Nameplate(plate.serial, plate.model, plate.hardware),
            key.public_key(),
            self.memory,
            {**uboot.ENVIRONMENT, "bootdelay": "1"},
            on_start=self._firmware_runs,
        )
        self.line = UbootCharger(bootloader, clock)
        self._flashed: str = _kept(folder / _CONSOLE)

    @property
    def console(self) -> str:
        """host:port of its serial line while the lab runs, else ""; another one at the next start."""
        return self.line.address if self._is_there else ""

    @property
    def serial(self) -> str:
        return self.charger.device.state.nameplate.serial

    # -- life

    def start(self) -> None:
        """The line is there. Power is on only when it was brought back before: who finds it dead switches it off."""
        self.line.start(tcp=True)
        self._is_there = True
        if self._flashed:
            self.charger.start()
            self.line.power(True)

    def stop(self) -> None:
        self._stop.set()
        self._is_there = False
        self.line.stop()
        self.charger.stop()
        for thread in self._threads:
            thread.join(5)
        self._medium.close()

    def act(self, name: str, value: str = "") -> None:
        """A fault set or an action done, by name. Power is that of the bootloader, too. UsageError."""
        if name in NOT_HERE:
            known = ", ".join(sorted(ACTIONS.keys() - NOT_HERE))
            raise UsageError(Text.LAB_FAULT_NOT_HERE, kind=KIND, name=name, known=known)
        self.charger.act(name, value)
        if name == "power_cut":
            self.line.power(False)
            dark = self.charger.device.faults.dark_seconds or self._timing.boot
            self._later(float(value) if value else dark)
        elif name == "power_on":
            self.line.cycle()

    def _later(self, seconds: float) -> None:
        def power_returns() -> None:
            if not self._clock.wait(self._stop, seconds):
                self.line.power(True)

        thread = Thread(target=power_returns, name=f"lab {self.serial} power", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _firmware_runs(self, firmware: Firmware) -> None:
        """The bootloader has checked and started it. What was installed over the network since then stays."""
        head = self.memory.peek(RAM, 8)
        content = self.memory.peek(RAM, int.from_bytes(head[4:], "big"))
        digest = sha256(content).hexdigest()
        if digest != self._flashed:
            epoch = self.charger.device.state.security_epoch
            image = Image(firmware.version, security_epoch=epoch, sha256=digest, size=len(content))
            self.charger.device.change(lambda state: revived(state, image))
            part = (self._folder / _CONSOLE).with_suffix(".part")
            part.write_text(json.dumps({"flashed": digest}))
            part.replace(self._folder / _CONSOLE)
            self._flashed = digest
        self.charger.start()

    def told(self, state: Mapping[str, object]) -> dict[str, object]:
        """`state`: what the lab tells of the charger behind it."""
        return {**state, "kind": KIND, "console": self.console}


def bricked(state: State) -> State:
    """Neither slot holds anything that starts."""
    first, second = state.slots
    return replace(state, slots=(replace(first, image=None), replace(second, image=None)), memory=None)


def revived(state: State, image: Image) -> State:
    """`image` in the first slot, as its status file tells it, and nothing else anywhere."""
    note = Note(state.nameplate.compatible, image.version, image.sha256, image.size)
    return replace(
        state, slots=(Slot("A", image, note), Slot("B")), primary="A", current="A", memory=None, rescue=False
    )


def firmware_content(version: str, key: PrivateKey, size: int) -> bytes:
    """What such a charger's U-Boot starts, with `size` bytes of filling."""
    return image_of(Firmware(version), key, random.Random(version).randbytes(size))


def _mapped(path: Path, memory: Memory, serial: str) -> mmap.mmap:
    """The medium is the file: what was written is there after a kill, too."""
    is_new = not path.exists()
    if is_new:
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.truncate(memory.size)
            for slot in _SLOTS:
                file.seek(slot)
                file.write(random.Random(f"{serial} {slot}").randbytes(_GARBAGE))
        part.replace(path)
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), memory.size)
    memory.medium = mapped
    return mapped


def _kept(path: Path) -> str:
    """Hash of what was brought over the line last; "" = nothing yet."""
    return str(json.loads(path.read_text())["flashed"]) if path.exists() else ""
