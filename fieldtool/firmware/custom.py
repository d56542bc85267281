"""What a vendor signs about an image: the `custom` field of a target (design/trust.md section 1). Fails closed.

Exact types, no unknown field unless its name begins with "x-", no default for anything that decides.
`payload_hash` is our addition: the hex SHA-256 of the payload as the device will report it (RAUC: of the slot image
in the manifest), so that two slots with the same version can be told apart.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Expectation, Release
from fieldtool.core.texts import Text
from fieldtool.firmware import values, versions
from fieldtool.firmware.values import LONG, MANY, SHORT, Check, WrongError

SCHEMA = 1
SETTINGS = 256  # of a charger that one release may rename or set
LONGEST_WAIT = 86_400  # seconds
BIGGEST = 8 << 30  # bytes of an image: far above any charger's flash


def release(target: str, length: int, sha256: str, custom: object, role: str = "") -> Release:
    """The release that a signed target describes. FirmwareError(RELEASE_BAD, target, field, why).

    `role`: the delegated role that signed it; it speaks for its own vendor only. "" = the repository itself.
    """
    found = _checked(target, custom)
    vendor = str(found.get("vendor", ""))
    if role and vendor_role(vendor or role) != role:
        _refuse(target, "vendor", f"is “{vendor}”, but “{role}” signed it")
    if not (vendor or role):
        _refuse(target, "vendor", "is missing")
    if not is_target_path(target):
        _refuse(target, "path", "has characters that are not allowed")
    if not 0 < length <= BIGGEST:
        _refuse(target, "length", f"is {length}")
    if not _SHA256.fullmatch(sha256):
        _refuse(target, "sha256", "is missing")
    return Release(
        target=target,
        length=length,
        sha256=sha256,
        vendor=vendor or role,
        models=found["models"],
        hardware=found["hw_rev"],
        component=found["component"],
        version=found["version"],
        format=found["format"],
        payload_hash=found["payload_hash"],
        min_from=found["min_from"],
        security_epoch=found["security_epoch"],
        published=found["published"],
        notes=found.get("notes", ""),
        advisories=found.get("advisories", ()),
        release_type=found.get("release_type", ""),
        end_of_support=found.get("end_of_support"),
        markets=found["market"],
        duration=found.get("duration"),
        version_format=found["version_format"],
        requires=found["requires"],
        backends=found.get("backends", ()),
        config_format=found.get("config_format", ""),
        config_renames=found.get("config_renames", ()),
        config_sets=found.get("config_sets", ()),
        config_drops=found.get("config_drops", ()),
        metering_checksum=found.get("metering_checksum", ""),
        validation=found.get("validation"),
        native_key=found.get("native_key", ""),
        encrypted=found.get("encrypted", False),
    )


def vendor_role(vendor: str) -> str:
    """The delegated role, and the folder of targets, that belongs to a vendor's name.

    >>> vendor_role("Öko Strom AG")
    'oko-strom-ag'
    """
    plain = unicodedata.normalize("NFKD", vendor).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def is_target_path(path: str) -> bool:
    """Only names that mean the same to every server and file system."""
    parts = path.split("/")
    return len(path) <= 200 and all(_PART.fullmatch(part) and set(part) != {"."} for part in parts)


def _checked(target: str, custom: object) -> dict[str, Any]:
    """Every field that is there, in the type that the table of checks gives it."""
    if not isinstance(custom, dict):
        _refuse(target, "custom", "is missing")
    fields: Mapping[str, object] = custom
    for name in fields:
        if name not in _REQUIRED and name not in _OPTIONAL and not str(name).startswith("x-"):
            _refuse(target, str(name)[:SHORT], "is not known")
    found: dict[str, Any] = {}
    for name, check in {**_REQUIRED, **_OPTIONAL}.items():
        if name in fields:
            found[name] = _check(target, name, check, fields[name])
        elif name in _REQUIRED:
            _refuse(target, name, "is missing")
    _check_versions(target, found)
    _check_settings(target, found)
    return found


def _check(target: str, name: str, check: Check, value: object) -> object:
    try:
        return check(value)
    except WrongError as wrong:
        _refuse(target, name, wrong.why)


def _check_versions(target: str, found: Mapping[str, object]) -> None:
    kind = str(found["version_format"])
    for name in ("version", "min_from"):
        version = str(found[name])
        if name == "min_from" and not version:
            continue  # over any version
        try:
            versions.key(version, kind)
        except FirmwareError:
            _refuse(target, name, f"“{version}” is not written as {kind}")


def _check_settings(target: str, found: Mapping[str, Any]) -> None:
    """A setting moves in one way only, and only into a layout that has a name."""
    renames, sets = dict(found.get("config_renames", ())), dict(found.get("config_sets", ()))
    drops = found.get("config_drops", ())
    if (renames or sets or drops) and "config_format" not in found:
        _refuse(target, "config_format", "is missing beside settings that change")
    arriving = Counter([*renames.values(), *sets])
    for field, names in (
        ("config_sets", [name for name, count in arriving.items() if count > 1]),
        ("config_drops", [name for name in drops if name in renames or name in sets]),
    ):
        if names:
            _refuse(target, field, f"says something else about “{names[0]}”")


def _refuse(target: str, field: str, why: str) -> NoReturn:
    raise FirmwareError(Text.RELEASE_BAD, target=target[:200], field=field, why=why)


# -- one function per kind of value: gives what the Release keeps, or says what is wrong with it

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[A-Za-z0-9._+-]+")
_PROTOCOL = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")  # of a central system


def _schema(value: object) -> int:
    if type(value) is not int or value != SCHEMA:
        raise WrongError(f"is not {SCHEMA}")
    return value


def _notes(value: object) -> str:
    return "" if type(value) is str and not value else values.text(value, LONG)


def _list(value: object) -> tuple[str, ...]:
    return values.each(value, values.one_line)


def _filled_list(value: object) -> tuple[str, ...]:
    found = _list(value)
    if not found:
        raise WrongError("is empty")
    return found


def _backends(value: object) -> tuple[str, ...]:
    found = _filled_list(value)
    if unknown := [one for one in found if not _PROTOCOL.fullmatch(one)]:
        raise WrongError(f"names “{unknown[0]}”, which is no protocol like ocpp1.6")
    return found


def _names(value: object) -> tuple[tuple[str, str], ...]:
    """Old name -> new name."""
    return _pairs(value, values.one_line)


def _values(value: object) -> tuple[tuple[str, str], ...]:
    """Name -> value, which may be empty."""
    return _pairs(value, values.one_line_or_empty)


def _pairs(value: object, check: Callable[[object], str]) -> tuple[tuple[str, str], ...]:
    if type(value) is not dict or len(value) > SETTINGS:
        raise WrongError("is no table of settings")
    return tuple(sorted((values.one_line(name), check(other)) for name, other in value.items()))


def _expectation(value: object) -> Expectation:
    """What must hold after the installation; a field that is left out leaves it to the site and to us."""
    if type(value) is not dict:
        raise WrongError("is no table")
    found: dict[str, Any] = {}
    for name, one in value.items():
        check = _EXPECTATION.get(name)
        if check is None:
            raise WrongError(f"has the field “{str(name)[:SHORT]}”, which is not known")
        try:
            found[name] = check(one)
        except WrongError as wrong:
            raise WrongError(f"is not usable: {name} {wrong}") from None
    soak, clock_off = found.pop("soak_seconds", None), found.pop("clock_off_seconds", None)
    return Expectation(soak=soak, clock_off=clock_off, **found)


def _set(value: object) -> frozenset[str]:
    return frozenset(_list(value))


def _rules(value: object) -> frozenset[str]:
    return frozenset(values.name(one) for one in _list(value))


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_WAIT:
        raise WrongError(f"is no number of seconds up to {LONGEST_WAIT}")
    return float(value)


def _requires(value: object) -> tuple[tuple[str, str], ...]:
    if type(value) is not dict or len(value) > MANY:
        raise WrongError("is no table of components")
    return tuple(sorted((values.name(component), values.one_line(version)) for component, version in value.items()))


def _kind(value: object) -> str:
    if type(value) is not str or value not in versions.KINDS:
        raise WrongError(f"is none of {', '.join(versions.KINDS)}")
    return value


def _span(value: object) -> tuple[int, int]:
    if type(value) is not list or len(value) != 2:
        raise WrongError("is no pair of seconds")
    fast, slow = values.count(value[0]), values.count(value[1])
    if not 0 < fast <= slow:
        raise WrongError("is not ordered fast, slow")
    return fast, slow


_REQUIRED: Mapping[str, Check] = {
    "schema": _schema,
    "models": _filled_list,
    "hw_rev": _filled_list,
    "component": values.name,
    "version": values.one_line,
    "version_format": _kind,
    "min_from": values.one_line_or_empty,
    "requires": _requires,
    "security_epoch": values.count,
    "market": _list,
    "format": values.name,
    "published": values.time,
    "payload_hash": values.sha256,
}
_OPTIONAL: Mapping[str, Check] = {
    "vendor": values.one_line,
    "native_key": values.name,
    "config_profile": values.one_line,
    "end_of_support": values.time,
    "notes": _notes,
    "advisories": _list,
    "release_type": values.one_line,
    "encrypted": values.flag,
    "metering_checksum": values.one_line,
    "duration": _span,
    "backends": _backends,
    "config_format": values.one_line,
    "config_renames": _names,
    "config_sets": _values,
    "config_drops": _list,
    "validation": _expectation,
}
_EXPECTATION: Mapping[str, Check] = {
    "soak_seconds": _seconds,
    "required": _rules,
    "waivable": _rules,
    "clock_off_seconds": _seconds,
    "resets": values.count,
    "config_may_change": _set,
}
