"""The root of trust: one file, accepted once, by a fingerprint that a person typed. Later it changes by TUF only.

The caller audits it. There is no yes/no question, and no first use that is trusted silently.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fieldtool.core.errors import FirmwareError, StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.files import replace_file
from fieldtool.firmware.state import TrustRoot
from fieldtool.store.keystore import ROOT
from fieldtool.store.locks import exclusive

if TYPE_CHECKING:
    from tuf.api.metadata import Metadata, Root

_log = logging.getLogger(__name__)

LARGEST = 512_000  # bytes, as tuf allows
_HEX = re.compile(r"[0-9a-f]*")


def accept_root(folder: Path, file: Path, typed: str, at: datetime) -> TrustRoot:
    """Trust the root in `file` from now on, because somebody typed its SHA-256.

    `at`: trusted time. FirmwareError: ROOT_FINGERPRINT_BAD or _OTHER, ROOT_BAD, ROOT_EXPIRED, ROOT_EXISTS. UsageError
    when `file` cannot be read, StorageError when ours cannot be written. Accepting the same root again changes nothing.
    """
    content = _read(file)
    found = hashlib.sha256(content).hexdigest()
    if not hmac.compare_digest(_typed(typed), found):
        raise FirmwareError(Text.ROOT_FINGERPRINT_OTHER, file=file.name, found=found)
    root = _verified(content, file.name)
    if root.expires <= at:
        raise FirmwareError(Text.ROOT_EXPIRED, file=file.name, until=f"{root.expires:%Y-%m-%d}")
    path = folder / ROOT
    with exclusive(path.parent, "root", "the root of trust", "fieldtool"):
        known = path.read_bytes() if path.exists() else content
        if known != content:
            raise FirmwareError(Text.ROOT_EXISTS, fingerprint=hashlib.sha256(known).hexdigest())
        try:
            replace_file(path, content)
        except OSError as error:
            raise StorageError(Text.CACHE_UNWRITABLE, folder=str(path.parent), detail=str(error)) from error
    return _described(content, root)


def roots(folder: Path) -> tuple[TrustRoot, ...]:
    """The accepted roots: none or one for now. Version, date and keys are those of the newest root that followed it."""
    path = folder / ROOT
    if not path.exists():
        return ()
    content = _read(path)
    root = _verified(content, path.name)
    for later in _later(folder):
        if later.signed.version == root.version + 1 and _follows(root, later):
            root = later.signed
    return (_described(content, root),)


def root_bytes(folder: Path) -> bytes:
    """The accepted root, as the start of all verification. FirmwareError(NO_ROOT) when there is none."""
    path = folder / ROOT
    if not path.exists():
        raise FirmwareError(Text.NO_ROOT)
    return _read(path)


def _typed(fingerprint: str) -> str:
    digits = re.sub(r"[\s:]", "", fingerprint).lower().removeprefix("sha256")
    if len(digits) != 64 or not _HEX.fullmatch(digits):
        raise FirmwareError(Text.ROOT_FINGERPRINT_BAD, found=len(re.findall(r"[0-9a-f]", digits)))
    return digits


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            data = content.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=error.strerror or str(error)) from error
    if len(data) > LARGEST:
        raise FirmwareError(Text.ROOT_BAD, file=file.name, detail="it is too large")
    return data


def _described(accepted: bytes, root: "Root") -> TrustRoot:
    role = root.roles["root"]
    fingerprint = hashlib.sha256(accepted).hexdigest()
    return TrustRoot(fingerprint, root.version, root.expires, len(role.keyids), role.threshold)


def _verified(content: bytes, name: str) -> "Root":
    """FirmwareError(ROOT_BAD) unless the root holds by itself."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Root

    from fieldtool.firmware.verification import names_a_key_twice

    try:
        metadata = Metadata[Root].from_bytes(content)
        root = metadata.signed
        if not isinstance(root, Root):
            raise FirmwareError(Text.ROOT_BAD, file=name, detail="it is another part of a catalogue")
        root.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise FirmwareError(Text.ROOT_BAD, file=name, detail=" ".join(str(error).split())[:120]) from error
    if names_a_key_twice(root.keys.values()):
        raise FirmwareError(Text.ROOT_BAD, file=name, detail="it names one key twice")
    return root


def _later(folder: Path) -> "Iterator[Metadata[Root]]":
    """The roots of the current catalogue, oldest first, unverified. What cannot be read is left out: it is for show."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata

    cache = folder / "catalogue"
    try:
        metadata = cache / (cache / "current").read_text("ascii").strip() / "metadata"
        files = sorted(metadata.glob("[0-9]*.root.json"), key=lambda file: int(file.name.partition(".")[0]))
        for file in files:
            yield Metadata.from_bytes(_read(file))
    except (OSError, ValueError, UsageError, FirmwareError, RepositoryError) as error:
        _log.info("later roots are not shown: %s", error)


def _follows(root: "Root", later: "Metadata[Root]") -> bool:
    from tuf.api.exceptions import RepositoryError

    try:
        for judge in (root, later.signed):
            judge.verify_delegate("root", later.signed_bytes, later.signatures)
    except (RepositoryError, ValueError):
        return False
    return True
