"""What evidence is made from, read from the data folder: runs of a visit, audit records, orders, image signatures."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import peek
from fieldtool.audit.rollover import ROLLED, introduced
from fieldtool.audit.watch import look
from fieldtool.core.clock import iso, parse_iso
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.model import Release, Site, normal_serial
from fieldtool.core.rights import Directions, WorkOrder
from fieldtool.core.texts import Text
from fieldtool.firmware.repository import CacheEntry, Catalogue
from fieldtool.report.document import Key, Place, Signer
from fieldtool.report.evidence import ImageFacts, LogMaterial, RunMaterial
from fieldtool.store import tables
from fieldtool.store.database import Store
from fieldtool.store.tables import audit
from fieldtool.update.evidence import Grade
from fieldtool.update.run import Head

REFUSED = "update-refused"  # the audit event
_ABSENT = frozenset({Text.IMAGE_NOT_CACHED, Text.IMAGE_NOT_LISTED, Text.CATALOGUE_NONE, Text.NO_ROOT})
"""Nobody can look at the file now: that says nothing about it."""


class Sources:
    """Reads only. StorageError when the database cannot be read."""

    def __init__(self, store: Store, log: AuditLog, catalogue: Catalogue, site: Callable[[], Site | None]) -> None:
        self._store = store
        self._log = log
        self._catalogue = catalogue
        self._site = site

    # -- runs and sites

    def runs_of_visit(
        self, site: str, since: datetime | None, until: datetime | None, pause: timedelta
    ) -> tuple[str, ...]:
        """Ids of the runs at this site's chargers, oldest first. Without `since`: back to the last long pause."""
        run = tables.run.c
        query = select(run.id, run.opened, run.ended).where(run.serial.in_(self._serials(site))).order_by(run.opened)
        query = query if since is None else query.where(run.opened >= iso(since))
        query = query if until is None else query.where(run.opened <= iso(until))
        with self._store.read() as tx:
            found = tx.execute(query).all()
        if since is not None:
            return tuple(row.id for row in found)
        kept: list[str] = []
        begins: datetime | None = None
        for row in reversed(found):
            if begins is not None and begins - parse_iso(row.ended or row.opened) > pause:
                break
            kept.append(row.id)
            begins = parse_iso(row.opened)
        return tuple(reversed(kept))

    def sites_of_chargers(self) -> Mapping[str, str]:
        """Normal serial -> id of the site; of two sites the one we work on."""
        query = (
            select(tables.site_charger.c.serial, tables.site_charger.c.site)
            .join(tables.site, tables.site.c.id == tables.site_charger.c.site)
            .order_by(tables.site.c.current)
        )
        with self._store.read() as tx:
            return {row.serial: row.site for row in tx.execute(query)}

    def place(self, site: str, runs: Sequence[RunMaterial]) -> tuple[Place | None, frozenset[str] | None]:
        """The site of a visit, or of a run's charger, and the serials that it expects. None: no site names it."""
        wanted = site or self.sites_of_chargers().get(normal_serial(runs[0].head.serial), "")
        with self._store.read() as tx:
            name = tx.execute(select(tables.site.c.name).where(tables.site.c.id == wanted)).scalar()
        if name is None:
            here = self._site()
            return None, None if here is None else frozenset(one.serial for one in here.chargers)
        return Place(wanted, name), frozenset(serial for serial, _ in self._chargers(wanted))

    def without(self, site: str, done: Collection[str]) -> tuple[tuple[str, str], ...]:
        """Serial and name of the site's chargers that are not `done`, in the site file's order."""
        normal = {normal_serial(serial) for serial in done}
        return tuple(one for one in self._chargers(site) if normal_serial(one[0]) not in normal)

    def _serials(self, site: str) -> tuple[str, ...]:
        return tuple(normal_serial(serial) for serial, _ in self._chargers(site))

    def _chargers(self, site: str) -> tuple[tuple[str, str], ...]:
        charger = tables.site_charger.c
        query = select(charger.label, charger.name).where(charger.site == site).order_by(literal_column("rowid"))
        with self._store.read() as tx:
            return tuple((row.label, row.name) for row in tx.execute(query))

    # -- audit log

    def envelopes(self, serial: str, run: str, but: str) -> tuple[bytes, ...]:
        """Exact bytes of a run's records in order, without the event `but`."""
        query = (
            select(audit.c.envelope)
            .where(audit.c.charger == serial, audit.c.run == run, audit.c.event != but)
            .order_by(audit.c.seq)
        )
        with self._store.read() as tx:
            return tuple(tx.execute(query).scalars())

    def last_record(self, serial: str, run: str, but: str) -> int:
        """Number of a run's last record; 0: it has none."""
        query = select(func.max(audit.c.seq)).where(audit.c.charger == serial, audit.c.run == run, audit.c.event != but)
        with self._store.read() as tx:
            return int(tx.execute(query).scalar() or 0)

    def refusal(self, serial: str, since: datetime) -> str:
        """Why planning refused to update this charger, in words; "" = it did not since then."""
        query = (
            select(audit.c.envelope)
            .where(audit.c.charger == serial, audit.c.event == REFUSED, audit.c.at >= iso(since - timedelta(hours=1)))
            .order_by(audit.c.seq.desc())
            .limit(1)
        )
        with self._store.read() as tx:
            envelope = tx.execute(query).scalar()
        return "" if envelope is None else str(peek(envelope).event.seen.get("words", ""))

    def log(self) -> LogMaterial:
        """(slow) The whole log is looked at."""
        standing = look(self._log)
        receipt, first, log = self._log.newest_receipt(), self._log.first_key(), self._log.log_id()
        if first is None or log is None:
            raise UsageError(Text.EVIDENCE_NO_KEY)
        checkpoint = None if receipt is None else Checkpoint.read(receipt.note)
        covered = 0 if checkpoint is None else checkpoint.size
        key = audit.c
        with self._store.read() as tx:
            leaves = tuple(tx.execute(select(key.leaf).where(key.seq <= covered).order_by(key.seq)).scalars())
            rolls = tuple(tx.execute(select(key.envelope).where(key.event == ROLLED).order_by(key.seq)).scalars())
            opened = tx.execute(select(key.envelope).where(key.seq == 1)).scalar_one()
        later = (introduced(peek(envelope)) for envelope in rolls)
        size = self._log.size()
        return LogMaterial(
            id=log,
            size=size,
            root=self._log.root(size),
            problem=standing.alarm or standing.unchecked,
            keys=tuple(Key(one.key_id, one.spki) for one in (first, *later) if one is not None),
            introductions=(opened, *rolls),
            receipt=checkpoint,
            note="" if receipt is None else receipt.note,
            central=self._log.receipt_key() or None,
            leaves=leaves,
        )

    # -- what the repositories say

    @property
    def directed(self) -> bool:
        return not self._catalogue.state().stand_alone

    def order(self, head: Head, at: datetime) -> WorkOrder | None:
        """The order that named this charger, and best this image, when the run began. None: it is not known here."""
        directions = self._directions()
        orders = directions.orders_for(head.serial, at) if directions is not None else ()
        images = {leg.release.sha256 for leg in head.legs}
        for order in orders:
            charger = order.charger(head.serial)
            if charger is not None and images <= {image.sha256 for image in charger.images}:
                return order
        return orders[0] if orders else None

    def _directions(self) -> Directions | None:
        try:
            return self._catalogue.directions()
        except FirmwareError:
            return None  # what cannot be believed now names no order; the report says that none is known

    def images(self, runs: Sequence[RunMaterial]) -> Generator[Progress, None, Mapping[str, ImageFacts]]:
        """Who signed for each image, and what its maker's signature says now. Reads the files."""
        releases = {leg.release.sha256: leg.release for one in runs for leg in one.head.legs}
        total, done = sum(one.length for one in releases.values()), 0
        entries = self._entries()
        found = {}
        for sha256, release in releases.items():
            yield Progress(done, total, release.target)
            found[sha256] = ImageFacts(_signers(entries.get(sha256)), *self._signature(release))
            done += release.length
        return found

    def _entries(self) -> Mapping[str, CacheEntry]:
        try:
            entries = self._catalogue.entries()
        except FirmwareError:
            return {}  # a catalogue that cannot be believed names no signer
        return {one.release.sha256: one for one in entries if one.release is not None}

    def _signature(self, release: Release) -> tuple[Grade, str]:
        try:
            verdict = self._catalogue.check(release)
        except FirmwareError as error:
            return (Grade.NOT_CHECKED if error.text in _ABSENT else Grade.FAIL), error.what
        if verdict.signed:
            return Grade.PASS, verdict.what
        return (Grade.NOT_APPLICABLE if verdict.text is Text.NATIVE_NONE else Grade.NOT_CHECKED), verdict.what


def _signers(entry: CacheEntry | None) -> tuple[Signer, ...]:
    if entry is None:
        return ()
    return tuple(Signer("catalogue", role.name, role.threshold, role.keys) for role in entry.parts)
