"""Writes what this laptop knows into a bundle, for laptops that are not online.

The same catalogue and the same choice give the same bytes. A bundle gets its name only after it was read back and
verified like a stranger's; until then, and when the stick is pulled out, there is at most a file NAME.part.
"""

import errno
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fieldtool.core.driver import Progress
from fieldtool.core.errors import FirmwareError, StorageError, SyncError, UsageError
from fieldtool.core.model import Release
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle import DIRECTOR, IMAGE, SUFFIX, open_bundle
from fieldtool.firmware.bundle_check import check_targets
from fieldtool.firmware.bundle_facts import Choice, Exported
from fieldtool.firmware.bundle_zip import MOST_MEMBERS
from fieldtool.firmware.fetchers import METADATA, TARGETS, Origin, folder_origin, plain_words
from fieldtool.firmware.images import ImageStore
from fieldtool.firmware.shelf import Shelf
from fieldtool.firmware.state import DIRECTOR_SIDE, IMAGE_SIDE
from fieldtool.firmware.verification import verify
from fieldtool.firmware.verified import Verified
from fieldtool.store.files import flush_folder

PART = ".part"
RESERVE = 1 << 20  # bytes that are left free
CACHE = "catalogue"  # below the data folder
CHUNK = 1 << 20  # bytes: a slow stick still takes one in a second
_HEADERS = 256  # bytes of a member besides its content and its name, twice


@dataclass(frozen=True, slots=True)
class Mirror:
    """A repository of this laptop: a mirror of its metadata and small targets, and the root that it begins with."""

    part: str  # of the bundle: IMAGE or DIRECTOR
    folder: Path
    root: Path

    def verified(self, origin: Origin, at: datetime) -> Verified:
        return verify(self.folder, origin, self.root.read_bytes(), at)


@dataclass(frozen=True, slots=True)
class _File:
    name: str  # in the bundle
    path: Path
    length: int


def export(
    path: Path,
    mirrors: Sequence[Mirror],
    releases: Sequence[Release],
    images: ImageStore,
    at: datetime,
    force: bool = False,
) -> Generator[Progress, None, Exported]:
    """Write a bundle of `mirrors` (the image repository first) with the files of `releases` that are here and right.

    `at`: trusted time. The caller holds the lock of the catalogue. FirmwareError: this laptop itself would not accept
    it, or BUNDLE_CHANGED; UsageError(BUNDLE_EXISTS); StorageError: BUNDLE_DISK_FULL, BUNDLE_UNWRITABLE.
    """
    path = path if path.name.lower().endswith(SUFFIX) else path.with_name(path.name + SUFFIX)
    if os.path.lexists(path) and not force:
        raise UsageError(Text.BUNDLE_EXISTS, file=str(path))
    found, missing = yield from _at_hand(images, releases)
    files = sorted(_files(mirrors, found, images, at), key=lambda file: file.name)
    if len(files) > MOST_MEMBERS:
        raise _unwritable(path, f"it would have {len(files)} members, {MOST_MEMBERS} at most")
    with _writing(path):
        _check_space(path.parent, files)
        part = path.with_name(path.name + PART)
        try:
            yield from _write(part, files)
            yield from _read_back(part, path, mirrors, at)
            part.replace(path)
            _flush(path.parent)
        except BaseException:  # cancelled, too
            with suppress(OSError):  # the stick may be gone
                part.unlink(missing_ok=True)
            raise
        length = path.stat().st_size
    orders = sum(file.name.startswith(f"{DIRECTOR}{TARGETS}work-orders/") for file in files)
    targets = tuple(sorted(release.target for release in found))
    return Exported(path, length, targets, tuple(sorted(missing)), orders, len(mirrors) == 1)


def mirrors(data: Path, at_director: bool) -> tuple[Mirror, ...]:
    """Those of the catalogue that counts in the data folder `data`."""
    cache = data / CACHE
    current = cache / Shelf(cache).current()
    sides = ((IMAGE, IMAGE_SIDE), (DIRECTOR, DIRECTOR_SIDE))[: 2 if at_director else 1]
    return tuple(Mirror(part, current / side.folder, data / side.root) for part, side in sides)


def chosen(releases: Iterable[Release], directions: Directions | None, choice: Choice) -> tuple[Release, ...]:
    """The releases that `choice` is about. UsageError: BUNDLE_NOT_ORDERED, BUNDLE_NOTHING."""
    ordered = _ordered(directions, choice) if choice.sites or choice.orders else None
    found = tuple(
        release
        for release in releases
        if (not choice.models or not choice.models.isdisjoint(release.models))
        and (ordered is None or (release.target, release.sha256) in ordered)
    )
    if not found and str(choice):
        raise UsageError(Text.BUNDLE_NOTHING, wanted=str(choice))
    return found


def _ordered(directions: Directions | None, choice: Choice) -> set[tuple[str, str]]:
    orders = [
        order
        for order in (directions.orders if directions else ())
        if (not choice.sites or order.site in choice.sites) and (not choice.orders or order.id in choice.orders)
    ]
    unknown = (choice.sites - {order.site for order in orders}) | (choice.orders - {order.id for order in orders})
    if unknown:
        raise UsageError(Text.BUNDLE_NOT_ORDERED, wanted=", ".join(sorted(unknown)))
    return {(one.target, one.sha256) for order in orders for charger in order.chargers for one in charger.images}


def _at_hand(
    images: ImageStore, releases: Sequence[Release]
) -> Generator[Progress, None, tuple[list[Release], set[str]]]:
    """Those whose file is here and right, and the paths of the others."""
    found, missing = [], set()
    for release in releases:
        yield Progress(0, 0, release.target)
        if images.is_right(release):
            found.append(release)
        else:
            missing.add(release.target)
    return found, missing


def _files(mirrors: Sequence[Mirror], releases: Sequence[Release], images: ImageStore, at: datetime) -> Iterator[_File]:
    for mirror in mirrors:
        metadata, targets = mirror.part + METADATA, mirror.part + TARGETS
        verified = mirror.verified(folder_origin(mirror.folder), at)
        # The accepted root goes along for laptops that accepted the one before it.
        yield _file(f"{metadata}{_version(mirror.root)}.root.json", mirror.root)
        for file in (mirror.folder / METADATA).glob("*.json"):
            yield _file(f"{metadata}{file.name}", file)
        places = {(target.path, target.sha256): target.location for target in verified.targets}
        for location in places.values():
            if (small := mirror.folder / TARGETS / location).is_file():
                yield _file(f"{targets}{location}", small)
        for release in releases if mirror.part == IMAGE else ():
            yield _file(f"{targets}{places[release.target, release.sha256]}", images.path(release))


def _version(root: Path) -> int:
    return int(json.loads(root.read_bytes())["signed"]["version"])


def _file(name: str, path: Path) -> _File:
    return _File(name, path, path.stat().st_size)


def _check_space(folder: Path, files: Sequence[_File]) -> None:
    needed = sum(file.length + _HEADERS + 2 * len(file.name) for file in files) + RESERVE
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(Text.BUNDLE_DISK_FULL, folder=str(folder), free=free >> 20, needed=(needed >> 20) + 1)


def _write(part: Path, files: Sequence[_File]) -> Generator[Progress, None, None]:
    total, done = sum(file.length for file in files), 0
    part.unlink(missing_ok=True)  # never through a link that lies on the stick
    with part.open("xb") as bundle:
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:
            for file in files:
                with file.path.open("rb") as content, archive.open(_info(file), "w") as member:
                    while chunk := content.read(CHUNK):
                        member.write(chunk)
                        done += len(chunk)
                        yield Progress(done, total, file.name)
        bundle.flush()
        os.fsync(bundle.fileno())
        if hasattr(os, "posix_fadvise"):  # read back what is on the stick, not what is in memory
            os.posix_fadvise(bundle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _info(file: _File) -> zipfile.ZipInfo:
    """No date and no rights of this laptop: the same bytes wherever it is made."""
    info = zipfile.ZipInfo(file.name)
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = file.length
    return info


def _read_back(part: Path, path: Path, mirrors: Sequence[Mirror], at: datetime) -> Generator[Progress, None, None]:
    """What a stranger's bundle has to stand, this one stands before it gets its name."""
    try:
        with open_bundle(part) as opened:
            for mirror, origin in zip(mirrors, (opened.image, opened.director), strict=False):
                if origin is None:
                    raise FirmwareError(Text.CATALOGUE_INCOMPLETE, name=mirror.part)
                yield from check_targets(origin, mirror.verified(origin, at).targets)
    except FirmwareError as error:
        raise FirmwareError(Text.BUNDLE_CHANGED, file=str(path), detail=plain_words(error)) from error
    except SyncError as error:
        raise _unwritable(path, str(error.params["detail"])) from error


def _flush(folder: Path) -> None:
    try:
        flush_folder(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems of sticks know no such thing
            raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _unwritable(path: Path, detail: str) -> StorageError:
    return StorageError(Text.BUNDLE_UNWRITABLE, file=str(path), detail=detail)
