"""What the operator says may be done, where, by whom and until when: the signed files of the director repository.

Plain values (design/trust.md sections 1 and 3). `firmware/directions.py` reads them from verified files and fails
closed; `update/rights.py` judges by them. Without a director repository there are none, and fieldtool stands alone:
then only the image repository decides, which is always shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from fieldtool.core.model import Link, SitePin, normal_serial

ANY = "*"  # in a scope: every site, serial number or model


class Action(StrEnum):
    """What a grant may allow. An update that is several of these at once needs all of them."""

    UPDATE = "update"
    DOWNGRADE = "downgrade"  # to an older version
    METERING = "metering"  # firmware whose release tells a checksum of legally relevant software
    RECOVER = "recover"  # recovery flashing
    OVERRIDE = "override"  # pass a problem or waive a rule, where site and release let somebody
    APPROVE = "approve"  # be the second person


SECOND_PERSON = frozenset({Action.DOWNGRADE, Action.METERING, Action.RECOVER})
"""Acts that two people answer for. A work order may name further ones, never fewer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which chargers. Each set must name the charger's, or hold ANY; an empty set names nothing."""

    sites: frozenset[str]
    serials: frozenset[str]
    models: frozenset[str]

    def covers(self, site: str, serial: str, model: str) -> bool:
        serials = {ANY if one == ANY else normal_serial(one) for one in self.serials}
        return all(
            ANY in named or wanted in named
            for named, wanted in ((self.sites, site), (serials, normal_serial(serial)), (self.models, model))
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may do what to which chargers until when (`grants/<laptop key id>/<id>.json`)."""

    id: str
    key_id: str  # of the laptop that it is for; "" = any laptop of this director: only with `pin`, only for APPROVE
    actor: str
    actions: frozenset[Action]
    scope: Scope
    not_before: datetime
    expires: datetime
    epoch: int = 0  # below `Denylist.grant_epoch` it is void
    max_uses: int | None = None  # runs that may begin under it on this laptop; None: as many as it likes
    pin: str = ""  # for APPROVE: what proves a PIN, "scrypt$<log2 N>$<r>$<p>$<salt hex>$<hash hex>"


@dataclass(frozen=True, slots=True)
class OrderedImage:
    """A file of the image repository that a work order names: both must agree on every field."""

    target: str
    length: int  # bytes
    sha256: str
    hardware: tuple[str, ...]  # hardware ids it is ordered for; each must be one that the image is made for


@dataclass(frozen=True, slots=True)
class OrderedCharger:
    """A charger of a work order: how it is reached, how it proves who it is, what it may run."""

    serial: str
    name: str
    model: str
    hardware: str = ""  # "" = not told
    profile: str = ""
    links: tuple[Link, ...] = ()
    pins: tuple[SitePin, ...] = ()
    security_epoch: int | None = None  # the highest that the operator knows; None: not known
    images: tuple[OrderedImage, ...] = ()  # all that may be installed on it, the way back included


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What is to be done at a site (`work-orders/<id>.json`, signed by the site's role)."""

    id: str
    site: str
    title: str
    issued: datetime
    expires: datetime
    chargers: tuple[OrderedCharger, ...]
    second_person: frozenset[Action] = frozenset()  # on top of SECOND_PERSON

    def charger(self, serial: str) -> OrderedCharger | None:
        normal = normal_serial(serial)
        return next((one for one in self.chargers if normal_serial(one.serial) == normal), None)


@dataclass(frozen=True, slots=True)
class Denylist:
    """What nobody may use any more (`trust/denylist.json`)."""

    images: frozenset[str] = frozenset()  # sha256
    grants: frozenset[str] = frozenset()  # ids
    laptops: frozenset[str] = frozenset()  # key ids
    grant_epoch: int = 0  # grants below it are void

    def joined(self, other: "Denylist") -> "Denylist":
        """What either of them denies."""
        return Denylist(
            self.images | other.images,
            self.grants | other.grants,
            self.laptops | other.laptops,
            max(self.grant_epoch, other.grant_epoch),
        )


@dataclass(frozen=True, slots=True)
class Directions:
    """All that a verified director repository says to this laptop. Times are judged at each use, not here."""

    orders: tuple[WorkOrder, ...] = ()
    grants: tuple[Grant, ...] = ()
    denylist: Denylist = Denylist()  # noqa: RUF009  # frozen
    native_keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # name -> sha256 of the file

    def orders_for(self, serial: str, at: datetime) -> tuple[WorkOrder, ...]:
        """The orders that name this charger and hold at trusted time `at`, newest first."""
        holding = (one for one in self.orders if one.issued <= at < one.expires and one.charger(serial) is not None)
        return tuple(sorted(holding, key=lambda one: one.issued, reverse=True))
