"""The image files on this laptop: each once, named by its SHA-256, and hashed again at every use."""

import hashlib
import logging
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from fieldtool.core.driver import Progress, Steps
from fieldtool.core.errors import FirmwareError, StorageError
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.texts import Text
from fieldtool.store.files import flush_folder, open_plain

_log = logging.getLogger(__name__)

PART, SUSPECT = ".part", ".suspect"


class ImageStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, release: Release) -> Path:
        return self.folder / release.sha256[:2] / release.sha256

    def has(self, release: Release) -> bool:
        """Looks complete. Only `check` knows whether it is right."""
        try:
            return self.path(release).stat().st_size == release.length
        except OSError:
            return False

    def is_suspect(self, release: Release) -> bool:
        """It was found damaged once: look again at the next sync."""
        return _aside(self.path(release), SUSPECT).exists()

    def check(self, release: Release) -> FirmwareImage:
        """Read the file and hash it, now. FirmwareError: IMAGE_NOT_CACHED, IMAGE_CORRUPT; StorageError."""
        path = self.path(release)
        try:
            with os.fdopen(open_plain(path), "rb", buffering=0) as file:
                fits = os.fstat(file.fileno()).st_size == release.length
                fits = fits and hashlib.file_digest(file, "sha256").hexdigest() == release.sha256
        except FileNotFoundError:
            published = f"{release.published:%Y-%m-%d}" if release.published else "today"
            raise FirmwareError(Text.IMAGE_NOT_CACHED, target=release.target, published=published) from None
        except OSError as error:
            raise self._unusable(error) from error
        if not fits:
            self._suspect(path)
            raise FirmwareError(Text.IMAGE_CORRUPT, target=release.target)
        return FirmwareImage(path, release)

    def is_right(self, release: Release) -> bool:
        """`check` as a question, for a sync: a damaged file is fetched again."""
        try:
            self.check(release)
        except FirmwareError:
            return False
        return True

    def add(self, release: Release, chunks: Iterator[bytes]) -> Steps:
        """Write what a source sends, and keep it only if it is the file that was signed.

        FirmwareError(IMAGE_SOURCE_BAD) at the first byte too many, or at the end when the hash differs.
        """
        path = self.path(release)
        part = _aside(path, PART)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                digest, done = hashlib.sha256(), 0
                for chunk in chunks:
                    done += len(chunk)
                    if done > release.length:
                        break
                    digest.update(chunk)
                    file.write(chunk)
                    yield Progress(done, release.length, release.target)
                file.flush()
                os.fsync(file.fileno())
            yield Progress(done, release.length, release.target)
            if done != release.length or digest.hexdigest() != release.sha256:
                part.unlink()
                raise FirmwareError(Text.IMAGE_SOURCE_BAD, target=release.target)
            part.replace(path)
            flush_folder(path.parent)
            _aside(path, SUSPECT).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        yield Progress(done, release.length, release.target)

    def tidy(self, keep: Collection[str]) -> None:
        """Remove what no catalogue on this laptop names any more, and leftovers. Only under the sync lock."""
        for path in self.folder.glob("??/*"):
            if path.suffix == PART or path.name.removesuffix(SUSPECT) not in keep:
                try:
                    path.unlink()
                except OSError:
                    continue  # Windows: somebody reads it. The next sync tries again.

    def drop_part(self, release: Release) -> None:
        """What `add` was writing when somebody cancelled. Only under the sync lock."""
        try:
            _aside(self.path(release), PART).unlink(missing_ok=True)
        except OSError as error:
            _log.info("left for the next sync: %s", error)

    def files(self) -> Mapping[str, int]:
        """SHA-256 -> bytes on disk of every file here, whatever names it."""
        sizes: dict[str, int] = {}
        for path in self.folder.glob("??/*"):
            if not path.suffix:
                try:
                    sizes[path.name] = path.stat().st_size
                except OSError:
                    continue  # removed meanwhile
        return sizes

    def _suspect(self, path: Path) -> None:
        # The file stays: a memory error must not cost a technician offline the only copy. The next sync looks again.
        try:
            _aside(path, SUSPECT).touch()
        except OSError as error:  # what matters is said by IMAGE_CORRUPT
            _log.warning("cannot note that %s is damaged: %s", path.name, error)

    def _unusable(self, error: OSError) -> StorageError:
        return StorageError(Text.CACHE_UNWRITABLE, folder=str(self.folder), detail=error.strerror or str(error))


def _aside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
