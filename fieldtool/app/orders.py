"""Work orders in the place of a site file: which chargers are expected, where, and which keys they must show."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.errors import UsageError
from fieldtool.core.model import Site, SiteCharger, SiteRules
from fieldtool.core.rights import Directions, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import Profiles
from fieldtool.discovery.sitefile import kept_rules, store_ordered_site
from fieldtool.store.database import Store
from fieldtool.store.tables import mark

USED = "site.order"  # the mark that names the order that the current site came from


def holding(directions: Directions | None, at: datetime) -> tuple[WorkOrder, ...]:
    """The orders that hold at trusted time `at`, newest first."""
    orders = directions.orders if directions is not None else ()
    return tuple(sorted((one for one in orders if one.issued <= at < one.expires), key=_issued, reverse=True))


def named(orders: Sequence[WorkOrder], wanted: str) -> WorkOrder:
    """The order `wanted`: its id, or "site/id" where two sites use the same. UsageError(ORDER_UNKNOWN)."""
    found = [one for one in orders if wanted in (one.id, f"{one.site}/{one.id}")]
    if len(found) != 1:
        known = ", ".join(f"{one.site}/{one.id}" for one in orders)
        raise UsageError(Text.ORDER_UNKNOWN, order=wanted, known=known or "none")
    return found[0]


def site_of(order: WorkOrder, rules: SiteRules) -> Site:
    """The site as the order tells it. `rules`: an order says none; those of an imported site file stay."""
    return Site(
        order.site,
        order.title,
        tuple(SiteCharger(one.serial, one.name, one.profile, one.links, one.pins) for one in order.chargers),
        rules,
    )


class OrderedSites:
    """Makes a work order the site that this laptop works on. Audited, replaced pins one by one."""

    def __init__(self, store: Store, audit: AuditLog, profiles: Profiles) -> None:
        self._store = store
        self._audit = audit
        self._profiles = profiles

    def use(self, order: WorkOrder, at: datetime) -> Site:
        """UsageError(PROFILE_UNKNOWN) when a charger needs a profile that this laptop lacks; nothing changes then."""
        for charger in order.chargers:
            if charger.profile:
                self._profiles.profile(charger.profile)
        self._audit.ready()
        with self._store.write() as tx:
            site = site_of(order, kept_rules(tx, order.site))
            changed = store_ordered_site(tx, site, at)
            tx.execute(delete(mark).where(mark.c.name == USED))
            tx.execute(insert(mark).values(name=USED, value=_name(order)))
            seen: dict[str, str | int | bool | None] = {
                "site": site.id,
                "order": order.id,
                "chargers": len(site.chargers),
                "pins": len(changed),
            }
            self._audit.append(tx, Event("site-ordered", seen=seen))
            for pin, before in changed:
                if before:
                    told = {"kind": pin.kind, "fingerprint": pin.fingerprint, "before": before, "source": "work-order"}
                    self._audit.append(tx, Event("pin-set", charger=pin.serial, seen=told))
        return site

    def due(self, orders: Sequence[WorkOrder], current: Site | None) -> WorkOrder | None:
        """The order that a sync shall make the current site by itself: the one in use, else the only one that holds.

        A site that somebody chose from a file is never left for another one.
        """
        with self._store.read() as tx:
            used = _used(tx)
        in_use = current is not None and next((one for one in orders if _name(one) == used), None)
        if in_use and current is not None and in_use.site == current.id:
            return in_use
        only = orders[0] if len(orders) == 1 else None
        return only if only is not None and (current is None or current.id == only.site) else None


def _used(tx: Connection) -> str:
    return str(tx.execute(select(mark.c.value).where(mark.c.name == USED)).scalar() or "")


def _name(order: WorkOrder) -> str:
    return f"{order.site}/{order.id}"


def _issued(order: WorkOrder) -> datetime:
    return order.issued
