"""The next catalogue, built beside the current one: what both repositories serve, verified before anything counts."""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.driver import Steps
from fieldtool.core.errors import FirmwareError
from fieldtool.firmware.director import Directed, directed
from fieldtool.firmware.state import Side
from fieldtool.firmware.verified import SignedTarget, Verified

if TYPE_CHECKING:  # tuf takes 80 ms to import: only who syncs pays
    from fieldtool.firmware.fetchers import Origin

_log = logging.getLogger(__name__)


class Staging:
    """One folder per side below `staged`. `before`: the catalogue that counts, whose files need no second transfer."""

    def __init__(self, staged: Path, before: Path | None, at: datetime) -> None:
        self._staged = staged
        self._before = before
        self._at = at

    def folder(self, side: Side) -> Path:
        return self._staged / side.folder

    def fetch(self, side: Side, origin: "Origin", root: bytes) -> Verified:
        """All metadata of one side, verified and kept. FirmwareError, SyncError, StorageError; OSError when we fail."""
        if self._before is not None:
            try:
                return self._attempt(side, origin, root, self._before / side.folder)
            except FirmwareError as error:
                # A damaged file of our own catalogue must not make a good source look bad: take nothing from it.
                _log.info("again without the catalogue at hand: %s", error)
        return self._attempt(side, origin, root, None)

    def _attempt(self, side: Side, origin: "Origin", root: bytes, before: Path | None) -> Verified:
        from fieldtool.firmware.fetchers import KeepingFetcher
        from fieldtool.firmware.verification import verify

        folder = self.folder(side)
        shutil.rmtree(folder / "metadata", ignore_errors=True)
        (folder / "metadata").mkdir(parents=True)
        keeping = KeepingFetcher(origin.fetcher, folder / "metadata", before)
        return verify(folder, replace(origin, fetcher=keeping), root, self._at, side.prefix)

    def fetch_small(self, side: Side, origin: "Origin", targets: Iterable[SignedTarget]) -> Steps:
        """The small files of one side. Errors as `fetch`."""
        from fieldtool.firmware.smallfiles import fetch_small

        before = None if self._before is None else self._before / side.folder
        yield from fetch_small(origin, targets, self.folder(side), before)


def read_directed(verified: Verified, folder: Path) -> Directed:
    """What the director says, from the files of a catalogue. FirmwareError(CATALOGUE_DAMAGED, DIRECTION_BAD)."""
    from fieldtool.firmware.smallfiles import read_small

    return directed(verified, lambda target: read_small(folder, target, verified.prefix))
