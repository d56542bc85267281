"""Values of ours as JSON: what `--json` prints and what a support package holds."""

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path

from fieldtool.core.clock import iso
from fieldtool.core.errors import Trouble
from fieldtool.core.model import Link

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def jsonable(value: object) -> Json:
    """Dataclasses become objects, enums their values, times RFC 3339, troubles their words.

    TypeError for anything that has no obvious form: better than a `repr` that somebody comes to depend on.
    """
    if isinstance(value, Trouble):
        return trouble_json(value)
    if isinstance(value, Enum):
        return jsonable(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Path | Link):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"no JSON form for {type(value).__name__}")


def trouble_json(trouble: Trouble) -> Json:
    """Code for programs, words for people."""
    return {
        "code": trouble.text.name,
        "what": trouble.what,
        "remedy": trouble.remedy,
        "safety": trouble.safety.value,
        "safe": trouble.safety.text.what(),
    }
