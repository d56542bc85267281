"""The head anchor: how far the log was, kept outside its database.

A chain does not show that its end is missing. So after every unit of work that appended, the number of records and the
edge of their tree go into a small file beside the database, under an HMAC whose key is in the keystore. The file has
two places that are written in turns: a cut in the middle leaves the other one. The database may then be ahead of it,
which is normal; it may never be behind.
"""

import errno
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, local
from typing import IO

from fieldtool.audit.record import NO_RECORD
from fieldtool.audit.tree import Frontier
from fieldtool.core.errors import AuditError, StorageError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file
from fieldtool.store.keystore import Keystore
from fieldtool.store.locks import wait_for_lock

FILE = "audit-anchor"  # in the data folder
NAME = "audit-anchor-key"  # in the keystore
_PLACE = 4096  # bytes; room for the edge of more records than a laptop ever writes
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Link:
    """A record that was appended: its number, and the hashes that tie it in."""

    seq: int
    prev: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """The log as it was when this was written: `edge` stands for the records 1 to `size`."""

    log: str
    size: int = 0
    leaf: bytes = bytes.fromhex(NO_RECORD)  # of record `size`
    edge: tuple[bytes, ...] = ()
    checked: int = 0  # records whose signatures were verified after they were written

    def after(self, links: Sequence[Link]) -> "Anchor | None":
        """With `links` behind it. None: they do not follow."""
        frontier, leaf = Frontier(self.size, self.edge), self.leaf
        for link in links:
            if (link.seq, link.prev) != (frontier.size + 1, leaf):
                return None
            frontier.add(link.leaf)
            leaf = link.leaf
        return replace(self, size=frontier.size, leaf=leaf, edge=tuple(frontier.edge))

    def root(self) -> bytes:
        return Frontier(self.size, self.edge).root()


@dataclass(frozen=True, slots=True)
class Stored:
    """What the file says. `whole`: both of its places hold; else a write was cut, and the database must be ahead."""

    anchor: Anchor
    whole: bool
    next_place: int  # 0 or 1: which place to write over, never the one that holds


class AnchorFile:
    """Reads and writes the file. Raises OSError where the disk says no; callers make it theirs."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.path = folder / FILE
        self._key = key
        self._known: tuple[bytes, Stored] | None = None  # what it held last, and what that meant

    def create(self, anchor: Anchor) -> None:
        """Both places anew, whatever stood there; at once or not at all."""
        replace_file(self.path, self._sealed(anchor) * 2)

    @contextmanager
    def turn(self) -> Iterator[IO[bytes]]:
        """The file, for one process at a time. AuditError(AUDIT_ANCHOR_GONE)."""
        try:
            file = self.path.open("r+b", buffering=0)
        except FileNotFoundError as error:
            raise AuditError(Text.AUDIT_ANCHOR_GONE) from error
        with file:
            wait_for_lock(file)
            yield file

    def read(self, file: IO[bytes]) -> Stored:
        """AuditError(AUDIT_ANCHOR_BAD)."""
        file.seek(0)
        content = file.read(2 * _PLACE + 1)
        if self._known is not None and self._known[0] == content:
            return self._known[1]
        anchors = [self._opened(content[:_PLACE]), self._opened(content[_PLACE:])]
        sizes = [-1 if anchor is None else anchor.size for anchor in anchors]
        newest = anchors[sizes.index(max(sizes))]
        if newest is None:
            raise AuditError(Text.AUDIT_ANCHOR_BAD)
        stored = Stored(newest, None not in anchors, 1 - sizes.index(max(sizes)))
        self._known = (content, stored)
        return stored

    def write(self, file: IO[bytes], stored: Stored, anchor: Anchor) -> None:
        """Over the older one of `stored`. On disk when this returns."""
        sealed = self._sealed(anchor)
        file.seek(_PLACE * stored.next_place)
        if file.write(sealed) != _PLACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _sync(file.fileno())
        if self._known is not None and stored.whole:
            places = [self._known[0][:_PLACE], self._known[0][_PLACE:]]
            places[stored.next_place] = sealed
            self._known = (b"".join(places), Stored(anchor, True, 1 - stored.next_place))

    def _sealed(self, anchor: Anchor) -> bytes:
        edge = b"".join(anchor.edge).hex()
        text = f"{_VERSION} {anchor.log} {anchor.size} {anchor.leaf.hex()} {anchor.checked} [{edge}]".encode()
        return (text + b" " + self._mac(text)).ljust(_PLACE - 1) + b"\n"

    def _opened(self, place: bytes) -> Anchor | None:
        text, _, mac = place.rstrip().rpartition(b" ")
        if len(place) != _PLACE or not hmac.compare_digest(mac, self._mac(text)):
            return None
        version, log, size, leaf, checked, edge = text.decode().split(" ")  # it is as we wrote it
        if version != str(_VERSION):
            return None
        hashes = bytes.fromhex(edge[1:-1])
        parts = tuple(hashes[start : start + 32] for start in range(0, len(hashes), 32))
        return Anchor(log, int(size), bytes.fromhex(leaf), parts, int(checked))

    def _mac(self, text: bytes) -> bytes:
        return hmac.digest(self._key, b"fieldtool audit anchor\n" + text, "sha256").hex().encode()


class Head:
    """Keeps the anchor of one data folder up with its log. Threads and processes may share the folder.

    `since(size)` reads the committed records from number `size` on. The anchor only ever goes on from where it stands:
    a log that does not follow it leaves it as it is, and `audit.watch` says what is wrong, at every start anew.
    """

    def __init__(self, folder: Path, keystore: Keystore, since: Callable[[int], list[Link]]) -> None:
        self._folder = folder
        self._keystore = keystore
        self._since = since
        self._file: AnchorFile | None = None
        self._lock = Lock()
        self._thread = local()
        self._reached = 0
        self._checked = 0
        self._trouble: Trouble | None = None

    # -- read

    def stored(self) -> Stored | None:
        """What the anchor says; None: there is no key, so this log was never anchored, or the key was removed.

        UsageError without a keystore, AuditError as AnchorFile.read, StorageError when the disk cannot be read.
        """
        file = self._opened()
        if file is None:
            return None
        with _as_storage(), self._lock, file.turn() as opened:
            return file.read(opened)

    def exists(self) -> bool:
        """Is there a file, whether or not it can be believed?"""
        return (self._folder / FILE).exists()

    def has_key(self) -> bool:
        return self._opened() is not None

    def is_empty(self) -> bool:
        """Does it speak of no record? False: it does, or cannot be believed."""
        try:
            stored = self.stored()
        except AuditError:
            return False
        return stored is not None and stored.anchor.size == 0

    # -- write

    def begin(self, log: str, links: Sequence[Link] = ()) -> None:
        """The anchor of a log that has none yet, before its unit of work ends: a crash leaves an anchor without a log.

        StorageError when it cannot be written, or `links` are no chain.
        """
        with _as_storage():
            file = self._opened() or self._made()
            anchor = Anchor(log).after(links)
            if anchor is None:
                raise StorageError(Text.AUDIT_CHAIN_BROKEN, seq=links[-1].seq)
            file.create(anchor)

    def ready(self) -> None:
        """StorageError when the anchor could not be written last time, and still cannot be."""
        if self._trouble is not None:
            self._advance([])
        if self._trouble is not None:
            raise StorageError(self._trouble.text, **dict(self._trouble.params))

    def note(self, link: Link) -> None:
        """Appended in the unit of work of this thread, which has not ended yet."""
        self._pending().append(link)

    def ended(self, committed: bool) -> None:
        """The unit of work of this thread has ended."""
        links = self._pending()[:]
        self._pending().clear()
        if committed and links:
            self._advance(links)

    def has_checked(self, size: int) -> None:
        """The signatures up to record `size` hold; the anchor says so with the next record."""
        self._checked = size

    def _pending(self) -> list[Link]:
        if not hasattr(self._thread, "links"):
            self._thread.links = []
        found: list[Link] = self._thread.links
        return found

    def _advance(self, links: Sequence[Link]) -> None:
        """Never raises: the unit of work is on disk. A disk that says no stops the next one; `watch` tells the rest."""
        with self._lock:
            if links and self._reached >= links[-1].seq:
                return  # whoever came later took ours along
            try:
                self._reached = self._written(links)
                self._trouble = None
            except AuditError:
                return  # the anchor is not what we left: it stays as it is, and every look is an alarm
            except OSError as error:
                detail = error.strerror or type(error).__name__
                self._trouble = StorageError(Text.AUDIT_ANCHOR_UNWRITABLE, detail=detail).trouble()
            except (StorageError, UsageError) as error:
                self._trouble = error.trouble()

    def _written(self, links: Sequence[Link]) -> int:
        file = self._opened()
        if file is None:
            return 0  # its key was removed from the keystore: `watch` says so
        with file.turn() as opened:
            stored = file.read(opened)
            anchor = self._next(stored, links)
            if anchor is None:
                return 0
            if anchor.size > stored.anchor.size:
                file.write(
                    opened, stored, replace(anchor, checked=max(anchor.checked, min(self._checked, anchor.size)))
                )
            return anchor.size

    def _next(self, stored: Stored, links: Sequence[Link]) -> Anchor | None:
        """The anchor after all that is committed. None: the log does not follow it."""
        if links and (anchor := stored.anchor.after(links)) is not None:
            return anchor
        size = stored.anchor.size
        found = self._since(size)
        if size == 0:
            return stored.anchor.after(found)
        return stored.anchor.after(found[1:]) if found else None

    def _opened(self) -> AnchorFile | None:
        if self._file is None and (key := self._keystore.get(NAME)) is not None:
            self._file = AnchorFile(self._folder, bytes.fromhex(key))
        return self._file

    def _made(self) -> AnchorFile:
        key = secrets.token_hex(32)
        self._keystore.put(NAME, key)
        if self._keystore.get(NAME) != key:
            raise StorageError(Text.KEYSTORE_FAILED, detail="it does not keep what is put in")
        self._file = AnchorFile(self._folder, bytes.fromhex(key))
        return self._file


@contextmanager
def _as_storage() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise StorageError(Text.AUDIT_ANCHOR_UNWRITABLE, detail=detail) from error


_sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
