"""One U-Boot at the end of a serial line: typed commands, files by YMODEM, and what came while nobody asked.

Every command that goes through here may be repeated without harm: a line that loses or turns bits makes it necessary.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fieldtool.core.clock import NEVER, Clock
from fieldtool.core.errors import DeviceError, LinkError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.console import INTERRUPT, Answer, Command, Heard, Log, Stage, value
from fieldtool.drivers.codecs.rauc import plain
from fieldtool.drivers.codecs.ymodem import ABORT, LARGE, Sender, State, Variant

if TYPE_CHECKING:  # it comes with CBOR, which a console does not need
    from fieldtool.drivers.smp_line import Wire

_R = TypeVar("_R")
SLICE = 0.25  # seconds that one read waits at most
QUIET = 0.1  # seconds of silence after which a line counts as read
_SECOND_C = 0.2  # U-Boot may not send it; waiting for it costs four seconds
_READY = b"..."  # ends the line with which U-Boot says that it waits for a file


@dataclass(frozen=True, slots=True)
class UbootPatience:
    """Seconds to wait for what, and how often to try."""

    connect: float = 8.0
    echo: float = 1.5  # of what was typed
    prompt: float = 1.0  # after an interrupt
    flush: float = 2.5  # U-Boot throws away what comes until two seconds were silent
    command: float = 20.0
    write: float = 60.0  # of one chunk: memory that must be erased is slow
    packet: float = 5.0  # the device's own patience is two seconds
    close: float = 0.7
    power: float = 180.0  # until the charger was switched off and on
    caught: float = 15.0  # from a bootloader's first words to its prompt
    interrupts: int = 3
    tries: int = 6


class Lost(Exception):
    """A file did not arrive: noise, or the receiver gave up."""


class UbootLine:
    """Not thread-safe, except `log`."""

    def __init__(self, wire: "Wire", link: Link, prompt: str, clock: Clock, patience: UbootPatience) -> None:
        self._wire, self._link, self._prompt, self._clock, self.patience = wire, link, prompt, clock, patience
        self._number = 0
        self._size = LARGE  # of blocks: smaller once the line proved noisy
        self.sent = self.damaged = 0  # blocks
        self.log = Log()

    @property
    def port(self) -> str:
        return self._link.address

    # ---- bytes ------------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        self._wire.send(data)

    def receive(self, seconds: float = SLICE) -> bytes:
        try:
            data = self._wire.receive(seconds)
        except LinkError as error:
            if self._is_shared(error):
                raise LinkError(Text.UBOOT_PORT_SHARED, port=self.port) from error
            raise
        self.log.feed(data)
        return data

    def _is_shared(self, error: LinkError) -> bool:
        """pyserial's words for a read that found nothing are the same for a cable that was pulled."""
        if self._link.scheme != "serial" or "multiple access" not in str(error.params.get("detail", "")):
            return False
        self._clock.wait(NEVER, SLICE)  # a port that was pulled is gone by then
        return Path(self.port).exists()

    def _wait_until(self, moment: float) -> float:
        return max(0.001, min(SLICE, moment - self._clock.monotonic()))

    def drain(self) -> None:
        """Until nothing comes for a moment, two seconds at most."""
        until = self._clock.monotonic() + 2.0
        while self.receive(QUIET) and self._clock.monotonic() < until:
            pass

    # ---- the console ------------------------------------------------------------------------------------------------

    def interrupt(self, tries: int = 1) -> bool:
        """End whatever runs, discard what was half typed. True when the prompt came."""
        for number in range(tries):
            heard = Heard(self._prompt)
            self.send(ABORT + INTERRUPT)
            until = self._clock.monotonic() + (self.patience.flush if number else self.patience.prompt)
            while self._clock.monotonic() < until:
                heard.feed(self.receive(self._wait_until(until)))
                if heard.at_prompt and not (more := self.receive(QUIET)):
                    return True
                if heard.at_prompt:
                    heard.feed(more)
        return False

    def run(self, command: str, seconds: float | None = None) -> Generator[None, None, Answer]:
        """The answer, also when the status is bad. Yields while it waits. LinkError."""
        for _ in range(self.patience.tries):
            typed = self._new(command)
            if (yield from self._type(typed)):
                answer = yield from self._result(typed, seconds or self.patience.command)
                if answer is not None:
                    return answer
            self._recover(command, seconds)
        raise LinkError(Text.UBOOT_ECHO, port=self.port)

    def _recover(self, command: str, seconds: float | None = None) -> None:
        """Back to an empty prompt. LinkError when it does not come: nobody is there."""
        if not self.interrupt(self.patience.interrupts):
            raise self.stalled(command, seconds)

    def enter(self, command: str) -> Generator[None, None, bytes]:
        """Type a command that does not come back, such as a restart, and press Enter. Returns its first words."""
        for _ in range(self.patience.tries):
            yield from self._entered(command)
            until = self._clock.monotonic() + self.patience.echo
            while self._clock.monotonic() < until:
                if first := self.receive(self._wait_until(until)):
                    return first
                yield
            self._recover(command)
        raise LinkError(Text.UBOOT_ECHO, port=self.port)

    def ask(self, command: str, seconds: float | None = None) -> Answer:
        """The same, for what takes less than a second."""
        running = self.run(command, seconds)
        while True:
            try:
                next(running)
            except StopIteration as end:
                answer: Answer = end.value
                return answer

    def told(self, command: str) -> str:
        """The value that it prints, once it was the same twice; "" when it has none. Noise makes no value."""
        seen: list[str] = []
        for _ in range(2 * self.patience.tries):
            answer = self.ask(command)
            found = value(answer.printed) if answer.status == 0 else ""
            if found in seen:
                return found
            seen.append(found)
        raise LinkError(Text.UBOOT_ECHO, port=self.port)

    def stalled(self, command: str, seconds: float | None = None) -> LinkError:
        waited = round(seconds or self.patience.command)
        return LinkError(Text.UBOOT_STALLED, port=self.port, seconds=waited, command=plain(command)[:80])

    def _new(self, command: str) -> Command:
        self._number = self._number % 999 + 1
        return Command(command, self._number, self._prompt)

    def _type(self, typed: Command) -> Generator[None, None, bool]:
        """Up to Enter. False: the echo is another, or none."""
        self.send(typed.begin())
        until = self._clock.monotonic() + self.patience.echo
        while typed.stage is Stage.TYPING:
            data = self.receive(self._wait_until(until))
            if not data and self._clock.monotonic() >= until:
                return False
            if to_send := typed.heard(data):
                self.send(to_send)
                until = self._clock.monotonic() + self.patience.echo
            yield
        return typed.stage is Stage.RUNNING

    def _result(self, typed: Command, seconds: float) -> Generator[None, None, Answer | None]:
        """None: the answer cannot be read, or Enter was lost. LinkError when the time is over."""
        until = self._clock.monotonic() + seconds
        heard, anything = Heard(self._prompt), False
        begun = self._clock.monotonic()
        while typed.stage is Stage.RUNNING:
            data = self.receive(self._wait_until(until))
            typed.heard(data)
            heard.feed(data)
            anything = anything or bool(data)
            if not data and typed.marked:
                break  # the prompt was damaged
            if not data and heard.at_prompt:
                return None  # the mark was damaged
            now = self._clock.monotonic()
            if not anything and now - begun > self.patience.echo:
                return None
            if now >= until:
                return None
            yield
        return typed.answer

    # ---- files ------------------------------------------------------------------------------------------------------

    def load(self, content: bytes, address: int) -> Generator[int, None, None]:
        """Bring `content` into its RAM. Yields the bytes that arrived. Lost; DeviceError when it cannot take files."""
        for command, variant in (("loady", Variant.YMODEM), ("loadx", Variant.XMODEM)):
            typed = yield from _counted(self._entered(f"{command} {address:x}"), 0)
            first = yield from _counted(self._until_ready(typed), 0)
            if first is not None:
                yield from self._transfer(typed, Sender(content, variant=variant, size=self._size), first)
                return
        raise DeviceError(Text.UBOOT_REFUSED, command="loady", detail="it takes no files over the serial line")

    def _entered(self, command: str) -> Generator[None, None, Command]:
        for _ in range(self.patience.tries):
            typed = self._new(command)
            if (yield from self._type(typed)):
                return typed
            self._recover(command)
        raise LinkError(Text.UBOOT_ECHO, port=self.port)

    def _until_ready(self, typed: Command) -> Generator[None, None, bytes | None]:
        """What came behind its "Ready" line. None: it does not know the command."""
        until = self._clock.monotonic() + self.patience.packet
        heard = b""
        while self._clock.monotonic() < until:
            data = self.receive(self._wait_until(until))
            typed.heard(data)
            heard += data
            if typed.marked:
                self.drain()
                return None
            if _READY in heard:
                return heard[heard.rindex(_READY) + len(_READY) :]
            if heard.endswith(b"C"):
                return b"C"
            yield
        raise self.stalled("loady", self.patience.packet)

    def _transfer(self, typed: Command, sender: Sender, first: bytes) -> Generator[int, None, None]:
        try:
            to_send = sender.heard(first)
            while True:
                if to_send:
                    self.sent += 1
                    self.send(to_send)
                if sender.ended:
                    break
                to_send = yield from self._heard(typed, sender)
        finally:
            self.damaged += sender.refused
            self._size = sender.size
            if not sender.ended:  # cancelled, or the line broke: its console must come back
                with suppress(LinkError):
                    self.send(ABORT)
        if sender.state is State.SILENT:
            raise self.stalled("loady", self.patience.packet)
        if sender.state is not State.DONE:
            self._recover("loady")
            raise Lost(sender.state.name)
        yield from _counted(self._close(typed), sender.done)

    def _heard(self, typed: Command, sender: Sender) -> Generator[int, None, bytes]:
        """What to send now. Lost when the receiver is silent for too long at the very begin."""
        patience = {State.HEADER_TAKEN: _SECOND_C, State.CLOSING: self.patience.close, State.LAST: self.patience.close}
        seconds = patience.get(sender.state, self.patience.packet)
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until:
            if data := self.receive(self._wait_until(until)):
                state = sender.state
                typed.heard(data)  # behind the last ACK the console goes on
                to_send = sender.heard(data)
                if to_send or sender.ended or sender.state is not state:
                    yield sender.done
                    return to_send
            else:
                yield sender.done
        if sender.state is State.WAITING:
            self.send(ABORT)
            raise Lost("nobody waits for the file")
        return sender.silence()

    def _close(self, typed: Command) -> Generator[None, None, None]:
        """Back to the prompt. What it says of the transfer counts for nothing: the checksum does."""
        if (yield from self._result(typed, self.patience.packet)) is None:
            self._recover("loady")


def _counted(steps: Generator[None, None, _R], done: int) -> Generator[int, None, _R]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _R = end.value
            return result
        yield done
