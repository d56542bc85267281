"""The one spelling of an evidence document as JSON, and which place of it was altered."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fieldtool.core.plain import from_plain, to_plain
from fieldtool.report.document import VERSION, Document

MAX_BYTES = 32 * 1024 * 1024  # of a document; a visit to a hundred chargers needs a fifth
_DIGITS = 8  # hexadecimal, of the checksum of one value


def encode(document: Document) -> bytes:
    """The one spelling, with `fields` as it belongs to the rest."""
    plain = to_plain(replace(document, fields=""))
    return _encoded({**plain, "fields": checksums(plain)})


def decode(payload: bytes) -> Document:
    """The inverse of `encode`. ValueError says what is wrong: unknown, missing, doubled and oddly written fields."""
    if len(payload) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        plain = _PARSER.decode(payload.decode("ascii"))
        document = from_plain(Document, plain)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if document.v != VERSION:
        raise ValueError(f"version {document.v} is not known")
    if _encoded(to_plain(document)) != payload:
        raise ValueError("it is not written in its one spelling")
    return document


def values(plain: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value with its path (`runs[0].serial`), in the order of the JSON. `fields` itself is left out."""
    if isinstance(plain, dict) and plain:
        for name in sorted(plain):
            if path or name != "fields":
                yield from values(plain[name], f"{path}.{name}" if path else name)
    elif isinstance(plain, list) and plain:
        for number, one in enumerate(plain):
            yield from values(one, f"{path}[{number}]")
    else:
        yield path, plain


def checksums(plain: Mapping[str, Any]) -> str:
    return "".join(_checksum(path, value) for path, value in values(plain))


def altered(plain: Mapping[str, Any]) -> str:
    """Path of the first value that does not fit its checksum; "" when all do, so that `fields` was altered itself."""
    told = str(plain.get("fields"))
    for number, (path, value) in enumerate(values(plain)):
        if told[number * _DIGITS : (number + 1) * _DIGITS] != _checksum(path, value):
            return path
    return ""


def parsed(payload: bytes) -> Mapping[str, Any]:
    """As plain data, whatever it says. ValueError when it is no JSON object; its text ends in the place."""
    try:
        plain = _PARSER.decode(payload.decode("ascii"))
    except UnicodeDecodeError as error:
        raise ValueError(near(payload, error.start)) from error
    except json.JSONDecodeError as error:
        raise ValueError(near(payload, error.pos)) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(plain, dict):
        raise ValueError("its first letter")
    return plain


def near(payload: bytes, position: int) -> str:
    """The field at a place behind which nothing can be read."""
    path: list[str | int] = []  # of the place: names and numbers, outermost first
    names = False  # is the next text a name?
    for token in _TOKEN.findall(payload[:position]):
        if token in (b"{", b"["):
            path.append("" if token == b"{" else 0)
        elif token in (b"}", b"]"):
            del path[-1:]
        elif token == b"," and path and isinstance(path[-1], int):
            path[-1] += 1
        elif names and path and isinstance(path[-1], str):
            path[-1] = token[1:-1].decode(errors="replace")[:40]
        names = token == b"{" or (token == b"," and bool(path) and isinstance(path[-1], str))
    words = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path if one != "").lstrip(".")
    return f"at {words or 'its beginning'}, byte {position}"


def _checksum(path: str, value: object) -> str:
    return hashlib.sha256(f"{path}\0{json.dumps(value)}".encode()).hexdigest()[:_DIGITS]


def _encoded(plain: object) -> bytes:
    return _JSON.encode(plain).encode("ascii")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a field occurs twice")
    return content


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],]')
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_PARSER = json.JSONDecoder(object_pairs_hook=_without_doubles)
