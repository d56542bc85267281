"""A profile says how a model tells its facts: data, schema-checked, no code (resources/docs/drivers/profiles.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

_T = TypeVar("_T")
SCHEMA = 1
NO_COMMANDS: Mapping[str, str] = MappingProxyType({})
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Profile:
    """Fixed commands of one model. Nothing is ever interpolated into them.

    `facts`: name -> command whose trimmed standard output is the fact. Required: serial, vendor, model, hardware,
    version. Known besides: board_serial, security_epoch, clock.
    `connectors`: prints one line per connector, `<id> <status>` with a status of `core.model.ConnectorStatus`.
    `faults`: prints one fault code per line, nothing when there is none.
    `in_use`: prints one line in words for every connector that serves somebody now, nothing when free.
    `checks`: name -> command that exits 0 when that part of the charger works.
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
    restart: str = "systemctl reboot"
    restart_seconds: float = 180.0  # a healthy charger of this model is back within this
    settle_seconds: float = 20.0  # it may take this long after its return to become healthy
    self_confirms: bool = False
    bus: str = "unix:path=/run/dbus/system_bus_socket"  # D-Bus address on the device


REQUIRED_FACTS = frozenset({"serial", "vendor", "model", "hardware", "version"})
KNOWN_FACTS = REQUIRED_FACTS | {"board_serial", "security_epoch", "clock"}


def parse_profile(data: Mapping[str, object], name: str) -> Profile:
    """Check the parsed TOML of a profile file against the schema.

    Unknown fields are refused: a typing error in a health check must not look like health.
    `name` is the file's name, for the message. UsageError(PROFILE_BAD) says which field and why.
    """
    reader = _Reader(dict(data), name)
    if reader.take("schema", int, None) != SCHEMA:
        raise reader.bad("schema", f"must be {SCHEMA}")
    charger = reader.sub("charger")
    health = reader.sub("health")
    restart = reader.sub("restart")
    facts = reader.commands("facts")
    profile = Profile(
        id=reader.take("id", str, None),
        driver=reader.take("driver", str, None),
        vendor=charger.take("vendor", str, None),
        models=charger.strings("models"),
        compatible=charger.take("compatible", str, ""),
        user=charger.take("user", str, "root"),
        upload_dir=charger.take("upload_dir", str, "/var/tmp"),
        bus=charger.take("bus", str, Profile.__dataclass_fields__["bus"].default),
        self_confirms=charger.take("self_confirms", bool, False),
        facts=facts,
        connectors=health.take("connectors", str, ""),
        faults=health.take("faults", str, ""),
        in_use=health.take("in_use", str, ""),
        checks=health.commands("checks"),
        restart=restart.take("command", str, "systemctl reboot"),
        restart_seconds=restart.number("seconds", 180.0),
        settle_seconds=restart.number("settle_seconds", 20.0),
    )
    for part in (charger, health, restart, reader):
        part.finish()
    if not _ID.fullmatch(profile.id):
        raise reader.bad("id", "must be lower-case letters, digits, dot, dash, underscore")
    if missing := REQUIRED_FACTS - facts.keys():
        raise reader.bad("facts", f"misses {', '.join(sorted(missing))}")
    if unknown := facts.keys() - KNOWN_FACTS:
        raise reader.bad("facts", f"does not know {', '.join(sorted(unknown))}")
    if not profile.upload_dir.startswith("/"):
        raise reader.bad("charger.upload_dir", "must be an absolute path")
    return profile


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

    def number(self, key: str, default: float) -> float:
        value = self._table.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 86_400:
            raise self.bad(key, "must be a number of seconds")
        return float(value)

    def strings(self, key: str) -> tuple[str, ...]:
        value = self._table.pop(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.bad(key, "must be a list of texts")
        return tuple(value)

    def commands(self, key: str) -> Mapping[str, str]:
        value = self._table.pop(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) and item for item in value.values()):
            raise self.bad(key, "must be a table of commands")
        return MappingProxyType(dict(value))

    def sub(self, key: str) -> "_Reader":
        value = self._table.pop(key, {})
        if not isinstance(value, dict):
            raise self.bad(key, "must be a table")
        return _Reader(value, self._name, f"{self._prefix}{key}.")

    def finish(self) -> None:
        if self._table:
            raise self.bad(min(self._table), "is not a field of this schema")
