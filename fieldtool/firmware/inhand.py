"""A firmware file in a technician's hand: which release it is; and where it is none, what it might be."""

import hashlib
import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path, PurePosixPath

from fieldtool.core.driver import Progress
from fieldtool.core.errors import FirmwareError, StorageError
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.store.files import open_plain

CHUNK = 1 << 20  # bytes
_VERSION = re.compile(r"[-_.v]*\d+(?:[._-]\d+)+(?:[-+][0-9a-z.]+)?", re.IGNORECASE)


def recognise(file: Path, releases: Sequence[Release]) -> Generator[Progress, None, Release]:
    """The release whose very file this is, by length and SHA-256; its name says nothing.

    FirmwareError(HAND_BUNDLE, HAND_UNKNOWN), StorageError(FILE_UNREADABLE).
    """
    with _open(file) as content:
        length = os.fstat(content.fileno()).st_size
        if length > 3 and _begins(content, b"PK\3\4"):
            raise FirmwareError(Text.HAND_BUNDLE, file=file.name)
        digest, done = hashlib.sha256(), 0
        yield Progress(0, length, file.name)
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            yield Progress(done, max(done, length), file.name)
        sha256 = digest.hexdigest()
        found = next((one for one in releases if (one.length, one.sha256) == (done, sha256)), None)
        if found is not None:
            return found
        guess, vendor = _guess(file.name, done, releases)
        kind = _kind(content)
    raise FirmwareError(
        Text.HAND_UNKNOWN, file=file.name, guess=f"{kind} {guess}".rstrip("."), vendor=vendor, sha256=sha256
    )


@contextmanager
def chunks(file: Path) -> Iterator[Iterator[bytes]]:
    """The content of a file in hand. StorageError(FILE_UNREADABLE)."""
    with _open(file) as content:
        yield iter(lambda: content.read(CHUNK), b"")


def _guess(name: str, length: int, releases: Sequence[Release]) -> tuple[str, str]:
    """What it might be, in words, and whom to ask."""
    for one in releases:
        if one.length == length:
            told = f"It is as long as {one.target}, but its content is another: damaged on the way, or changed."
            return told, one.vendor
    for one in releases:
        if PurePosixPath(one.target).name.casefold() == name.casefold():
            told = f"It is called like {one.target}, but has {length} bytes instead of {one.length}"
            return f"{told}: cut off, or another build.", one.vendor
    for one in releases:
        if _family(PurePosixPath(one.target).name) == _family(name) != "":
            told = f"Its name is like that of {one.target}: perhaps a release that this laptop does not know yet."
            return told, one.vendor
    return "No release of this catalogue has its name or its length.", "its vendor"


def _family(name: str) -> str:
    """A file's name without its version, to tell which others it belongs to."""
    return _VERSION.sub("", Path(name).stem.casefold()).strip("-_. ")


def _kind(content: FileIO) -> str:
    from fieldtool.firmware.formats.fdt import is_fdt
    from fieldtool.firmware.formats.mcuboot import is_mcuboot
    from fieldtool.firmware.formats.rauc import is_rauc
    from fieldtool.firmware.formats.swu import is_swu

    if is_rauc(content):
        return "Its header is that of a RAUC bundle."
    if is_swu(content):
        return "Its header is that of an SWUpdate file."
    if is_mcuboot(content):
        return "Its header is that of an MCUboot image."
    if is_fdt(content):
        return "Its header is that of a FIT image."
    return "Its header is of no kind that fieldtool knows."


def _begins(content: FileIO, magic: bytes) -> bool:
    found = content.read(len(magic))
    content.seek(0)
    return found == magic


@contextmanager
def _open(file: Path) -> Iterator[FileIO]:
    try:
        with FileIO(open_plain(file.resolve())) as content:
            yield content
    except OSError as error:
        raise StorageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error
