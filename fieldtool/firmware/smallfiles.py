"""The small signed files that are no images: documents of the director, native keys. They stand under the names of the
mirror, beside the metadata of their catalogue, and are hashed whenever they are read.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fieldtool.core.driver import Progress, Steps
from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.fetchers import TARGETS, Origin
from fieldtool.firmware.verified import SignedTarget
from fieldtool.store.files import open_plain, replace_file


def fetch_small(origin: Origin, targets: Iterable[SignedTarget], mirror: Path, before: Path | None) -> Steps:
    """Bring `targets` to `mirror`, each verified; one that the mirror `before` has already is taken from there.

    FirmwareError(IMAGE_SOURCE_BAD) when the source has another file, SyncError when it fails, OSError when we do.
    """
    for target in targets:
        yield Progress(0, 0, target.path)
        data = None if before is None else _right(before, target)
        if data is None:
            with origin.download(target.location) as chunks:
                data = _taken(chunks, target)
        path = mirror / TARGETS / target.location
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)


def read_small(mirror: Path, target: SignedTarget, prefix: str = "") -> bytes:
    """The bytes of a file of `mirror`, length and hash checked now. FirmwareError(CATALOGUE_DAMAGED)."""
    data = _right(mirror, target)
    if data is None:
        raise FirmwareError(Text.CATALOGUE_DAMAGED, detail=f"{prefix}{target.path} is missing or was changed")
    return data


def _right(mirror: Path, target: SignedTarget) -> bytes | None:
    """None: it is not there, or not what was signed."""
    try:
        with os.fdopen(open_plain(mirror / TARGETS / target.location), "rb") as file:
            data = file.read(target.length + 1)
    except OSError:
        return None
    return data if _is_right(data, target) else None


def _taken(chunks: Iterator[bytes], target: SignedTarget) -> bytes:
    received = bytearray()
    for chunk in chunks:
        received += chunk
        if len(received) > target.length:
            break
    if not _is_right(received, target):
        raise FirmwareError(Text.IMAGE_SOURCE_BAD, target=target.path)
    return bytes(received)


def _is_right(data: bytes | bytearray, target: SignedTarget) -> bool:
    return len(data) == target.length and hashlib.sha256(data).hexdigest() == target.sha256
