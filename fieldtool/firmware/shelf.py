"""The catalogues on disk: one that counts, the one before, and perhaps one that is being built."""

import json
import logging
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from fieldtool.core.errors import FirmwareError, StorageError
from fieldtool.core.texts import Text
from fieldtool.store.files import flush_folder, replace_file

_log = logging.getLogger(__name__)

CURRENT, IMAGES = "current", "images.json"
_NAME = re.compile(r"catalogue-([1-9][0-9]{0,8})")


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> str:
        """Name of the catalogue that counts; "" when there is none yet."""
        try:
            name = (self.folder / CURRENT).read_bytes()[:100].decode("ascii", "replace").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StorageError(Text.CACHE_UNWRITABLE, folder=str(self.folder), detail=str(error)) from error
        if not _NAME.fullmatch(name):
            raise FirmwareError(Text.CATALOGUE_DAMAGED, detail=f"“{CURRENT}” names no catalogue")
        return name

    def stand(self) -> tuple[str, Path]:
        """Name of the catalogue that counts ("" when there is none that makes sense), and a folder for the next."""
        known = {int(match.group(1)) for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))}
        try:
            now = self.current()
        except FirmwareError as error:
            _log.info("begins anew: %s", error)
            now = ""
        if not now:
            return now, self.folder / f"catalogue-{max(known, default=0) + 1}"
        number = int(now.removeprefix("catalogue-"))
        for left_behind in (one for one in known if one > number):  # by a sync that was killed
            shutil.rmtree(self.folder / f"catalogue-{left_behind}", ignore_errors=True)
        return now, self.folder / f"catalogue-{number + 1}"

    def switch(self, staged: Path, images: Iterable[str]) -> None:
        """Let the catalogue `staged` count from now on, in one step. `images`: SHA-256 of those that it names."""
        replace_file(staged / IMAGES, json.dumps(sorted(set(images))).encode())
        flush_folder(self.folder)
        replace_file(self.folder / CURRENT, staged.name.encode())

    def tidy(self, current: str, before: str) -> frozenset[str]:
        """Keep the catalogue before, for whoever still reads it; remove older ones. Returns the images of both."""
        keep: set[str] = set()
        for folder in self.folder.glob("catalogue-*"):
            if folder.name in (current, before):
                keep |= _names(folder / IMAGES)
            else:
                shutil.rmtree(folder, ignore_errors=True)  # Windows: somebody reads it; the next sync tries again
        return frozenset(keep)

    def named(self) -> frozenset[str]:
        """SHA-256 of every image that a catalogue on this laptop names; the current one is better asked itself."""
        return frozenset(name for folder in self.folder.glob("catalogue-*") for name in _names(folder / IMAGES))

    def drop_staged(self) -> None:
        """A sync that was refused or cancelled leaves nothing of its catalogue; one that was killed, the next drops."""
        try:
            number = int(self.current().removeprefix("catalogue-") or 0)
        except FirmwareError:
            return  # which one counts is not known: the next sync begins anew beside them
        for folder in self.folder.glob("catalogue-*"):
            if (match := _NAME.fullmatch(folder.name)) and int(match.group(1)) > number:
                shutil.rmtree(folder, ignore_errors=True)


def _names(file: Path) -> set[str]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return set()
    return {str(name) for name in content} if isinstance(content, list) else set()
