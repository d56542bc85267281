"""A small site on loopback: real TCP listeners, and a driver that answers from memory."""

import selectors
import socket
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition, Event, Lock, Thread

from fieldtool.core.driver import Can
from fieldtool.core.errors import DeviceError, LinkError, PinError
from fieldtool.core.model import Health, Identity, Link, Observed, Sighting, Site, SiteCharger, SitePin, normal_serial
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import Profiles
from fieldtool.discovery.roster import Pace

PROFILE = Profile("acme-1", "fake", "Acme", ("One",))
OTHER_PROFILE = Profile("other-1", "fake", "Other", ("Two",))
MODEM, METER = Profile("acme-parts", "fake", "Acme", ("One",)), Profile("acme-parts", "fake", "Volt", ("M3",))
PARTS_PROFILE = Profile("acme-parts", "fake", "Acme", ("One",), components={"modem": MODEM, "meter": METER})
PROFILES = Profiles({each.id: each for each in (PROFILE, OTHER_PROFILE, PARTS_PROFILE)}, {})
FAST = Pace(tick=0.02, probe=0.05, again=0.02, timeout=0.5, refresh=0.1, refused=60.0, scan=0.05)


def key(number: int) -> str:
    return f"SHA256:{number:042d}A"


def charger(serial: str, *links: Link, pin: str | None = None, profile: str = "acme-1", name: str = "") -> SiteCharger:
    return SiteCharger(serial, name or f"Bay {serial}", profile, links, (SitePin(serial, "ssh", pin),) if pin else ())


def site(*chargers: SiteCharger) -> Site:
    return Site("s", "Site", chargers)


@dataclass
class Device:
    """What sits at an address."""

    serial: str
    key: str
    vendor: str = "Acme"
    model: str = "One"
    version: str = "1.0"
    observed_serial: str | None = None
    refuses_login: bool = False
    secrets: list[str] = field(default_factory=list)  # what was sent to it
    sessions: int = 0
    hardware: str = "r1"
    parts: "dict[str, Device]" = field(default_factory=dict)  # components that answer beside main


class World:
    """Listens for every placed device until it is killed. A device may answer at several addresses."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._devices: dict[Link, Device] = {}
        self._listeners: dict[Link, socket.socket] = {}
        self._lock = Lock()
        self._pipe = socket.socketpair()
        self._selector.register(self._pipe[0], selectors.EVENT_READ)
        self._open = True
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def place(self, device: Device, link: Link | None = None, host: str = "127.0.0.1") -> Link:
        port = int(link.address.rpartition(":")[2]) if link else 0
        listener = socket.create_server((host, port), backlog=64)
        listener.setblocking(False)
        link = link or Link("ssh", f"{host}:{listener.getsockname()[1]}")
        with self._lock:
            self._devices[link], self._listeners[link] = device, listener
            self._selector.register(listener, selectors.EVENT_READ)
        self._pipe[1].send(b"x")
        return link

    def put(self, device: Device, link: Link) -> None:
        """Another device has that address now, and nobody noticed a pause."""
        with self._lock:
            self._devices[link] = device

    def kill(self, link: Link) -> None:
        """Gone without a goodbye."""
        with self._lock:
            del self._devices[link]
            listener = self._listeners.pop(link)
            self._selector.unregister(listener)
            listener.close()

    def at(self, link: Link) -> Device | None:
        with self._lock:
            return self._devices.get(link)

    def close(self) -> None:
        self._open = False
        self._pipe[1].send(b"x")
        self._thread.join()
        for link in list(self._listeners):
            self.kill(link)
        self._selector.close()
        for end in self._pipe:
            end.close()

    def _serve(self) -> None:
        while self._open:
            for ready, _ in self._selector.select():
                if ready.fileobj is self._pipe[0]:
                    self._pipe[0].recv(100)
                    continue
                # OSError: killed in between, or the client is gone already
                with self._lock, suppress(OSError):
                    ready.fileobj.accept()[0].close()


class FakeCredentials:
    def __init__(self, serial: str, pins: dict[str, str]) -> None:
        self._serial, self._pins = serial, pins

    def password(self, link):
        return f"secret of {self._serial}"

    def private_key(self, link):
        return None

    def pin(self, link):
        return self._pins.get(normal_serial(self._serial))


class FakeDriver:
    name, schemes, formats = "fake", frozenset({"ssh"}), frozenset({"raucb"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.gate = Event()  # closed: sessions wait before they open
        self.gate.set()

    @contextmanager
    def open(self, component, profile, credentials):
        assert self.gate.wait(10)
        link = component.link
        device = self.world.at(link)
        if device is None:
            raise LinkError(Text.LINK_UNREACHABLE, address=link.address, detail="refused")
        pin = credentials.pin(link)
        if pin is None:
            raise PinError(Text.PIN_MISSING, serial="", found=device.key)
        if pin != device.key:
            raise PinError(Text.PIN_CHANGED, serial="", expected=pin, found=device.key)
        device.secrets.append(credentials.password(link))
        if device.refuses_login:
            raise DeviceError(Text.LOGIN_REFUSED, address=link.address, user="root", serial="")
        device.sessions += 1
        if component.id == "main":
            yield FakeSession(device, component.id)
        elif component.id in device.parts:
            yield FakeSession(device.parts[component.id], component.id)
        else:
            raise LinkError(Text.LINK_LOST, address=f"the {component.id}", detail="no answer")


class FakeSession:
    def __init__(self, device: Device, component: str) -> None:
        self._device, self._component = device, component
        self.can = Can.KEEP_OLD if component == "main" else Can.RESUME

    def identify(self):
        device = self._device
        versions = {self._component: device.version}
        return Identity(device.vendor, device.model, device.hardware, device.serial, versions)

    def observe(self):
        told = self._device.observed_serial
        version = self._device.version
        return Observed(self._device.serial if told is None else told, version, f"hash of {version}")

    def health(self):
        return Health(ok=True)


class FakeScanner:
    """Says what a test makes it say."""

    problem = None

    def __init__(self) -> None:
        self._sightings: tuple[Sighting, ...] = ()
        self._on_change: Callable[[], None] = lambda: None
        self.scans = 0

    def start(self, on_change) -> None:
        self._on_change = on_change

    def announce(self, *sightings: Sighting) -> None:
        self._sightings = sightings
        self._on_change()

    def sightings(self):
        return self._sightings

    def scan(self) -> None:
        self.scans += 1

    def close(self) -> None:
        pass


def sighted(link: Link, instance: str = "one", **hints: str) -> Sighting:
    return Sighting("mdns", link, instance, hints, instance=instance)


class Watch:
    """`until(predicate)` waits for changes of a roster, at most `seconds`."""

    def __init__(self) -> None:
        self._changed = Condition()

    def __call__(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, predicate: Callable[[], object], seconds: float = 20.0) -> None:
        with self._changed:
            # The short wait is for conditions that are no change of the list, such as the number of sessions.
            for _ in range(int(seconds / 0.01)):
                if predicate():
                    return
                self._changed.wait(0.01)
        raise AssertionError("it did not come true in time")
