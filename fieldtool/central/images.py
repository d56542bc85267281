"""The image repository as central knows it: a mirror that it hands on, and against which every order is checked.

images/trust/root.json    accepted once, by a fingerprint that somebody typed
images/mirror/            what laptops sync from; no key of it is here, and nothing in it can be signed here
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, Trouble, UsageError
from fieldtool.core.model import Release
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.firmware import versions
from fieldtool.firmware.custom import vendor_role
from fieldtool.firmware.director import anchors, check_agreement
from fieldtool.firmware.fetchers import folder_origin
from fieldtool.firmware.loading import Entry, entries
from fieldtool.firmware.roots import accept_root, root_bytes
from fieldtool.firmware.state import IMAGE_SIDE
from fieldtool.firmware.verification import verify
from fieldtool.firmware.verified import SignedTarget, Verified
from fieldtool.publish.folder import copy_file, hashed
from fieldtool.store.files import replace_file

FOLDER = "images"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The verified mirror, as of one timestamp."""

    stamp: bytes
    verified: Verified
    entries: Mapping[str, Entry]  # usable ones by path
    anchors: Mapping[str, SignedTarget]
    targets: Path

    @property
    def releases(self) -> tuple[Release, ...]:
        """Newest first, as far as they can be compared."""
        found = [entry.release for entry in self.entries.values() if entry.release is not None]
        return tuple(sorted(found, key=_age, reverse=True))

    def objection(self, target: str, said: Directions, serial: str, at: datetime) -> Trouble | None:
        """Why a laptop at this charger would refuse the image that `said` orders; None: it would not."""
        try:
            self._check(target, said, serial, at)
        except FirmwareError as error:
            return error.trouble()
        return None

    def _check(self, target: str, said: Directions, serial: str, at: datetime) -> None:
        entry = self.entries.get(target)
        if entry is None or entry.release is None:
            raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)
        self.verified.check_time(at)
        self.verified.check_target_time(entry.signed, at)
        check_agreement(said, entry.release, serial, at)
        name = f"{entry.signed.vendor_role or vendor_role(entry.release.vendor)}/{entry.release.native_key}"
        anchor = self.anchors.get(name) if entry.release.native_key else None
        if anchor is not None and said.native_keys.get(name) != anchor.sha256:
            raise FirmwareError(Text.ANCHOR_DISAGREES, target=anchor.path)
        file = self.targets / entry.signed.location
        if not file.is_file() or file.stat().st_size != entry.signed.length:
            raise FirmwareError(Text.IMAGE_SOURCE_BAD, target=target)


class Images:
    """Threads share it."""

    def __init__(self, data: Path, clock: Clock) -> None:
        """`data`: central's data folder."""
        self.folder = data / FOLDER
        self.mirror = self.folder / "mirror"
        self._clock = clock
        self._known: Catalogue | None = None

    @property
    def is_there(self) -> bool:
        return (self.mirror / "metadata" / "timestamp.json").exists()

    def catalogue(self) -> Catalogue:
        """UsageError(DIRECT_NO_IMAGES); FirmwareError when it is not to be trusted. Time is judged at each use."""
        if not self.is_there:
            raise UsageError(Text.DIRECT_NO_IMAGES)
        stamp = (self.mirror / "metadata" / "timestamp.json").read_bytes()
        known = self._known
        if known is None or known.stamp != stamp:
            known = self._known = self._read(self.mirror, stamp)
        return known

    def trust(self, root: Path, fingerprint: str) -> None:
        """Accept the root of the image repository. FirmwareError: ROOT_... by what is wrong."""
        accept_root(self.folder, root, fingerprint, self._clock.now())

    def take(self, source: Path) -> Catalogue:
        """Bring in a mirror that `fieldtool publish release` wrote: verified first, its timestamp last.

        FirmwareError when it is not to be trusted or a file is not what was signed; UsageError: DIRECT_NO_IMAGES
        (nobody said yet whom to believe), DIRECT_IMAGES_OLDER.
        """
        if not (self.folder / IMAGE_SIDE.root).exists():
            raise UsageError(Text.DIRECT_NO_IMAGES)
        found = self._read(source, b"")
        found.verified.check_time(self._clock.now())
        if self.is_there:
            self._refuse_older(source, found.verified)
        for target in found.verified.targets:
            self._bring(source / "targets" / target.location, self.mirror / "targets" / target.location, target)
        (self.mirror / "metadata").mkdir(parents=True, exist_ok=True)
        names = sorted(file.name for file in (source / "metadata").glob("[0-9]*.json"))
        for name in (*names, "timestamp.json"):
            replace_file(self.mirror / "metadata" / name, (source / "metadata" / name).read_bytes())
        return self.catalogue()

    def _read(self, mirror: Path, stamp: bytes) -> Catalogue:
        verified = verify(mirror, folder_origin(mirror), root_bytes(self.folder), None)
        usable = {one.signed.path: one for one in entries(verified) if one.release is not None}
        return Catalogue(stamp, verified, usable, anchors(verified), mirror / "targets")

    def _refuse_older(self, source: Path, theirs: Verified) -> None:
        for name, ours in self.catalogue().verified.roles.items():
            other = theirs.roles.get(name)
            if other is not None and other.keys == ours.keys and other.version < ours.version:
                raise UsageError(
                    Text.DIRECT_IMAGES_OLDER, folder=str(source), role=name, found=other.version, known=ours.version
                )

    def _bring(self, source: Path, ours: Path, target: SignedTarget) -> None:
        right = (target.length, target.sha256)
        if ours.is_file() and hashed(ours) == right:
            return
        if hashed(source) != right:
            raise FirmwareError(Text.IMAGE_SOURCE_BAD, target=target.path)
        ours.parent.mkdir(parents=True, exist_ok=True)
        copy_file(source, ours)


def _age(release: Release) -> tuple[int, str, Any]:
    try:
        return (1, release.version_format, versions.key(release.version, release.version_format))
    except FirmwareError:
        return (0, release.version_format, ())
