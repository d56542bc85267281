"""The catalogue that counts, read from disk and verified offline: what the image repository says, and the director."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock

from fieldtool.core.errors import FirmwareError, StorageError, SyncError, Trouble
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.firmware.director import Directed, anchors
from fieldtool.firmware.floors import raise_floors
from fieldtool.firmware.roots import director_root_bytes, root_bytes
from fieldtool.firmware.shelf import Shelf
from fieldtool.firmware.staging import read_directed
from fieldtool.firmware.state import DIRECTOR_SIDE, IMAGE_SIDE, Side
from fieldtool.firmware.verified import SignedTarget, Verified, refuse_shared
from fieldtool.store.database import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    signed: SignedTarget
    release: Release | None
    problem: Trouble | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A verified catalogue in memory. `key`: name of the catalogue and hash of the root it was verified with."""

    key: tuple[str, str]
    judged: bool  # expiry was judged when it was read; it is judged again at every use
    verified: Verified
    entries: tuple[Entry, ...]
    anchors: Mapping[str, SignedTarget]  # files of native keys, by "<vendor role>/<name>"

    @property
    def folder(self) -> str:
        return self.key[0]

    def entry(self, target: str, sha256: str) -> tuple[Entry, Release]:
        """FirmwareError(IMAGE_NOT_LISTED) when the catalogue names no such file."""
        for entry in self.entries:
            if entry.release and (entry.signed.path, entry.signed.sha256) == (target, sha256):
                return entry, entry.release
        raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)


@dataclass(frozen=True, slots=True)
class _KnownDirector:
    """The director's part of the same catalogue."""

    key: tuple[str, str]
    judged: bool
    said: Directed


class Loader:
    """Keeps what it verified in memory until the catalogue or a root is another one. Threads share it."""

    def __init__(self, data: Path, shelf: Shelf, store: Store) -> None:
        """`data`: the data folder."""
        self._data = data
        self._shelf = shelf
        self._store = store
        self._lock = RLock()
        self._loaded: Loaded | None = None
        self._directed: _KnownDirector | None = None

    def load(self, at: datetime | None) -> Loaded:
        """The current catalogue, verified. `at` None: signatures, versions and hashes only; the caller judges time."""
        with self._lock:
            while True:
                root, name = root_bytes(self._data), self._shelf.current()
                if not name:
                    raise FirmwareError(Text.CATALOGUE_NONE)
                key = (name, hashlib.sha256(root).hexdigest())
                if self._loaded and self._loaded.key == key and (self._loaded.judged or at is None):
                    return self._loaded
                try:
                    verified = self._verify(IMAGE_SIDE, name, root, at)
                except (FirmwareError, StorageError):
                    if self._shelf.current() == name:
                        raise
                    continue  # another process has synced while we read
                self._loaded = Loaded(key, at is not None, verified, entries(verified), anchors(verified))
                return self._loaded

    def both(self, at: datetime | None) -> tuple[Loaded, Directed | None]:
        """Both sides of one catalogue."""
        while True:
            loaded = self.load(at)
            try:
                return loaded, self._said(loaded, at)
            except (FirmwareError, StorageError):
                if self._shelf.current() == loaded.key[0]:
                    raise  # else another process has synced while we read

    def _said(self, loaded: Loaded, at: datetime | None) -> Directed | None:
        """What the director says in the same catalogue, verified likewise; None: this laptop stands alone."""
        root = director_root_bytes(self._data, self._store)
        if root is None:
            return None
        name = loaded.key[0]
        key = (name, hashlib.sha256(root).hexdigest())
        with self._lock:
            known = self._directed
            if known is None or known.key != key or not (known.judged or at is None):
                folder = self._shelf.folder / name / DIRECTOR_SIDE.folder
                if not (folder / "metadata").is_dir():
                    raise FirmwareError(Text.DIRECTOR_NONE)
                verified = self._verify(DIRECTOR_SIDE, name, root, at)
                known = self._directed = _KnownDirector(key, at is not None, read_directed(verified, folder))
            refuse_shared(loaded.verified.keys, known.said.verified.keys)
            return known.said

    def _verify(self, side: Side, name: str, root: bytes, at: datetime | None) -> Verified:
        from fieldtool.firmware.fetchers import folder_origin
        from fieldtool.firmware.verification import verify

        folder = self._shelf.folder / name / side.folder
        try:
            verified = verify(folder, folder_origin(folder), root, at, side.prefix)
        except SyncError as error:  # the "source" is our own disk
            raise StorageError(Text.CACHE_UNWRITABLE, folder=str(folder), detail=str(error.params["detail"])) from error
        raise_floors(self._store, hashlib.sha256(root).hexdigest(), verified.roles.values(), side.prefix)
        return verified


def entries(verified: Verified) -> tuple[Entry, ...]:
    no_images = {target.path for target in anchors(verified).values()}
    return tuple(_entry(signed) for signed in verified.targets if signed.path not in no_images)


def _entry(signed: SignedTarget) -> Entry:
    try:
        release = custom.release(signed.path, signed.length, signed.sha256, signed.custom, signed.vendor_role)
    except FirmwareError as error:
        _log.info("left out: %s", error)
        return Entry(signed, None, error.trouble())
    return Entry(signed, release, None)
