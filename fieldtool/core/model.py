"""The words of the domain (design/product.md): plain frozen data, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})
NO_NUMBERS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Where a component answers. Data, not a connection: a driver opens it."""

    scheme: str  # "ssh"
    address: str  # "192.0.2.7:22", "[fe80::1%eth0]:22"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.address}"


@dataclass(frozen=True, slots=True)
class Component:
    """One separately updatable part of a charger: "main", "modem", "meter"."""

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

    def component(self, id: str) -> Component | None:
        return next((one for one in self.components if one.id == id), None)


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
    damaged: bool = False  # what would start next is incomplete: an installation in place broke off. Never restart it

    def same_payload(self, other: "Observed") -> bool:
        """Runs the same version with the same payload, from whatever slot. What is not told does not count."""
        told = not self.installing and not other.installing
        return self.running == other.running and (not told or self.running_hash == other.running_hash)

    def same_firmware(self, other: "Observed") -> bool:
        """Runs the same version with the same payload from the same slot, as far as both tell.

        While something is installed a device may not tell its hashes: then they do not count.
        """
        return self.same_payload(other) and (
            not self.running_slot or not other.running_slot or self.running_slot == other.running_slot
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
    asked: frozenset[str] = frozenset()  # questions that were put, "faults" and "checks" too: nothing found or unasked?
    # Whatever follows is None or empty where the profile does not know how to ask: "not checked", never "good".
    clock: float | None = None  # seconds since the epoch, as the charger says
    uptime: float | None = None  # seconds since its last start
    resets: int | None = None  # counter of restarts of the charging software; may begin anew with the charger
    backend: bool | None = None  # connected to its central system
    responds: bool | None = None  # its charging software carried out a harmless command
    meter: Mapping[str, float] = field(default_factory=lambda: NO_NUMBERS)  # register -> Wh
    meter_checksum: str = ""  # of the legally relevant software, as the meter shows it
    certificates: Mapping[str, float] = field(default_factory=lambda: NO_NUMBERS)  # name -> end, seconds since epoch
    disk_free: int | None = None  # bytes where firmware is put
    dns: bool | None = None  # resolves names
    ntp: bool | None = None  # reaches its time server
    ota_pending: str | None = None  # words of an update that its own central system has ordered; "" = none
    reserved: str | None = None  # words of a reservation; "" = none


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of a charger, as flat text. `format` is the name of their layout, which belongs to the firmware.

    Values may be secret: they are shown and logged by name only, and kept encrypted.
    """

    format: str  # "citypost-3"; "" = the charger does not name one
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A charger's state before or after a run."""

    identity: Identity
    observed: Observed
    health: Health


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold after an update, as data: from the release and from the site file. The stricter one counts."""

    soak: float | None = None  # seconds the charger must stay healthy; None: as the setting says
    required: frozenset[str] = frozenset()  # rules that may not stay "not checked"
    waivable: frozenset[str] = frozenset()  # rules that a technician may waive, with a reason
    clock_off: float | None = None  # seconds the charger's clock may be off; None: the default
    resets: int | None = None  # restarts of the charging software that are allowed while it is watched
    config_may_change: frozenset[str] = frozenset()  # settings that may differ afterwards


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
    requires: tuple[tuple[str, str], ...] = ()  # (other component or "bootloader", oldest version of it)
    backends: tuple[str, ...] = ()  # protocols of the central system that it speaks ("ocpp1.6"); empty = any
    config_format: str = ""  # layout of the settings that it reads; "" = not told
    config_renames: tuple[tuple[str, str], ...] = ()  # (old name, new name): how settings move to `config_format`
    config_sets: tuple[tuple[str, str], ...] = ()  # (name, value): settings that it adds or changes on purpose
    config_drops: tuple[str, ...] = ()  # settings that it no longer has
    metering_checksum: str = ""  # of the legally relevant software, as the meter will show it
    validation: "Expectation | None" = None  # what must hold after its installation
    native_key: str = ""  # name of the anchor that its own signature must lead to; "" = the release names none
    encrypted: bool = False  # only the charger can read it

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
class Window:
    """Hours in which chargers of a site may be disturbed, in the site's own time."""

    days: frozenset[int]  # Monday = 0
    begins: int  # minutes after midnight
    ends: int  # minutes after midnight; not after `begins`: it ends on the next day


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site demands, as data of the site file."""

    market: str = ""  # "DE"; "" = not told
    backend: str = ""  # protocol of its central system: "ocpp1.6", "ocpp2.0.1"; "" = not told
    windows: tuple[Window, ...] = ()  # empty: any time
    time_zone: str = ""  # IANA name; "" = the laptop's
    baseline: tuple[tuple[str, str], ...] = ()  # (component, version) that every charger shall run
    overridable: frozenset[str] = frozenset()  # names of problems that a technician may override, with a reason
    validation: Expectation = Expectation()


@dataclass(frozen=True, slots=True)
class Site:
    id: str
    name: str
    chargers: tuple[SiteCharger, ...]
    rules: SiteRules = SiteRules()


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
