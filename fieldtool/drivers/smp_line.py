"""SMP over a serial port, or over the TCP connection of a device server: requests, responses, and uploads in a window.

A server answers damaged lines with silence and may answer late: whoever asks gives up, asks again where that does no
harm, and throws away what belongs to an earlier question.
"""

import errno
import socket
import sys
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from fieldtool.core.addresses import endpoint
from fieldtool.core.clock import Clock
from fieldtool.core.errors import LinkError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import smp
from fieldtool.drivers.codecs.smp import Parameters, Request, Response, Uploaded
from fieldtool.drivers.codecs.smp_frames import OVERHEAD, Frames, encode

WINDOW = 2  # requests on the way: two reach 0.999 of what the line can carry, more add nothing
SLICE = 0.25  # seconds that one read waits at most, so that progress is told in time
WITHOUT_PARAMETERS = Parameters(173, 1)  # a server that does not tell its buffers takes packets of two lines
STANDSTILLS = 16  # answers in a row that bring an upload no further


@dataclass(frozen=True, slots=True)
class SmpPatience:
    """Seconds to wait for what, and how often to ask."""

    answer: float = 3.0
    erase: float = 40.0  # MCUboot may erase the whole slot on the first chunk
    tries: int = 3
    connect: float = 8.0


class Wire(Protocol):
    """Bytes there and back. LinkError when it is gone."""

    def send(self, data: bytes) -> None: ...

    def receive(self, seconds: float) -> bytes:
        """What has come, after at most `seconds`; b"" when nothing has."""
        ...

    def close(self) -> None: ...


def open_wire(link: Link, baud: int, patience: SmpPatience) -> Wire:
    """LinkError names why it cannot be opened."""
    return TcpWire(link, patience) if link.scheme == "serial-tcp" else SerialWire(link.address, baud)


class SerialWire:
    """A port of this laptop, for us alone."""

    def __init__(self, port: str, baud: int) -> None:
        import serial  # only who opens a port pays for it

        self._address = port
        try:
            # Locking is what POSIX has for it; on Windows a port can be opened once anyway.
            self._port = serial.Serial(
                port, baud, write_timeout=10.0, exclusive=None if sys.platform == "win32" else True
            )
            self._port.reset_input_buffer()
        except (serial.SerialException, OSError, ValueError) as error:
            raise _not_opened(port, error) from error

    def send(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:  # SerialException is one
            raise self._gone(error) from error

    def receive(self, seconds: float) -> bytes:
        try:
            self._port.timeout = seconds
            first = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except (OSError, TypeError) as error:  # TypeError: pyserial, when another thread has closed the port
            raise self._gone(error) from error

    def close(self) -> None:
        self._port.close()

    def _gone(self, error: Exception) -> LinkError:
        return LinkError(Text.PORT_VANISHED, port=self._address, detail=_words(error))


class TcpWire:
    """A port behind a device server."""

    def __init__(self, link: Link, patience: SmpPatience) -> None:
        self._address = link.address
        try:
            self._socket = socket.create_connection(endpoint(link), patience.connect)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise LinkError(Text.LINK_UNREACHABLE, address=link.address, detail=_words(error)) from error

    def send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(10.0)
            self._socket.sendall(data)
        except OSError as error:
            raise self._lost(_words(error)) from error

    def receive(self, seconds: float) -> bytes:
        try:
            self._socket.settimeout(max(0.001, seconds))
            data = self._socket.recv(65_536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise self._lost(_words(error)) from error
        if not data:
            raise self._lost("it was closed")
        return data

    def close(self) -> None:
        self._socket.close()

    def _lost(self, detail: str) -> LinkError:
        return LinkError(Text.LINK_LOST, address=self._address, detail=detail)


def _not_opened(port: str, error: Exception) -> LinkError:
    number = error.errno if isinstance(error, OSError) else None
    said = str(error).lower()
    if number == errno.ENOENT or "filenotfounderror" in said:
        return LinkError(Text.PORT_MISSING, port=port)
    # Windows says "access is denied" of a port that another program has open.
    if number in (errno.EBUSY, errno.EAGAIN) or "lock" in said or "permissionerror(13" in said:
        return LinkError(Text.PORT_TAKEN, port=port)
    if number in (errno.EACCES, errno.EPERM):
        return LinkError(Text.PORT_REFUSED, port=port)
    return LinkError(Text.PORT_VANISHED, port=port, detail=_words(error))


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


class SmpLine:
    """One server at the end of a wire. Not thread-safe."""

    def __init__(self, wire: Wire, name: str, clock: Clock, patience: SmpPatience) -> None:
        self._wire, self.name, self._clock, self.patience = wire, name, clock, patience
        self._frames = Frames()
        self._ready: deque[Response] = deque()
        self._sequence = 0
        self.parameters = WITHOUT_PARAMETERS

    def greet(self) -> None:
        """Learn the server's buffers. LinkError(SMP_SILENT) when nobody answers."""
        try:
            response = self.ask(smp.parameters())
        except LinkError as error:
            if error.text is not Text.LINK_STALLED:
                raise
            raise LinkError(Text.SMP_SILENT, port=self.name) from error
        self.parameters = WITHOUT_PARAMETERS if response.refusal is not None else smp.parse_parameters(response)

    def ask(self, request: Request, seconds: float | None = None) -> Response:
        """The response, which may be a refusal. LinkError(LINK_STALLED) after the last try."""
        patience = seconds or self.patience.answer
        for _ in range(self.patience.tries if request.repeatable else 1):
            if (response := self.ask_once(request, patience)) is not None:
                return response
        raise LinkError(Text.LINK_STALLED, address=self.name, seconds=round(patience))

    def ask_once(self, request: Request, seconds: float = SLICE) -> Response | None:
        """None: silence."""
        sent = self.send(request)
        deadline = self._clock.monotonic() + seconds
        while (left := deadline - self._clock.monotonic()) > 0:
            response = self.receive(min(left, SLICE))
            if response is not None and _answers(response, request, sent):
                return response
        return None

    def send(self, request: Request) -> int:
        """Its sequence number."""
        self._sequence = (self._sequence + 1) & 0xFF
        self._wire.send(encode(request.packet(self._sequence)))
        return self._sequence

    def receive(self, seconds: float) -> Response | None:
        """The next response to whatever question; None when none was complete in time."""
        if not self._ready:
            found = (smp.parse(packet) for packet in self._frames.feed(self._wire.receive(seconds)))
            self._ready.extend(response for response in found if response is not None)
        return self._ready.popleft() if self._ready else None

    # ---- uploads ----------------------------------------------------------------------------------------------------

    def upload(self, content: bytes, digest: bytes) -> Generator[int, None, Uploaded]:
        """Bring a file; goes on where the server says. Yields the bytes that have arrived, at least once a second.

        SmpRefused when the server says no. LinkError.
        """
        upload = _Upload(self, self._clock, self.patience, content, digest)
        return (yield from upload.run())


class SmpRefused(Exception):
    """A refusal in mid-upload. The driver says what it means."""

    def __init__(self, refusal: smp.Refusal) -> None:
        super().__init__(refusal.words)
        self.refusal = refusal


class _Upload:
    """A window of chunks. Lost ones are sent again; a server that loses bursts gets smaller ones, one at a time."""

    def __init__(self, line: SmpLine, clock: Clock, patience: SmpPatience, content: bytes, digest: bytes) -> None:
        self._line, self._clock, self._patience = line, clock, patience
        self._content, self._digest = content, digest
        self._buffers = line.parameters
        self._on_the_way: deque[tuple[int, int]] = deque()  # (sequence number, offset behind the chunk)
        self._arrived = 0
        self._misses = 0
        self._standstills = 0

    def run(self) -> Generator[int, None, Uploaded]:
        yield 0
        done = yield from self._first()
        while done.offset < len(self._content):
            if done.offset == 0:  # it has lost what it had: it was restarted
                done = yield from self._first()
                continue
            self._fill()
            answered = yield from self._await(self._patience.answer)
            if answered is None:
                self._miss()
            else:
                done = answered
                yield self._arrived
        return done

    def _first(self) -> Generator[int, None, Uploaded]:
        """Alone: its answer tells where to go on, and may take as long as erasing does."""
        while True:
            self._send(0)
            answered = yield from self._await(self._patience.erase if not self._misses else self._patience.answer)
            if answered is not None:
                return answered
            self._miss()

    def _fill(self) -> None:
        window = min(WINDOW, self._buffers.count)
        at = self._on_the_way[-1][1] if self._on_the_way else self._arrived
        while len(self._on_the_way) < window and at < len(self._content):
            at = self._send(at)

    def _send(self, offset: int) -> int:
        request = smp.chunk(self._content, offset, self._buffers.size - OVERHEAD, self._digest)
        data = request.body["data"]
        assert isinstance(data, bytes)
        self._on_the_way.append((self._line.send(request), offset + len(data)))
        return offset + len(data)

    def _await(self, seconds: float) -> Generator[int, None, Uploaded | None]:
        """The server's next word on this upload. None: silence."""
        deadline, told = self._clock.monotonic() + seconds, self._clock.monotonic()
        while (now := self._clock.monotonic()) < deadline:
            response = self._line.receive(min(deadline - now, SLICE))
            if response is not None and (answered := self._taken(response)) is not None:
                return answered
            if self._clock.monotonic() - told > 2 * SLICE:
                yield self._arrived
                told = self._clock.monotonic()
        return None

    def _taken(self, response: Response) -> Uploaded | None:
        numbers = [sequence for sequence, _ in self._on_the_way]
        if (response.group, response.command) != (smp.IMAGE, 1) or response.sequence not in numbers:
            return None  # of an earlier question
        if response.refusal is not None:
            raise SmpRefused(response.refusal)
        while self._on_the_way[0][0] != response.sequence:
            self._on_the_way.popleft()  # its answer was lost
        _, expected = self._on_the_way.popleft()
        answered = smp.parse_uploaded(response, len(self._content))
        if answered.offset != expected:  # a chunk before it was lost, or the server has more of the file than we knew
            self._on_the_way.clear()
        if answered.offset > self._arrived:
            self._misses = self._standstills = 0
        elif (stood := self._standstills) < STANDSTILLS:
            self._standstills = stood + 1
        else:
            raise smp.strange(f"it takes no more than {answered.offset} bytes")
        self._arrived = answered.offset
        return answered

    def _miss(self) -> None:
        """Silence: the same again, then one at a time, then in packets of one line, then no more."""
        self._on_the_way.clear()
        self._misses += 1
        if self._misses > self._patience.tries:
            raise LinkError(Text.LINK_STALLED, address=self._line.name, seconds=round(self._patience.answer))
        if self._misses == 1:
            self._buffers = Parameters(self._buffers.size, 1)
        elif self._buffers.size > WITHOUT_PARAMETERS.size:
            self._buffers = WITHOUT_PARAMETERS


def _answers(response: Response, request: Request, sequence: int) -> bool:
    return (response.group, response.command, response.sequence) == (request.group, request.command, sequence)
