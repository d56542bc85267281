"""Where metadata and images come from: a folder (a mirror on disk, a USB stick, our own catalogue) or a web server.

Both speak tuf's fetcher interface. Everything that they hand out is hostile until tuf has verified it. `_fetch` must
not itself be a generator: an error raised at the first iteration would escape tuf's translation.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from fieldtool.core.clock import NEVER, Clock
from fieldtool.core.errors import FirmwareError, SyncError
from fieldtool.core.texts import Text
from fieldtool.store.files import open_plain, replace_file

CHUNK = 1 << 16  # bytes: on a slow line still about one a second
SILENCE_SECONDS = 20  # without a byte
PACE_SECONDS, PACE_BYTES = 60.0, 64 << 10  # slower than this is no transfer but a way to hold us
METADATA, TARGETS = "metadata/", "targets/"
TOO_OFTEN, PARTIAL, REFUSED = 429, 206, (401, 403)  # HTTP statuses
MOST_SAID = 4096  # bytes that are read of a refusal
BUSY_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds, where a server wants it slower
RESUME_PAUSE = 1.0  # seconds before a file goes on

Headers = Callable[[str], Mapping[str, str]]
"""Header fields that prove who asks for a URL; none for a server that asks for no proof."""


def no_headers(_url: str) -> Mapping[str, str]:
    return {}


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


def origin(source: str, clock: Clock, headers: Headers = no_headers) -> Origin:
    """An http(s) URL or a folder. SyncError(SOURCE_UNREACHABLE) when there is no such folder."""
    if source.startswith(("http://", "https://")):
        return Origin(source, source.rstrip("/") + "/", HttpFetcher(clock, headers))
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
    """tuf's own web fetcher, which gives up on a server that sends too slowly to ever finish.

    It asks again where the server wants it slower, and goes on where a connection broke off in the middle of a file.
    """

    def __init__(self, clock: Clock, headers: Headers = no_headers) -> None:
        self._web = _Web(headers)
        self._clock = clock

    def _fetch(self, url: str) -> Iterator[bytes]:
        for pause in (*BUSY_PAUSES, 0.0):
            try:
                return self._paced(url, self._web.fetch(url))
            except DownloadHTTPError as error:
                if error.status_code == TOO_OFTEN and pause:
                    self._clock.wait(NEVER, pause)
                    continue
                name = url.rpartition("/")[2]
                raise DownloadHTTPError(f"{name} (HTTP status {error.status_code})", error.status_code) from error
        raise AssertionError("the last try returns or raises")

    def _paced(self, url: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        began, received = self._clock.monotonic(), 0
        whole, resumed_at = 0, 0
        while True:
            try:
                for chunk in chunks:
                    yield chunk
                    received += len(chunk)
                    whole += len(chunk)
                    took = self._clock.monotonic() - began
                    if took > PACE_SECONDS:
                        if received < PACE_BYTES:
                            raise SlowRetrievalError(f"only {received} bytes in {took:.0f} seconds")
                        began, received = self._clock.monotonic(), 0
                return
            except urllib3.exceptions.HTTPError as error:
                if whole - resumed_at < PACE_BYTES:  # it gets nowhere
                    raise DownloadError(str(error)) from error
                resumed_at = whole
                self._clock.wait(NEVER, RESUME_PAUSE)
                chunks = self._rest(url, whole)

    def _rest(self, url: str, start: int) -> Iterator[bytes]:
        try:
            return self._web.part(url, start)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(str(error)) from error


class _Web(Urllib3Fetcher):
    """With header fields of ours, and from the middle of a file. `_proxy_env` is tuf's: proxies of the environment."""

    def __init__(self, headers: Headers) -> None:
        super().__init__(socket_timeout=SILENCE_SECONDS, chunk_size=CHUNK, app_user_agent="fieldtool")
        self._headers = headers

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self.part(url, 0)

    def part(self, url: str, start: int) -> Iterator[bytes]:
        """From byte `start`. DownloadError; errors of urllib3, also while it is read."""
        said = self._headers(url)
        response = self._proxy_env.request(
            "GET",
            url,
            headers={"User-Agent": "fieldtool", **said, **({"Range": f"bytes={start}-"} if start else {})},
            redirect=not said,  # what was signed is for this very server
            preload_content=False,
            timeout=urllib3.Timeout(self.socket_timeout),
        )
        if said and response.status in REFUSED:
            why = _why(response.read(MOST_SAID))
            response.close()
            raise DownloadError(f"it refuses: {why}")
        if response.status >= 300 or (start and response.status != PARTIAL):
            response.close()
            raise DownloadHTTPError(f"HTTP status {response.status}", response.status)
        return self._read(response)

    def _read(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            yield from response.stream(self.chunk_size)
        finally:
            response.release_conn()


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


def _why(answer: bytes) -> str:
    """What a server that knows us says in its refusal."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        said = None
    what = said.get("what") if isinstance(said, dict) else None
    return plain_words(DownloadError(str(what or "without a reason")))


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
