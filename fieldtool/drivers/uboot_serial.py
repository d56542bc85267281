"""Chargers that no longer boot, brought back through U-Boot on their serial console. The cases are in
resources/docs/drivers/uboot-serial.md.

Nothing is believed: what was typed is compared before it is entered, what arrived has a checksum, what was written is
read back from the medium, and the new firmware must say its own name. U-Boot checks signatures when it starts it.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from zlib import crc32

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.driver import EndedBy, ManualStep, Progress, Steps
from fieldtool.core.errors import DeviceError, LinkError, RefusedError, SignatureError
from fieldtool.core.model import FirmwareImage, Identity, Link
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import console
from fieldtool.drivers.codecs.console import Answer, Heard
from fieldtool.drivers.codecs.rauc import plain
from fieldtool.drivers.small_image import content_of
from fieldtool.drivers.uboot_line import Lost, UbootLine, UbootPatience
from fieldtool.drivers.uboot_profile import Slot, UbootPlan, uboot_plan

_R = TypeVar("_R")
POWER = ManualStep(Text.UBOOT_POWER_CYCLE, EndedBy.DEVICE, "mains-switch")
_FLOOD = 0.05  # seconds between two keys: a bootdelay of 0 looks once
_LOADS = 4  # times that a chunk is brought
_WRITES = 2  # times that a chunk is written
_RESTARTS = 3  # bootloaders seen in one start
_SIGNATURE = re.compile(r"(?i)failed to verify required signature|signature check failed|required signature|rsa_verify")
_NOT_BOOTED = re.compile(
    r"(?i)(can't get kernel image|bad data hash|bad (?:linux )?magic|wrong image format|bad fit|boot-failed)"
)


@dataclass(frozen=True, slots=True)
class UbootSerial:
    """The recoverer "uboot-serial". Stateless."""

    clock: Clock = field(default_factory=SystemClock)
    patience: UbootPatience = field(default_factory=UbootPatience)

    @property
    def name(self) -> str:
        return "uboot-serial"

    @property
    def schemes(self) -> frozenset[str]:
        return frozenset({"serial", "serial-tcp"})

    @contextmanager
    def open(self, link: Link, profile: Profile) -> Iterator["UbootRecovery"]:
        """Sends nothing yet. UsageError(PROFILE_BAD), LinkError."""
        from fieldtool.drivers.smp_line import SmpPatience, open_wire  # only who opens a line pays for it

        plan = uboot_plan(profile)
        wire = open_wire(link, plan.baud, SmpPatience(connect=self.patience.connect))
        try:
            yield UbootRecovery(UbootLine(wire, link, plan.prompt, self.clock, self.patience), plan, self.clock)
        finally:
            wire.close()


class UbootRecovery:
    """One bootloader."""

    def __init__(self, line: UbootLine, plan: UbootPlan, clock: Clock) -> None:
        self._line, self._plan, self._clock, self._patience = line, plan, clock, line.patience
        self._slot: Slot | None = None  # that is written
        self._is_prepared = False

    def log(self) -> tuple[str, ...]:
        return self._line.log.lines

    # ---- into the bootloader ----------------------------------------------------------------------------------------

    def enter(self) -> Steps:
        """At its prompt already, or from power-on. Keys are pressed all the time: a bootdelay of 0 looks once."""
        yield Progress(0, 0)
        self._is_prepared = False
        if self._line.interrupt(2) and (yield from self._answers()):
            return
        self._line.drain()
        heard = yield from self._catch()
        if not heard.at_prompt:
            raise self._not_entered(heard)
        if not (yield from self._answers()):
            raise self._line.stalled("version")

    def _answers(self) -> Generator[Progress, None, bool]:
        """Is it a bootloader with a shell that counts?"""
        if not self._line.interrupt(self._patience.tries):
            return False
        try:
            answer = yield from _shown(self._line.run("version"))
        except LinkError as error:
            if error.text in (Text.UBOOT_STALLED, Text.UBOOT_ECHO):
                return False
            raise
        return answer.status == 0 and "U-Boot" in answer.printed

    def _catch(self) -> Generator[Progress | ManualStep, None, Heard]:
        """Until the prompt comes, or it is clear that it will not."""
        heard, seen = Heard(self._plan.prompt), 0.0
        now = begun = self._clock.monotonic()
        told = begun - 1.0
        while now - begun < self._patience.power:
            if now - told >= 0.5:
                yield Progress(0, 0, heard.last_line) if heard.bootloader_starts else POWER
                told = now
            self._line.send(self._plan.stop)
            heard.feed(self._line.receive(_FLOOD))
            now = self._clock.monotonic()
            if heard.at_prompt or heard.bootloader_starts >= _RESTARTS or heard.is_garbage:
                break
            if heard.bootloader_starts and not seen:
                seen = now
            if seen and now - seen > self._patience.caught:
                break
        return heard

    def _not_entered(self, heard: Heard) -> Exception:
        port, said = self._line.port, heard.last_line
        if heard.is_garbage:
            return LinkError(Text.UBOOT_GARBLED, port=port, baud=self._plan.baud)
        if heard.bootloader_starts and heard.boots and not heard.counts_down:
            return DeviceError(Text.UBOOT_NOT_CAUGHT, heard=said)
        if heard.bootloader_starts:  # also where it fell silent at once: its power may have gone
            return LinkError(Text.UBOOT_MISSED, heard=said)
        if said:
            return LinkError(Text.UBOOT_OTHER_PROGRAM, heard=said)
        return LinkError(Text.UBOOT_SILENT, port=port, seconds=round(self._patience.power))

    # ---- who it is --------------------------------------------------------------------------------------------------

    def identify(self) -> Identity:
        facts = {name: self._line.told(command) for name, command in self._plan.facts.items()}
        return Identity(
            vendor=facts.get("vendor", ""),
            model=facts["model"],
            hardware=facts["hardware"],
            serial=facts.get("serial", ""),
            versions={},
        )

    def fits(self, image: FirmwareImage) -> None:
        """Model, hardware, format, length; and whether the medium has the last block of the place."""
        release, who = image.release, self.identify()
        if not who.model or not who.hardware:
            raise RefusedError(Text.UBOOT_UNKNOWN_HARDWARE)
        if who.model not in self._plan.models or who.model not in release.models:
            raise RefusedError(Text.UBOOT_OTHER_MODEL, found=who.model, expected=", ".join(release.models))
        if who.hardware not in release.hardware:
            expected = ", ".join(release.hardware)
            raise RefusedError(Text.UBOOT_OTHER_HARDWARE, found=who.hardware, expected=expected)
        if release.format != self._plan.format:
            raise RefusedError(Text.UBOOT_OTHER_FORMAT, found=release.format, expected=self._plan.format)
        if image.length > self._plan.room:
            raise RefusedError(Text.UBOOT_TOO_LARGE, length=image.length, room=self._plan.room)
        self._has_room()

    def _has_room(self) -> None:
        self._prepare()
        if self._plan.whole:
            return  # the length of a volume is known only where it is written
        slot, block = self._target(), self._plan.block_bytes
        last = self._plan.room - block
        answer = self._sure(self._plan.command(self._plan.read, self._plan.ram, slot, last, block))
        if answer.status != 0:
            where = f"{slot.first + last // block:x}"
            raise RefusedError(Text.UBOOT_MEDIUM_SMALL, block=where, detail=_last_line(answer))

    def _prepare(self) -> None:
        if not self._is_prepared and self._plan.prepare:
            answer = self._sure(self._plan.prepare)
            if answer.status != 0:
                raise DeviceError(Text.UBOOT_REFUSED, command=self._plan.prepare, detail=_last_line(answer))
        self._is_prepared = True

    def _sure(self, command: str) -> Answer:
        """A bad status counts when it comes twice."""
        answer = self._line.ask(command)
        return answer if answer.status == 0 else self._line.ask(command)

    def _target(self) -> Slot:
        """The slot that does not start now: nobody knows what is left of the other. The first where nobody knows."""
        if self._slot is None:
            first, *others = self._plan.slots
            active = self._active() if self._plan.active else ""
            self._slot = others[0] if others and active == first.name else first
        return self._slot

    def _active(self) -> str:
        return self._line.told(self._plan.active)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def write(self, image: FirmwareImage) -> Steps:
        yield Progress(0, image.length)
        self._prepare()
        content = content_of(image)
        if (yield from self._lies_in_active(content, image.length)):
            return
        if self._plan.whole:
            yield from self._write_whole(content, image.length)
            return
        for offset, chunk in self._chunks(content):
            if not (yield from self._holds(chunk, offset, image.length)):
                yield from self._bring(chunk, self._plan.ram, offset, image.length)
                yield from self._put(chunk, offset, image.length)
            yield Progress(min(offset + len(chunk), image.length), image.length)

    def _lies_in_active(self, content: bytes, total: int) -> Generator[Progress, None, bool]:
        """An earlier recovery may have broken off behind its switch: then there is nothing to write."""
        active = self._active() if self._plan.active else ""
        slot = next((one for one in self._plan.slots if one.name == active), None)
        if slot is None:
            return False
        for offset, chunk in self._chunks(content):
            if not (yield from self._holds(chunk, offset, total, slot)):
                return False
        self._slot = slot
        yield Progress(total, total)
        return True

    def _chunks(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """(offset, whole blocks)"""
        step = len(content) if self._plan.whole else self._plan.chunk
        for offset in range(0, len(content), step):
            yield offset, _padded(content[offset : offset + step], self._plan.block_bytes)

    def _write_whole(self, content: bytes, length: int) -> Steps:
        """All into RAM, chunk by chunk, then one command. What RAM has already is not sent again."""
        padded = _padded(content, self._plan.block_bytes)
        if (yield from self._holds(padded, 0, length)):
            return
        for offset in range(0, len(padded), self._plan.chunk):
            chunk = padded[offset : offset + self._plan.chunk]
            if not self._has(chunk, self._plan.ram + offset):
                yield from self._bring(chunk, self._plan.ram + offset, offset, length)
        yield from self._put(padded, 0, length)

    def _bring(self, chunk: bytes, address: int, before: int, total: int) -> Steps:
        """Into RAM, until its checksum is the right one."""
        for _ in range(_LOADS):
            try:
                for done in self._line.load(chunk, address):
                    yield Progress(min(before + done, total), total)
            except Lost:
                continue
            if self._has(chunk, address):
                return
        raise LinkError(Text.UBOOT_NOISY, port=self._line.port, damaged=self._line.damaged, sent=self._line.sent)

    def _has(self, chunk: bytes, address: int) -> bool:
        """Does its RAM hold this? Asked until an answer agrees, or came twice."""
        wanted, heard = crc32(chunk), None
        for _ in range(self._patience.tries):
            answer = self._line.ask(f"crc32 {address:x} {len(chunk):x}")
            found = console.checksum(answer.printed)
            if found == wanted:
                return True
            if found is not None and found == heard:
                return False
            heard = found
        return False

    def _put(self, chunk: bytes, offset: int, total: int) -> Steps:
        """Onto the medium, and read back from there."""
        plan, answer = self._plan, Answer(0, "")
        command = plan.command(plan.write, plan.ram, self._target(), offset, len(chunk))
        for _ in range(_WRITES):
            answer = yield from _shown(self._line.run(command, self._patience.write), min(offset, total), total)
            if (yield from self._holds(chunk, offset, total)):
                return
        if answer.status != 0:
            raise DeviceError(Text.UBOOT_WRITE_REFUSED, offset=offset, detail=_last_line(answer))
        raise DeviceError(Text.UBOOT_NOT_WRITTEN, offset=offset)

    def _holds(
        self, chunk: bytes, offset: int, total: int, slot: Slot | None = None
    ) -> Generator[Progress, None, bool]:
        """Does the medium hold this? It is read to where nothing of it lay before: a read that does nothing shows."""
        plan, back = self._plan, self._plan.ram + max(self._plan.chunk, len(chunk))
        read = plan.command(plan.read, back, slot or self._target(), offset, len(chunk))
        command = f"mw.b {back:x} 0 {len(chunk):x} && {read}"
        for _ in range(_WRITES):
            answer = yield from _shown(self._line.run(command, self._patience.write), min(offset, total), total)
            if answer.status == 0 and self._has(chunk, back):
                return True
        return False

    def verify(self, image: FirmwareImage) -> Steps:
        yield Progress(0, image.length)
        self._prepare()
        for offset, chunk in self._chunks(content_of(image)):
            if not (yield from self._holds(chunk, offset, image.length)):
                raise DeviceError(Text.UBOOT_NOT_WRITTEN, offset=offset)
            yield Progress(min(offset + len(chunk), image.length), image.length)

    # ---- starting ---------------------------------------------------------------------------------------------------

    def start(self, image: FirmwareImage) -> Steps:
        yield Progress(0, 0)
        self._switch()
        heard = Heard(self._plan.prompt)
        heard.feed((yield from self._begin_start()))
        until = self._clock.monotonic() + self._plan.seconds
        while (now := self._clock.monotonic()) < until:
            heard.feed(self._line.receive(min(0.5, until - now)))
            yield Progress(0, 0, heard.last_line)
            if (found := self._plan.banner.search(heard.text)) is not None:
                if found[1] != image.version:
                    raise DeviceError(Text.UBOOT_OTHER_STARTED, found=found[1], expected=image.version)
                return
            if heard.at_prompt or heard.bootloader_starts >= _RESTARTS:
                raise self._not_started(heard)
        raise LinkError(Text.UBOOT_NO_WORD, seconds=round(self._plan.seconds))

    def _switch(self) -> None:
        if not self._plan.switch:
            return
        self._prepare()
        slot = self._target()
        answer = self._sure(self._plan.switch.format(slot=slot.name))
        if answer.status != 0:
            raise DeviceError(Text.UBOOT_NOT_SWITCHED, detail=_last_line(answer))
        if (active := self._active()) != slot.name:
            raise DeviceError(Text.UBOOT_NOT_SWITCHED, detail=f"slot {active or 'of no name'} is to start")

    def _begin_start(self) -> Generator[Progress, None, bytes]:
        """Typed and compared as every command; it does not come back to say how it went."""
        slot = self._target()
        return (yield from _shown(self._line.enter(self._plan.start.format(slot=slot.name, block=f"{slot.first:x}"))))

    def _not_started(self, heard: Heard) -> Exception:
        lines = [line for line in heard.text.splitlines() if line.strip()]
        refused = next((line for line in lines if _SIGNATURE.search(line)), "")
        if refused:
            return SignatureError(Text.UBOOT_SIGNATURE, detail=plain(refused))
        reason = next((line for line in reversed(lines) if _NOT_BOOTED.search(line)), "")
        if heard.at_prompt:
            said = reason or next((line for line in reversed(lines) if line != self._plan.prompt.strip()), "")
            return DeviceError(Text.UBOOT_DID_NOT_START, detail=plain(said) or "the bootloader waits")
        return DeviceError(Text.UBOOT_RESTARTS, detail=plain(reason or heard.last_line))


def _shown(running: Generator[None, None, _R], done: int = 0, total: int = 0) -> Generator[Progress, None, _R]:
    """A command that takes its time, with its place in the whole."""
    while True:
        try:
            next(running)
        except StopIteration as end:
            result: _R = end.value
            return result
        yield Progress(done, total)


def _padded(chunk: bytes, block: int) -> bytes:
    return chunk + bytes(-len(chunk) % block)


def _last_line(answer: Answer) -> str:
    lines = [line for line in answer.printed.splitlines() if line.strip()]
    return plain(lines[-1]) if lines else f"status {answer.status}"


RECOVERER = UbootSerial()
