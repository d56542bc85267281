"""The site file: which chargers are expected, where, and which host keys they must show.

Schema: resources/docs/guide/site-file.md.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Integer, delete, insert, literal_column, select, update

from fieldtool.core.addresses import parse_address, parse_fingerprint
from fieldtool.core.clock import iso
from fieldtool.core.errors import PinError, UsageError
from fieldtool.core.model import Link, Site, SiteCharger, SitePin, SiteRules, is_serial, normal_serial
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.texts import Text
from fieldtool.discovery.siterules import RULES, site_rules
from fieldtool.store import tables

SCHEMA = 1
MAX_BYTES = 4 * 1024 * 1024
MAX_CHARGERS = 5_000
MAX_ADDRESSES = 16  # per charger
SERIAL_LENGTH = 64
NAME_LENGTH = 120

_T = TypeVar("_T")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PROFILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


# ---- the file -------------------------------------------------------------------------------------------------------


def parse_site(path: Path) -> Site:
    """Read a site file. UsageError(SITE_FILE_BAD) names the field, such as `chargers[2].serial`, and why."""
    reader = _Reader(path.name)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise reader.bad("file", error.strerror or type(error).__name__) from error
    if len(content) > MAX_BYTES:
        raise reader.bad("file", f"is larger than {MAX_BYTES} bytes")
    try:
        # Editors on Windows put a byte-order mark first: utf-8-sig takes it off.
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        why = "is nested too deeply" if isinstance(error, RecursionError) else f"is no JSON: {error}"
        raise reader.bad("file", why) from error
    return reader.site(document)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a field is there twice")
    return table


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no value")


class _Reader:
    """Takes typed fields out of the document; every refusal says where and why."""

    def __init__(self, file: str) -> None:
        self._file = file

    def bad(self, field: str, why: str) -> UsageError:
        return UsageError(Text.SITE_FILE_BAD, file=self._file, field=field, why=why)

    def site(self, document: object) -> Site:
        table = self._table(document, "", {"schema", "id", "name", "chargers", *RULES})
        if type(table.get("schema")) is not int or table["schema"] != SCHEMA:
            raise self.bad("schema", f"must be {SCHEMA}")
        id = self._text(table, "id", "", 64)
        if not _ID.fullmatch(id):
            raise self.bad("id", "must be letters, digits, dot, dash, underscore")
        name = self._text(table, "name", "", NAME_LENGTH, default=id)
        rules = site_rules({key: table[key] for key in RULES if key in table}, self.bad)
        return Site(id, name, self._chargers(table.get("chargers")), rules)

    def _chargers(self, value: object) -> tuple[SiteCharger, ...]:
        if not isinstance(value, list) or len(value) > MAX_CHARGERS:
            raise self.bad("chargers", f"must be a list of at most {MAX_CHARGERS}")
        chargers: dict[str, SiteCharger] = {}
        for index, item in enumerate(value):
            where = f"chargers[{index}]"
            charger = self._charger(item, where + ".")
            if chargers.setdefault(normal_serial(charger.serial), charger) is not charger:
                raise self.bad(where + ".serial", f"{charger.serial} is there twice")
        return tuple(chargers.values())

    def _charger(self, value: object, prefix: str) -> SiteCharger:
        table = self._table(value, prefix, {"serial", "name", "profile", "addresses", "host_keys"})
        serial = self._text(table, "serial", prefix, SERIAL_LENGTH)
        if serial != serial.strip() or not is_serial(serial):
            raise self.bad(prefix + "serial", "identifies nobody")
        profile = self._text(table, "profile", prefix, 64, default="")
        if profile and not _PROFILE.fullmatch(profile):
            raise self.bad(prefix + "profile", "is no name of a profile")
        keys = self._each(table, "host_keys", prefix, 1, parse_fingerprint)
        return SiteCharger(
            serial=serial,
            name=self._text(table, "name", prefix, NAME_LENGTH, default=serial),
            profile=profile,
            links=self._each(table, "addresses", prefix, MAX_ADDRESSES, parse_address),
            pins=tuple(SitePin(serial, "ssh", key) for key in keys),
        )

    def _table(self, value: object, prefix: str, known: set[str]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.bad(prefix.rstrip(".") or "file", "must be an object")
        for key in sorted(value.keys() - known):
            if not key.startswith("x-"):
                raise self.bad(prefix + _printable(key), "is not a field of this schema")
        return value

    def _text(self, table: Mapping[str, object], key: str, prefix: str, limit: int, default: str | None = None) -> str:
        value = table.get(key, default)
        if value is None and key not in table:
            raise self.bad(prefix + key, "is missing")
        if not isinstance(value, str) or len(value) > limit or not value.isprintable():
            raise self.bad(prefix + key, f"must be printable text of at most {limit} characters")
        if not value.strip() and value != default:
            raise self.bad(prefix + key, "must not be empty")
        return value

    def _each(
        self, table: Mapping[str, object], key: str, prefix: str, limit: int, parse: Callable[[str], _T]
    ) -> tuple[_T, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or len(value) > limit:
            raise self.bad(prefix + key, f"must be a list of at most {limit}")
        found: list[_T] = []
        for index, item in enumerate(value):
            where = f"{prefix}{key}[{index}]"
            if not isinstance(item, str):
                raise self.bad(where, "must be text")
            try:
                found.append(parse(item))
            except UsageError as error:
                raise self.bad(where, error.what) from error
        return tuple(dict.fromkeys(found))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:80])


# ---- what the laptop remembers of it --------------------------------------------------------------------------------


def store_site(tx: Connection, site: Site, at: datetime) -> None:
    """Make `site` the current one; an earlier import of the same site is replaced as a whole, others are kept.

    PinError(PIN_CONFLICT) when the file gives a charger another host key than the one pinned on this laptop:
    a file must not change quietly whom we trust.
    """
    _store(tx, site, at)
    _add_pins(tx, _pins_of(site), at)


def store_ordered_site(tx: Connection, site: Site, at: datetime) -> tuple[tuple[SitePin, str], ...]:
    """The same for a site as a signed work order tells it: its pins count more than what was typed or in a file.

    Returns the pins that are another one than before, each with what was pinned until now ("" = nothing).
    """
    _store(tx, site, at)
    pinned = {(pin.serial, pin.kind): pin.fingerprint for pin in pins(tx)}
    told = [(pin, pinned.get((normal_serial(pin.serial), pin.kind), "")) for pin in _pins_of(site)]
    changed = tuple((pin, before) for pin, before in told if before != pin.fingerprint)
    for pin, _ in changed:
        set_pin(tx, pin, "work-order", at)
    return changed


def kept_rules(tx: Connection, id: str) -> SiteRules:
    """What the last import of a site file demanded of this site; nothing when there was none."""
    found = tx.execute(select(tables.site.c.rules).where(tables.site.c.id == id)).scalar()
    return SiteRules() if found is None else from_plain(SiteRules, json.loads(found))


def _pins_of(site: Site) -> list[SitePin]:
    return [pin for charger in site.chargers for pin in charger.pins]


def _store(tx: Connection, site: Site, at: datetime) -> None:
    tx.execute(update(tables.site).values(current=0))
    tx.execute(delete(tables.site_charger).where(tables.site_charger.c.site == site.id))
    tx.execute(delete(tables.site).where(tables.site.c.id == site.id))
    rules = json.dumps(to_plain(site.rules))
    tx.execute(insert(tables.site).values(id=site.id, name=site.name, imported=iso(at), current=1, rules=rules))
    if site.chargers:
        tx.execute(insert(tables.site_charger), [_row(site.id, charger) for charger in site.chargers])


def load_site(tx: Connection) -> Site | None:
    """The site we work on, with the pins of its chargers, whichever way they came; None when none was imported."""
    found = tx.execute(select(tables.site).where(tables.site.c.current == 1)).first()
    if found is None:
        return None
    in_the_files_order = literal_column("rowid", Integer)
    rows = tx.execute(
        select(tables.site_charger).where(tables.site_charger.c.site == found.id).order_by(in_the_files_order)
    ).all()
    by_serial: dict[str, list[SitePin]] = {}
    for pin in pins(tx):
        by_serial.setdefault(pin.serial, []).append(pin)
    return Site(
        found.id,
        found.name,
        tuple(
            SiteCharger(
                serial=row.label,
                name=row.name,
                profile=row.profile,
                links=tuple(Link(scheme, address) for scheme, address in json.loads(row.links)),
                pins=tuple(SitePin(row.label, pin.kind, pin.fingerprint) for pin in by_serial.get(row.serial, ())),
            )
            for row in rows
        ),
        from_plain(SiteRules, json.loads(found.rules)),
    )


def set_pin(tx: Connection, pin: SitePin, source: str, at: datetime) -> None:
    """Expect this key of that charger from now on. `source` says who said so: "typed", "site-file", "work-order"."""
    serial = normal_serial(pin.serial)
    tx.execute(delete(tables.pin).where(tables.pin.c.serial == serial, tables.pin.c.kind == pin.kind))
    tx.execute(
        insert(tables.pin).values(
            serial=serial, kind=pin.kind, fingerprint=parse_fingerprint(pin.fingerprint), source=source, at=iso(at)
        )
    )


def pins(tx: Connection) -> tuple[SitePin, ...]:
    """Every pin of this laptop; serial numbers in their normal form."""
    rows = tx.execute(select(tables.pin).order_by(tables.pin.c.serial, tables.pin.c.kind)).all()
    return tuple(SitePin(row.serial, row.kind, row.fingerprint) for row in rows)


def _add_pins(tx: Connection, wanted: Iterable[SitePin], at: datetime) -> None:
    pinned = {(pin.serial, pin.kind): pin.fingerprint for pin in pins(tx)}
    for pin in wanted:
        before = pinned.get((normal_serial(pin.serial), pin.kind))
        if before is None:
            set_pin(tx, pin, "site-file", at)
        elif before != pin.fingerprint:
            raise PinError(Text.PIN_CONFLICT, serial=pin.serial, expected=before, found=pin.fingerprint)


def _row(site: str, charger: SiteCharger) -> dict[str, str]:
    return {
        "site": site,
        "serial": normal_serial(charger.serial),
        "label": charger.serial,
        "name": charger.name,
        "profile": charger.profile,
        "links": json.dumps([[link.scheme, link.address] for link in charger.links]),
    }
