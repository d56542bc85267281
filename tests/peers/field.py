"""A site of its own: two network namespaces and a cable between them, a real avahi, and the way to a real charger.

The charger's sshd listens on this machine's loopback. `Wire` is its plug on the site's side: a listener inside the
chargers' namespace whose bytes are carried to that sshd, counted, and frozen or cut when a test says so.
"""

import ctypes
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CLONE_NEWNET = 0x40000000
CHARGER, LAPTOP, PORT = "10.99.0.1", "10.99.0.2", 2201
ROOT = Path(__file__).resolve().parents[2]
AVAHI = """
[server]
host-name=labcharger
use-ipv4=yes
use-ipv6=no
allow-interfaces=v0
enable-dbus=no
disallow-other-stacks=no
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
"""
SERVICE = """<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>Bay 01</name>
<service><type>_ssh._tcp</type><port>{port}</port><txt-record>serial={serial}</txt-record></service>
</service-group>
"""


class Wire:
    """Carries connections from the site to the charger."""

    def __init__(self, listener: socket.socket, port: int) -> None:
        self._listener, self._port = listener, port
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._open = threading.Event()
        self._open.set()
        self.sent = 0  # bytes from the laptop to the charger, all connections
        self.slow = 0.0  # seconds that each 16 KiB takes
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Nothing passes any more, and nobody is told. New connections are accepted and carry nothing."""
        self._open.clear()

    def thaw(self) -> None:
        """A new cable: what was frozen stays dead, new connections pass."""
        with self._lock:
            dead, self._pairs = self._pairs, []
        self._dead = dead  # kept open: a closed socket would tell
        self._open.set()

    def close(self) -> None:
        self._listener.close()
        self._open.set()
        with self._lock:
            for pair in [*self._pairs, *getattr(self, "_dead", [])]:
                for one in pair:
                    one.close()

    def _accept(self) -> None:
        while True:
            try:
                outside, _ = self._listener.accept()
            except OSError:
                return
            try:
                inside = socket.create_connection(("127.0.0.1", self._port), 5)
            except OSError:
                outside.close()  # the charger restarts: connection reset, as from a machine without sshd
                continue
            pair = (outside, inside)
            for one in pair:  # a relay must not add waits of its own
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.append(pair)
            for source, target, counted in ((outside, inside, True), (inside, outside, False)):
                threading.Thread(target=self._carry, args=(pair, source, target, counted), daemon=True).start()

    def _carry(
        self, pair: tuple[socket.socket, socket.socket], source: socket.socket, target: socket.socket, counted: bool
    ) -> None:
        waiter = threading.Event()
        with suppress(OSError):
            while data := source.recv(16384):
                if counted and self.slow:
                    waiter.wait(self.slow)
                self._open.wait()
                with self._lock:
                    if pair not in self._pairs:
                        return  # frozen once: dead for ever
                    if counted:
                        self.sent += len(data)
                target.sendall(data)
        for one in pair:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Field:
    def __init__(self, folder: Path) -> None:
        name = secrets.token_hex(3)
        self.chargers, self.laptop = f"fw{name}s", f"fw{name}c"
        self._folder = folder
        self._spaces: list[str] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self.wire: Wire | None = None

    def open(self, serial: str, sshd_port: int) -> None:
        for space in (self.chargers, self.laptop):
            _run("ip", "netns", "add", space)
            self._spaces.append(space)
            _run("ip", "-n", space, "link", "set", "lo", "up")
        _run(
            "ip",
            "link",
            "add",
            "v0",
            "netns",
            self.chargers,
            "type",
            "veth",
            "peer",
            "name",
            "v0",
            "netns",
            self.laptop,
        )
        for space, address in ((self.chargers, CHARGER), (self.laptop, LAPTOP)):
            _run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "v0")
            _run("ip", "-n", space, "link", "set", "v0", "up")
            _run("ip", "-n", space, "route", "add", "224.0.0.0/4", "dev", "v0")
        self.wire = Wire(_listen_inside(self.chargers), sshd_port)
        self._avahi(serial)

    def close(self) -> None:
        if self.wire is not None:
            self.wire.close()
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], check=False)

    def fieldtool(self, *words: str) -> subprocess.Popen[str]:
        """The program, on the laptop's side of the cable."""
        command = ["ip", "netns", "exec", self.laptop, sys.executable, "-m", "fieldtool", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    def _avahi(self, serial: str) -> None:
        etc, run = self._folder / "etc", self._folder / "run"
        (etc / "services").mkdir(parents=True)
        run.mkdir()
        Path("/run/avahi-daemon").mkdir(exist_ok=True)
        (etc / "avahi-daemon.conf").write_text(AVAHI)
        (etc / "hosts").write_text("")
        (etc / "services" / "charger.service").write_text(SERVICE.format(port=PORT, serial=serial))
        # /etc/avahi and /run/avahi-daemon are compiled in: a mount namespace of its own
        script = (
            'mount --bind "$0/etc" /etc/avahi && mount --bind "$0/run" /run/avahi-daemon && '
            "exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f /etc/avahi/avahi-daemon.conf"
        )
        command = ["ip", "netns", "exec", self.chargers, "unshare", "-m", "--propagation", "private"]
        with (self._folder / "avahi.log").open("wb") as log:
            shell = [*command, "sh", "-c", script, str(self._folder)]
            self._processes.append(subprocess.Popen(shell, stdout=log, stderr=log))


@contextmanager
def field(folder: Path, serial: str, sshd_port: int) -> Iterator[Field]:
    folder.mkdir(parents=True)
    made = Field(folder)
    try:
        made.open(serial, sshd_port)
        yield made
    finally:
        made.close()


def _listen_inside(space: str) -> socket.socket:
    """A listener of this process inside another network namespace: only the thread that makes it goes there."""
    made: list[socket.socket | OSError] = []

    def work() -> None:
        handle = os.open(f"/run/netns/{space}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.create_server((CHARGER, PORT)))
        except OSError as error:
            made.append(error)
        finally:
            os.close(handle)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
