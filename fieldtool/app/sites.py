"""The site that this laptop works on: from a site file or a work order, with the keys that its chargers must show."""

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from fieldtool.app.orders import OrderedSites, holding, named
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.core.addresses import parse_fingerprint
from fieldtool.core.clock import Clock
from fieldtool.core.errors import PinError
from fieldtool.core.model import Site, SitePin, SiteRules
from fieldtool.core.rights import WorkOrder
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import Profiles
from fieldtool.discovery.sitefile import load_site, parse_site, pins, set_pin, store_site
from fieldtool.firmware.repository import Catalogue
from fieldtool.store.database import Store
from fieldtool.trusted_time import TrustedTime


class Sites:
    """Remembers site and pins, and changes them: audited, in one unit of work each. Thread-safe to read.

    `changed` is called with the site whenever one of the two is another.
    """

    def __init__(
        self,
        store: Store,
        audit: AuditLog,
        catalogue: Catalogue,
        time: TrustedTime,
        clock: Clock,
        profiles: Profiles,
        changed: Callable[[Site | None], None],
    ) -> None:
        self._store = store
        self._audit = audit
        self._catalogue = catalogue
        self._time = time
        self._clock = clock
        self._profiles = profiles
        self._changed = changed
        self._ordered = OrderedSites(store, audit, profiles)
        self.site: Site | None = None
        self.pins: Mapping[str, str] = {}  # normal serial -> fingerprint of the key that its SSH server must show
        self._load()

    @property
    def rules(self) -> SiteRules:
        return self.site.rules if self.site is not None else SiteRules()

    @property
    def name(self) -> str:
        return self.site.name if self.site is not None else ""

    def pin(self, serial: str, fingerprint: str) -> None:
        """Expect this host key. PinError(PIN_ORDERED) where an order that holds says another."""
        pin = SitePin(serial, "ssh", parse_fingerprint(fingerprint))
        self._check_ordered(pin)
        self._audit.ready()
        with self._store.write() as tx:
            set_pin(tx, pin, "typed", self._clock.now())
            seen = {"kind": pin.kind, "fingerprint": pin.fingerprint, "source": "typed"}
            self._audit.append(tx, Event("pin-set", charger=serial, seen=seen))
        self._use()

    def take(self, file: Path) -> Site:
        """Take over a site file. UsageError(SITE_FILE_BAD, PROFILE_UNKNOWN); nothing is imported then."""
        site = parse_site(file)
        for charger in site.chargers:
            if charger.profile:
                self._profiles.profile(charger.profile)
        self._audit.ready()
        with self._store.write() as tx:
            store_site(tx, site, self._clock.now())
            self._audit.append(tx, Event("site-imported", seen={"site": site.id, "chargers": len(site.chargers)}))
        self._use()
        return site

    def orders(self) -> tuple[WorkOrder, ...]:
        """The work orders that hold now, newest first; none where fieldtool stands alone. FirmwareError."""
        return holding(self._catalogue.directions(), self._time.reading().at)

    def use(self, order: str) -> Site:
        """Work on the site of this order. `order`: its id, or "site/id". UsageError(ORDER_UNKNOWN)."""
        site = self._ordered.use(named(self.orders(), order), self._clock.now())
        self._use()
        return site

    def use_due(self) -> None:
        """After a sync: the order in use may say something new, or only one holds."""
        if (order := self._ordered.due(self.orders(), self.site)) is not None:
            self._ordered.use(order, self._clock.now())
            self._use()

    def _check_ordered(self, pin: SitePin) -> None:
        """What an order that holds says about a charger's key, nobody types otherwise."""
        for order in self.orders():
            charger = order.charger(pin.serial)
            for told in charger.pins if charger is not None else ():
                if told.kind == pin.kind and told.fingerprint != pin.fingerprint:
                    raise PinError(Text.PIN_ORDERED, serial=pin.serial, order=order.id, expected=told.fingerprint)

    def _use(self) -> None:
        self._load()
        self._changed(self.site)

    def _load(self) -> None:
        with self._store.read() as tx:
            self.site, self.pins = load_site(tx), _host_keys(tx)


def _host_keys(tx: Connection) -> Mapping[str, str]:
    return {pin.serial: pin.fingerprint for pin in pins(tx) if pin.kind == "ssh"}
