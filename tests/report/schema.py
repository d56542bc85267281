"""The JSON Schema of evidence v1, as the dataclasses and their comments say it.

`python -m tests.report.schema` writes resources/schemas/evidence-v1.json anew; a test holds that both are the same.
"""

import dataclasses
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from fieldtool.report import document
from fieldtool.report.document import PAYLOAD_TYPE, Document

FILE = Path(__file__).parents[2] / "resources" / "schemas" / "evidence-v1.json"
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}
_FIELD = re.compile(r"^    (\w+): [^#\n]+#\s*(.+)$", re.MULTILINE)


def derived() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:fieldtool:evidence:v1",
        "title": "fieldtool evidence, version 1",
        "description": f"The payload of a DSSE envelope of type {PAYLOAD_TYPE}. Spelled in ASCII, names sorted, no "
        "blanks. Times are RFC 3339 in UTC.",
        "$ref": "#/$defs/Document",
        "$defs": {kind.__name__: _object(kind) for kind in _kinds(Document)},
    }


def _kinds(kind: type) -> list[type]:
    """This dataclass and all in it, each once."""
    found = [kind]
    for hint in typing.get_type_hints(kind).values():
        for inner in _inner(hint):
            found += [one for one in _kinds(inner) if one not in found]
    return found


def _inner(hint: Any) -> list[type]:
    parts = [inner for argument in typing.get_args(hint) for inner in _inner(argument)]
    return [hint] if dataclasses.is_dataclass(hint) and isinstance(hint, type) else parts


def _object(kind: type) -> dict[str, Any]:
    told = dict(_FIELD.findall(inspect.getsource(kind)))
    hints = typing.get_type_hints(kind)
    properties = {}
    for name, hint in hints.items():
        properties[name] = _type(hint) | ({"description": told[name]} if name in told else {})
    words = inspect.getdoc(kind) or ""
    return {
        "type": "object",
        **({} if words.startswith(f"{kind.__name__}(") else {"description": " ".join(words.split())}),
        "properties": properties,
        "required": list(hints),
        "additionalProperties": False,
    }


def _type(hint: Any) -> dict[str, Any]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (one,) = (part for part in inner if part is not types.NoneType)
        return {"anyOf": [_type(one), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _type(inner[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _type(inner[1])}
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [one.value for one in hint]}
    return {"type": _SIMPLE[hint]}


def problems(schema: Mapping[str, Any], rule: Mapping[str, Any], value: object, path: str = "$") -> list[str]:
    """What a document does that the schema does not allow: as much of JSON Schema as ours uses, and no more."""
    if "$ref" in rule:
        return problems(schema, schema["$defs"][rule["$ref"].rpartition("/")[2]], value, path)
    if "anyOf" in rule:
        tries = [problems(schema, one, value, path) for one in rule["anyOf"]]
        return [] if [] in tries else tries[0]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": types.NoneType,
             "array": list, "object": dict}  # fmt: skip
    if not isinstance(value, kinds[rule["type"]]) or (rule["type"] in ("integer", "number") and value in (True, False)
                                                      and isinstance(value, bool)):  # fmt: skip
        return [f"{path} is no {rule['type']}"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{path} is none of {rule['enum']}"]
    if isinstance(value, list):
        return [p for n, one in enumerate(value) for p in problems(schema, rule["items"], one, f"{path}[{n}]")]
    if isinstance(value, dict):
        return _object_problems(schema, rule, value, path)
    return []


def _object_problems(
    schema: Mapping[str, Any], rule: Mapping[str, Any], value: Mapping[str, Any], path: str
) -> list[str]:
    known, more = rule.get("properties", {}), rule.get("additionalProperties")
    found = [f"{path}.{name} is missing" for name in rule.get("required", ()) if name not in value]
    for name, one in value.items():
        inner = known.get(name, more)
        found += problems(schema, inner, one, f"{path}.{name}") if inner else [f"{path}.{name} is not known"]
    return found


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(derived(), indent=1) + "\n", encoding="utf-8")
    print(FILE, file=sys.stderr)
    assert document.VERSION == 1
