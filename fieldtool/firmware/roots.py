"""The roots of trust: a file for each repository, accepted once, by a fingerprint that a person typed. Later they
change by TUF only. The director's makes a *directed* laptop: from then on both repositories must agree about an image.

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

from sqlalchemy import delete, insert, select

from fieldtool.core.errors import FirmwareError, StorageError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.state import DIRECTOR_SIDE, IMAGE_SIDE, Side, TrustRoot
from fieldtool.firmware.verified import refuse_shared
from fieldtool.store.database import Store
from fieldtool.store.files import replace_file
from fieldtool.store.locks import exclusive
from fieldtool.store.tables import mark

if TYPE_CHECKING:
    from tuf.api.metadata import Metadata, Root

_log = logging.getLogger(__name__)

DIRECTED = "director.root"  # the mark that makes a directed laptop; holds the fingerprint of the director's root
KIND_FIELD, DIRECTOR_KIND = "repository", "director"  # in the signed part of a director's root; others have none
LARGEST = 512_000  # bytes, as tuf allows
_HEX = re.compile(r"[0-9a-f]*")


def accept_root(folder: Path, file: Path, typed: str, at: datetime) -> TrustRoot:
    """Trust the root in `file` from now on for images, because somebody typed its SHA-256.

    `at`: trusted time. FirmwareError: ROOT_FINGERPRINT_BAD or _OTHER, ROOT_BAD, ROOT_EXPIRED, ROOT_EXISTS,
    ROOT_OTHER_KIND, KEY_IN_BOTH_ROOTS. UsageError when `file` cannot be read, StorageError when ours cannot be
    written. Accepting the same root again changes nothing.
    """
    return _accept(folder, IMAGE_SIDE, file, typed, at)


def accept_director(folder: Path, store: Store, file: Path, typed: str, at: datetime) -> TrustRoot:
    """Take directions from the director of this root from now on: an image needs both repositories then.

    There is no way back for this data folder: the database remembers it. Errors as `accept_root`.
    """
    marked = _marked(store)
    if marked and hashlib.sha256(_read(file)).hexdigest() != marked:
        raise FirmwareError(Text.ROOT_EXISTS, fingerprint=marked)
    accepted = _accept(folder, DIRECTOR_SIDE, file, typed, at)
    _set_mark(store, accepted.fingerprint)
    return accepted


def roots(folder: Path) -> tuple[TrustRoot, ...]:
    """The accepted roots. Version, date and keys are those of the newest root that followed each."""
    return tuple(found for side in (IMAGE_SIDE, DIRECTOR_SIDE) if (found := _known(folder, side)) is not None)


def root_bytes(folder: Path) -> bytes:
    """The accepted root for images, as the start of all verification. FirmwareError(NO_ROOT) when there is none."""
    path = folder / IMAGE_SIDE.root
    if not path.exists():
        raise FirmwareError(Text.NO_ROOT)
    return _read(path)


def director_root_bytes(folder: Path, store: Store) -> bytes | None:
    """The accepted root of the director; None: this laptop stands alone.

    It never becomes so by losing a file: FirmwareError(DIRECTOR_ROOT_GONE, DIRECTOR_ROOT_OTHER).
    """
    path, marked = folder / DIRECTOR_SIDE.root, _marked(store)
    if not path.exists():
        if marked:
            raise FirmwareError(Text.DIRECTOR_ROOT_GONE)
        return None
    content = _read(path)
    fingerprint = hashlib.sha256(content).hexdigest()
    if marked and marked != fingerprint:
        raise FirmwareError(Text.DIRECTOR_ROOT_OTHER, fingerprint=marked[:16])
    if not marked:  # put in by an installer, or left of an interrupted acceptance: it counts from now on
        _set_mark(store, fingerprint)
    return content


def is_directed(folder: Path, store: Store) -> bool:
    """Does this laptop take directions? Also true when what it needs for that is lost."""
    return bool(_marked(store)) or (folder / DIRECTOR_SIDE.root).exists()


def _accept(folder: Path, side: Side, file: Path, typed: str, at: datetime) -> TrustRoot:
    content = _read(file)
    found = hashlib.sha256(content).hexdigest()
    if not hmac.compare_digest(_typed(typed), found):
        raise FirmwareError(Text.ROOT_FINGERPRINT_OTHER, file=file.name, found=found)
    root = _verified(content, file.name)
    if root.expires <= at:
        raise FirmwareError(Text.ROOT_EXPIRED, file=file.name, until=f"{root.expires:%Y-%m-%d}")
    if (root.unrecognized_fields.get(KIND_FIELD) == DIRECTOR_KIND) is not (side is DIRECTOR_SIDE):
        raise FirmwareError(Text.ROOT_OTHER_KIND, file=file.name, kind=side.name)
    path = folder / side.root
    with exclusive(path.parent, "root", "the root of trust", "fieldtool"):
        known = path.read_bytes() if path.exists() else content
        if known != content:
            raise FirmwareError(Text.ROOT_EXISTS, fingerprint=hashlib.sha256(known).hexdigest())
        _refuse_shared_keys(folder, side, root)
        try:
            replace_file(path, content)
        except OSError as error:
            raise StorageError(Text.CACHE_UNWRITABLE, folder=str(path.parent), detail=str(error)) from error
    return _described(content, root, side)


def _refuse_shared_keys(folder: Path, side: Side, root: "Root") -> None:
    """Against the other side's accepted root and the newest that followed it; each sync looks again."""
    from fieldtool.firmware.verification import key_names

    other = DIRECTOR_SIDE if side is IMAGE_SIDE else IMAGE_SIDE
    for theirs in _line(folder, other):
        refuse_shared(key_names(root.keys.values()), key_names(theirs.keys.values()))


def _known(folder: Path, side: Side) -> TrustRoot | None:
    line = list(_line(folder, side))
    return _described(_read(folder / side.root), line[-1], side) if line else None


def _line(folder: Path, side: Side) -> "Iterator[Root]":
    """The accepted root, and those that followed it as far as this laptop has them."""
    path = folder / side.root
    if not path.exists():
        return
    root = _verified(_read(path), path.name)
    yield root
    for later in _later(folder, side):
        if later.signed.version == root.version + 1 and _follows(root, later):
            root = later.signed
            yield root


def _marked(store: Store) -> str:
    """Fingerprint of the director's root that this laptop once accepted; "" = never."""
    with store.read() as tx:
        found = tx.execute(select(mark.c.value).where(mark.c.name == DIRECTED)).scalar()
    return "" if found is None else str(found)


def _set_mark(store: Store, fingerprint: str) -> None:
    if _marked(store) == fingerprint:
        return
    with store.write() as tx:
        tx.execute(delete(mark).where(mark.c.name == DIRECTED))
        tx.execute(insert(mark).values(name=DIRECTED, value=fingerprint))


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


def _described(accepted: bytes, root: "Root", side: Side) -> TrustRoot:
    role = root.roles["root"]
    fingerprint = hashlib.sha256(accepted).hexdigest()
    director = side is DIRECTOR_SIDE
    return TrustRoot(fingerprint, root.version, root.expires, len(role.keyids), role.threshold, director)


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


def _later(folder: Path, side: Side) -> "Iterator[Metadata[Root]]":
    """The roots of the current catalogue, oldest first, unverified. What cannot be read is left out: it is for show."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata

    cache = folder / "catalogue"
    try:
        metadata = cache / (cache / "current").read_text("ascii").strip() / side.folder / "metadata"
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
