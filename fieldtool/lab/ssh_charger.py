"""A virtual charger on the wire: an SSH server over one device, with a power switch.

Portable: paramiko's server side, threads, no fork, no privileges. What a command or a file means is `shell` and
`sftp`; here are connections, logins, the host key, and the way a charger goes dark and comes back.
"""

import base64
import hashlib
import io
import logging
import selectors
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, RLock, Thread

import paramiko
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab.device import Device, Power, PowerLost
from fieldtool.lab.faults import ACTIONS, NO_FAULTS, Faults
from fieldtool.lab.rauc import Rauc
from fieldtool.lab.sftp import SftpFiles, SftpServer
from fieldtool.lab.shell import run
from fieldtool.lab.state import Nameplate, Timing
from fieldtool.lab.swupdate import Swupdate
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


def new_ssh_key() -> tuple[str, str]:
    """A new Ed25519 key: (private, OpenSSH PEM text; public, one line)."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


class VirtualCharger:
    """One charger. `on_change(self)` is called after each change of being reachable."""

    def __init__(
        self,
        folder: Path,
        nameplate: Nameplate,
        roots: list[x509.Certificate],
        logins: Logins,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        timing: Timing = Timing(),  # noqa: B008  # frozen
        faults: Faults = NO_FAULTS,
        clock: Clock | None = None,
        on_change: Callable[["VirtualCharger"], None] = lambda charger: None,
    ) -> None:
        self._clock = clock or SystemClock()
        self.device = Device(folder, nameplate, roots, self._go_dark, self._clock, timing, faults)
        self._folder, self._logins, self._host, self._on_change = folder, logins, host, on_change
        self._lock = RLock()
        self._stop = Event()
        self._turn = 0  # counts power events; an older one gives up when a newer came
        self._door: _Door | None = None
        self._system: System | None = None
        self._threads: list[Thread] = []
        self._key = self._load_key()
        self._socket = _bound(host, port) if port else _bound_again(host, self.device.state.port)
        self._keep_port()

    # -- where it is

    def _keep_port(self) -> None:
        self.port: int = self._socket.getsockname()[1]
        self.device.change(lambda state: replace(state, port=self.port))

    @property
    def host(self) -> str:
        return self._host

    @property
    def address(self) -> str:
        return f"{self._host}:{self.port}"

    @property
    def fingerprint(self) -> str:
        """The host key's, as OpenSSH prints it."""
        digest = hashlib.sha256(self._key.asbytes()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def reachable(self) -> bool:
        return self._door is not None

    @property
    def system(self) -> System | None:
        """What runs now; None while it is dark."""
        return self._system if self.device.on else None

    # -- life

    def start(self) -> None:
        """Power on."""
        with self._lock:
            self._turn += 1
            self._come_back()

    def stop(self) -> None:
        """End of the lab: as if its power were cut, and it never comes back."""
        self._stop.set()
        with self._lock:
            self._turn += 1
            self.device.power.off.set()
            self._shut()
            self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def act(self, name: str, value: str = "") -> None:
        """A fault set or an action done, by name. UsageError when it makes no sense."""
        device = self.device
        actions: dict[str, Callable[[], None]] = {
            "power_cut": lambda: device.cut_power(float(value) if value else None),
            "power_on": self.start,
            "restart": device.restart,
            "ssh_gone": lambda: self.lose_ssh(float(value or 5)),
            "session_start": lambda: device.start_session(value),
            "session_end": lambda: device.end_session(value),
            "run_version": lambda: device.run_version(value),
            "reflash": lambda: self.reflash(value),
        }
        if name not in actions:
            device.set_fault(name, value)
            return
        try:
            actions[name]()
        except ValueError as error:
            raise UsageError(Text.LAB_FAULT_BAD, name=name, value=value, allowed=ACTIONS[name]) from error

    def reflash(self, version: str = "") -> None:
        """Factory firmware by serial cable, then power: the only way back for one that does not start any more."""
        self.device.lose_power()
        self._lights_out(self._turn)
        self.device.reflash(version)
        self.start()

    def lose_ssh(self, seconds: float) -> None:
        """The SSH server is gone for a while; the charger itself goes on."""
        with self._lock:
            self._shut()
            power = self.device.power
        self._on_change(self)
        self._spawn(lambda: self._reopen(power, seconds))

    def _reopen(self, power: Power, seconds: float) -> None:
        if self._clock.wait(power.off, seconds):
            return
        with self._lock:
            if power is self.device.power and self._door is None and not self._stop.is_set():
                self._open()
        self._on_change(self)

    def _go_dark(self, seconds: float, delay: float) -> None:
        with self._lock:
            self._turn += 1
            turn = self._turn
        if not delay:
            self._lights_out(turn)
        self._spawn(lambda: self._dark(turn, seconds, delay))

    def _dark(self, turn: int, seconds: float, delay: float) -> None:
        if delay:
            if self._clock.wait(self._stop, delay):
                return
            self._lights_out(turn)
        if self.device.faults.no_return or self._clock.wait(self._stop, seconds):
            return
        with self._lock:
            if turn == self._turn:
                self._come_back()

    def _lights_out(self, turn: int) -> None:
        with self._lock:
            if turn != self._turn:
                return
            self.device.lose_power()
            self._shut()
        self._on_change(self)

    def _come_back(self) -> None:
        if self.device.on or self._stop.is_set():
            return
        if self.device.faults.new_host_key:
            self.device.take("new_host_key")
            (self._folder / "host_key").unlink()
            self._key = self._load_key()
        if self.device.faults.new_address:
            self.device.take("new_address")
            self._socket.close()
            self._socket = _bound(self._host, 0, but_not=self.port)
            self._keep_port()
        power = self.device.start()
        if power is None:
            return  # neither slot starts: it stays dark
        self._system = System(self.device, Rauc(self.device, power), power, Swupdate(self.device, power))
        self._open()
        self._on_change(self)

    def _open(self) -> None:
        if self._system is not None:
            self._door = _Door(self._socket, self._system, self._key, self._logins, self._clock)

    def _shut(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            door.close()
            if not self._stop.is_set():
                self._socket = _bound(self._host, self.port)  # nobody else may take it while it is dark

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, name=f"lab {self.device.state.nameplate.serial}", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _load_key(self) -> paramiko.PKey:
        path = self._folder / "host_key"
        if not path.exists():
            path.write_text(new_ssh_key()[0])
        return paramiko.Ed25519Key.from_private_key(io.StringIO(path.read_text()))


def _bound(host: str, port: int, but_not: int = 0) -> socket.socket:
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
    other = _bound(host, 0)
    held.close()
    return other


def _bound_again(host: str, port: int) -> socket.socket:
    """The port it had before; another one when somebody took that while the lab was not running."""
    try:
        return _bound(host, port)
    except OSError:
        return _bound(host, 0)


class _Door:
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
