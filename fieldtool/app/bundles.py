"""Bundles of this laptop: out to a stick, in from one, and what is in one.

Each call works step by step: go through its steps, or close them to cancel. What came of it is the generator's result.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import FirmwareError
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle_facts import EVERYTHING, Choice, Exported, Imported, Inspection
from fieldtool.firmware.repository import Catalogue
from fieldtool.store.database import Store
from fieldtool.store.locks import exclusive
from fieldtool.trusted_time import TrustedTime


class Bundles:
    """Slow, all three. FirmwareError, SyncError, StorageError, UsageError, RefusedError(LOCKED)."""

    def __init__(self, folder: Path, store: Store, time: TrustedTime, catalogue: Catalogue) -> None:
        """`folder`: the data folder."""
        self._folder = folder
        self._store = store
        self._time = time
        self._catalogue = catalogue

    def export(
        self, path: Path, choice: Choice = EVERYTHING, force: bool = False
    ) -> Generator[Progress, None, Exported]:
        """Write what this laptop has into the bundle `path`; `force`: also over a file that is there already."""
        from fieldtool.firmware.bundle_export import chosen, export, mirrors
        from fieldtool.firmware.images import ImageStore

        cache = self._catalogue.folder
        with exclusive(cache, "sync", "The firmware catalogue", "fieldtool bundle export"):
            directions = self._catalogue.directions()
            releases = [
                release
                for release in chosen(self._catalogue.releases(), directions, choice)
                if self._catalogue.has_file(release) or _is_wanted(release.target, directions)
            ]
            both = mirrors(self._folder, directions is not None)
            at = self._time.reading().at
            return (yield from export(path, both, releases, ImageStore(cache / "images"), at, force))

    def take(self, path: Path) -> Generator[Progress | ManualStep, None, Imported]:
        """Import the bundle `path`: a sync like any other, under the same rules."""
        from fieldtool.firmware.sources import is_bundle

        if not is_bundle(str(path)):
            raise FirmwareError(Text.BUNDLE_BAD, file=path.name, detail="its name does not end in .zip")
        before = self._holding()
        yield from self._catalogue.syncing(str(path))
        now = self._holding()
        return Imported(
            len(now.releases),
            len(now.releases - before.releases),
            len(now.files - before.files),
            len(now.orders),
            len(now.orders - before.orders),
            len(now.missing),
        )

    def inspect(self, path: Path) -> Generator[Progress, None, Inspection]:
        """What is in the bundle `path`, and whether an import would take it. Changes nothing."""
        from fieldtool.firmware.bundle_check import inspect

        return (yield from inspect(path, self._folder, self._store, self._time.reading().at))

    def _holding(self) -> "_Holding":
        """What there is now; nothing, where what there is cannot be used: an import replaces it."""
        try:
            entries = [entry for entry in self._catalogue.entries() if entry.problem is None]
        except FirmwareError:
            entries = []
        try:
            directions = self._catalogue.directions()
        except FirmwareError:
            directions = None
        return _Holding(
            frozenset(entry.target for entry in entries),
            frozenset(entry.target for entry in entries if entry.present),
            frozenset(order.id for order in (directions.orders if directions else ())),
            frozenset(one.target for one in entries if not one.present and _is_wanted(one.target, directions)),
        )


@dataclass(frozen=True, slots=True)
class _Holding:
    """What the catalogue names that can be used."""

    releases: frozenset[str]
    files: frozenset[str]  # of those releases whose file is here
    orders: frozenset[str]
    missing: frozenset[str]  # of those releases whose file should be here


def _is_wanted(target: str, directions: Directions | None) -> bool:
    """Should its file be on this laptop? Where a director says what is installed, what it orders should."""
    if directions is None:
        return True
    return any(
        one.target == target for order in directions.orders for charger in order.chargers for one in charger.images
    )
