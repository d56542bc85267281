"""What people ask of the director over the network, read by the very parsers of the laptops. Fails closed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from fieldtool.central.granting import LONGEST
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.errors import UsageError
from fieldtool.core.rights import Denylist, Grant
from fieldtool.core.texts import Text
from fieldtool.firmware import values
from fieldtool.firmware.directions import DENYLIST, GRANT, SCHEMA, parse_denylist, parse_grant
from fieldtool.firmware.values import WrongError

MOST_BYTES = 64 << 10
_LISTS = ("images", "grants", "laptops")
_GRANT = {"id", "laptop", "actor", "actions", "sites", "serials", "models", "not_before", "expires", "days", "max_uses"}
_NO_ID = "none"  # for the parser; the grant then gets one made from its content


def grant_of(content: bytes, now: datetime) -> Grant:
    """The grant that is asked for, without epoch; without an id when none was asked for.

    UsageError(DIRECT_ASKED_BAD) for what a grant from here has not; FirmwareError(DIRECTION_BAD) names what is wrong.
    """
    said = _table(content, _GRANT)
    if not said.get("laptop"):
        raise UsageError(Text.DIRECT_ASKED_BAD, field="laptop", why="is missing")
    begin = moment(str(said.get("not_before", "")), "not_before", now)
    if ("days" in said) == ("expires" in said):
        raise UsageError(Text.DIRECT_ASKED_BAD, field="expires", why="or “days” says until when, and not both")
    days = said.get("days", 1)
    if type(days) is not int or not 1 <= days <= LONGEST.days:
        raise UsageError(Text.DIRECT_ASKED_BAD, field="days", why=f"is not 1 to {LONGEST.days}")
    document = {
        "schema": SCHEMA,
        "kind": GRANT,
        "id": said.get("id", _NO_ID),
        "key_id": said["laptop"],
        "actor": said.get("actor"),
        "actions": said.get("actions"),
        "scope": {name: said.get(name) for name in ("sites", "serials", "models")},
        "not_before": iso(begin),
        "expires": said.get("expires", iso(begin + timedelta(days=days))),
        "epoch": 0,
        **({"max_uses": said["max_uses"]} if "max_uses" in said else {}),
    }
    grant = parse_grant(json.dumps(document).encode())
    return grant if "id" in said else replace(grant, id="")


def denied_of(content: bytes) -> Denylist:
    """UsageError(DIRECT_ASKED_BAD), FirmwareError(DIRECTION_BAD)."""
    said = _table(content, set(_LISTS))
    lists = {name: said.get(name, []) for name in _LISTS}
    return parse_denylist(json.dumps({"schema": SCHEMA, "kind": DENYLIST, **lists, "grant_epoch": 0}).encode())


def moment(text: str, field: str, otherwise: datetime) -> datetime:
    """UsageError(DIRECT_ASKED_BAD)."""
    if not text:
        return otherwise.replace(microsecond=0)
    try:
        return parse_iso(text)
    except ValueError:
        raise UsageError(Text.DIRECT_ASKED_BAD, field=field, why="is no time like 2026-01-31T12:00:00Z") from None


def _table(content: bytes, known: set[str]) -> Mapping[str, object]:
    try:
        found = values.document(content, MOST_BYTES)
    except WrongError as wrong:
        raise UsageError(Text.DIRECT_ASKED_BAD, field="body", why=wrong.why) from None
    if not isinstance(found, dict):
        raise UsageError(Text.DIRECT_ASKED_BAD, field="body", why="is no table of fields")
    if unknown := sorted(found.keys() - known):
        raise UsageError(Text.DIRECT_ASKED_BAD, field=unknown[0][:40], why="is not known")
    return found
