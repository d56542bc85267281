"""The maker's own signature in a file, checked whenever the file is handed out; anchors come from the repositories."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.firmware.custom import vendor_role
from fieldtool.firmware.director import Directed
from fieldtool.firmware.loading import Loaded

if TYPE_CHECKING:  # cryptography's part takes its time to import: only who hands out an image pays
    from fieldtool.firmware.native import NativeVerdict

MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a verdict was about: the same file, told of in the same words, with the same anchors."""

    release: Release  # as a whole: one file may stand in the catalogue as two, of two formats or times
    anchor: str
    modified: int
    size: int
    inode: int


class NativeChecks:
    """Keeps verdicts of unchanged files while the program runs, never longer; the hash is not its business."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where the catalogues lie."""
        self._folder = folder
        self._lock = Lock()
        self._kept: dict[_Looked, NativeVerdict] = {}

    def check(self, loaded: Loaded, said: Directed | None, image: FirmwareImage) -> "NativeVerdict":
        """FirmwareError: NATIVE_... by what is wrong, ANCHOR_DISAGREES, CATALOGUE_DAMAGED; StorageError."""
        from fieldtool.firmware.formats.anchors import parse_anchors
        from fieldtool.firmware.native import check_native

        data = anchor_bytes(self._folder / loaded.folder, loaded, said, image.release)
        found = image.path.stat()
        anchor = "" if data is None else hashlib.sha256(data).hexdigest()
        looked = _Looked(image.release, anchor, found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            known = self._kept.get(looked)
        if known is not None:
            return known
        verdict = check_native(image.path, image.release, None if data is None else parse_anchors(data))
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[looked] = verdict
        return verdict


def anchor_bytes(catalogue: Path, loaded: Loaded, said: Directed | None, release: Release) -> bytes | None:
    """The anchors that a release names, out of its own vendor's; None: it names none, or nobody serves them.

    A director must serve the very same file. FirmwareError: ANCHOR_DISAGREES, CATALOGUE_DAMAGED.
    """
    from fieldtool.firmware.smallfiles import read_small

    name = f"{_speaker(loaded, release)}/{release.native_key}"
    target = loaded.anchors.get(name) if release.native_key else None
    if target is None:
        return None
    theirs = said.native_keys.get(name) if said is not None else target
    if theirs is None or theirs.sha256 != target.sha256:
        raise FirmwareError(Text.ANCHOR_DISAGREES, target=target.path)
    return read_small(catalogue, target)


def _speaker(loaded: Loaded, release: Release) -> str:
    """The vendor's role that signed the release; one of the top-level role speaks for the vendor that it names."""
    entry, _ = loaded.entry(release.target, release.sha256)
    return entry.signed.vendor_role or vendor_role(release.vendor)
