"""A profile says how a model tells its facts: data, schema-checked, no code (resources/docs/drivers/profiles.md)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

_T = TypeVar("_T")
SCHEMA = 1
NO_COMMANDS: Mapping[str, str] = MappingProxyType({})
NO_COMPONENTS: "Mapping[str, Profile]" = MappingProxyType({})
MAIN = "main"  # the component that speaks for the whole charger
CONFIG_FILE = "fieldtool-settings"  # in `upload_dir`, while settings are written
HEALTH = frozenset({
    "uptime", "resets", "meter", "meter_checksum", "certificates", "backend", "command", "dns", "ntp", "disk_free",
    "ota_pending", "reserved",
})  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# What a driver puts next to a file name in a command of its own may hold nothing that a shell would read.
_FOLDER = re.compile(r"/[A-Za-z0-9._/-]{0,200}")
_BUS = re.compile(r"[a-z]+:[A-Za-z0-9_./,=%*:-]{1,200}")
LABEL_LENGTH = 120  # characters of a vendor, model or name of a check
COMMAND_LENGTH = 4_000
LIST_LENGTH = 64  # models, facts, checks


@dataclass(frozen=True, slots=True)
class Profile:
    """Fixed commands of one model. Nothing is ever interpolated into them.

    `facts`: name -> command whose trimmed standard output is the fact. Required: serial, vendor, model, hardware,
    version. Known besides: board_serial, security_epoch, clock, bootloader (its version). For update systems that do
    not tell it themselves: payload_hash, slot (that runs); staged_version, staged_hash (of what starts next, when
    something else than what runs); damaged (words when what starts next is incomplete); rescue (words when the
    rescue system runs instead of the firmware).
    `health`: further questions by name, all optional: uptime, resets, meter_checksum, disk_free (bytes) print one
    value; meter and certificates print one line per register or certificate, `<name> <Wh>` and `<name> <end, seconds
    since the epoch>`; backend prints `connected` or another word; command, dns, ntp exit with 0 when that works;
    ota_pending, reserved print words, or nothing when there is none.
    `connectors`: prints one line per connector, `<id> <status>` with a status of `core.model.ConnectorStatus`.
    `faults`: prints one fault code per line, nothing when there is none.
    `in_use`: prints one line in words for every connector that serves somebody now, nothing when free. Required:
    a charger that nobody can ask might be restarted while a car is charging.
    `checks`: name -> command that exits 0 when that part of the charger works. Required are checks or `connectors`:
    without either, every charger would look healthy after every update.
    """

    id: str
    driver: str
    vendor: str
    models: tuple[str, ...]
    compatible: str = ""  # what the device's own update system must say it is; "" = not checked
    user: str = "root"
    upload_dir: str = "/var/tmp"
    facts: Mapping[str, str] = field(default_factory=lambda: NO_COMMANDS)
    connectors: str = ""
    faults: str = ""
    in_use: str = ""
    checks: Mapping[str, str] = field(default_factory=lambda: NO_COMMANDS)
    health: Mapping[str, str] = field(default_factory=lambda: NO_COMMANDS)
    out_of_service: str = ""  # begins no new session from now on
    in_service: str = ""  # serves again
    config_format: str = ""  # prints the name of the settings' layout
    config_read: str = ""  # prints `name=value` lines
    config_write: str = ""  # takes the lines of the file CONFIG_FILE in `upload_dir` as the new settings
    update: Mapping[str, str] = field(default_factory=lambda: NO_COMMANDS)  # what the driver's own document names
    recovery: Mapping[str, str] = field(default_factory=lambda: NO_COMMANDS)  # "driver", and what its document names
    components: "Mapping[str, Profile]" = field(default_factory=lambda: NO_COMPONENTS)  # beside "main"
    restart: str = "systemctl reboot"
    restart_by_hand: bool = False  # nobody but a person can restart it
    restart_seconds: float = 180.0  # a healthy charger of this model is back within this
    settle_seconds: float = 20.0  # it may take this long after its return to become healthy
    self_confirms: bool = False
    bus: str = "unix:path=/run/dbus/system_bus_socket"  # D-Bus address on the device

    def of(self, component: str) -> "Profile":
        """The profile of one component: this one for "main". UsageError(COMPONENT_UNKNOWN)."""
        if component == MAIN:
            return self
        if component not in self.components:
            raise UsageError(Text.COMPONENT_UNKNOWN, component=component, profile=self.id)
        return self.components[component]


REQUIRED_FACTS = frozenset({"serial", "vendor", "model", "hardware", "version"})
KNOWN_FACTS = REQUIRED_FACTS | {
    "board_serial", "security_epoch", "clock", "bootloader",
    "payload_hash", "slot", "staged_version", "staged_hash", "damaged", "rescue",
}  # fmt: skip


def parse_profile(data: Mapping[str, object], name: str) -> Profile:
    """Check the parsed TOML of a profile file against the schema.

    Unknown fields are refused: a typing error in a health check must not look like health.
    `name` is the file's name, for the message. UsageError(PROFILE_BAD) says which field and why.
    """
    reader = _Reader(dict(data), name)
    if reader.take("schema", int, None) != SCHEMA:
        raise reader.bad("schema", f"must be {SCHEMA}")
    own = {key: value for key, value in data.items() if key != "components"}
    parts = {id: _overlaid(own, table) for id, table in reader.tables("components").items()}
    charger = reader.sub("charger")
    health = reader.sub("health")
    restart = reader.sub("restart")
    service = reader.sub("service")
    config = reader.sub("config")
    facts = reader.commands("facts")
    profile = Profile(
        id=reader.label("id", None),
        driver=reader.label("driver", None),
        vendor=charger.label("vendor", None),
        models=charger.labels("models"),
        compatible=charger.label("compatible", ""),
        user=charger.take("user", str, "root"),
        upload_dir=charger.take("upload_dir", str, "/var/tmp"),
        bus=charger.take("bus", str, Profile.__dataclass_fields__["bus"].default),
        self_confirms=charger.take("self_confirms", bool, False),
        facts=facts,
        connectors=health.command("connectors", ""),
        faults=health.command("faults", ""),
        in_use=health.command("in_use", ""),
        checks=health.commands("checks"),
        health={key: command for key in sorted(HEALTH) if (command := health.command(key, ""))},
        out_of_service=service.command("out", ""),
        in_service=service.command("back", ""),
        config_format=config.command("format", ""),
        config_read=config.command("read", ""),
        config_write=config.command("write", ""),
        update=reader.commands("update"),
        recovery=reader.commands("recovery"),
        components={id: parse_profile(table, f"{name}, {id}") for id, table in parts.items()},
        restart_by_hand=restart.take("by_hand", bool, False),
        restart=restart.command("command", "systemctl reboot"),
        restart_seconds=restart.number("seconds", 180.0),
        settle_seconds=restart.number("settle_seconds", 20.0),
    )
    for part in (charger, health, restart, service, config, reader):
        part.finish()
    for where, why in _flaws(profile):
        raise reader.bad(where, why)
    return profile


def _overlaid(own: Mapping[str, object], table: Mapping[str, object]) -> dict[str, object]:
    """A component's profile: the charger's own, with what the component does otherwise laid over it, by section.

    An empty text takes something away that only the charger as a whole has, such as its security epoch.
    """
    merged = dict(own)
    for key, value in table.items():
        under = merged.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            value = {name: one for name, one in {**under, **value}.items() if one != ""}
        merged[key] = value
    return merged


def _flaws(profile: Profile) -> Iterator[tuple[str, str]]:
    """What the types cannot say: (field, why) for each rule that is broken."""
    facts = profile.facts.keys()
    if not _ID.fullmatch(profile.id):
        yield "id", "must be lower-case letters, digits, dot, dash, underscore"
    if not _ID.fullmatch(profile.driver):
        yield "driver", "must be the name of a driver"
    if missing := REQUIRED_FACTS - facts:
        yield "facts", f"misses {', '.join(sorted(missing))}"
    if unknown := facts - KNOWN_FACTS:
        yield "facts", f"does not know {', '.join(sorted(unknown))}"
    if not profile.in_use:
        yield "health.in_use", "is missing: nobody could tell whether a car is charging"
    if not profile.connectors and not profile.checks:
        yield "health", "has neither connectors nor checks: every charger would look healthy"
    if profile.recovery and not _ID.fullmatch(profile.recovery.get("driver", "")):
        yield "recovery.driver", "must be the name of a driver"
    if bool(profile.out_of_service) != bool(profile.in_service):
        yield "service", "must have both out and back: a charger taken out of service must be given back"
    if bool(profile.config_read) != bool(profile.config_write):
        yield "config", "must have both read and write: settings that are saved must be restorable"
    if MAIN in profile.components or not all(map(_ID.fullmatch, profile.components)):
        yield "components", f"must have names of lower-case letters and digits, other than {MAIN}"
    if not _USER.fullmatch(profile.user):
        yield "charger.user", "must be a user name"
    if not _FOLDER.fullmatch(profile.upload_dir) or ".." in profile.upload_dir:
        yield "charger.upload_dir", "must be an absolute path of letters, digits, dot, dash, underscore"
    if not _BUS.fullmatch(profile.bus):
        yield "charger.bus", "must be a D-Bus address"


class _Reader:
    """Takes typed fields out of a table; what is left over at the end is an error."""

    def __init__(self, table: dict[str, object], name: str, prefix: str = "") -> None:
        self._table, self._name, self._prefix = table, name, prefix

    def bad(self, where: str, why: str) -> UsageError:
        return UsageError(Text.PROFILE_BAD, file=self._name, field=self._prefix + where, why=why)

    def take(self, key: str, kind: type[_T], default: _T | None) -> _T:
        value = self._table.pop(key, default)
        if value is None:
            raise self.bad(key, "is missing")
        if type(value) is not kind:  # exact: True is no int here
            raise self.bad(key, f"must be of type {kind.__name__}")
        return value

    def label(self, key: str, default: str | None) -> str:
        """A name that is shown and compared: printable, one line, not empty unless that is the default."""
        value = self.take(key, str, default)
        if value != default and not _is_label(value):
            raise self.bad(key, f"must be printable text of 1 to {LABEL_LENGTH} characters")
        return value

    def command(self, key: str, default: str) -> str:
        value = self.take(key, str, default)
        if value != default and not _is_command(value):
            raise self.bad(key, f"must be a command of 1 to {COMMAND_LENGTH} printable characters")
        return value

    def number(self, key: str, default: float) -> float:
        value = self._table.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86_400:
            raise self.bad(key, "must be a number of seconds")
        return float(value)

    def labels(self, key: str) -> tuple[str, ...]:
        value = self._table.pop(key, None)
        if not isinstance(value, list) or not 0 < len(value) <= LIST_LENGTH or not all(map(_is_label, value)):
            raise self.bad(key, f"must be a list of 1 to {LIST_LENGTH} printable texts")
        return tuple(value)

    def commands(self, key: str) -> Mapping[str, str]:
        value = self._table.pop(key, {})
        if not isinstance(value, dict) or len(value) > LIST_LENGTH:
            raise self.bad(key, f"must be a table of at most {LIST_LENGTH} commands")
        for name, command in value.items():
            if not _is_label(name) or not _is_command(command):
                raise self.bad(key, f"must name commands of 1 to {COMMAND_LENGTH} printable characters")
        return MappingProxyType(dict(value))

    def tables(self, key: str) -> Mapping[str, Mapping[str, object]]:
        """A table of named tables; empty when it is not there."""
        value = self._table.pop(key, {})
        if not isinstance(value, dict) or len(value) > LIST_LENGTH:
            raise self.bad(key, f"must be a table of at most {LIST_LENGTH} components")
        for name, table in value.items():
            if not isinstance(table, dict) or "components" in table or "schema" in table or "id" in table:
                raise self.bad(f"{key}.{name}", "must be a table without schema, id and components")
        return value

    def sub(self, key: str) -> "_Reader":
        value = self._table.pop(key, {})
        if not isinstance(value, dict):
            raise self.bad(key, "must be a table")
        return _Reader(dict(value), self._name, f"{self._prefix}{key}.")  # a copy: components inherit the table

    def finish(self) -> None:
        if self._table:
            raise self.bad(min(self._table), "is not a field of this schema")


def _is_label(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LABEL_LENGTH and value.isprintable() and bool(value.strip())


def _is_command(value: object) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= COMMAND_LENGTH or not value.strip():
        return False
    return value.translate({ord("\n"): None, ord("\t"): None}).isprintable()
