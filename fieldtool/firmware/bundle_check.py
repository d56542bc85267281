"""What is in a bundle, and whether this laptop would take it. Reads it as an import would, and changes nothing."""

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from fieldtool.core.driver import Progress
from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.firmware.bundle import open_bundle, unreadable
from fieldtool.firmware.bundle_facts import BundledRelease, Inspection
from fieldtool.firmware.directions import GRANT, ORDER
from fieldtool.firmware.director import anchors, directed, documents, ordered_images
from fieldtool.firmware.fetchers import Origin
from fieldtool.firmware.floors import check_floors
from fieldtool.firmware.roots import director_root_bytes, is_directed, root_bytes
from fieldtool.firmware.smallfiles import fetch_small, read_small
from fieldtool.firmware.sources import Sources
from fieldtool.firmware.state import DIRECTOR_SIDE, IMAGE_SIDE, Side
from fieldtool.firmware.verification import verify
from fieldtool.firmware.verified import SignedTarget, Verified, refuse_shared
from fieldtool.store.database import Store


@dataclass(frozen=True, slots=True)
class _Part:
    """One repository of a bundle, in which every signature is right."""

    side: Side
    origin: Origin
    verified: Verified
    line: str  # fingerprint of the root that it was verified with

    def small(self) -> tuple[SignedTarget, ...]:
        """What an import reads besides images."""
        if self.side is IMAGE_SIDE:
            return tuple(anchors(self.verified).values())
        return tuple(document.target for document in documents(self.verified))


def inspect(path: Path, data: Path, store: Store, at: datetime) -> Generator[Progress, None, Inspection]:
    """Judge the bundle `path` as the laptop of the data folder `data` would at trusted time `at`.

    What is wrong with it stands in `problem`. Raised is only what keeps from judging it: SyncError, StorageError.
    """
    told = _plain_facts(path)
    try:
        with open_bundle(path) as opened, TemporaryDirectory(prefix="fieldtool-") as scratch:
            parts = _parts(opened, data, store)
            told = _signed_facts(replace(told, stand_alone=opened.director is None), parts)
            if len(parts) == 1 and is_directed(data, store):
                raise FirmwareError(Text.DIRECTOR_SOURCE_NONE)
            _judge(parts, store, at)
            for part in parts:
                for _ in fetch_small(part.origin, part.small(), Path(scratch), None):
                    yield Progress(0, 0, path.name)
            yield from check_targets(parts[0].origin, _images(parts, Path(scratch), at))
    except FirmwareError as error:
        return replace(told, problem=error.trouble())
    return told


def check_targets(origin: Origin, targets: Iterable[SignedTarget]) -> Generator[Progress, None, None]:
    """Hash those of `targets` that `origin` brings. FirmwareError(IMAGE_SOURCE_BAD), SyncError(SOURCE_UNREACHABLE)."""
    brought = [target for target in targets if origin.offers(target.location)]
    total, done = sum(target.length for target in brought), 0
    for target in brought:
        digest, length = hashlib.sha256(), 0
        with origin.download(target.location) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                length += len(chunk)
                if length > target.length:
                    break
                yield Progress(done + length, total, target.path)
        if length != target.length or digest.hexdigest() != target.sha256:
            raise FirmwareError(Text.IMAGE_SOURCE_BAD, target=target.path)
        done += length


def _plain_facts(path: Path) -> Inspection:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unreadable(path, error) from error
    return Inspection(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _parts(opened: Sources, data: Path, store: Store) -> tuple[_Part, ...]:
    """The image repository, and the director's where laptop and bundle have one. Time is not judged yet."""
    image, director = root_bytes(data), director_root_bytes(data, store)
    found = _part(IMAGE_SIDE, opened.image, data, image)
    if director is None or opened.director is None:
        return (found,)
    return (found, _part(DIRECTOR_SIDE, opened.director, data, director))


def _part(side: Side, origin: Origin, data: Path, root: bytes) -> _Part:
    return _Part(side, origin, verify(data, origin, root, None, side.prefix), hashlib.sha256(root).hexdigest())


def _judge(parts: Sequence[_Part], store: Store, at: datetime) -> None:
    if len(parts) > 1:
        refuse_shared(parts[0].verified.keys, parts[1].verified.keys)
    for part in parts:
        check_floors(store, part.line, part.verified.roles.values(), part.verified.prefix)
    for part in parts:
        part.verified.check_time(at)


def _images(parts: Sequence[_Part], small: Path, at: datetime) -> Iterator[SignedTarget]:
    """What an import would fetch into an empty cache, as far as the bundle brings it. `small`: where the others lie."""
    ordered = None
    for part in parts[1:]:
        said = directed(part.verified, partial(read_small, small))
        ordered = ordered_images(said.directions(at), at)
    for target, release in _releases(parts[0].verified, at):
        if ordered is None or release.sha256 in ordered:
            yield target


def _signed_facts(told: Inspection, parts: Sequence[_Part]) -> Inspection:
    image = parts[0]
    releases = tuple(
        BundledRelease(target.path, release.version, target.length, image.origin.offers(target.location))
        for target, release in _releases(image.verified, None)
    )
    said = documents(parts[1].verified) if len(parts) > 1 else ()
    return replace(
        told,
        releases=releases,
        orders=tuple(document.told["id"] for document in said if document.kind == ORDER),
        grants=sum(document.kind == GRANT for document in said),
        valid_until=min(part.verified.valid_until for part in parts),
    )


def _releases(verified: Verified, at: datetime | None) -> Iterator[tuple[SignedTarget, Release]]:
    """The usable entries of an image repository; `at`: without those of vendors whose part has expired by then."""
    for target in verified.targets:
        try:
            release = custom.release(target.path, target.length, target.sha256, target.custom, target.vendor_role)
            if at is not None:
                verified.check_target_time(target, at)
        except FirmwareError:
            continue  # an import leaves it out, too
        yield target, release
