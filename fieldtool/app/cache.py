"""The firmware on this laptop as a service: what there is, what it is for, a file in hand, pins, a clean-up.

What a check of a file found is kept while the program runs and only as long as the file stays the same; it is for
showing. Before an image is used, the catalogue reads it anew.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import disk_usage
from threading import Lock

from sqlalchemy import delete, insert, select

from fieldtool.app.firmware import (
    Added,
    Basis,
    Checked,
    Cleaned,
    Disk,
    Enough,
    FirmwareView,
    Needs,
    Standing,
    enough,
    holding_orders,
    ordered_needs,
    rows_of,
    site_needs,
    ways_back,
)  # fmt: skip
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FirmwareError, StorageError, Trouble
from fieldtool.core.model import Release, Site
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.discovery.merge import Entry
from fieldtool.discovery.profiles import Profiles
from fieldtool.firmware.repository import CacheEntry, Catalogue
from fieldtool.firmware.state import Freshness
from fieldtool.store.database import Store
from fieldtool.store.tables import mark
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.journal import Journal

PINNED = "image.pinned/"  # marks "image.pinned/<sha256>" hold the path of the image


class Firmware:
    """Thread-safe. Everything reads the disk. FirmwareError, StorageError, RefusedError(LOCKED)."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        journal: Journal,
        time: TrustedTime,
        site: Callable[[], Site | None],
        entries: Callable[[], tuple[Entry, ...]],
        profiles: Profiles,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._journal = journal
        self._time = time
        self._site = site
        self._entries = entries
        self._profiles = profiles
        self._lock = Lock()
        self._checked: dict[str, tuple[object, Checked]] = {}  # SHA-256 -> (which file, what was found)

    def view(self) -> FirmwareView:
        """Everything, without reading any image. What is wrong with the whole catalogue is its `problem`."""
        state = self._catalogue.state()
        try:
            entries = self._catalogue.entries()
            directions, unbelievable = self._directions()
            needs = self._needs(entries, directions)
            pinned = self._pinned()
            rows = rows_of(entries, needs, pinned, self._fresh(entries), directions)
            disk = self._disk(needs, pinned, None if unbelievable else self._kept())
        except (FirmwareError, StorageError) as error:
            nothing = Enough(Basis.NOTHING)
            free = Disk(sum(self._catalogue.files().values()), free=disk_usage(self._catalogue.folder.parent).free)
            return FirmwareView((), nothing, free, state, problem=error.trouble())
        stale = state.problem if state.freshness is Freshness.STALE else None
        answer = replace(enough(needs, rows), hindrance=unbelievable or stale)
        return FirmwareView(rows, answer, disk, state, needs.orders)

    def check(self, targets: Sequence[str] = ()) -> Generator[Progress, None, FirmwareView]:
        """Read every file that is here, or those of `targets`: hash, and the maker's own signature."""
        entries = [
            entry
            for entry in self._catalogue.entries()
            if entry.release is not None and entry.present and (not targets or entry.target in targets)
        ]
        total, done = sum(entry.length for entry in entries), 0
        for entry in entries:
            yield Progress(done, total, entry.target)
            assert entry.release is not None
            self._look(entry.release)
            done += entry.length
        yield Progress(total, total, "")
        return self.view()

    def add(self, file: Path) -> Generator[Progress, None, Added]:
        """A file in hand enters the cache if the verified catalogue names exactly it."""
        release = yield from self._catalogue.take(file)
        yield Progress(release.length, release.length, release.target)
        looked = self._look(release)
        hindrance = looked.problem
        if hindrance is None:
            row = next((row for row in self.view().rows if row.sha256 == release.sha256), None)
            hindrance = row.problem if row is not None else None
            if row is not None and row.standing is Standing.NOT_ORDERED:
                hindrance = FirmwareError(Text.NOT_ORDERED, target=release.target, serial="?").trouble()
        return Added(release.target, release.version, release.sha256, looked, hindrance)

    def pin(self, target: str, on: bool = True) -> None:
        """Keep the file of `target` whatever the catalogue and the site say later. FirmwareError(IMAGE_NOT_LISTED)."""
        entries = self._catalogue.entries()
        sha256 = next((one.release.sha256 for one in entries if one.target == target and one.release), "")
        with self._store.write() as tx:
            if not on:
                tx.execute(delete(mark).where(mark.c.name.startswith(PINNED), mark.c.value == target))
                return
            if not sha256:
                raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)
            tx.execute(delete(mark).where(mark.c.name == PINNED + sha256))
            tx.execute(insert(mark).values(name=PINNED + sha256, value=target))

    def clean(self, dry_run: bool = False) -> Cleaned:
        """Remove the files that nobody needs; one that cannot be judged stays, and then nothing is removed."""
        before = self._catalogue.files()
        if dry_run:
            going = before.keys() - self._kept()
            return Cleaned(tuple(sorted(going)), sum(before[one] for one in going), False)
        self._catalogue.clean(self._kept)
        gone = before.keys() - self._catalogue.files().keys()
        return Cleaned(tuple(sorted(gone)), sum(before[one] for one in gone), True)

    def held(self) -> frozenset[str]:
        """Images that stay although no catalogue names them: pinned, of an open run, or a way back from the last."""
        return self._pinned() | self._of_runs()

    # -- inside

    def _directions(self) -> tuple[Directions | None, Trouble | None]:
        """What is directed; where that cannot be believed now, nothing is, and why."""
        try:
            return self._catalogue.directions(), None
        except FirmwareError as error:
            return Directions(), error.trouble()

    def _needs(self, entries: Sequence[CacheEntry], directions: Directions | None) -> Needs:
        releases = [entry.release for entry in entries if entry.release is not None]
        seen = self._entries()
        if directions is None:
            return site_needs(self._site(), seen, self._profiles, releases)
        orders = holding_orders(directions, self._site(), self._time.reading().at)
        return ordered_needs(orders, ways_back(seen, releases), frozenset(one.sha256 for one in releases))

    def _kept(self) -> frozenset[str]:
        """What must not be removed. Without a director that is all the catalogue names: a sync would fetch it again."""
        directions = self._catalogue.directions()
        named = self._catalogue.named()
        if directions is None:
            return named | self.held()
        at = self._time.reading().at
        ordered = frozenset(
            image.sha256
            for order in directions.orders
            if at < order.expires
            for charger in order.chargers
            for image in charger.images
        )
        releases = [entry.release for entry in self._catalogue.entries() if entry.release is not None]
        return ordered | frozenset(ways_back(self._entries(), releases)) | self.held()

    def _pinned(self) -> frozenset[str]:
        with self._store.read() as tx:
            names = tx.execute(select(mark.c.name).where(mark.c.name.startswith(PINNED))).scalars()
            return frozenset(name.removeprefix(PINNED) for name in names)

    def _of_runs(self) -> frozenset[str]:
        heads = list(self._journal.open_runs())
        site = self._site()
        serials = {one.serial for one in site.chargers} if site is not None else set()
        for serial in serials | {one.serial for one in self._entries() if one.serial}:
            run = self._journal.newest_run(serial)
            if run is not None and (head := self._journal.head(run)) is not None:
                heads.append(head)
        return frozenset(leg.release.sha256 for head in heads for leg in head.legs)

    def _disk(self, needs: Needs, pinned: frozenset[str], kept: frozenset[str] | None) -> Disk:
        """`kept` None: nobody knows what may go."""
        files = self._catalogue.files()
        total = sum(files.values())
        wanted = needs.images.keys() | needs.way_back.keys() | self._of_runs()
        needed = sum(size for sha256, size in files.items() if sha256 in wanted)
        apart = sum(size for sha256, size in files.items() if sha256 in pinned - wanted)
        spare = sum(size for sha256, size in files.items() if kept is not None and sha256 not in kept)
        return Disk(total, needed, apart, spare, disk_usage(self._catalogue.folder).free)

    def _look(self, release: Release) -> Checked:
        which = self._which(release)
        at = self._time.reading().at
        try:
            verdict = self._catalogue.check(release)
            looked = Checked(at, verdict.what, verdict.signer, verdict.signed, None)
        except FirmwareError as error:
            looked = Checked(at, problem=error.trouble())
        with self._lock:
            self._checked[release.sha256] = which, looked
        return looked

    def _fresh(self, entries: Iterable[CacheEntry]) -> Mapping[str, Checked]:
        """What was found in files that are still the same."""
        with self._lock:
            known = dict(self._checked)
        releases = [entry.release for entry in entries if entry.release is not None and entry.release.sha256 in known]
        return {one.sha256: known[one.sha256][1] for one in releases if known[one.sha256][0] == self._which(one)}

    def _which(self, release: Release) -> object:
        try:
            found = self._catalogue.path(release).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
