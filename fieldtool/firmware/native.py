"""The signature that a maker put into a firmware file itself, checked on this laptop before any device sees the file.

It stands beside the signed catalogue and does not need it: whoever steals all keys of the catalogue still cannot make
a file that passes here. Heavy to import (cryptography): import it where an image is about to be used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path

from fieldtool.core.errors import FirmwareError, StorageError, Trouble
from fieldtool.core.model import Release
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import Anchors
from fieldtool.firmware.formats.cms import Signer
from fieldtool.firmware.formats.errors import FormatError
from fieldtool.firmware.formats.fdt import is_fdt
from fieldtool.firmware.formats.fit import check_fit
from fieldtool.firmware.formats.mcuboot import check_mcuboot, is_mcuboot
from fieldtool.firmware.formats.rauc import check_rauc, is_rauc
from fieldtool.firmware.formats.swu import check_swu, is_swu
from fieldtool.store.files import open_plain

UNSIGNED_FORMATS = frozenset({"bin"})  # have no signature of their own: only the catalogue's hash protects them

Verifier = Callable[[FileIO, Release, Anchors], Signer | None]
VERIFIERS: Mapping[str, Verifier] = {
    "raucb": check_rauc, "swu": check_swu, "mcuboot": check_mcuboot, "fit": check_fit,
}  # fmt: skip
"""Format -> who signed the open file; None: it is encrypted and does not show that. Raises FormatError."""


@dataclass(frozen=True, slots=True)
class NativeVerdict:
    """What the file's own signature says. There is none for a file that does not hold: that is an error."""

    format: str
    text: Text  # NATIVE_SIGNED, NATIVE_NONE or NATIVE_HIDDEN
    signer: str = ""  # subject of the certificate, or the key
    key_id: str = ""  # hex SHA-256 of the signer's SubjectPublicKeyInfo
    until: datetime | None = None  # when the first certificate on the way to the anchor ends

    @property
    def signed(self) -> bool:
        return self.text is Text.NATIVE_SIGNED

    @property
    def what(self) -> str:
        return self.text.what(signer=self.signer)

    def warning(self, release: Release, at: datetime) -> Trouble | None:
        """NATIVE_ENDED when a charger whose clock says `at` may refuse the file, although it was signed in time."""
        if self.until is None or at <= self.until:
            return None
        return Trouble(Text.NATIVE_ENDED, (("target", release.target), ("until", f"{self.until:%Y-%m-%d}")))


def check_native(path: Path, release: Release, anchors: Anchors | None) -> NativeVerdict:
    """Check the signature in the file of a release, whose length and hash were checked before.

    `anchors`: those that the release names; None: it names none. FirmwareError with one of the NATIVE_ texts, or
    StorageError(FILE_UNREADABLE); no other error whatever the file holds.
    """
    target = release.target
    if anchors is not None and anchors.format != release.format:
        detail = f"they are for {anchors.format}, {target} is {release.format}"
        raise FirmwareError(Text.NATIVE_ANCHOR_BAD, detail=detail)
    if release.format in UNSIGNED_FORMATS:
        _checked(_check_bare, path, release, Anchors(release.format))
        return NativeVerdict(release.format, Text.NATIVE_NONE)
    verifier = VERIFIERS.get(release.format)
    if verifier is None:
        raise FirmwareError(Text.NATIVE_FORMAT_UNKNOWN, target=target, format=release.format)
    if anchors is None:
        raise FirmwareError(Text.NATIVE_NO_ANCHOR, target=target)
    if release.published is None:
        raise FirmwareError(Text.RELEASE_BAD, target=target, field="published", why="is missing")
    signer = _checked(verifier, path, release, anchors)
    if signer is None:
        return NativeVerdict(release.format, Text.NATIVE_HIDDEN)
    return NativeVerdict(release.format, Text.NATIVE_SIGNED, signer.name, signer.key_id, signer.until)


def _check_bare(file: FileIO, release: Release, anchors: Anchors) -> None:
    """Calling a changed bundle "bin" must not be the way around its signature."""
    if is_rauc(file) or is_swu(file) or is_mcuboot(file) or is_fdt(file):
        raise FormatError(Text.NATIVE_DISGUISED)


def _checked(verifier: Verifier, path: Path, release: Release, anchors: Anchors) -> Signer | None:
    try:
        with FileIO(open_plain(path)) as file:
            return verifier(file, release, anchors)
    except FormatError as error:
        raise FirmwareError(error.text, target=release.target, **error.params) from error
    except OSError as error:
        raise StorageError(Text.FILE_UNREADABLE, file=str(path), detail=error.strerror or str(error)) from error
    except Exception as error:  # whatever cryptography raises at hostile input: x509.InvalidVersion is no ValueError
        raise FirmwareError(Text.NATIVE_DAMAGED, target=release.target, detail=type(error).__name__) from error
