"""Frozen values to plain JSON data and back, by their declared types: one way for everything that we keep on disk.

Fields that are missing take their defaults, so that what an older version wrote stays readable; unknown fields are
refused. Enums are kept by value, `Text` by name, `Can` by number, times as RFC 3339, sets sorted.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, Flag
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.texts import Text

_T = TypeVar("_T")


def to_plain(value: object) -> Any:
    """Lists, dictionaries, texts, numbers, booleans and None only."""
    if isinstance(value, Text):
        return value.name
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(to_plain(one) for one in value)
    if isinstance(value, tuple | list):
        return [to_plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is not kept")


def from_plain(kind: type[_T], data: object) -> _T:
    """The value of a dataclass that `to_plain` took apart. ValueError, KeyError or TypeError for anything else."""
    return typing.cast(_T, _read(kind, data))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, data: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _read_union(inner, data)
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_read(inner[0], one) for one in data)
        return tuple(_read(one, value) for one, value in zip(inner, data, strict=True))
    if origin is frozenset:
        return frozenset(_read(inner[0], one) for one in data)
    if origin is not None and issubclass(origin, Mapping):
        return MappingProxyType({_read(inner[0], key): _read(inner[1], one) for key, one in data.items()})
    if dataclasses.is_dataclass(kind):
        return _read_fields(typing.cast(type, kind), data)
    return _read_simple(kind, data)


def _read_union(inner: tuple[Any, ...], data: Any) -> Any:
    """`X | None`, or a union of plain types, which JSON tells apart by itself."""
    others = [one for one in inner if one is not type(None)]
    if data is None and len(others) < len(inner):
        return None
    return _read(others[0], data) if len(others) == 1 else data


def _read_fields(kind: type, data: Any) -> Any:
    hints = _hints(kind)
    if unknown := data.keys() - hints.keys():
        raise ValueError(f"{kind.__name__} knows no {', '.join(sorted(unknown))}")
    return kind(**{name: _read(hints[name], value) for name, value in data.items()})


def _read_simple(kind: Any, data: Any) -> Any:
    if kind is Text:
        return Text[data]
    if kind is datetime:
        return parse_iso(data)
    if isinstance(kind, type) and issubclass(kind, Enum | Flag):
        return kind(data)
    if kind is float and isinstance(data, int):
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data
