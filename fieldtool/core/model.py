"""The words of the domain (design/product.md): plain frozen data, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Where a component answers. Data, not a connection: a driver opens it."""

    scheme: str  # "ssh"
    address: str  # "192.0.2.7:22", "[fe80::1%eth0]:22"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.address}"


@dataclass(frozen=True, slots=True)
class Component:
    """One separately updatable part of a charger. Issue 2 knows one: "main"."""

    id: str
    hardware: str  # hardware revision as the device tells it; "" until identified
    driver: str  # entry-point name, "rauc-ssh"
    link: Link


@dataclass(frozen=True, slots=True)
class Charger:
    serial: str
    vendor: str
    model: str
    components: tuple[Component, ...]
    name: str = ""  # what the site calls it: "Bay 01"

    @property
    def main(self) -> Component:
        return self.components[0]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One way in which discovery saw something. A hint, never an identity."""

    source: str  # "mdns", "manual", "site-file"
    link: Link
    name: str  # instance name as announced, plain text, at most 120 characters
    hints: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # TXT records: sort the list, decide nothing
    seen: datetime | None = None
    instance: str = ""  # the announcement behind it: the addresses and services of one charger have it in common


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the device says it is, read over its driver."""

    vendor: str
    model: str
    hardware: str
    serial: str  # product serial, as displayed (leading zeros kept)
    versions: Mapping[str, str]  # component id -> version
    board_serial: str = ""
    payload_hashes: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # component id -> as the device reports it


@dataclass(frozen=True, slots=True)
class Slot:
    name: str  # "rootfs.0"
    version: str | None  # None: never installed
    payload_hash: str | None  # hex sha256 of the slot image, as the device reports it
    state: str  # "good", "bad", "empty"
    booted: bool = False
    primary: bool = False  # starts next


@dataclass(frozen=True, slots=True)
class Observed:
    """The device's own account of itself: the only evidence that resume believes."""

    serial: str
    running: str | None  # version; None: it sits in its bootloader
    running_hash: str | None = None  # as the device reports it
    running_slot: str = ""  # tells two slots with the same firmware apart
    staged: str | None = None  # version that would start at the next restart, when another than what runs now
    staged_hash: str | None = None
    slots: tuple[Slot, ...] = ()
    installing: bool = False  # an installation is going on, ours or another's
    in_use: str = ""  # plain words: "connector 1 is charging"; "" = nobody is served
    security_epoch: int | None = None  # None: the device does not report one
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    def same_firmware(self, other: "Observed") -> bool:
        """Runs the same version with the same payload from the same slot, as far as both tell.

        While something is installed a device may not tell its hashes: then they do not count.
        """
        told = not self.installing and not other.installing
        return (
            self.running == other.running
            and (not told or self.running_hash == other.running_hash)
            and (not self.running_slot or not other.running_slot or self.running_slot == other.running_slot)
        )


class ConnectorStatus(StrEnum):
    """OCPP 2.0.1 ConnectorStatusEnumType, which profiles translate to."""

    AVAILABLE, OCCUPIED, RESERVED = "available", "occupied", "reserved"
    UNAVAILABLE, FAULTED, UNKNOWN = "unavailable", "faulted", "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """How the charger feels, in its own words."""

    ok: bool  # every check of the profile passed
    connectors: Mapping[str, ConnectorStatus] = field(default_factory=lambda: MappingProxyType({}))  # "1" -> status
    faults: tuple[str, ...] = ()  # codes the charger reports now
    failed_checks: tuple[str, ...] = ()  # names of the profile's checks that did not pass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A charger's state before or after a run."""

    identity: Identity
    observed: Observed
    health: Health


@dataclass(frozen=True, slots=True)
class Release:
    """One component's firmware of one version, as the signed catalogue describes it (`custom`, trust.md section 1)."""

    target: str  # path in the image repository
    length: int  # bytes
    sha256: str
    vendor: str
    models: tuple[str, ...]
    hardware: tuple[str, ...]  # hardware revisions it fits
    component: str
    version: str
    format: str  # "raucb"
    payload_hash: str  # hex; as the device will report it
    min_from: str = ""  # oldest version it may be installed over; "" = any
    security_epoch: int = 0
    published: datetime | None = None
    notes: str = ""
    advisories: tuple[str, ...] = ()
    release_type: str = ""
    end_of_support: datetime | None = None
    markets: tuple[str, ...] = ()
    duration: tuple[int, int] | None = None  # expected seconds, from the vendor: (fast, slow)
    version_format: str = "semver"  # how versions of this component are ordered: "semver", "dotted", "plain"
    requires: tuple[tuple[str, str], ...] = ()  # (other component, oldest version of it)

    @property
    def label(self) -> str:
        return f"{self.version} ({self.component})"


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """A file on this laptop whose length, hash and repository were checked. Only the firmware package makes one."""

    path: Path
    release: Release

    @property
    def length(self) -> int:
        return self.release.length

    @property
    def sha256(self) -> str:
        return self.release.sha256

    @property
    def version(self) -> str:
        return self.release.version

    @property
    def payload_hash(self) -> str:
        return self.release.payload_hash


@dataclass(frozen=True, slots=True)
class SitePin:
    """The fingerprint that a charger must show. Belongs to a serial number, never to an address."""

    serial: str
    kind: str  # "ssh"
    fingerprint: str  # "SHA256:..." as OpenSSH prints it


@dataclass(frozen=True, slots=True)
class SiteCharger:
    """A charger that the site file expects."""

    serial: str
    name: str
    profile: str
    links: tuple[Link, ...] = ()
    pins: tuple[SitePin, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    id: str
    name: str
    chargers: tuple[SiteCharger, ...]


def same_serial(one: str, other: str) -> bool:
    """Compare two serial numbers as labels print them: case, blanks and leading zeros do not count."""
    return normal_serial(one) == normal_serial(other)


def normal_serial(serial: str) -> str:
    """The form in which serial numbers are compared and locked. Display keeps the original.

    >>> normal_serial(" 000731 ")
    '731'
    """
    return serial.strip().strip("\0").upper().lstrip("0")


# Values that boards without a programmed serial number report (lab/linux-chargers.md section 8).
_NO_SERIALS = frozenset({"", "UNKNOWN", "123456", "123456789", "0123456789", "NONE", "N/A", "DEFAULT"})


def is_serial(serial: str) -> bool:
    """False for placeholders that many chargers share: they identify nobody."""
    norm = normal_serial(serial)
    return norm not in _NO_SERIALS and set(norm) != {"F"} and serial.strip().upper() not in _NO_SERIALS
