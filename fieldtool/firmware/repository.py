"""The catalogue: all trusted releases, as this laptop knows them offline.

On disk, below `catalogue/` in the data folder (firmware-cache/README.md describes it):

    current                    the name of the catalogue that counts; replaced in one step
    catalogue-7/metadata/      its metadata under the names of the mirror: it is a mirror itself
    catalogue-7/targets/       small files of the image repository that are no images: native keys
    catalogue-7/director/      a mirror of the director repository, where this laptop has one
    images/ab/abcd...          image files, each once, named by SHA-256

A sync builds the next catalogue beside the current one. Whatever breaks, and whenever: the current one stays.
"""

import hashlib
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from fieldtool.core.clock import Clock, iso, parse_iso
from fieldtool.core.driver import Progress, Steps
from fieldtool.core.errors import FirmwareError, StorageError, Trouble
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.firmware import versions
from fieldtool.firmware.director import Directed, anchors, check_agreement, check_denylist, documents, ordered_images
from fieldtool.firmware.floors import check_floors, raise_floors
from fieldtool.firmware.images import ImageStore
from fieldtool.firmware.loading import Entry, Loaded, Loader, entries
from fieldtool.firmware.nativecheck import NativeChecks
from fieldtool.firmware.roots import director_root_bytes, is_directed, root_bytes
from fieldtool.firmware.shelf import Shelf
from fieldtool.firmware.staging import Staging, read_directed
from fieldtool.firmware.state import DIRECTOR_SIDE, IMAGE_SIDE, CatalogueState, Freshness, Side
from fieldtool.firmware.verified import TOP, Role, Verified, refuse_shared
from fieldtool.firmware.why import Check, Inquiry
from fieldtool.store.database import Store
from fieldtool.store.locks import exclusive
from fieldtool.store.tables import mark
from fieldtool.trusted_time import TrustedTime

if TYPE_CHECKING:  # tuf takes 80 ms to import: only who reads a catalogue pays
    from fieldtool.firmware.fetchers import Origin
    from fieldtool.firmware.native import NativeVerdict
    from fieldtool.firmware.sources import Sources

CHECKED, SOURCE = "catalogue.checked", "catalogue.source"
RESERVE = 64 << 20  # bytes of disk that a sync leaves free


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One target of the catalogue, usable or not."""

    target: str
    length: int
    version: str = ""  # "" when the entry is not usable
    present: bool = False  # the file is on this laptop, in full length
    verified: bool | None = None  # its hash was right just now; None: not looked at
    problem: Trouble | None = None
    release: Release | None = None  # None when the entry is not usable
    parts: tuple[Role, ...] = ()  # of the catalogue that had to sign for it, the one that names it last


class Catalogue:
    """Threads and processes share it: everybody may read at any time, one may sync. Not inside a unit of work.

    All raise FirmwareError (untrusted, expired, missing) or StorageError; nothing of tuf leaks.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        trusted_time: TrustedTime,
        clock: Clock,
        key_id: Callable[[], str | None] = lambda: None,
        held: Callable[[], frozenset[str]] = frozenset,
        headers: Callable[[str], Mapping[str, str]] = lambda _url: {},
    ) -> None:
        """`folder`: the data folder. `key_id`: of this laptop, which a director may deny; None: it has no key yet.

        `held`: SHA-256 of the images that stay on this laptop although no catalogue names them any more. `headers`:
        what proves to the server of a URL that this laptop asks.
        """
        self.folder = folder / "catalogue"
        self._data = folder
        self._store = store
        self._time = trusted_time
        self._clock = clock
        self._images = ImageStore(self.folder / "images")
        self._key_id = key_id
        self._held = held
        self._headers = headers
        self._shelf = Shelf(self.folder)
        self._loader = Loader(folder, self._shelf, store)
        self._native = NativeChecks(self.folder)

    # -- reading

    def releases(self) -> tuple[Release, ...]:
        """Every release that may be installed now, by path. Verified from the files on disk, offline.

        FirmwareError: NO_ROOT, CATALOGUE_NONE, CATALOGUE_EXPIRED, CATALOGUE_ROLLED_BACK, CATALOGUE_BAD_SIGNATURE, ...
        """
        loaded, at = self._usable()
        return tuple(entry.release for entry in loaded.entries if entry.release and not _lapse(loaded, entry, at))

    def candidates(self, vendor: str, model: str, hardware: str, component: str) -> tuple[Release, ...]:
        """Releases made for exactly this, newest first."""
        fitting = (
            release
            for release in self.releases()
            if release.vendor == vendor
            and release.component == component
            and model in release.models
            and hardware in release.hardware
        )
        return tuple(sorted(fitting, key=lambda one: versions.key(one.version, one.version_format), reverse=True))

    def image(self, release: Release, serial: str = "") -> FirmwareImage:
        """The file of a release that may be installed now on this charger; it is hashed on every call.

        On a directed laptop a work order that holds must name it for `serial`, and agree with the image repository.
        FirmwareError: IMAGE_NOT_LISTED, DENYLISTED, LAPTOP_DENIED, NOT_ORDERED, DIRECTOR_DISAGREES, DIRECTOR_NONE,
        IMAGE_NOT_CACHED, IMAGE_CORRUPT, NATIVE_..., ANCHOR_DISAGREES, and all that `releases` raises.
        """
        loaded, said, found = self._permitted(release, serial)
        return self._checked(loaded, said, found)

    def image_of_open_run(self, target: str, sha256: str) -> FirmwareImage:
        """The image of a run that began under valid rights: it may be finished although they expired since.

        Signatures, rollback and the hash are checked as ever, and the denylist; only time, orders and grants are not.
        An image that the catalogue no longer names is IMAGE_NOT_LISTED. The caller audits it.
        """
        loaded, said = self._loader.both(None)
        _, found = loaded.entry(target, sha256)
        if said is not None:
            check_denylist(said.denylist, found)
        return self._checked(loaded, said, found)

    # -- for chargers that no longer boot: they cannot wait for a sync

    def image_for_recovery(self, release: Release, serial: str) -> FirmwareImage:
        """The file of a release that shall bring this charger back, also from a catalogue that is stale.

        Everything is checked as for `image` but the time of the repositories: signatures, rollback, the order that
        names it for this charger and holds, denylist, hash, its maker's own signature. The caller audits it.
        """
        loaded, said = self._loader.both(None)
        _, found = loaded.entry(release.target, release.sha256)
        if said is not None:
            directions = said.stale_directions()
            if self._key_id() in directions.denylist.laptops:
                raise FirmwareError(Text.LAPTOP_DENIED)
            check_agreement(directions, found, serial, self._now())
        return self._checked(loaded, said, found)

    def recovery_releases(self) -> tuple[Release, ...]:
        """Every release that the catalogue names, in time or not. FirmwareError as `releases`, but for time."""
        return tuple(entry.release for entry in self._loader.load(None).entries if entry.release)

    def recovery_directions(self) -> Directions | None:
        """As `directions`, also from a repository that is stale; orders and grants are judged by their own ends."""
        if not is_directed(self._data, self._store):
            return None
        said = self._loader.both(None)[1]
        return None if said is None else said.stale_directions()

    # -- asked about it

    def objection(self, release: Release, serial: str) -> Trouble | None:
        """Why `image` would not hand out this release for this charger, apart from the file itself; None: it would."""
        try:
            self._permitted(release, serial)
        except FirmwareError as error:
            return error.trouble()
        return None

    def directions(self) -> Directions | None:
        """All that the director says to this laptop now; None: it stands alone. Verified offline, as `releases`.

        A directed laptop whose directions cannot be believed gets FirmwareError, never None.
        """
        if not is_directed(self._data, self._store):
            return None
        at = self._now()
        said = self._loader.both(at)[1]
        return None if said is None else said.directions(at)

    def has_file(self, release: Release) -> bool:
        """Its file is on this laptop, in full length. Only `image` knows whether it is right."""
        return self._images.has(release)

    def path(self, release: Release) -> Path:
        """Where its file is, or would be."""
        return self._images.path(release)

    def entries(self, verify: bool = False) -> tuple[CacheEntry, ...]:
        """Every target of the catalogue, usable or not, expired or not. `verify`: hash every file (slow)."""
        loaded, at = self._loader.load(None), self._now()
        return tuple(self._cache_entry(loaded, entry, at, verify) for entry in loaded.entries)

    def state(self) -> CatalogueState:
        """How fresh it is, in one value; never raises for what is wrong with the catalogue: `problem` says it."""
        checked, source = self._last_sync()
        alone = not is_directed(self._data, self._store)
        try:
            at = self._now()
            loaded, said = self._loader.both(None)
        except FirmwareError as error:
            none = error.text in (Text.NO_ROOT, Text.CATALOGUE_NONE, Text.DIRECTOR_NONE)
            freshness = Freshness.NONE if none else Freshness.STALE
            return CatalogueState(
                freshness, checked=checked, problem=error.trouble(), repository=source, stand_alone=alone
            )
        both = [loaded.verified] if said is None else [loaded.verified, said.verified]
        fresh = all(at < one.fresh_until for one in both)
        problem, freshness = None, Freshness.FRESH if fresh else Freshness.GRACE
        lapses = [_lapse(loaded, entry, at) for entry in loaded.entries if entry.release]
        try:
            for one in both:
                one.check_time(at)
        except FirmwareError as error:
            problem, freshness = error.trouble(), Freshness.STALE
        else:
            problem = next((lapse for lapse in lapses if lapse), None)
        until = min(one.valid_until for one in both)
        return CatalogueState(freshness, lapses.count(None), checked, until, problem, source, alone)

    def why(self, wanted: str, serial: str = "") -> tuple[Check, ...]:
        """(slow) Every check that stands before `image` hands out a file, in order, and what came of it.

        `wanted`: a path in the image repository, or a file on disk. `serial`: for which charger; "" = for any.
        """
        return Inquiry(self._loader, self._images, self._native, self._key_id, self._now()).why(wanted, serial)

    def check(self, release: Release) -> "NativeVerdict":
        """(slow) The file itself, read now: length, hash, its maker's own signature. Whether it may be installed is
        another question, which `image` answers.

        FirmwareError: IMAGE_NOT_CACHED, IMAGE_CORRUPT, NATIVE_..., ANCHOR_DISAGREES; StorageError.
        """
        loaded, said = self._loader.both(None)
        _, found = loaded.entry(release.target, release.sha256)
        return self._native.check(loaded, said, self._images.check(found))

    # -- files in hand, and files that nobody needs

    def take(self, file: Path) -> Generator[Progress, None, Release]:
        """A file in hand enters the cache if the verified catalogue names exactly it; nothing else ever does.

        FirmwareError: HAND_UNKNOWN, HAND_BUNDLE, and all that reading the catalogue raises; StorageError.
        """
        from fieldtool.firmware.inhand import chunks, recognise

        loaded = self._loader.load(None)
        release = yield from recognise(file, [entry.release for entry in loaded.entries if entry.release])
        with self._writing(), exclusive(self.folder, "sync", "The firmware catalogue", "fieldtool cache add"):
            if not self._images.has(release) or not self._images.is_right(release):
                try:
                    with chunks(file) as read:
                        yield from _progress(self._images.add(release, read))
                finally:
                    self._images.drop_part(release)
        return release

    def named(self) -> frozenset[str]:
        """SHA-256 of every image that a catalogue on this laptop names. FirmwareError when the current is unusable."""
        loaded = self._loader.load(None)
        return self._shelf.named() | {entry.signed.sha256 for entry in loaded.entries}

    def files(self) -> Mapping[str, int]:
        """SHA-256 -> bytes of every image file on this laptop, needed or not."""
        return self._images.files()

    def clean(self, keep: Callable[[], frozenset[str]]) -> None:
        """Remove every image file whose SHA-256 is not kept. `keep` is asked when nobody else can sync any more."""
        with self._writing(), exclusive(self.folder, "sync", "The firmware catalogue", "fieldtool cache gc"):
            self._images.tidy(keep() | self._held())

    # -- syncing

    def sync(self, source: str, director: str = "") -> None:
        """Bring the catalogue and its files from `source`: an http(s) URL or a folder, with metadata/ and targets/.

        `director`: the same of the director repository, for a directed laptop; not asked where `source` is a bundle,
        which brings both. FirmwareError when it is not to be trusted, SyncError when it does not answer, StorageError
        when this laptop fails, RefusedError(LOCKED) when another one syncs. The current catalogue stays usable.
        """
        for _ in self.syncing(source, director):
            pass

    def syncing(self, source: str, director: str = "") -> Steps:
        """`sync`, telling its progress in bytes of the file under way; close it to cancel."""
        from fieldtool.firmware.sources import sources

        roots = {IMAGE_SIDE: root_bytes(self._data)}
        if (root := director_root_bytes(self._data, self._store)) is not None:
            roots[DIRECTOR_SIDE] = root
        with (
            self._writing(),
            exclusive(self.folder, "sync", "The firmware catalogue", "fieldtool sync"),
            sources(source, director, self._clock, self._headers) as found,
        ):
            if found.director is None and DIRECTOR_SIDE in roots:
                raise FirmwareError(Text.DIRECTOR_SOURCE_NONE)
            try:
                yield from self._sync(source, found, roots)
            finally:
                self._shelf.drop_staged()

    def _sync(self, source: str, found: "Sources", roots: Mapping[Side, bytes]) -> Steps:
        now, staged = self._shelf.stand()
        yield Progress(0, 0, "catalogue")
        shutil.rmtree(staged, ignore_errors=True)
        staging = Staging(staged, self.folder / now if now else None, self._now())
        verified = {}
        for side, origin in ((IMAGE_SIDE, found.image), (DIRECTOR_SIDE, found.director)):
            if side in roots and origin is not None:
                verified[side] = staging.fetch(side, origin, roots[side])
                yield Progress(0, 0, "catalogue")
        lines = tuple((hashlib.sha256(roots[side]).hexdigest(), one) for side, one in verified.items())
        for line, one in lines:
            check_floors(self._store, line, one.roles.values(), one.prefix)
            one.check_time(self._now())
        image, directed = verified[IMAGE_SIDE], verified.get(DIRECTOR_SIDE)
        yield from staging.fetch_small(IMAGE_SIDE, found.image, anchors(image).values())
        wanted = None
        if directed is not None and found.director is not None:
            refuse_shared(image.keys, directed.keys)
            yield from staging.fetch_small(DIRECTOR_SIDE, found.director, (one.target for one in documents(directed)))
            said = read_directed(directed, staging.folder(DIRECTOR_SIDE))
            wanted = ordered_images(said.directions(self._now()), self._now())
        new = entries(image)
        yield from self._fetch_images(new, found.image, wanted)
        if now and self._is_current(image, directed):
            shutil.rmtree(staged, ignore_errors=True)  # what is left of it, the next sync removes
            self._note_sync(source)
            return
        self._shelf.switch(staged, (entry.release.sha256 for entry in new if entry.release))
        yield Progress(0, 0, "catalogue")
        # After the switch, never before it: a kill in between would make the old catalogue look rolled back.
        for line, one in lines:
            raise_floors(self._store, line, one.roles.values(), one.prefix)
        self._note_sync(source)
        yield Progress(0, 0, "catalogue")
        self._images.tidy(self._shelf.tidy(staged.name, now) | self._held())

    def _fetch_images(self, entries: Iterable[Entry], origin: "Origin", ordered: frozenset[str] | None) -> Steps:
        """`ordered`: what work orders name, on a directed laptop. A bundle may bring fewer than are signed."""
        wanted = {
            entry.release.sha256: entry
            for entry in entries
            if entry.release
            and (ordered is None or entry.release.sha256 in ordered)
            and origin.offers(entry.signed.location)
            and self._is_wanted(entry.release)
        }
        needed = sum(entry.signed.length for entry in wanted.values())
        free = shutil.disk_usage(self.folder).free
        if needed + RESERVE > free:
            folder = str(self.folder)
            raise StorageError(Text.CACHE_DISK_FULL, folder=folder, free=free >> 20, needed=(needed + RESERVE) >> 20)
        for entry in wanted.values():
            assert entry.release is not None
            with origin.download(entry.signed.location) as chunks:
                yield from self._images.add(entry.release, chunks)

    def _is_wanted(self, release: Release) -> bool:
        if not self._images.has(release):
            return True
        return self._images.is_suspect(release) and not self._images.is_right(release)

    def _is_current(self, image: Verified, directed: Verified | None) -> bool:
        try:
            loaded, said = self._loader.both(None)
        except FirmwareError:
            return False  # ours is damaged or rolled back: the source's replaces it
        return _same(loaded.verified, image) and _same(None if said is None else said.verified, directed)

    # -- inside

    def _now(self) -> datetime:
        self._time.keep()
        return self._time.reading().at

    def _usable(self) -> tuple[Loaded, datetime]:
        at = self._now()
        loaded = self._loader.load(at)
        loaded.verified.check_time(at)
        return loaded, at

    def _checked(self, loaded: Loaded, said: Directed | None, release: Release) -> FirmwareImage:
        """The file itself: length and hash, then its maker's signature."""
        image = self._images.check(release)
        self._native.check(loaded, said, image)
        return image

    def _permitted(self, release: Release, serial: str) -> tuple[Loaded, Directed | None, Release]:
        """What the catalogue says about `release`, if it may be installed now. Everything but the file itself."""
        at = self._now()
        loaded, said = self._loader.both(at)
        loaded.verified.check_time(at)
        entry, found = loaded.entry(release.target, release.sha256)
        loaded.verified.check_target_time(entry.signed, at)
        if said is not None:
            directions = said.directions(at)
            if self._key_id() in directions.denylist.laptops:
                raise FirmwareError(Text.LAPTOP_DENIED)
            check_agreement(directions, found, serial, at)
        return loaded, said, found

    def _cache_entry(self, loaded: Loaded, entry: Entry, at: datetime, verify: bool) -> CacheEntry:
        signed, release = entry.signed, entry.release
        if release is None:
            return CacheEntry(signed.path, signed.length, problem=entry.problem, parts=_parts(loaded, entry))
        problem = _lapse(loaded, entry, at)
        present, verified = self._images.has(release), None
        if verify and present:
            try:
                self._images.check(release)
                verified = True
            except FirmwareError as error:
                problem, verified = error.trouble(), False
        parts = _parts(loaded, entry)
        return CacheEntry(signed.path, signed.length, release.version, present, verified, problem, release, parts)

    def _note_sync(self, source: str) -> None:
        with self._store.write() as tx:
            for name, value in ((CHECKED, iso(self._time.reading().at)), (SOURCE, source)):
                tx.execute(delete(mark).where(mark.c.name == name))
                tx.execute(insert(mark).values(name=name, value=value))

    def _last_sync(self) -> tuple[datetime | None, str]:
        with self._store.read() as tx:
            rows = tx.execute(select(mark.c.name, mark.c.value).where(mark.c.name.in_((CHECKED, SOURCE))))
            found: dict[str, str] = {row.name: row.value for row in rows}
        return parse_iso(found[CHECKED]) if CHECKED in found else None, found.get(SOURCE, "")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            detail = error.strerror or str(error)
            raise StorageError(Text.CACHE_UNWRITABLE, folder=str(self.folder), detail=detail) from error


def _progress(steps: Steps) -> Generator[Progress, None, None]:
    for step in steps:
        if isinstance(step, Progress):
            yield step


def _parts(loaded: Loaded, entry: Entry) -> tuple[Role, ...]:
    roles = loaded.verified.roles
    return tuple(roles[name] for name in ("targets", *entry.signed.role.chain))


def _same(ours: Verified | None, theirs: Verified | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return all(ours.roles[name] == theirs.roles[name] for name in TOP)


def _lapse(loaded: Loaded, entry: Entry, at: datetime) -> Trouble | None:
    try:
        loaded.verified.check_target_time(entry.signed, at)
    except FirmwareError as error:
        return error.trouble()
    return None
