"""Names of USB serial adapters, boards and boot modes: resources/usb-ids/serial.toml. They name things, no more."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from fieldtool.core.errors import UsageError
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text

FILE = "serial.toml"
SCHEMA = 1
_ID = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_MODULE = re.compile(r"[a-z0-9_]{1,40}")
_NAME_LENGTH = 60


class Kind(StrEnum):
    """What is at the other end of a USB cable, as far as its ids tell."""

    ADAPTER = "adapter"  # a cable; whatever is behind it
    BOARD = "board"  # a device with a port of its own
    BOOT = "boot"  # a board whose firmware does not run: it waits for one
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UsbName:
    usb: str  # "0403:6001"
    name: str
    kind: Kind
    module: str = ""  # Linux kernel module that makes a port of it; "" = it never becomes one


@cache
def usb_names() -> Mapping[str, UsbName]:
    """All that ship, by id. UsageError(RESOURCE_MISSING)."""
    return parse_usb_names(resource("usb-ids", FILE).read_text(encoding="utf-8"))


def parse_usb_names(text: str) -> Mapping[str, UsbName]:
    """UsageError(PROFILE_BAD) names the field that breaks the schema."""
    try:
        table = tomllib.loads(text)
    except ValueError as error:
        raise _bad("file", str(error)) from error
    if table.pop("schema", None) != SCHEMA:
        raise _bad("schema", f"must be {SCHEMA}")
    names: dict[str, UsbName] = {}
    for one in _entries(table):
        if names.setdefault(one.usb, one) is not one:
            raise _bad(one.usb, "is there twice")
    return MappingProxyType(names)


def _entries(table: Mapping[str, object]) -> Iterator[UsbName]:
    for section, entries in table.items():
        if section not in (Kind.ADAPTER, Kind.BOARD, Kind.BOOT) or not isinstance(entries, dict):
            raise _bad(section, "is no section of this schema")
        for usb, entry in entries.items():
            yield _entry(usb, entry, Kind(section))


def _entry(usb: str, entry: object, kind: Kind) -> UsbName:
    if not _ID.fullmatch(usb) or not isinstance(entry, dict) or not entry.keys() <= {"name", "linux"}:
        raise _bad(usb, "must be vendor:product with a name and a Linux module")
    name, module = entry.get("name"), entry.get("linux", "")
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
        raise _bad(f"{usb}.name", f"must be printable text of at most {_NAME_LENGTH} characters")
    if not isinstance(module, str) or (module and not _MODULE.fullmatch(module)):
        raise _bad(f"{usb}.linux", "must be the name of a kernel module")
    return UsbName(usb, name, kind, module)


def udev_rules(names: Iterable[UsbName]) -> str:
    """A rule file that lets whoever sits at this laptop open these ports, and keeps modem managers from typing there.

    It must sort before 73-seat-late.rules, which gives the rights: hence its name, 70-fieldtool.rules.
    """
    lines = [
        "# Serial adapters and boards that fieldtool knows: whoever sits at this laptop may open their ports.",
        "# Copy to /etc/udev/rules.d/70-fieldtool.rules, then: udevadm control --reload, and plug the cable in again.",
        'SUBSYSTEM!="tty", GOTO="fieldtool_end"',
    ]
    for one in sorted((each for each in names if each.module), key=lambda each: each.usb):
        vendor, product = one.usb.split(":")
        match = f'SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}"'
        lines.append(f'{match}, TAG+="uaccess", ENV{{ID_MM_PORT_IGNORE}}="1"')
    return "\n".join((*lines, 'LABEL="fieldtool_end"', ""))


def _bad(field: str, why: str) -> UsageError:
    return UsageError(Text.PROFILE_BAD, file=FILE, field=field, why=why)
