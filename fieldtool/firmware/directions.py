"""The documents of the director repository, as JSON and as values of `core.rights`. Fails closed.

Exact types, no unknown field unless its name begins with "x-", no field twice, bounded sizes. Who may sign which
document is judged by `firmware/director.py`, which knows the role that each came from.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fieldtool.core.addresses import parse_address, parse_fingerprint
from fieldtool.core.clock import iso
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.model import Link, SitePin, is_serial, normal_serial
from fieldtool.core.rights import ANY, Action, Denylist, Grant, OrderedCharger, OrderedImage, Scope, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware import values
from fieldtool.firmware.custom import BIGGEST, is_target_path
from fieldtool.firmware.values import Check, WrongError

SCHEMA = 1
ORDER, GRANT, DENYLIST = "work-order", "grant", "denylist"  # `kind` of each document
MOST_BYTES = {ORDER: 4 << 20, GRANT: 64 << 10, DENYLIST: 4 << 20}
MOST_CHARGERS = 5_000
MOST_DENIED = 20_000
ADDRESSES, SERIAL_LENGTH = 16, 64

_T = TypeVar("_T")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PROFILE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# scrypt$<log2 N>$<r>$<p>$<salt hex>$<hash hex>: bounded, so that a check costs at most 256 MB and a few seconds.
_PIN = re.compile(r"scrypt\$(1[4-8])\$8\$[1-4]\$(?:[0-9a-f]{2}){16,64}\$[0-9a-f]{64}")


def parse_order(data: bytes) -> WorkOrder:
    """A work order. FirmwareError(DIRECTION_BAD) names the field, such as `chargers[2].serial`, and why."""
    return _parsed(ORDER, data, _order)


def parse_grant(data: bytes) -> Grant:
    """A grant. FirmwareError(DIRECTION_BAD)."""
    return _parsed(GRANT, data, _grant)


def parse_denylist(data: bytes) -> Denylist:
    """The denylist. FirmwareError(DIRECTION_BAD)."""
    return _parsed(DENYLIST, data, _denylist)


def order_json(order: WorkOrder) -> bytes:
    """What `parse_order` reads: the same order, the same bytes."""
    return _json(
        ORDER,
        id=order.id,
        site=order.site,
        title=order.title,
        issued=iso(order.issued),
        expires=iso(order.expires),
        second_person=sorted(order.second_person),
        chargers=[_charger_json(charger) for charger in order.chargers],
    )


def grant_json(grant: Grant) -> bytes:
    """What `parse_grant` reads: the same grant, the same bytes."""
    scope = {name: sorted(getattr(grant.scope, name)) for name in ("sites", "serials", "models")}
    more: dict[str, object] = {} if grant.max_uses is None else {"max_uses": grant.max_uses}
    if grant.pin:
        more["pin"] = grant.pin
    return _json(
        GRANT,
        id=grant.id,
        key_id=grant.key_id,
        actor=grant.actor,
        actions=sorted(grant.actions),
        scope=scope,
        not_before=iso(grant.not_before),
        expires=iso(grant.expires),
        epoch=grant.epoch,
        **more,
    )


def denylist_json(denylist: Denylist) -> bytes:
    """What `parse_denylist` reads: the same list, the same bytes."""
    return _json(
        DENYLIST,
        images=sorted(denylist.images),
        grants=sorted(denylist.grants),
        laptops=sorted(denylist.laptops),
        grant_epoch=denylist.grant_epoch,
    )


def _json(kind: str, **fields: object) -> bytes:
    return (json.dumps({"schema": SCHEMA, "kind": kind, **fields}, indent=1, ensure_ascii=False) + "\n").encode()


def _charger_json(charger: OrderedCharger) -> dict[str, object]:
    keys = {kind: [pin.fingerprint for pin in charger.pins if pin.kind == kind] for kind in ("ssh", "tls")}
    told = {
        "hardware": charger.hardware,
        "profile": charger.profile,
        "addresses": [str(link) for link in charger.links],
        "host_keys": keys["ssh"],
        "tls_keys": keys["tls"],
    }
    epoch = {} if charger.security_epoch is None else {"security_epoch": charger.security_epoch}
    return {
        "serial": charger.serial,
        "name": charger.name,
        "model": charger.model,
        **{name: value for name, value in told.items() if value},
        **epoch,
        "images": [
            {"target": one.target, "length": one.length, "sha256": one.sha256, "hardware": list(one.hardware)}
            for one in charger.images
        ],
    }


def _parsed(kind: str, data: bytes, read: Callable[[object], _T]) -> _T:
    try:
        return read(values.document(data, MOST_BYTES[kind]))
    except WrongError as wrong:
        field = wrong.field or "file"
        raise FirmwareError(Text.DIRECTION_BAD, document=kind, field=field[:200], why=wrong.why) from None


# -- one function per kind of value


def _order(value: object) -> WorkOrder:
    found = _fields(ORDER, value, _ORDER, {"second_person": _actions})
    if not found["issued"] < found["expires"]:
        raise WrongError("is not after “issued”", "expires")
    return WorkOrder(
        found["id"],
        found["site"],
        found["title"],
        found["issued"],
        found["expires"],
        found["chargers"],
        found.get("second_person", frozenset()),
    )


def _grant(value: object) -> Grant:
    found = _fields(GRANT, value, _GRANT, {"max_uses": _uses, "pin": _pin})
    if not found["not_before"] < found["expires"]:
        raise WrongError("is not after “not_before”", "expires")
    if "pin" in found and Action.APPROVE not in found["actions"]:
        raise WrongError("belongs to “approve” only", "pin")
    if not found["key_id"] and not ("pin" in found and found["actions"] == {Action.APPROVE}):
        raise WrongError("may be empty only for “approve” by a PIN", "key_id")
    return Grant(**found)


def _denylist(value: object) -> Denylist:
    return Denylist(**_fields(DENYLIST, value, _DENYLIST, {}))


def _fields(kind: str, value: object, required: Mapping[str, Check], optional: Mapping[str, Check]) -> dict[str, Any]:
    """The fields of a document; its head is checked and left out."""

    def is_kind(said: object) -> object:
        if said != kind or type(said) is not str:
            raise WrongError(f"is not “{kind}”")
        return said

    found = values.table(value, {"schema": _schema, "kind": is_kind, **required}, optional)
    return {name: one for name, one in found.items() if name not in ("schema", "kind")}


def _schema(value: object) -> object:
    if type(value) is not int or value != SCHEMA:
        raise WrongError(f"is not {SCHEMA}")
    return value


def _chargers(value: object) -> tuple[OrderedCharger, ...]:
    found = values.each(value, _charger, MOST_CHARGERS)
    seen: set[str] = set()
    for index, charger in enumerate(found):
        normal = normal_serial(charger.serial)
        if normal in seen:
            raise WrongError(f"{charger.serial} is there twice", f"[{index}].serial")
        seen.add(normal)
    return found


def _charger(value: object) -> OrderedCharger:
    found = values.table(value, _CHARGER, _CHARGER_MORE)
    serial = found["serial"]
    keys = [("ssh", key) for key in found.get("host_keys", ())] + [("tls", key) for key in found.get("tls_keys", ())]
    return OrderedCharger(
        serial=serial,
        name=found["name"],
        model=found["model"],
        hardware=found.get("hardware", ""),
        profile=found.get("profile", ""),
        links=found.get("addresses", ()),
        pins=tuple(SitePin(serial, kind, key) for kind, key in keys),
        security_epoch=found.get("security_epoch"),
        images=found["images"],
    )


def _images(value: object) -> tuple[OrderedImage, ...]:
    found = values.each(value, lambda one: OrderedImage(**values.table(one, _IMAGE, {})))
    if len({one.target for one in found}) != len(found):
        raise WrongError("names a target twice")
    return found


def _target(value: object) -> str:
    found = values.text(value, 200)
    if not is_target_path(found):
        raise WrongError("has characters that are not allowed")
    return found


def _length(value: object) -> int:
    if type(value) is not int or not 0 < value <= BIGGEST:
        raise WrongError("is no length in bytes")
    return value


def _filled(value: object) -> tuple[str, ...]:
    found = values.each(value, values.one_line)
    if not found:
        raise WrongError("is empty")
    return found


def _id(value: object) -> str:
    found = values.one_line(value)
    if not _ID.fullmatch(found):
        raise WrongError("must be small letters, digits, dot, dash, underscore")
    return found


def _serial(value: object) -> str:
    found = values.one_line(value)
    if len(found) > SERIAL_LENGTH or found != found.strip() or not is_serial(found):
        raise WrongError("identifies nobody")
    return found


def _profile(value: object) -> str:
    found = values.one_line(value)
    if not _PROFILE.fullmatch(found):
        raise WrongError("is no name of a profile")
    return found


def _addresses(value: object) -> tuple[Link, ...]:
    return values.each(value, lambda one: _typed(one, parse_address), ADDRESSES)


def _keys(value: object) -> tuple[str, ...]:
    return values.each(value, lambda one: _typed(one, parse_fingerprint), 1)


def _typed(value: object, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(values.one_line(value))
    except UsageError as error:
        raise WrongError(error.what) from None


def _actions(value: object) -> frozenset[Action]:
    return frozenset(values.each(value, _action))


def _action(value: object) -> Action:
    if type(value) is not str or value not in set(Action):
        raise WrongError(f"is none of {', '.join(Action)}")
    return Action(value)


def _some_actions(value: object) -> frozenset[Action]:
    found = _actions(value)
    if not found:
        raise WrongError("is empty")
    return found


def _scope(value: object) -> Scope:
    return Scope(**values.table(value, {"sites": _named, "serials": _named_serials, "models": _named}, {}))


def _named(value: object) -> frozenset[str]:
    return frozenset(values.each(value, values.one_line, MOST_CHARGERS))


def _named_serials(value: object) -> frozenset[str]:
    def serial(one: object) -> str:
        return ANY if type(one) is str and one == ANY else _serial(one)

    return frozenset(values.each(value, serial, MOST_CHARGERS))


def _key_id(value: object) -> str:
    return "" if type(value) is str and not value else values.sha256(value)


def _uses(value: object) -> int:
    found = values.count(value)
    if not found:
        raise WrongError("is no number of 1 or more")
    return found


def _pin(value: object) -> str:
    if type(value) is not str or not _PIN.fullmatch(value):
        raise WrongError("is no scrypt hash within our limits")
    return value


def _hashes(value: object) -> frozenset[str]:
    return frozenset(values.each(value, values.sha256, MOST_DENIED))


def _ids(value: object) -> frozenset[str]:
    return frozenset(values.each(value, _id, MOST_DENIED))


_ORDER: Mapping[str, Check] = {
    "id": _id,
    "site": _id,
    "title": values.one_line,
    "issued": values.time,
    "expires": values.time,
    "chargers": _chargers,
}
_CHARGER: Mapping[str, Check] = {
    "serial": _serial,
    "name": values.one_line,
    "model": values.one_line,
    "images": _images,
}
_CHARGER_MORE: Mapping[str, Check] = {
    "hardware": values.one_line,
    "profile": _profile,
    "addresses": _addresses,
    "host_keys": _keys,
    "tls_keys": _keys,
    "security_epoch": values.count,
}
_IMAGE: Mapping[str, Check] = {
    "target": _target,
    "length": _length,
    "sha256": values.sha256,
    "hardware": _filled,
}
_GRANT: Mapping[str, Check] = {
    "id": _id,
    "key_id": _key_id,
    "actor": values.one_line,
    "actions": _some_actions,
    "scope": _scope,
    "not_before": values.time,
    "expires": values.time,
    "epoch": values.count,
}
_DENYLIST: Mapping[str, Check] = {
    "images": _hashes,
    "grants": _ids,
    "laptops": _hashes,
    "grant_epoch": values.count,
}
