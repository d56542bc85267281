"""An operator's inventory of chargers, as spreadsheets and asset systems write it: CSV or JSON.

Strict: a file with one mistake is not taken at all, and every mistake is named with its line and column. What the
columns mean: resources/docs/guide/directing.md.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from fieldtool.core.addresses import parse_address, parse_fingerprint
from fieldtool.core.errors import Param, UsageError
from fieldtool.core.model import Link, SitePin, is_serial, normal_serial
from fieldtool.core.profile import MAIN
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import ADDRESSES, SERIAL_LENGTH
from fieldtool.firmware.values import SHORT, WrongError, document

MAX_BYTES = 16 << 20
MAX_ROWS = 20_000
MOST_NAMED = 200  # mistakes that are told; the first ones
IN_WORDS = 10  # of them in the sentence
KIND, SCHEMA = "inventory", 1

Versions = tuple[tuple[str, str], ...]  # component -> version, or a path of the image catalogue

_T = TypeVar("_T")
_SITE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,199}")
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)  # 1.23E+11: how spreadsheets shorten a number


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake: the line as an editor counts it (in JSON the number of the charger), the column, and why."""

    line: int
    column: str
    why: str

    def __str__(self) -> str:
        column = f", column “{self.column}”" if self.column else ""
        return f"line {self.line}{column}: {self.why}"


class InventoryError(UsageError):
    """A list of chargers with mistakes. `wrong` holds the first ones."""

    def __init__(self, text: Text, wrong: Sequence[Wrong], /, **params: Param) -> None:
        super().__init__(text, **params)
        self.wrong = tuple(wrong[:MOST_NAMED])


def in_words(wrong: Sequence[Wrong]) -> str:
    """The first mistakes, for the sentence of an InventoryError."""
    return "; ".join(map(str, wrong[:IN_WORDS])) + ("; ..." if len(wrong) > IN_WORDS else "")


@dataclass(frozen=True, slots=True)
class Row:
    """A charger as the operator knows it."""

    line: int
    serial: str
    model: str
    hardware: str
    site: str
    name: str
    profile: str = ""
    links: tuple[Link, ...] = ()
    pins: tuple[SitePin, ...] = ()
    security_epoch: int | None = None
    runs: Versions = ()
    wanted: Versions = ()


def parse_inventory(data: bytes, file: str) -> tuple[Row, ...]:
    """Every charger of an inventory; JSON when it begins like JSON, else CSV.

    CSV: UTF-8 with or without byte-order mark; comma, semicolon or tab. InventoryError(INVENTORY_BAD) names all that is
    wrong; UsageError(INVENTORY_UNREADABLE) when it is no such file at all.
    """
    try:
        if len(data) > MAX_BYTES:
            raise WrongError(f"it is larger than {MAX_BYTES >> 20} MiB")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise WrongError(f"line {line} is not UTF-8; save it as “CSV UTF-8”") from None
        cells = _from_json(text) if text.lstrip()[:1] in ("{", "[") else _from_csv(text)
        return _rows(cells, file)
    except WrongError as wrong:
        raise UsageError(Text.INVENTORY_UNREADABLE, file=file, detail=wrong.why) from None


def parse_versions(text: str) -> Versions:
    """ "2.6.0" (of the main controller), "main=2.6.0 modem=1.2", or a path of the catalogue. WrongError."""
    found: dict[str, str] = {}
    for word in text.split():
        component, equals, version = word.rpartition("=")
        component = component if equals else MAIN
        if not _NAME.fullmatch(component) or not _VERSION.fullmatch(version):
            raise WrongError(f"“{_shown(word)}” is neither VERSION nor COMPONENT=VERSION")
        if found.setdefault(component, version) != version:
            raise WrongError(f"names “{component}” twice")
    return tuple(found.items())


# -- from text to cells: one mapping of column -> text for each charger, with its line


_Cells = Iterator[tuple[int, Mapping[str, str] | Wrong]]


def _from_csv(text: str) -> _Cells:
    """WrongError when there is no header line that could be ours."""
    lines = io.StringIO(text, newline="")
    first = next((line for line in lines if line.strip()), "")
    lines.seek(0)
    reader = csv.reader(lines, delimiter=max(",;\t", key=lambda one: len(_named(first, one))), strict=True)
    return _csv_rows(reader, _header(reader))


def _header(reader: Any) -> Sequence[str]:
    try:
        names = [_column(one) for one in next((cells for cells in reader if any(map(str.strip, cells))), [])]
    except csv.Error as error:
        raise WrongError(f"its first line is no CSV ({error})") from None
    while names and not names[-1]:
        names.pop()  # spreadsheets fill up the lines
    for name in names:
        if name not in _COLUMNS and not name.startswith("x_"):
            raise WrongError(f"the column “{_shown(name)}” is not known; known are {', '.join(_COLUMNS)}")
        if names.count(name) > 1:
            raise WrongError(f"the column “{name}” is there twice")
    if missing := [name for name in REQUIRED if name not in names]:
        raise WrongError(f"the column “{missing[0]}” is missing")
    return names


def _csv_rows(reader: Any, header: Sequence[str]) -> _Cells:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Wrong(line, "", f"is no CSV ({error})")
            return  # nobody can tell where the next line begins
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            yield line, Wrong(line, "", "has more cells than the first line has columns")
        else:
            yield line, dict(zip(header, cells, strict=False))


def _named(line: str, delimiter: str) -> set[str]:
    return {_column(cell.strip().strip('"')) for cell in line.split(delimiter)} & _COLUMNS.keys()


def _column(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _from_json(text: str) -> _Cells:
    """{"schema": 1, "kind": "inventory", "chargers": [{"serial": ...}]}, or the list alone. WrongError."""
    try:
        found = document(text.encode(), MAX_BYTES)
    except WrongError as wrong:
        raise WrongError(f"it {wrong.why}") from None
    if isinstance(found, dict):
        if (found.get("schema"), found.get("kind")) != (SCHEMA, KIND) or found.keys() - {"schema", "kind", "chargers"}:
            raise WrongError(f'it does not say {{"schema": {SCHEMA}, "kind": "{KIND}", "chargers": [...]}}')
        found = found.get("chargers")
    if not isinstance(found, list):
        raise WrongError("it holds no list of chargers")
    return ((number, _json_cells(number, one)) for number, one in enumerate(found, 1))


def _json_cells(number: int, value: object) -> Mapping[str, str] | Wrong:
    if not isinstance(value, dict):
        return Wrong(number, "", "is no table of fields")
    cells = {}
    for name, said in value.items():
        if name not in _COLUMNS and not name.startswith("x-"):
            return Wrong(number, _shown(name), "is not known")
        if isinstance(said, list) and all(isinstance(one, str) for one in said):
            said = " ".join(said)
        elif type(said) is int:
            said = str(said)
        if not isinstance(said, str):
            return Wrong(number, _shown(name), "is no text")
        cells[name] = said
    return cells


# -- from cells to chargers


def _rows(cells: _Cells, file: str) -> tuple[Row, ...]:
    """InventoryError unless each cell of each charger is right, and no serial number is there twice."""
    rows: list[Row] = []
    wrong: list[Wrong] = []
    seen: dict[str, int] = {}
    for line, found in cells:
        if len(rows) + len(wrong) >= MAX_ROWS:
            raise WrongError(f"it has more than {MAX_ROWS} chargers")
        if isinstance(found, Wrong):
            wrong.append(found)
            continue
        read = _checked(line, found)
        if not isinstance(read, Row):
            wrong += read
            continue
        first = seen.setdefault(normal_serial(read.serial), line)
        if first != line:
            wrong.append(Wrong(line, "serial", f"“{read.serial}” is in line {first}, too"))
        rows.append(read)
    if wrong:
        raise InventoryError(Text.INVENTORY_BAD, wrong, file=file, count=len(wrong), lines=in_words(wrong))
    if not rows:
        raise WrongError("it names no charger")
    return tuple(rows)


def _checked(line: int, cells: Mapping[str, str]) -> Row | list[Wrong]:
    found: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for name, check in _COLUMNS.items():
        try:
            text = cells.get(name, "").strip()
            if text:
                found[name] = check(_plain(text))
            elif name in REQUIRED:
                raise WrongError("is empty")
        except WrongError as error:
            wrong.append(Wrong(line, name, error.why))
    return wrong or _row(line, found)


def _row(line: int, found: Mapping[str, Any]) -> Row:
    serial = found["serial"]
    keys = (("ssh", found.get("host_key")), ("tls", found.get("tls_key")))
    return Row(
        line,
        serial,
        found["model"],
        found["hardware"],
        found["site"],
        found.get("name", serial),
        found.get("profile", ""),
        found.get("addresses", ()),
        tuple(SitePin(serial, kind, key) for kind, key in keys if key),
        found.get("security_epoch"),
        found.get("firmware", ()),
        found.get("wanted", ()),
    )


def _plain(text: str) -> str:
    if text.startswith("="):
        raise WrongError("is a formula; write the value itself")
    if not text.isprintable():
        raise WrongError("has a line break or a control character")
    return text


def _short(text: str) -> str:
    if len(text) > SHORT:
        raise WrongError(f"is longer than {SHORT} characters")
    return text


def _serial(text: str) -> str:
    if _ROUNDED.fullmatch(text):
        raise WrongError(f"“{_shown(text)}” is a number that a spreadsheet has shortened; format the column as text")
    if len(text) > SERIAL_LENGTH or not is_serial(text):
        raise WrongError(f"“{_shown(text)}” identifies nobody")
    return text


def _site(text: str) -> str:
    return _fits(text, _SITE, "is no id of a site: small letters, digits, dot, dash, underscore")


def _profile(text: str) -> str:
    return _fits(text, _NAME, "is no name of a profile")


def _fits(text: str, pattern: re.Pattern[str], why: str) -> str:
    if not pattern.fullmatch(text):
        raise WrongError(f"“{_shown(text)}” {why}")
    return text


def _addresses(text: str) -> tuple[Link, ...]:
    found = tuple(_typed(word, parse_address) for word in text.split())
    if len(found) > ADDRESSES or len(set(found)) != len(found):
        raise WrongError(f"names an address twice, or more than {ADDRESSES}")
    return found


def _key(text: str) -> str:
    return _typed(text, parse_fingerprint)


def _typed(text: str, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(text)
    except UsageError as error:
        raise WrongError(error.what.rstrip(".")) from None


def _epoch(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise WrongError(f"“{_shown(text)}” is no whole number")
    return int(text)


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:60])


_COLUMNS: Mapping[str, Callable[[str], Any]] = {
    "serial": _serial,
    "model": _short,
    "hardware": _short,
    "site": _site,
    "name": _short,
    "profile": _profile,
    "addresses": _addresses,
    "host_key": _key,
    "tls_key": _key,
    "security_epoch": _epoch,
    "firmware": parse_versions,
    "wanted": parse_versions,
}
REQUIRED = ("serial", "model", "hardware", "site")


def of_site(rows: Iterable[Row], site: str) -> tuple[Row, ...]:
    """UsageError(INVENTORY_NO_SITE) when no charger is there."""
    rows = tuple(rows)
    found = tuple(row for row in rows if row.site == site)
    if not found:
        _no_site(site, {row.site for row in rows})
    return found


def _no_site(site: str, known: set[str]) -> NoReturn:
    raise UsageError(Text.INVENTORY_NO_SITE, site=site, known=", ".join(sorted(known)[:20]))
