"""A laptop that somebody directs: one work order, one grant, one second person; tests take things away."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldtool.audit.keys import PrivateKey
from fieldtool.core.model import Release
from fieldtool.core.rights import (
    ANY,
    Action,
    Denylist,
    Directions,
    Grant,
    OrderedCharger,
    OrderedImage,
    Scope,
    WorkOrder,
)
from fieldtool.update.approval import Approval, Asked, Request, by_key, by_pin
from fieldtool.update.rights import Rights
from tests.fakes import OLD_RELEASE, RELEASE

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LAPTOP = "1a" * 32
COLLEAGUE = PrivateKey.new()
PIN = "correct horse"
SALT = "0f" * 16
PROOF = (
    f"scrypt$14$8$1${SALT}$"
    + hashlib.scrypt(PIN.encode(), salt=bytes.fromhex(SALT), n=1 << 14, r=8, p=1, dklen=32).hex()
)
ALL = frozenset(Action) - {Action.APPROVE}


def image(release: Release) -> OrderedImage:
    return OrderedImage(release.target, release.length, release.sha256, ("R4",))


def order(*releases: Release, **changes: Any) -> WorkOrder:
    images = tuple(map(image, releases or (RELEASE, OLD_RELEASE)))
    charger = OrderedCharger("S1", "Bay 01", "CityPost 22", "R4", images=images)
    return replace(WorkOrder("wo-1", "berlin", "Spring", AT - DAY, AT + DAY, (charger,)), **changes)


GRANT = Grant(
    "grant-1", LAPTOP, "ada", ALL, Scope(frozenset({"berlin"}), frozenset({ANY}), frozenset({"CityPost 22"})),
    AT - DAY, AT + DAY,
)  # fmt: skip
BY_KEY = replace(GRANT, id="grant-2", key_id=COLLEAGUE.key_id, actor="grace", actions=frozenset({Action.APPROVE}))
BY_PIN = replace(BY_KEY, id="grant-3", key_id="", actor="linus", pin=PROOF)


def directions(
    *grants: Grant, orders: tuple[WorkOrder, ...] | None = None, denied: Denylist | None = None
) -> Directions:
    named = orders if orders is not None else (order(),)
    return Directions(named, grants or (GRANT, BY_KEY, BY_PIN), denied or Denylist())


def rights(*grants: Grant, orders: tuple[WorkOrder, ...] | None = None, **changes: Any) -> Rights:
    denied = changes.pop("denied", None)
    said = directions(*grants, orders=orders, denied=denied)
    return replace(Rights(said, None, LAPTOP, "demo", AT), **changes)


def request(*actions: Action, release: Release = RELEASE, **changes: Any) -> Request:
    asked = Asked("S1", frozenset({release.sha256}), frozenset(actions or ALL))
    return replace(Request(LAPTOP, "demo", "ab" * 16, (asked,), AT), **changes)


def key_approval(*actions: Action, given: datetime = AT, **changes: Any) -> Approval:
    return by_key(request(*actions, **changes), BY_KEY.id, "grace", given, COLLEAGUE)


def pin_approval(*actions: Action, given: datetime = AT, **changes: Any) -> Approval:
    return by_pin(request(*actions, **changes), BY_PIN.id, "linus", given)
