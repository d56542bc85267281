"""A site of its own: two network namespaces and a cable between them, a real avahi, and the way to a real charger.

The charger's sshd listens on this machine's loopback. `Wire` is its plug on the site's side: a listener inside the
chargers' namespace whose bytes are carried to that sshd, counted, and frozen or cut when a test says so.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.peers.cable import Space, cable

CHARGER, LAPTOP, PORT = "10.99.0.1", "10.99.0.2", 2201
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
    def __init__(self, chargers: Space, laptop: Space, wire: Wire) -> None:
        self._chargers, self._laptop, self.wire = chargers, laptop, wire

    def fieldtool(self, *words: str) -> subprocess.Popen[str]:
        """The program, on the laptop's side of the cable."""
        pipe = subprocess.PIPE
        return self._laptop.start(sys.executable, "-m", "fieldtool", *words, stdout=pipe, stderr=pipe)


@contextmanager
def field(folder: Path, serial: str, sshd_port: int) -> Iterator[Field]:
    folder.mkdir(parents=True)
    with cable() as (chargers, laptop):
        for space, address in ((chargers, CHARGER), (laptop, LAPTOP)):
            space.ip("addr", "add", f"{address}/24", "dev", "v0")
            space.ip("link", "set", "v0", "up")
            space.ip("route", "add", "224.0.0.0/4", "dev", "v0")
        wire = Wire(chargers.listen(CHARGER, PORT), sshd_port)
        try:
            chargers.avahi(folder, AVAHI, {"charger": SERVICE.format(port=PORT, serial=serial)})
            yield Field(chargers, laptop, wire)
        finally:
            wire.close()
