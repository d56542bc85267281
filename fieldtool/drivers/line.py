"""A TCP connection to a charger that gives up by itself, whatever paramiko or the operating system would wait for."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fieldtool.core.clock import Clock
from fieldtool.core.errors import LinkError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain


class Line(socket.socket):
    """A TCP connection that gives up by itself: on a send that stays blocked, and on an answer that is overdue."""

    def __init__(self, family: int, kind: int, proto: int, clock: Clock, silence: float) -> None:
        super().__init__(family, kind, proto)
        self._clock, self._silence = clock, silence
        self._blocked_since: float | None = None
        self._due: tuple[float, float] | None = None  # moment, seconds that were allowed
        self.stalled: float | None = None  # seconds after which it gave up

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]  # paramiko sends bytes only
        try:
            sent = super().send(data, flags)
        except TimeoutError as error:  # paramiko's socket timeout of 0.1 s; it would try again for ever
            self._check_end(error)
            now = self._clock.monotonic()
            if self._blocked_since is None:
                self._blocked_since = now
            if now - self._blocked_since > self._silence:
                raise self._give_up(self._silence) from None
            raise
        self._blocked_since = None
        return sent

    def recv(self, size: int, flags: int = 0) -> bytes:
        self._check_due()
        try:
            return super().recv(size, flags)
        except TimeoutError as error:
            self._check_end(error)
            raise

    @contextmanager
    def due(self, seconds: float) -> Iterator[None]:
        """The line is given up when the block takes longer."""
        outer = self._due
        self._due = (self._clock.monotonic() + seconds, seconds)
        try:
            yield
        finally:
            self._due = outer

    def _check_end(self, error: TimeoutError) -> None:
        self._check_due()
        if error.errno == errno.ETIMEDOUT:  # the operating system gave the connection up
            raise self._give_up(self._silence) from None

    def _check_due(self) -> None:
        due = self._due
        if due is not None and self._clock.monotonic() > due[0]:
            raise self._give_up(due[1])

    def _give_up(self, seconds: float) -> ConnectionAbortedError:
        # not ETIMEDOUT: paramiko would take it for its own socket timeout and go on
        self.stalled = seconds
        return ConnectionAbortedError(errno.ECONNABORTED, "no answer in time")


def dial(link: Link, clock: Clock, connect: float, silence: float) -> Line:
    """A connection within `connect` seconds, of which `silence` seconds are believed. LinkError otherwise."""
    host, port = split_address(link.address)
    problem: OSError | None = None
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LinkError(Text.LINK_UNREACHABLE, address=link.address, detail=cause_of(error)) from error
    for family, kind, proto, _, address in places:
        line = Line(family, kind, proto, clock, silence)
        line.settimeout(connect)
        try:
            line.connect(address)
            _notice_silence(line, silence)
        except OSError as error:
            line.close()
            problem = error
        else:
            return line
    raise LinkError(Text.LINK_UNREACHABLE, address=link.address, detail=cause_of(problem)) from problem


def split_address(address: str) -> tuple[str, int]:
    """Host and port of "192.0.2.7", "192.0.2.7:22", "[fe80::1%eth0]:22", "fe80::1%eth0". LinkError when it is neither.

    >>> split_address("[fe80::1%eth0]:2222")
    ('fe80::1%eth0', 2222)
    """
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif address.startswith("[") and address.endswith("]"):
        host, port = address[1:-1], "22"
    elif not colon or ":" in host:  # no port, or an IPv6 address without brackets
        host, port = address, "22"
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise LinkError(Text.LINK_UNREACHABLE, address=address, detail="this is no address")
    return host, int(port)


def _notice_silence(line: socket.socket, seconds: float) -> None:
    """Have the operating system end a connection whose other side vanished. Tried on Linux only."""
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms are lost at each command
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    whole = max(1, round(seconds))
    options = {
        "TCP_USER_TIMEOUT": round(seconds * 1000),  # Linux, milliseconds
        "TCP_KEEPIDLE": whole,
        "TCP_KEEPALIVE": whole,  # macOS's name of TCP_KEEPIDLE
        "TCP_KEEPINTVL": 5,
        "TCP_KEEPCNT": 3,
        "TCP_CONNECTIONTIMEOUT": whole,  # macOS
        "TCP_MAXRT": whole,  # Windows, seconds
    }
    numbers = {"TCP_MAXRT": 5} if sys.platform == "win32" else {}  # ws2ipdef.h; Python has no name for it
    for name, value in options.items():
        option = getattr(socket, name, numbers.get(name))
        if option is not None:
            with suppress(OSError):  # a system that knows the name and refuses it: Line has deadlines of its own
                line.setsockopt(socket.IPPROTO_TCP, option, value)


def cause_of(error: BaseException | None) -> str:
    """In words, why a connection failed."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "the charger closed it"
    return plain(getattr(error, "strerror", None) or str(error)) or type(error).__name__
