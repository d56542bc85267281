"""The SSH server of a virtual charger: who may log in, what a session may ask for, and a line as bad as one likes."""

import base64
import logging
import selectors
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from fieldtool.core.clock import Clock
from fieldtool.lab.device import PowerLost
from fieldtool.lab.sftp import SftpFiles, SftpServer
from fieldtool.lab.shell import run
from fieldtool.lab.system import Streams, System

USER = "root"
_LOG = "lab.ssh"
# Broken connections are what a lab is for: paramiko reports each as an error with a traceback.
logging.getLogger(_LOG).setLevel(logging.CRITICAL)
_LOOK = 0.05  # seconds between looks at a line that carries nothing


@dataclass(frozen=True, slots=True)
class Logins:
    """Who may log in as root."""

    public_keys: tuple[str, ...] = ()  # OpenSSH one-line form
    password: str | None = None


def bound(host: str, port: int, but_not: int = 0) -> socket.socket:
    """A socket that holds an address without listening: who connects is refused."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would let others take the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
    except OSError:
        held.close()
        raise
    if held.getsockname()[1] != but_not:
        return held
    other = bound(host, 0)
    held.close()
    return other


def bound_again(host: str, port: int) -> socket.socket:
    """The port it had before; another one when somebody took that while the lab was not running."""
    try:
        return bound(host, port)
    except OSError:
        return bound(host, 0)


class Door:
    """Takes connections on one listening socket until it is closed."""

    def __init__(
        self, listener: socket.socket, system: System, key: paramiko.PKey, logins: Logins, clock: Clock
    ) -> None:
        self._listener, self._system, self._key, self._logins = listener, system, key, logins
        self._pace = _Pace(clock)
        self._lock = Lock()
        self._transports: list[tuple[paramiko.Transport, _Line]] = []
        self._closed = False
        self._wake, self._waker = socket.socketpair()
        listener.listen(64)
        self._thread = Thread(target=self._accept, name=f"lab accept {listener.getsockname()[1]}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            transports, self._transports = self._transports, []
        self._waker.send(b"x")
        self._thread.join(5)
        for one in (self._listener, self._wake, self._waker):
            one.close()
        for _, line in transports:
            line.close()
        for transport, _ in transports:
            transport.join(1)

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._closed:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._listener in ready and not self._closed:
                    self._serve_next()

    def _serve_next(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # it was gone again before we looked
        line = _Line(connection, self._system, self._pace)
        transport = paramiko.Transport(line)  # type: ignore[arg-type]  # a _Line is as much of a socket as it uses
        transport.set_log_channel(_LOG)
        transport.add_server_key(self._key)
        system = self._system
        transport.set_subsystem_handler("sftp", SftpServer, SftpFiles, system.device, system.power)
        with self._lock:
            if self._closed:
                line.close()
                return
            self._transports = [(one, its) for one, its in self._transports if one.is_alive()] + [(transport, line)]
        transport.start_server(event=Event(), server=_Login(self._system, self._logins, line))


class _Pace:
    """How fast a charger's line is, shared by all its connections, each way on its own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = Lock()
        self._free_at = {"in": 0.0, "out": 0.0}

    def seconds(self, way: str, size: int, rate: int) -> float:
        """How long `size` bytes have to wait for their turn."""
        with self._lock:
            now = self.clock.monotonic()
            self._free_at[way] = max(now, self._free_at[way]) + size / rate
            return self._free_at[way] - now


class _Line:
    """One TCP connection, as good or as bad as the charger's faults make it. Looks like a socket to paramiko."""

    def __init__(self, connection: socket.socket, system: System, pace: _Pace) -> None:
        self._socket, self._system, self._pace = connection, system, pace
        self._closed = Event()
        self._after_reply: list[Callable[[], None]] = []
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def when_replied(self, start: Callable[[], None]) -> None:
        """Call `start` once the reply to the request that is being handled has left."""
        self._after_reply.append(start)

    def recv(self, size: int) -> bytes:
        # The transport asks for more: its reply to the request before has been sent.
        starts, self._after_reply = self._after_reply, []
        for start in starts:
            start()
        rate = self._system.device.faults.slow
        data = self._socket.recv(min(size, max(512, rate // 20)) if rate else size)
        self._hold("in", len(data))
        return data

    def send(self, data: bytes) -> int:
        rate = self._system.device.faults.slow
        part = data[: max(512, rate // 20)] if rate else data
        self._hold("out", len(part))
        return self._socket.send(part)

    def _hold(self, way: str, size: int) -> None:
        device, power = self._system.device, self._system.power
        while device.faults.stall:
            if self._pace.clock.wait(self._closed, _LOOK):
                break
        rate = device.faults.slow
        if rate and size:
            self._pace.clock.wait(self._closed, self._pace.seconds(way, size, rate))
        if self._closed.is_set() or power.off.is_set():
            raise EOFError

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        if self._system.power.off.is_set():  # no farewell: a reset instead of a proper end
            self._socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            )
        with suppress(OSError):  # the other side may have been faster
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv
        self._socket.close()

    def settimeout(self, seconds: float | None) -> None:
        """Paramiko looks at its socket ten times a second; a hundred chargers cannot afford that."""
        self._socket.settimeout(None if seconds is None else max(seconds, 5.0))

    def getpeername(self) -> tuple[str, int]:
        host, port = self._socket.getpeername()[:2]
        return host, port


class _Login(paramiko.ServerInterface):
    """Who may log in, and what a session may ask for: commands and SFTP."""

    def __init__(self, system: System, logins: Logins, line: _Line) -> None:
        self._system, self._logins, self._line = system, logins, line
        self._keys = {base64.b64decode(line.split()[1]) for line in logins.public_keys}

    def get_allowed_auths(self, username: str) -> str:
        return "publickey,password" if self._logins.password is not None else "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == USER and key.asbytes() in self._keys
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        known = username == USER and self._logins.password is not None and password == self._logins.password
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        session = kind == "session"
        return OPEN_SUCCEEDED if session else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        line = command.decode(errors="replace")
        thread = Thread(target=self._execute, args=(channel, line), name=f"lab {line[:40]}", daemon=True)
        self._line.when_replied(thread.start)
        return True

    def _execute(self, channel: paramiko.Channel, line: str) -> None:
        streams = Streams(_Outlet(channel.sendall), _Outlet(channel.sendall_stderr))
        # Whoever listened may be gone by now; the command was done all the same. With the power, the command went too.
        with suppress(OSError, EOFError, paramiko.SSHException, PowerLost), closing(channel):
            channel.send_exit_status(run(self._system, line, streams))


class _Outlet:
    """Writes to a channel while somebody listens; afterwards to nobody, as a command's output does after a hang-up."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._send: Callable[[bytes], object] | None = send

    def __call__(self, text: str) -> None:
        if self._send is None:
            return
        try:
            self._send(text.encode())
        except (OSError, EOFError, paramiko.SSHException):
            self._send = None
