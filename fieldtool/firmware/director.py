"""What the director repository says: its signed documents, each believed only from the role that may say it.

    work-orders/<site>/<id>.json                     by the delegated role site-<site>, and only about its own site
    grants/<laptop key id, or "any">/<id>.json       by the top-level targets role; or by the role grants, whose key is
                                                     online: from that one nobody gets the right to approve
    trust/denylist.json                              by the top-level targets role
    grants/denylist.json                             by the role grants: denies more, and allows nothing again
    trust/native-keys/<vendor role>/<name>.json      by the top-level targets role of *both* repositories

A document that is not usable is left out: nothing is allowed by it. A denylist that is not usable stops everything, and
so does a role grants that has expired: what it denied would be forgotten.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from fieldtool.core.errors import FirmwareError, Trouble
from fieldtool.core.model import Release
from fieldtool.core.profile import MAIN
from fieldtool.core.rights import Action, Denylist, Directions, Grant, OrderedCharger, OrderedImage, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import DENYLIST, GRANT, MOST_BYTES, ORDER, parse_denylist, parse_grant, parse_order
from fieldtool.firmware.verified import SignedTarget, Verified, expired

_log = logging.getLogger(__name__)

MOST_FILES = 5_000
MOST_TOGETHER = 64 << 20  # bytes of all documents
MOST_ANCHOR = 256 << 10  # bytes of a file of native keys
ANY_LAPTOP = "any"  # in the path of a grant without a key id
GRANTING = "grants"  # the role that a server signs for: grants in force at the next sync
ANCHOR = "native-keys"
ANCHOR_CUSTOM = {"schema": 1, "kind": ANCHOR}

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS = {
    ORDER: re.compile(r"work-orders/(?P<site>[a-z0-9][a-z0-9._-]{0,63})/(?P<id>[a-z0-9][a-z0-9._-]{0,63})\.json"),
    GRANT: re.compile(r"grants/(?P<key>[0-9a-f]{64}|any)/(?P<id>[a-z0-9][a-z0-9._-]{0,63})\.json"),
    DENYLIST: re.compile(r"(?P<by>trust|grants)/denylist\.json"),
    ANCHOR: re.compile(r"trust/native-keys/(?P<name>[a-z0-9-]{1,80}/[a-z0-9][a-z0-9_-]{0,39})\.json"),
}
_LONGEST = {**MOST_BYTES, ANCHOR: MOST_ANCHOR}


@dataclass(frozen=True, slots=True)
class Document:
    """A signed file of the director, and what its path says about it."""

    kind: str
    target: SignedTarget
    told: Mapping[str, str]  # parts of the path: "site", "id", "key", "name"


@dataclass(frozen=True, slots=True)
class Directed:
    """A verified director repository. Time is asked for at each use."""

    verified: Verified
    orders: tuple[tuple[SignedTarget, WorkOrder], ...]
    grants: tuple[Grant, ...]
    denylist: Denylist
    native_keys: Mapping[str, SignedTarget]  # "<vendor role>/<name>" -> file
    problems: tuple[Trouble, ...]  # documents that were left out

    def directions(self, at: datetime) -> Directions:
        """All that is said at trusted time T: the orders of a site whose role has expired are not.

        FirmwareError(CATALOGUE_EXPIRED) when the whole repository has.
        """
        self.verified.check_time(at)
        if (role := self.verified.roles.get(GRANTING)) is not None and role.expires <= at:
            raise expired(self.verified.prefix + GRANTING, role.expires)
        orders = tuple(order for target, order in self.orders if self._holds(target, at))
        keys = MappingProxyType({name: target.sha256 for name, target in self.native_keys.items()})
        return Directions(orders, self.grants, self.denylist, keys)

    def stale_directions(self) -> Directions:
        """The same, although the repository or the role of a site may have expired: for chargers that no longer boot.

        Orders and grants have ends of their own, which whoever uses them judges as ever.
        """
        orders = tuple(order for _, order in self.orders)
        keys = MappingProxyType({name: target.sha256 for name, target in self.native_keys.items()})
        return Directions(orders, self.grants, self.denylist, keys)

    def _holds(self, target: SignedTarget, at: datetime) -> bool:
        return self.lapse(target, at) is None

    def lapse(self, target: SignedTarget, at: datetime) -> Trouble | None:
        try:
            self.verified.check_target_time(target, at)
        except FirmwareError as error:
            return error.trouble()
        return None


def documents(verified: Verified) -> tuple[Document, ...]:
    """The files of a director repository that are ours to read. FirmwareError(CATALOGUE_UNSUPPORTED) when too many."""
    found = tuple(_known(verified))
    if len(found) > MOST_FILES or sum(one.target.length for one in found) > MOST_TOGETHER:
        raise FirmwareError(Text.CATALOGUE_UNSUPPORTED, detail=f"{verified.prefix}too many documents")
    return found


def anchors(verified: Verified) -> Mapping[str, SignedTarget]:
    """Files of native keys that the image repository serves: "<vendor role>/<name>" -> file."""
    found = {}
    for target in verified.targets:
        match = _KINDS[ANCHOR].fullmatch(target.path)
        if match and target.custom == ANCHOR_CUSTOM and not _unfit(ANCHOR, match.groupdict(), target):
            found[match["name"]] = target
    return found


def directed(verified: Verified, read: Callable[[SignedTarget], bytes]) -> Directed:
    """What the documents of a verified repository say. `read`: the bytes of a file, length and hash checked.

    FirmwareError(DIRECTION_BAD) when the denylist is not usable, CATALOGUE_EXPIRED when it may lack a part.
    """
    for role in verified.lapsed:
        if role.name == GRANTING:
            raise expired(verified.prefix + GRANTING, role.expires)
    orders: list[tuple[SignedTarget, WorkOrder]] = []
    grants: list[Grant] = []
    denylist, native_keys, problems = Denylist(), {}, []
    for document in documents(verified):
        target = document.target
        try:
            if document.kind == ANCHOR:
                native_keys[document.told["name"]] = target
            elif document.kind == DENYLIST:
                denylist = denylist.joined(parse_denylist(read(target)))
            elif document.kind == ORDER:
                orders.append((target, _order(document, read(target))))
            else:
                grants.append(_grant(document, read(target)))
        except FirmwareError as error:
            if document.kind == DENYLIST or error.text is not Text.DIRECTION_BAD:
                raise
            _log.warning("left out: %s: %s", target.path, error.what)
            problems.append(error.trouble())
    return Directed(verified, tuple(orders), tuple(grants), denylist, native_keys, tuple(problems))


def check_agreement(directions: Directions, release: Release, serial: str, at: datetime) -> OrderedImage:
    """What a work order that holds says about this image for this charger; the image repository says `release`.

    FirmwareError: DENYLISTED, NOT_ORDERED, DIRECTOR_DISAGREES.
    """
    check_denylist(directions.denylist, release)
    wrong: FirmwareError | None = None
    for order in directions.orders_for(serial, at):
        charger = order.charger(serial)
        images = charger.images if charger is not None else ()
        image = next((one for one in images if one.target == release.target), None)
        if charger is None or image is None:
            continue
        difference = _difference(image, charger, release)
        if not difference:
            return image
        found = FirmwareError(Text.DIRECTOR_DISAGREES, order=order.id, target=release.target, field=difference)
        wrong = wrong or found
    raise wrong or FirmwareError(Text.NOT_ORDERED, target=release.target, serial=serial or "?")


def check_denylist(denylist: Denylist, release: Release) -> None:
    if release.sha256 in denylist.images:
        raise FirmwareError(Text.DENYLISTED, target=release.target)


def ordered_images(directions: Directions, at: datetime) -> frozenset[str]:
    """SHA-256 of every image that some order names which holds at T: what a sync brings along."""
    holding = (order for order in directions.orders if order.issued <= at < order.expires)
    ordered = frozenset(image.sha256 for order in holding for charger in order.chargers for image in charger.images)
    return ordered - directions.denylist.images


def _difference(image: OrderedImage, charger: OrderedCharger, release: Release) -> str:
    """Which field is another one; "" = none."""
    if image.length != release.length:
        return "length"
    if image.sha256 != release.sha256:
        return "SHA-256"
    hardware = set(image.hardware)
    main = charger.hardware if release.component == MAIN else ""  # the order tells it of no other component
    if not hardware <= set(release.hardware) or (main and main not in hardware):
        return "hardware id"
    if charger.model not in release.models:
        return "model"
    return ""


def _known(verified: Verified) -> Iterator[Document]:
    for target in verified.targets:
        for kind, path in _KINDS.items():
            if match := path.fullmatch(target.path):
                if why := _unfit(kind, match.groupdict(), target):
                    _log.warning("left out: %s %s", target.path, why)
                else:
                    yield Document(kind, target, match.groupdict())
                break
        else:
            _log.info("left out: %s is no document that we know", target.path)


def _unfit(kind: str, told: Mapping[str, str], target: SignedTarget) -> str:
    """Why a file is not even fetched; "" = it is."""
    if target.role.chain not in _speakers(kind, told):
        return f"is signed by “{target.role.name}”, which may not say it"
    if not 0 < target.length <= _LONGEST[kind]:
        return f"has {target.length} bytes"
    if not _SHA256.fullmatch(target.sha256):  # it stands in the name of its file
        return "has no SHA-256"
    return ""


def _speakers(kind: str, told: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """The roles that may say it, each as the chain of delegations that leads to it."""
    if kind == ORDER:
        return ((f"site-{told['site']}",),)
    if kind == GRANT:
        return (), (GRANTING,)
    return ((GRANTING,),) if told.get("by") == GRANTING else ((),)


def _order(document: Document, data: bytes) -> WorkOrder:
    order = parse_order(data)
    for field, found in (("site", order.site), ("id", order.id)):
        if found != document.told[field]:
            raise FirmwareError(Text.DIRECTION_BAD, document=ORDER, field=field, why="is not that of its path")
    return order


def _grant(document: Document, data: bytes) -> Grant:
    grant = parse_grant(data)
    for field, found in (("key", grant.key_id or ANY_LAPTOP), ("id", grant.id)):
        if found != document.told[field]:
            raise FirmwareError(Text.DIRECTION_BAD, document=GRANT, field=field, why="is not that of its path")
    if document.target.role.chain and Action.APPROVE in grant.actions:
        why = "names approve, which only the top-level targets may give"
        raise FirmwareError(Text.DIRECTION_BAD, document=GRANT, field="actions", why=why)
    return grant
