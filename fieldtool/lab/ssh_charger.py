"""A virtual charger on the wire: an SSH server over one device, with a power switch.

Portable: paramiko's server side, threads, no fork, no privileges. What a command or a file means is `shell` and
`sftp`, connections and logins are `ssh_door`; here are the host key, and the way a charger goes dark and comes back.
"""

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from threading import Event, RLock, Thread

import paramiko
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab.device import Device, Power
from fieldtool.lab.faults import ACTIONS, NO_FAULTS, Faults
from fieldtool.lab.rauc import Rauc
from fieldtool.lab.ssh_door import Door, Logins, bound, bound_again
from fieldtool.lab.state import Nameplate, Timing
from fieldtool.lab.swupdate import Swupdate
from fieldtool.lab.system import System


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
        self._door: Door | None = None
        self._system: System | None = None
        self._threads: list[Thread] = []
        self._key = self._load_key()
        self._socket = bound(host, port) if port else bound_again(host, self.device.state.port)
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
        if name in ACTIONS.keys() - actions.keys():
            known = ", ".join(sorted((*(field.name for field in fields(Faults)), *actions)))
            raise UsageError(Text.LAB_FAULT_NOT_HERE, kind=device.state.nameplate.kind, name=name, known=known)
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
            self._socket = bound(self._host, 0, but_not=self.port)
            self._keep_port()
        power = self.device.start()
        if power is None:
            return  # neither slot starts: it stays dark
        self._system = System(self.device, Rauc(self.device, power), power, Swupdate(self.device, power))
        self._open()
        self._on_change(self)

    def _open(self) -> None:
        if self._system is not None:
            self._door = Door(self._socket, self._system, self._key, self._logins, self._clock)

    def _shut(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            door.close()
            if not self._stop.is_set():
                self._socket = bound(self._host, self.port)  # nobody else may take it while it is dark

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, name=f"lab {self.device.state.nameplate.serial}", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _load_key(self) -> paramiko.PKey:
        path = self._folder / "host_key"
        if not path.exists():
            path.write_text(new_ssh_key()[0])
        return paramiko.Ed25519Key.from_private_key(io.StringIO(path.read_text()))
