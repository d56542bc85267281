"""A bundle: both repositories in one file, for laptops that are not online. Serves it as what a sync reads.

    image/metadata/...      image/targets/...        under the very names of the mirrors
    director/metadata/...   director/targets/...     where the laptop that made it has a director

It may bring fewer images than its catalogue names. Everything in it is hostile until it is verified, exactly as what a
web server sends; the container's own rules are in bundle_zip.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.firmware.bundle_zip import Member, members
from fieldtool.firmware.fetchers import CHUNK, TARGETS, Origin
from fieldtool.firmware.sources import Sources
from fieldtool.store.files import open_plain

SUFFIX = ".zip"
IMAGE, DIRECTOR = "image/", "director/"


@contextmanager
def open_bundle(path: Path) -> Iterator[Sources]:
    """Both repositories of a bundle. Reads its directory only, and writes nothing.

    FirmwareError(BUNDLE_BAD) when it is none, SyncError(SOURCE_UNREACHABLE) when it cannot be read.
    """
    with _opened(path) as file:
        found = _found(file, path)
        has_director = any(name.startswith(DIRECTOR) for name in found)
        yield Sources(
            _origin(path, file, found, IMAGE),
            _origin(path, file, found, DIRECTOR) if has_director else None,
        )


class ZipFetcher(FetcherInterface):
    """Serves `bundle:/image/metadata/NAME` and the like from the members of a bundle, and nothing else."""

    base = "bundle:/"

    def __init__(self, file: IO[bytes], found: Mapping[str, Member]) -> None:
        self._file = file
        self._found = found

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix(self.base)
        member = self._found.get(name) if name != url else None
        if member is None:
            raise DownloadHTTPError(name.rpartition("/")[2], 404)
        return self._chunks(member)

    def _chunks(self, member: Member) -> Iterator[bytes]:
        try:
            yield from member.chunks(self._file, CHUNK)
        except OSError as error:  # a stick that was pulled out
            raise DownloadError(str(error)) from error


def _opened(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(open_plain(path.resolve()), "rb")  # resolved: a link is fine where a person names the file
    except (OSError, RuntimeError, ValueError) as error:  # a ring of links, a NUL in the name
        raise unreadable(path, error) from error


def _found(file: IO[bytes], path: Path) -> Mapping[str, Member]:
    try:
        return members(file, path.name)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> SyncError:
    """What an error of the operating system means for whoever wants to read a bundle."""
    detail = getattr(error, "strerror", None) or str(error)
    return SyncError(Text.SOURCE_UNREACHABLE, source=str(path), detail=detail)


def _origin(path: Path, file: IO[bytes], found: Mapping[str, Member], part: str) -> Origin:
    targets = part + TARGETS
    only = frozenset(name.removeprefix(targets) for name in found if name.startswith(targets))
    return Origin(str(path), ZipFetcher.base + part, ZipFetcher(file, found), only)
