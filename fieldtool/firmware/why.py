"""Why a file may be installed now, or not: every check in order, with the one that fails."""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from fieldtool.core.errors import FirmwareError, StorageError, Trouble
from fieldtool.core.model import FirmwareImage, Release
from fieldtool.core.rights import Directions
from fieldtool.core.texts import Text
from fieldtool.firmware.director import Directed, check_agreement, check_denylist
from fieldtool.firmware.images import ImageStore
from fieldtool.firmware.loading import Entry, Loaded, Loader
from fieldtool.firmware.nativecheck import NativeChecks
from fieldtool.store.files import open_plain


class Stand(StrEnum):
    OK = "ok"
    FAILED = "failed"
    NOT_REACHED = "not reached"  # an earlier check failed
    NOT_NEEDED = "not needed"  # fieldtool stands alone


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a file: `what` in words, and what was found."""

    name: str  # stable, for `--json`
    what: str
    stand: Stand
    found: str = ""  # in words, when it is ok
    problem: Trouble | None = None  # when it failed


class _NotNeeded(Exception):  # noqa: N818  # nothing is wrong
    """A check has nothing to look at; says why."""


Ask = Callable[[], str]  # what was found, in words; raises FirmwareError, StorageError or _NotNeeded


class Inquiry:
    """Asks every question that stands before an image is handed out, each on what the ones before it found."""

    _loaded: Loaded
    _entry: Entry
    _release: Release
    _said: Directed | None
    _directions: Directions
    _image: FirmwareImage

    def __init__(
        self,
        loader: Loader,
        images: ImageStore,
        native: NativeChecks,
        key_id: Callable[[], str | None],
        at: datetime,
    ) -> None:
        """`at`: trusted time."""
        self._loader = loader
        self._images = images
        self._native = native
        self._key_id = key_id
        self._at = at

    def why(self, wanted: str, serial: str) -> tuple[Check, ...]:
        """`wanted`: a path in the image repository, or a file on disk. `serial`: for which charger; "" = for any."""
        return _walked(
            (
                ("catalogue", "Signatures, versions and hashes of the image repository", self._catalogue),
                ("catalogue-time", "The image repository holds today", self._catalogue_time),
                ("listed", "The image repository names the file", lambda: self._listed(wanted)),
                ("vendor-time", "The vendor's signature holds today", self._vendor_time),
                ("director", "Signatures, versions and hashes of the director repository", self._director),
                ("director-time", "The director repository holds today", self._director_time),
                ("denylist", "The director does not deny the file", self._denylist),
                ("laptop", "The director does not deny this laptop", self._laptop),
                ("ordered", "A work order names the file, and agrees with the image repository", self._ordered(serial)),
                ("file", "The file is on this laptop, with the signed length and hash", self._file),
                ("native", "The maker's own signature in the file", self._signature),
            )
        )

    def _catalogue(self) -> str:
        self._loaded = self._loader.load(None)
        return f"{self._loaded.folder}, {len(self._loaded.verified.roles)} roles"

    def _catalogue_time(self) -> str:
        self._loaded.verified.check_time(self._at)
        return f"until {self._loaded.verified.valid_until:%Y-%m-%d %H:%M} UTC"

    def _listed(self, wanted: str) -> str:
        self._entry = _named(self._loaded.entries, wanted)
        if self._entry.release is None:
            raise FirmwareError(Text.IMAGE_NOT_LISTED, target=wanted)
        self._release = self._entry.release
        return f"{self._release.target}, by {self._release.vendor}"

    def _vendor_time(self) -> str:
        self._loaded.verified.check_target_time(self._entry.signed, self._at)
        return f"role {self._entry.signed.role.name}, until {self._entry.signed.role.expires:%Y-%m-%d %H:%M} UTC"

    def _director(self) -> str:
        self._loaded, self._said = self._loader.both(None)
        if self._said is None:
            raise _NotNeeded("fieldtool stands alone")
        return f"{len(self._said.orders)} work orders"

    def _director_time(self) -> str:
        self._directions = self._asked_of().directions(self._at)
        return f"until {self._asked_of().verified.valid_until:%Y-%m-%d %H:%M} UTC"

    def _denylist(self) -> str:
        check_denylist(self._asked_of().denylist, self._release)
        return "not on the list"

    def _laptop(self) -> str:
        if self._key_id() in self._asked_of().denylist.laptops:
            raise FirmwareError(Text.LAPTOP_DENIED)
        return "not on the list"

    def _ordered(self, serial: str) -> Ask:
        def ask() -> str:
            self._asked_of()
            named = {one.serial: None for order in self._directions.orders for one in order.chargers}
            wrong: FirmwareError | None = None
            for one in (serial,) if serial else (*named, ""):
                try:
                    check_agreement(self._directions, self._release, one, self._at)
                    return f"for charger {one}"
                except FirmwareError as error:
                    if wrong is None or error.text is not Text.NOT_ORDERED:
                        wrong = error
            raise wrong or FirmwareError(Text.NOT_ORDERED, target=self._release.target, serial="?")

        return ask

    def _file(self) -> str:
        self._image = self._images.check(self._release)
        return f"{self._release.length} bytes, SHA-256 {self._release.sha256}"

    def _signature(self) -> str:
        return self._native.check(self._loaded, self._said, self._image).what

    def _asked_of(self) -> Directed:
        if self._said is None:
            raise _NotNeeded("fieldtool stands alone")
        return self._said


def _walked(steps: Iterable[tuple[str, str, Ask]]) -> tuple[Check, ...]:
    """Ask one after the other until one fails; those behind it are named, not asked."""
    done: list[Check] = []
    failed = False
    for name, what, ask in steps:
        done.append(Check(name, what, Stand.NOT_REACHED) if failed else _asked(name, what, ask))
        failed = failed or done[-1].stand is Stand.FAILED
    return tuple(done)


def _asked(name: str, what: str, ask: Ask) -> Check:
    try:
        return Check(name, what, Stand.OK, ask())
    except _NotNeeded as why:
        return Check(name, what, Stand.NOT_NEEDED, str(why))
    except (FirmwareError, StorageError) as error:
        return Check(name, what, Stand.FAILED, problem=error.trouble())


def _named(entries: Iterable[Entry], wanted: str) -> Entry:
    """The entry with this path, or of this very file. FirmwareError(IMAGE_NOT_LISTED), or why the entry is bad."""
    entries = tuple(entries)
    found = next((entry for entry in entries if entry.signed.path == wanted), None)
    file = Path(wanted)
    if found is None and file.is_file():
        sizes = {entry.signed.length for entry in entries}
        sha256 = _hashed(file) if file.stat().st_size in sizes else ""
        found = next((entry for entry in entries if entry.signed.sha256 == sha256), None)
    if found is None:
        raise FirmwareError(Text.IMAGE_NOT_LISTED, target=wanted)
    if found.problem is not None:
        raise FirmwareError(found.problem.text, **dict(found.problem.params))
    return found


def _hashed(file: Path) -> str:
    try:
        with os.fdopen(open_plain(file.resolve()), "rb", buffering=0) as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error
