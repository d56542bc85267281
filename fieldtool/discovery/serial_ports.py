"""Serial ports of this laptop: which there are, what they are, what is wrong with them. Plugging is noticed by looking.

Listing opens nothing and sends nothing. A port is spoken to only as a link of the site file, or of a charger that the
technician chose: nobody knows what else hangs on a cable.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from fieldtool.core.clock import Clock
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Link, Sighting
from fieldtool.discovery.port_diagnosis import Homeless, homeless, trouble_with
from fieldtool.discovery.usb_names import Kind, usb_names

SCHEME = "serial"
EVERY = 1.0  # seconds between two looks; a look takes a millisecond per port
_NAME_LENGTH = 120

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port, or a USB device that should be one. Two ports are equal when the same device is still there."""

    address: str  # "/dev/ttyUSB0", "COM4"; "" = it has not become a port
    name: str
    kind: Kind = Kind.UNKNOWN
    usb: str = ""  # "0403:6001"; "" = not on USB
    usb_serial: str = ""  # of the adapter, never of the charger behind it
    location: str = ""  # where it is plugged in, as the system says: "1-2.3"
    problem: Trouble | None = None

    @property
    def link(self) -> Link:
        return Link(SCHEME, self.address)


class Listed(Protocol):
    """What pyserial tells of a port, on all three systems."""

    @property
    def device(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def vid(self) -> int | None: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def serial_number(self) -> str | None: ...
    @property
    def location(self) -> str | None: ...


def ports(listed: Iterable[Listed] | None = None) -> tuple[Port, ...]:
    """All ports there are now, by address. Diagnoses nothing: see `diagnosed`."""
    return tuple(sorted(map(_port, _comports() if listed is None else listed), key=lambda port: port.address))


def diagnosed(
    found: Sequence[Port],
    trouble: Callable[[str], Trouble | None] = trouble_with,
    without: Callable[[], tuple[Homeless, ...]] = homeless,
) -> tuple[Port, ...]:
    """The same with what is wrong with each, and with USB devices that should be ports and are none."""
    there = (
        Port(one.address, one.name, one.kind, one.usb, one.usb_serial, one.location, trouble(one.address))
        for one in found
    )
    lost = (
        Port("", one.known.name, one.known.kind, one.known.usb, location=one.location, problem=one.problem)
        for one in without()
    )
    return (*there, *lost)


def is_there(address: str) -> bool:
    """Is this port plugged in now? Opens nothing."""
    if sys.platform == "win32":
        return any(port.address.upper() == address.upper() for port in ports())
    return Path(address).exists()


def _comports() -> Iterable[Listed]:
    from serial.tools.list_ports import comports  # 4 ms: only who looks for ports pays

    return comports()


def _port(listed: Listed) -> Port:
    usb = f"{listed.vid:04x}:{listed.pid:04x}" if listed.vid is not None and listed.pid is not None else ""
    known = usb_names().get(usb)
    said = _plain(listed.description)
    return Port(
        address=listed.device,
        name=known.name if known is not None else said if said not in ("", "n/a") else Path(listed.device).name,
        kind=known.kind if known is not None else Kind.UNKNOWN,
        usb=usb,
        usb_serial=_plain(listed.serial_number),
        location=_plain(listed.location),
    )


def _plain(words: str | None) -> str:
    """A USB device says of itself what it likes."""
    return "".join(char for char in (words or "") if char.isprintable())[:_NAME_LENGTH]


class PortScanner:
    """A source of sightings: USB serial ports as they come and go. Built-in ports are seen only in the site file."""

    def __init__(self, clock: Clock, look: Callable[[], tuple[Port, ...]] = ports, every: float = EVERY) -> None:
        self._clock, self._look, self._every = clock, look, every
        self._ports: tuple[Port, ...] = ()
        self._stop, self._wake = Event(), Event()
        self._thread: Thread | None = None

    @property
    def problem(self) -> Trouble | None:
        return None  # a laptop without a serial port is in order

    def start(self, on_change: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = Thread(target=partial(self._run, on_change), name="serial ports", daemon=True)
            self._thread.start()

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(_sighting(port) for port in self._ports if port.usb)

    def scan(self) -> None:
        self._wake.set()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, on_change: Callable[[], None]) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                now = self._look()
            except OSError as error:  # a device went while it was read
                _log.info("serial ports: %s", error)
            else:
                if now != self._ports:
                    self._ports = now
                    on_change()
            self._clock.wait(self._wake, self._every)


def _sighting(port: Port) -> Sighting:
    # Another adapter on the same port is another sighting. The adapter's serial number is no charger's: the keys are
    # not those in which chargers announce theirs.
    hints = {"usb": port.usb, "usb_serial": port.usb_serial, "location": port.location}
    instance = " ".join((port.address, port.usb, port.usb_serial, port.location))
    return Sighting(SCHEME, port.link, port.name, {key: value for key, value in hints.items() if value}, None, instance)
