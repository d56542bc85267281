"""Work orders out of an inventory: which images each charger may have, the way there and the way back included.

An order that a laptop would refuse is not made: the laptop's own reader and the image catalogue judge it first.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldtool.central.decisions import By, Decision
from fieldtool.central.directing import Director, check_part
from fieldtool.central.images import Catalogue, Images
from fieldtool.central.inventory import InventoryError, Row, Versions, Wrong, in_words
from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.model import Release
from fieldtool.core.profile import MAIN
from fieldtool.core.rights import Action, Directions, OrderedCharger, OrderedImage, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware.directions import order_json, parse_order
from fieldtool.firmware.values import WrongError
from fieldtool.firmware.versions import is_older
from fieldtool.publish.director import ORDERS, DirectorRepository
from fieldtool.update.path import path

MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be ordered for the chargers of one site."""

    id: str
    site: str
    title: str
    issued: datetime
    expires: datetime
    wanted: Versions = ()  # for chargers whose line in the inventory says nothing else
    second_person: frozenset[Action] = frozenset()
    replace: bool = False  # of this id there may be another order already


@dataclass(frozen=True, slots=True)
class Made:
    target: str
    order: WorkOrder
    notes: tuple[Wrong, ...]  # what somebody may want to know before the visit


class Orders:
    """Makes and withdraws orders, each decided by somebody."""

    def __init__(self, director: Director, images: Images, clock: Clock) -> None:
        self._director = director
        self._images = images
        self._clock = clock

    def draft(self, wish: Wish, rows: Sequence[Row]) -> tuple[WorkOrder, tuple[Wrong, ...]]:
        """The order, as laptops would take it, and notes; nothing is signed. InventoryError(ORDER_BAD) by line."""
        catalogue = self._images.catalogue()
        found = [_charger(row, wish.wanted, catalogue.releases) for row in rows]
        wrong = [one for _, problems, _ in found for one in problems]
        if not wrong:
            chargers = tuple(charger for charger, _, _ in found)
            order = WorkOrder(wish.id, wish.site, wish.title, wish.issued, wish.expires, chargers, wish.second_person)
            wrong = list(self._refusals(order, {row.serial: row.line for row in rows}, catalogue))
        if wrong:
            raise InventoryError(Text.ORDER_BAD, wrong, site=wish.site, count=len(wrong), lines=in_words(wrong))
        return order, tuple(note for _, _, notes in found for note in notes)[:MOST_NOTES]

    def make(self, by: By, wish: Wish, rows: Sequence[Row]) -> Made:
        """Draft, sign and release: in force at the laptops' next sync.

        InventoryError(ORDER_BAD); UsageError: DIRECT_..., PUBLISH_DOCUMENT_EXISTS.
        """
        order, notes = self.draft(wish, rows)
        content = order_json(order)
        detail = {"chargers": len(order.chargers), "sha256": hashlib.sha256(content).hexdigest()}

        def act(repository: DirectorRepository) -> str:
            check_part(repository, repository.role_of(order.site), order.site, self._director.signer().public_key.keyid)
            return repository.add_order(content, replace=wish.replace)

        target = self._director.decide(Decision(by, "order", f"{order.site}/{order.id}", detail), act)
        return Made(target, order, notes)

    def withdraw(self, by: By, site: str, order: str) -> str:
        """Let it hold no longer. FirmwareError(IMAGE_NOT_LISTED) when there is none."""
        target = f"{ORDERS}/{site}/{order}.json"
        decided = Decision(by, "withdraw", f"{site}/{order}", {})
        self._director.decide(decided, lambda repository: repository.withdraw(target))
        return target

    def _refusals(self, order: WorkOrder, lines: Mapping[str, int], catalogue: Catalogue) -> Iterator[Wrong]:
        """What the laptop's own reader says against it. FirmwareError(DIRECTION_BAD): against its form."""
        read = parse_order(order_json(order))
        said = self._director.said()
        keys = {name: target.sha256 for name, target in said.native_keys.items()}
        at = max(self._clock.now(), order.issued)
        if order.expires <= at:
            raise UsageError(Text.DIRECT_ASKED_BAD, field="expires", why="is in the past")
        for charger in read.chargers:
            alone = Directions((replace(read, chargers=(charger,)),), (), said.denylist, keys)
            for image in charger.images:
                if trouble := catalogue.objection(image.target, alone, charger.serial, at):
                    yield Wrong(lines[charger.serial], "wanted", trouble.what.rstrip("."))


_Found = tuple[OrderedCharger, list[Wrong], list[Wrong]]


def _charger(row: Row, wanted: Versions, releases: Sequence[Release]) -> _Found:
    """One line as an order says it, what is wrong with it, and what is to be noted."""
    images: dict[str, OrderedImage] = {}
    wrong: list[Wrong] = []
    notes: list[Wrong] = []
    every = {**dict(wanted), **dict(row.wanted)}
    if not every:
        wrong.append(Wrong(row.line, "wanted", "says nothing, and no release was named for all"))
    for component, version in every.items():
        try:
            for release in _way(row, component, version, releases, notes):
                hardware = (row.hardware,) if release.component == MAIN else release.hardware
                image = OrderedImage(release.target, release.length, release.sha256, hardware)
                images[release.target] = image
        except WrongError as error:
            wrong.append(Wrong(row.line, "wanted", error.why))
    charger = OrderedCharger(
        row.serial, row.name, row.model, row.hardware, row.profile, row.links, row.pins, row.security_epoch,
        tuple(images.values()),
    )  # fmt: skip
    return charger, wrong, notes


def _way(
    row: Row, component: str, version: str, releases: Sequence[Release], notes: list[Wrong]
) -> tuple[Release, ...]:
    """Stepping stones, what is wanted, and what runs now: the way back. WrongError."""

    def fits(release: Release) -> bool:
        return row.model in release.models and (release.component != MAIN or row.hardware in release.hardware)

    def is_safe(release: Release) -> bool:
        return release.component != MAIN or release.security_epoch >= (row.security_epoch or 0)

    target = _wanted(row, component, version, [one for one in releases if fits(one)], releases)
    if not is_safe(target):
        found, demanded = target.security_epoch, row.security_epoch
        raise WrongError(f"{version} has the security epoch {found}, and the charger demands {demanded}")
    of_part = [one for one in releases if fits(one) and is_safe(one) and one.component == target.component]
    runs = dict(row.runs).get(target.component)
    way = path(runs, target, of_part, fits)
    if way is None:
        raise WrongError(f"no way leads from {runs} to {target.version}: it asks for {target.min_from} before")
    back = [one for one in of_part if one.version == runs and one not in way]
    notes.extend(Wrong(row.line, "firmware", note) for note in _noted(target, runs, bool(back)))
    return (*way, *back)


def _noted(target: Release, runs: str | None, has_way_back: bool) -> Iterator[str]:
    """What somebody may want to know before the visit."""
    if runs is None:
        yield f"does not say what runs ({target.component}): no way back is ordered, and no stepping stone"
        return
    if runs != target.version and not has_way_back:
        yield f"the catalogue has no {runs} ({target.component}) that may be the way back"
    try:
        leads_back = is_older(target.version, runs, target.version_format)
    except FirmwareError:
        yield f"{runs} ({target.component}) cannot be compared with {target.version}"
        return
    if leads_back:
        yield f"{target.version} ({target.component}) is older than {runs}: a downgrade takes two people"


def _wanted(row: Row, component: str, version: str, fitting: Sequence[Release], every: Sequence[Release]) -> Release:
    """The one release that is meant. WrongError says what there is instead."""
    if "/" in version:
        found = [one for one in fitting if one.target == version]
        if not found and any(one.target == version for one in every):
            raise WrongError(f"{version} is not made for {row.model} {row.hardware}")
    else:
        found = [one for one in fitting if (one.component, one.version) == (component, version)]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(one.target for one in found)
        raise WrongError(f"{version} ({component}) of {row.model} is several files, name one by its path: {paths}")
    there = ", ".join(one.version for one in fitting if one.component == component) or "none"
    raise WrongError(f"there is no {version} ({component}) for {row.model} {row.hardware}; there is: {there}")
