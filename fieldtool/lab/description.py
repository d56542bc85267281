"""What a virtual site consists of, as data: see resources/lab/demo-site.toml for every field."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.lab import dead_charger
from fieldtool.lab.dead_charger import KIND as UBOOT
from fieldtool.lab.faults import NO_FAULTS, Faults, parse_faults
from fieldtool.lab.mcuboot_cable import CONNECTOR
from fieldtool.lab.mcuboot_faults import KIND as MCUBOOT
from fieldtool.lab.mcuboot_faults import checked
from fieldtool.lab.mcuboot_image import is_version
from fieldtool.lab.state import KINDS, Nameplate, Timing, usual_profile

_T = TypeVar("_T")
_OWN_FORMAT = {MCUBOOT: MCUBOOT, dead_charger.FORMAT: UBOOT}  # format -> the only kind of charger that it is for
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class LabCharger:
    nameplate: Nameplate
    name: str
    profile: str
    faults: Faults = NO_FAULTS
    charging: tuple[str, ...] = ()  # connectors with a car when the lab starts
    absent: bool = False  # in the site file, but nobody there


@dataclass(frozen=True, slots=True)
class LabRelease:
    """A release that the training catalogue shall hold."""

    version: str
    hardware: tuple[str, ...]
    security_epoch: int = 0
    size: int = 200_000  # bytes of the image in the bundle
    min_from: str = ""
    notes: str = ""
    advisories: tuple[str, ...] = ()
    release_type: str = ""
    boots: bool = True
    sick: str = ""
    duration: tuple[int, int] | None = None  # expected seconds, (fast, slow)
    component: str = "main"  # or "modem"
    format: str = "raucb"  # or "swu", "mcuboot", "fit" (for U-Boot); a modem's is always "swu"
    ordered: bool = True  # else the catalogue has it, and no work order names it


@dataclass(frozen=True, slots=True)
class Description:
    id: str
    name: str
    timing: Timing
    chargers: tuple[LabCharger, ...]
    releases: tuple[LabRelease, ...]

    def taker(self, release: LabRelease) -> LabCharger:
        """The first charger of the kind that such files are for: theirs are vendor and model."""
        kind = _OWN_FORMAT.get(release.format)
        return next(one for one in self.chargers if _fits(kind, one.nameplate.kind))


def _fits(wanted: str | None, kind: str) -> bool:
    """`wanted`: the one kind that a file is for; None: all that are reached over the network."""
    return kind == wanted if wanted is not None else kind not in _OWN_FORMAT.values()


def read_description(path: Path) -> Description:
    """UsageError(LAB_SITE_BAD) says which field and why."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad(path.name, "file", str(error)) from error
    return parse_description(table, path.name)


def parse_description(table: Mapping[str, object], file: str) -> Description:
    reader = _Table(dict(table), file, "")
    if reader.take("schema", int) != SCHEMA:
        raise _bad(file, "schema", f"must be {SCHEMA}")
    timing = _timing(reader.sub("timing"))
    # What all have in common: a charger may say otherwise.
    common = reader.sub("common").rest()
    chargers = tuple(_charger(common, one) for one in reader.tables("charger"))
    releases = tuple(_release(one, {plate.nameplate.kind for plate in chargers}) for one in reader.tables("release"))
    out = Description(reader.take("id", str), reader.take("name", str), timing, chargers, releases)
    reader.finish()
    if len({one.nameplate.serial for one in chargers}) != len(chargers):
        raise _bad(file, "charger.serial", "is there twice")
    return out


def _timing(reader: "_Table") -> Timing:
    given = {field.name: reader.number(field.name, getattr(Timing(), field.name)) for field in fields(Timing)}
    reader.finish()
    return Timing(**given)


def _charger(common: dict[str, object], reader: "_Table") -> LabCharger:
    reader.fill(common)
    faults = reader.sub("faults").rest()
    plate = _nameplate(reader)
    charger = LabCharger(
        nameplate=plate,
        name=reader.take("name", str),
        profile=reader.take("profile", str, dead_charger.PROFILE if plate.kind == UBOOT else usual_profile(plate)),
        faults=checked(parse_faults(faults)) if plate.kind == MCUBOOT else parse_faults(faults),
        charging=reader.strings("charging"),
        absent=reader.take("absent", bool, False),
    )
    reader.finish()
    return charger


def _nameplate(reader: "_Table") -> Nameplate:
    usual = Nameplate(serial=reader.take("serial", str))
    texts = {
        name: reader.take(name, str, getattr(usual, name))
        for name in ("version", "vendor", "model", "hardware", "compatible", "board_serial")
    }
    numbers = {
        name: reader.take(name, int, getattr(usual, name))
        for name in ("security_epoch", "disk_bytes", "slot_bytes", "image_bytes")
    }
    kind, modem = reader.take("kind", str, usual.kind), reader.take("modem", str, "")
    if kind not in (*KINDS, MCUBOOT, UBOOT):
        raise reader.wrong("kind", f"must be one of {', '.join((*KINDS, MCUBOOT, UBOOT))}")
    if kind == MCUBOOT and not is_version(texts["version"]):
        raise reader.wrong("version", "must be three numbers such as 1.2.0")
    if modem and kind != "ab-trial":
        raise reader.wrong("modem", "needs the kind ab-trial")  # no shipped profile has both
    connectors = reader.strings("connectors") or ((CONNECTOR,) if kind == MCUBOOT else usual.connectors)
    if kind == MCUBOOT and connectors != (CONNECTOR,):
        raise reader.wrong("connectors", f"must be “{CONNECTOR}” alone")
    return Nameplate(usual.serial, connectors=connectors, kind=kind, modem=modem, **texts, **numbers)


def _release(reader: "_Table", kinds: set[str]) -> LabRelease:
    usual = LabRelease("", ())
    duration = reader.numbers("duration")
    release = LabRelease(
        version=reader.take("version", str),
        hardware=reader.strings("hardware"),
        security_epoch=reader.take("security_epoch", int, 0),
        size=reader.take("size", int, usual.size),
        min_from=reader.take("min_from", str, ""),
        notes=reader.take("notes", str, ""),
        advisories=reader.strings("advisories"),
        release_type=reader.take("release_type", str, ""),
        boots=reader.take("boots", bool, True),
        sick=reader.take("sick", str, ""),
        duration=(duration[0], duration[1]) if len(duration) == 2 else None,
        component=reader.take("component", str, usual.component),
        format=reader.take("format", str, usual.format),
        ordered=reader.take("ordered", bool, True),
    )
    if release.component not in ("main", "modem"):
        raise reader.wrong("component", "must be main or modem")
    if release.format not in (("swu",) if release.component == "modem" else ("raucb", "swu", *_OWN_FORMAT)):
        raise reader.wrong("format", f"must be raucb, swu or {' or '.join(_OWN_FORMAT)}, and swu for a modem")
    if release.format == MCUBOOT and not is_version(release.version):
        raise reader.wrong("version", "must be three numbers such as 1.2.0")
    if not any(_fits(_OWN_FORMAT.get(release.format), kind) for kind in kinds):
        raise reader.wrong("format", "is for no charger of this site")
    reader.finish()
    return release


def _bad(file: str, field: str, why: str) -> UsageError:
    return UsageError(Text.LAB_SITE_BAD, file=file, field=field, why=why)


class _Table:
    """Takes typed fields out of a table; what is left over at the end is an error."""

    def __init__(self, table: dict[str, object], file: str, prefix: str) -> None:
        self._table, self._file, self._prefix = table, file, prefix

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        value = self._table.pop(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        if type(value) is not kind:  # exact: True is no int here
            raise self.wrong(key, f"must be of type {kind.__name__}")
        return value

    def number(self, key: str, default: float) -> float:
        value = self._table.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.wrong(key, "must be a number of seconds")
        return float(value)

    def strings(self, key: str) -> tuple[str, ...]:
        return self._list(key, str)

    def numbers(self, key: str) -> tuple[int, ...]:
        return self._list(key, int)

    def _list(self, key: str, kind: type[_T]) -> tuple[_T, ...]:
        value = self._table.pop(key, [])
        if not isinstance(value, list) or not all(type(item) is kind for item in value):
            raise self.wrong(key, f"must be a list of {kind.__name__}")
        return tuple(value)

    def sub(self, key: str) -> "_Table":
        value = self._table.pop(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return _Table(dict(value), self._file, f"{self._prefix}{key}.")

    def tables(self, key: str) -> "list[_Table]":
        value = self._table.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "must be a list of tables")
        return [_Table(dict(item), self._file, f"{self._prefix}{key}[{at}].") for at, item in enumerate(value)]

    def fill(self, common: Mapping[str, object]) -> None:
        self._table = {**common, **self._table}

    def rest(self) -> dict[str, object]:
        rest, self._table = self._table, {}
        return rest

    def finish(self) -> None:
        if self._table:
            raise self.wrong(min(self._table), "is not a field of this schema")

    def wrong(self, key: str, why: str) -> UsageError:
        return _bad(self._file, self._prefix + key, why)
