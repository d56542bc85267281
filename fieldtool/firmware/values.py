"""Checks of single values in what others sign: exact types, bounded sizes, printable text.

A check takes what JSON gave and returns what we keep, or raises `WrongError` with the reason, to be completed with the
field's name by whoever knows it.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from fieldtool.core.clock import parse_iso

SHORT, LONG, MANY = 120, 20_000, 64  # characters of a name, of notes; entries of a list

Check = Callable[[object], object]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class WrongError(Exception):
    """Why a value is refused, and in which field of the document, as far as is known yet."""

    def __init__(self, why: str, field: str = "") -> None:
        super().__init__(why)
        self.why, self.field = why, field

    def under(self, step: str) -> "WrongError":
        """The same, seen from one level higher: `step` is a field's name, or "[2]"."""
        joint = "." if self.field and not self.field.startswith("[") else ""
        return WrongError(self.why, f"{step}{joint}{self.field}")


def document(data: bytes, most: int) -> object:
    """JSON without what JSON leaves open: no field twice, no NaN, bounded size and depth. WrongError."""
    if len(data) > most:
        raise WrongError(f"is larger than {most} bytes")
    try:
        found: object = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise WrongError("is nested too deeply") from None
    except ValueError as error:
        raise WrongError(f"is no JSON: {' '.join(str(error).split())[:SHORT]}") from None
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a field is there twice")
    return table


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value")


def table(value: object, required: Mapping[str, Check], optional: Mapping[str, Check]) -> dict[str, Any]:
    """The fields of an object, each checked. Unknown ones are refused unless their name begins with "x-"."""
    if type(value) is not dict:
        raise WrongError("is no table")
    for name in value:
        if name not in required and name not in optional and not name.startswith("x-"):
            raise WrongError("is not known", name[:SHORT])
    found: dict[str, Any] = {}
    for name, check in {**required, **optional}.items():
        if name in value:
            try:
                found[name] = check(value[name])
            except WrongError as wrong:
                raise wrong.under(name) from None
        elif name in required:
            raise WrongError("is missing", name)
    return found


def each(value: object, check: Check, most: int = MANY) -> tuple[Any, ...]:
    """The entries of a list, each checked, none twice."""
    if type(value) is not list:
        raise WrongError("is no list")
    if len(value) > most:
        raise WrongError("has too many entries")
    found = []
    for index, entry in enumerate(value):
        try:
            found.append(check(entry))
        except WrongError as wrong:
            raise wrong.under(f"[{index}]") from None
    if len(set(found)) != len(found):
        raise WrongError("names something twice")
    return tuple(found)


def text(value: object, longest: int = SHORT) -> str:
    if type(value) is not str:
        raise WrongError("is no text")
    if not value.strip() or len(value) > longest:
        raise WrongError("is empty or too long")
    if not all(char.isprintable() or char == "\n" for char in value):
        raise WrongError("has control characters")
    return value


def one_line(value: object) -> str:
    found = text(value)
    if "\n" in found:
        raise WrongError("has more than one line")
    return found


def one_line_or_empty(value: object) -> str:
    return "" if type(value) is str and not value else one_line(value)


def name(value: object) -> str:
    found = one_line(value)
    if not _NAME.fullmatch(found):
        raise WrongError("is no plain name")
    return found


def count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise WrongError("is no whole number of 0 or more")
    return value


def flag(value: object) -> bool:
    if type(value) is not bool:
        raise WrongError("is neither true nor false")
    return value


def time(value: object) -> datetime:
    try:
        return parse_iso(one_line(value))
    except ValueError:
        raise WrongError("is no time like 2026-01-31T12:00:00Z") from None


def sha256(value: object) -> str:
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise WrongError("is no SHA-256 of 64 lower-case hexadecimal digits")
    return value
