"""Where metadata and images come from: a folder (a mirror on disk, a USB stick, our own catalogue) or a web server.

Both speak tuf's fetcher interface. Everything that they hand out is hostile until tuf has verified it. `_fetch` must
not itself be a generator: an error raised at the first iteration would escape tuf's translation.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from fieldtool.core.clock import Clock
from fieldtool.core.errors import FirmwareError, SyncError
from fieldtool.core.texts import Text
from fieldtool.store.files import open_plain, replace_file

CHUNK = 1 << 16  # bytes: on a slow line still about one a second
SILENCE_SECONDS = 20  # without a byte
PACE_SECONDS, PACE_BYTES = 60.0, 64 << 10  # slower than this is no transfer but a way to hold us
METADATA, TARGETS = "metadata/", "targets/"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a catalogue comes from: `metadata/` and `targets/` below `base`."""

    name: str  # in words
    base: str
    fetcher: FetcherInterface
    only: frozenset[str] | None = None  # locations of the targets that a bundle brings; None: all that are signed

    def offers(self, location: str) -> bool:
        """May a target be asked for? A bundle may bring less than its catalogue names."""
        return self.only is None or location in self.only

    @contextmanager
    def download(self, location: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a target, as the source sends them: nothing is verified yet. FirmwareError, SyncError."""
        try:
            yield self.fetcher.fetch(f"{self.base}{TARGETS}{location}")
        except DownloadError as error:
            raise download_error(error, self.name) from error


def origin(source: str, clock: Clock) -> Origin:
    """An http(s) URL or a folder. SyncError(SOURCE_UNREACHABLE) when there is no such folder."""
    if source.startswith(("http://", "https://")):
        return Origin(source, source.rstrip("/") + "/", HttpFetcher(clock))
    if not Path(source).is_dir():
        raise SyncError(Text.SOURCE_UNREACHABLE, source=source, detail="no such folder")
    return folder_origin(Path(source))


def folder_origin(folder: Path) -> Origin:
    return Origin(str(folder), DirFetcher.base, DirFetcher(folder))


def download_error(error: Exception, source: str, prefix: str = "") -> FirmwareError | SyncError:
    """What a failed download of tuf's means in our words. `prefix`: of the repository's files."""
    if isinstance(error, DownloadLengthMismatchError):
        return FirmwareError(Text.CATALOGUE_TOO_LARGE, name=prefix + plain_words(error))
    if isinstance(error, DownloadHTTPError) and error.status_code in (403, 404):
        return FirmwareError(Text.CATALOGUE_INCOMPLETE, name=prefix + plain_words(error))
    return SyncError(Text.SOURCE_UNREACHABLE, source=source, detail=plain_words(error.__cause__ or error))


def plain_words(error: BaseException) -> str:
    """A library's words, bounded and printable: they may quote what a hostile file says."""
    text = " ".join((str(error) or type(error).__name__).split())
    return "".join(char if char.isprintable() else "?" for char in text)[:200]


class DirFetcher(FetcherInterface):
    """Serves `mirror:/metadata/NAME` and `mirror:/targets/PATH` from a folder, and nothing outside of it."""

    base = "mirror:/"

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._path(url)
        try:
            descriptor = open_plain(path)
        except (FileNotFoundError, NotADirectoryError):
            raise DownloadHTTPError(path.name, 404) from None
        except OSError as error:
            raise DownloadError(str(error)) from error
        return _chunks(descriptor)

    def _path(self, url: str) -> Path:
        rest = url.removeprefix(self.base)
        if rest.startswith(METADATA):
            base, parts = self._folder / METADATA, [unquote(rest.removeprefix(METADATA))]
        elif rest.startswith(TARGETS):
            base, parts = self._folder / TARGETS, rest.removeprefix(TARGETS).split("/")
        else:
            raise DownloadError("foreign address")
        path = base.joinpath(*(_name(part) for part in parts))
        if not path.parent.resolve().is_relative_to(base):  # a folder on the way may be a link
            raise DownloadHTTPError("leads outside", 404)
        return path


class HttpFetcher(FetcherInterface):
    """tuf's own web fetcher, which gives up on a server that sends too slowly to ever finish."""

    def __init__(self, clock: Clock) -> None:
        self._web = Urllib3Fetcher(socket_timeout=SILENCE_SECONDS, chunk_size=CHUNK, app_user_agent="fieldtool")
        self._clock = clock

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            return self._paced(self._web.fetch(url))
        except DownloadHTTPError as error:
            name = url.rpartition("/")[2]
            raise DownloadHTTPError(f"{name} (HTTP status {error.status_code})", error.status_code) from error

    def _paced(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        began, received = self._clock.monotonic(), 0
        try:
            for chunk in chunks:
                yield chunk
                received += len(chunk)
                took = self._clock.monotonic() - began
                if took > PACE_SECONDS:
                    if received < PACE_BYTES:
                        raise SlowRetrievalError(f"only {received} bytes in {took:.0f} seconds")
                    began, received = self._clock.monotonic(), 0
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(str(error)) from error


class KeepingFetcher(FetcherInterface):
    """Keeps the metadata that passes through in a folder, under the names of the mirror.

    The folder is then a mirror itself, from which the catalogue is verified offline by the very same rules. A file
    whose name carries its version never changes: one that the catalogue before has is taken from there.
    """

    def __init__(self, source: FetcherInterface, folder: Path, before: Path | None) -> None:
        self._source = source
        self._folder = folder
        self._before = None if before is None else DirFetcher(before)

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = _name(unquote(url.rpartition("/")[2]))
        if self._before is not None and name[:1].isdigit():
            try:
                return self._keep(name, self._before.fetch(f"{DirFetcher.base}{METADATA}{quote(name)}"))
            except DownloadError:
                pass  # not there yet: ask the source
        return self._keep(name, self._source.fetch(url))

    def _keep(self, name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        received = []
        for chunk in chunks:
            received.append(chunk)
            yield chunk
        replace_file(self._folder / name, b"".join(received))


def _name(part: str) -> str:
    """One plain step of a path, on every system. DownloadHTTPError otherwise."""
    if part in ("", ".", "..") or set(part) & set("/\\:\0"):
        raise DownloadHTTPError("not a name", 404)
    return part


def _chunks(descriptor: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb") as file:
        while chunk := _read(file):
            yield chunk


def _read(file: IO[bytes]) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:  # a stick that was pulled out
        raise DownloadError(str(error)) from error
