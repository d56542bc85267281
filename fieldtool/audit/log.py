"""The audit log of this laptop: signed records in a chain, appended in the caller's unit of work."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, delete, func, insert, select

from fieldtool.audit.actor import Actor
from fieldtool.audit.anchor import Head, Link
from fieldtool.audit.keys import LaptopKey, LaptopSigner, PrivateKey, PublicKey, TokenKey
from fieldtool.audit.position import ANCHORED, CURRENT, LAST, is_anchored, signing_key
from fieldtool.audit.record import NO_RECORD, Event, Fact, Record, leaf, peek, seal
from fieldtool.audit.rollover import ROLLED, introduction
from fieldtool.audit.tree import Frontier
from fieldtool.audit.verify import ChainState, Verifier
from fieldtool.audit.walk import index
from fieldtool.core.clock import iso
from fieldtool.core.errors import AuditError, StorageError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store, driver
from fieldtool.store.keystore import training_root
from fieldtool.store.tables import audit, audit_log, mark, receipt
from fieldtool.trusted_time import TrustedTime

OPENED = "log-opened"  # the first record of every log
RECEIPT_KEY = "receipt-key"  # mark: central's public key, in base64
_BATCH = 1000  # rows read at a time
_PEOPLE = {"actor", "who"}  # parameters of texts that hold the name of a person


@dataclass(frozen=True, slots=True)
class Receipt:
    """What central confirmed last: it holds the records 1 to `size`."""

    size: int
    note: str
    received: str  # RFC 3339, central's time


@dataclass(frozen=True, slots=True)
class _Opened:
    """How the log goes on: which log, which key, and the mark that said so."""

    log: str
    current: str | None
    key: LaptopSigner


class AuditLog:
    """Append, read and verify the records of one data folder. Threads and processes may share it.

    Nothing is asked of the keystore before the first append.
    Everything raises StorageError when the database cannot be read or written.
    """

    def __init__(self, store: Store, key: LaptopKey, time: TrustedTime, actor: Actor) -> None:
        self._store = store
        self._key = key
        self._time = time
        self._actor = actor
        self._opened: _Opened | None = None
        self._frontier = Frontier()
        self._frontier_lock = Lock()
        self.head = Head(store.folder, key.keystore, self._links)
        self.verifier = Verifier(store, key, self.head)
        store.on_end(self.head.ended)

    @property
    def store(self) -> Store:
        return self._store

    # -- write

    def ready(self) -> None:
        """Have the key at hand: a token may ask for its PIN, and no writer may wait for a person who types.

        Call it before a unit of work that appends. UsageError(TOKEN_..., keystore), StorageError as `append`.
        """
        if self._opened is not None and not isinstance(self._opened.key, TokenKey):
            return  # looked up before; should another process have put it on a token, `append` says so
        public = self._current()
        if public is None:
            self._key.get()  # there must be a keystore to make the first key in
            return
        key = self._found(public)
        if isinstance(key, TokenKey):
            with _as_storage():
                key.unlock()

    def record(self, event: Event) -> int:
        """Append alone. Returns the sequence number; the record is on disk then."""
        self.ready()
        with self._store.write() as unit:
            return self.append(unit, event)

    def append(self, unit: Connection, event: Event) -> int:
        """Append inside the caller's unit of work: on disk when that has ended, or not at all.

        StorageError when the log cannot be continued, UsageError without a keystore: stop before touching a device.
        """
        self.head.ready()
        opened, current = self._opened, signing_key(unit)
        if opened is None or opened.current != current:  # another process may have rolled the key over
            opened = self._open(unit, current)
        return self._write(unit, opened, event)

    def known_as(self, name: str) -> str:
        """What records call this person, without remembering the name beside it."""
        return self._actor.of(name)

    def words(self, trouble: Trouble) -> str:
        """What happened, for a record: people by pseudonym, since what a record says can never be taken back."""
        params = {name: self.known_as(str(one)) if name in _PEOPLE else one for name, one in trouble.params}
        return trouble.text.what(**params)

    def pseudonym(self, unit: Connection, name: str) -> str:
        """What records call somebody who is not at this laptop himself. Inside a unit of work only."""
        return self._actor.pseudonym_of(unit, name)

    def _open(self, unit: Connection, current: str | None) -> _Opened:
        row = unit.execute(select(audit_log)).first()
        if row is None:
            return self._begin(unit)
        key = self._found(PublicKey.from_pem(current or row.public_key))
        opened = _Opened(row.id, current, key)
        if not is_anchored(unit) and not (self.head.exists() and self.head.has_key()):
            self._anchor(unit, opened)
        self._opened = opened  # what it was made from was committed
        return opened

    def _found(self, public: PublicKey) -> PrivateKey | TokenKey:
        with _as_storage():
            key = self._key.get(public)
        if key is None:
            raise StorageError(Text.AUDIT_KEY_GONE)
        return key

    def _begin(self, unit: Connection) -> _Opened:
        if not self.verifier.may_begin():
            raise StorageError(Text.AUDIT_GONE)
        used_before = self._key.get() is not None
        log = secrets.token_hex(16)
        self.head.begin(log)
        key, opened = self._key.make(unit), iso(self._time.reading().at)
        unit.execute(insert(audit_log).values(id=log, public_key=key.public.pem, key_id=key.key_id, opened=opened))
        # The signed first record says whether the keys are throw-away: central believes this, no file name.
        training = (training_root(self._store.folder) or "unknown") if self._key.throw_away else ""
        begun = _Opened(log, None, key)
        unit.execute(insert(mark).values(name=ANCHORED, value="1"))
        seen: dict[str, Fact] = {
            "key": key.key_id,
            "training": training,
            "anchored": True,
            "key_used_before": used_before,
        }
        self._write(unit, begun, Event(OPENED, seen=seen))
        return begun

    def _anchor(self, unit: Connection, opened: _Opened) -> None:
        """A log that is older than anchors gets one, and says so. A crash on the way repeats it."""
        links = _links_since(unit, 1)
        self.head.begin(opened.log, links)
        unit.execute(delete(mark).where(mark.c.name.in_((ANCHORED, LAST))))
        unit.execute(insert(mark).values(name=ANCHORED, value=str(len(links) + 1)))
        self._write(unit, opened, Event("log-anchored", seen={"records": len(links)}))

    def _write(self, unit: Connection, opened: _Opened, event: Event) -> int:
        database = driver(unit)
        head = database.execute(_HEAD).fetchone()
        seq, prev = (1, NO_RECORD) if head is None else (head[0] + 1, head[1].hex())
        now = self._time.reading()
        record = Record(opened.log, seq, prev, now.at, now.confidence.value, self._actor.pseudonym(unit), event)
        try:
            envelope = seal(record, opened.key)
        except UsageError as error:  # a token that is gone or locked: as a disk that takes nothing
            raise StorageError(error.text, **error.params) from error
        found = leaf(envelope)
        database.execute(_INSERT, {"envelope": envelope, "leaf": found, **index(record)})
        database.execute(_COUNT, (LAST, str(seq)))
        self.head.note(Link(seq, bytes.fromhex(prev), found))
        return seq

    def _links(self, first: int) -> list[Link]:
        with self._store.read() as connection:
            return _links_since(connection, first)

    # -- keys

    def roll(self, new: PrivateKey | TokenKey) -> int:
        """Go on with another key; the old one signs its last record, which introduces the new one, and is forgotten.

        Returns that record's number. A crash at any point leaves one key that counts, and the log knows which. Errors
        as `append`; then the old key goes on. A key that this log has had is refused: UsageError(KEY_FORMER).
        """
        self.ready()
        with self._store.read() as connection:
            if new.key_id in _keys(connection):
                raise UsageError(Text.KEY_FORMER)
        self._key.keep(new)  # nothing counts yet: only the commit below makes it the log's key
        with self._store.write() as unit:
            opened = self._open(unit, signing_key(unit))
            if new.key_id in _keys(unit):  # by another process, a moment ago
                raise UsageError(Text.KEY_FORMER)
            seq = self._write(unit, opened, introduction(opened.log, opened.key, new))
            unit.execute(delete(mark).where(mark.c.name == CURRENT))
            unit.execute(insert(mark).values(name=CURRENT, value=new.public.pem))
        self.forget_former()
        return seq

    def forget_former(self) -> None:
        """Remove keys that have ended from the keystore: a crash in the middle of a roll-over may have left one."""
        with self._store.read() as connection:
            former = _keys(connection)[:-1]
        for place, key_id in enumerate(former):
            self._key.forget(key_id, first=place == 0)

    # -- read

    def is_untouched(self) -> bool:
        """Is there neither a record nor an anchor?"""
        return not self.head.exists() and self.log_id() is None

    def log_id(self) -> str | None:
        """None before the first record."""
        return self._row("id")

    def key_id(self) -> str | None:
        """Names the key that signs now: grants are given to it. None before the first record."""
        key = self._current()
        return None if key is None else key.key_id

    def key(self) -> LaptopSigner | None:
        """The key that signs now. None before the first record, and when it is gone. Errors as LaptopKey.get."""
        key = self._current()
        return None if key is None else self._key.get(key)

    def first_key(self) -> PublicKey | None:
        """The key that the log began with: who knows it can follow all later ones. None before the first record."""
        pem = self._row("public_key")
        return None if pem is None else PublicKey.from_pem(pem)

    def public_key(self) -> str | None:
        """PEM of the first key, for `fieldtool central laptop add`. None before the first record."""
        return self._row("public_key")

    def _current(self) -> PublicKey | None:
        with self._store.read() as connection:
            pem = signing_key(connection) or connection.execute(select(audit_log.c.public_key)).scalar()
        return None if pem is None else PublicKey.from_pem(pem)

    def size(self) -> int:
        with self._store.read() as connection:
            return _size(connection)

    def pending(self) -> int:
        """How many records central has not confirmed."""
        with self._store.read() as connection:
            confirmed = connection.execute(select(func.max(receipt.c.size))).scalar_one() or 0
            return max(0, _size(connection) - int(confirmed))

    def page(
        self, *, after: int | None = None, before: int | None = None, limit: int = 100, charger: str | None = None
    ) -> tuple[Record, ...]:
        """Records for a list: the first ones after `after`, else the newest ones before `before`, newest first."""
        query = select(audit.c.envelope).limit(limit)
        query = query.order_by(audit.c.seq if after is not None else audit.c.seq.desc())
        query = query if after is None else query.where(audit.c.seq > after)
        query = query if before is None else query.where(audit.c.seq < before)
        query = query if charger is None else query.where(audit.c.charger == charger)
        with self._store.read() as connection:
            return tuple(peek(envelope) for envelope in connection.execute(query).scalars())

    def envelopes(self, after: int, limit: int) -> list[bytes]:
        """The exact bytes of up to `limit` records that follow number `after`."""
        with self._store.read() as connection:
            return list(connection.execute(_ENVELOPES, {"after": after, "limit": limit}).scalars())

    def root(self, size: int | None = None) -> bytes:
        """Tree root over the first `size` records (all when None). ValueError when there are fewer."""
        with self._frontier_lock:
            wanted = self.size() if size is None else size
            if wanted < self._frontier.size:
                self._frontier = Frontier()
            self._advance(self._frontier, wanted)
            return self._frontier.root()

    def _advance(self, frontier: Frontier, size: int) -> None:
        while frontier.size < size:
            limit = min(_BATCH, size - frontier.size)
            with self._store.read() as connection:
                leaves = list(connection.execute(_LEAVES, {"after": frontier.size, "limit": limit}).scalars())
            if not leaves:
                raise ValueError(f"the log has no {size} records")
            for found in leaves:
                frontier.add(found)

    # -- receipts

    def newest_receipt(self) -> Receipt | None:
        with self._store.read() as connection:
            row = connection.execute(_NEWEST_RECEIPT).first()
        return None if row is None else Receipt(row.size, row.note, row.received)

    def keep_receipt(self, size: int, note: str, received: datetime, key: str = "") -> None:
        """Remember that central confirmed `size` records. The caller has verified the note.

        `key`: central's public key in base64. Evidence carries it, so that its fingerprint is enough to believe a note.
        """
        with self._store.write() as unit:
            if unit.execute(select(receipt.c.size).where(receipt.c.size == size)).first() is None:
                unit.execute(insert(receipt).values(size=size, note=note, received=iso(received)))
                unit.execute(delete(mark).where(mark.c.name == RECEIPT_KEY))
                unit.execute(insert(mark).values(name=RECEIPT_KEY, value=key))

    def receipt_key(self) -> str:
        """Public key, in base64, of the central system whose receipt is the newest; "" = it was not remembered."""
        with self._store.read() as connection:
            return connection.execute(select(mark.c.value).where(mark.c.name == RECEIPT_KEY)).scalar() or ""

    # -- verify

    def verify(self) -> ChainState:
        """Check every signature, link, list entry, the newest receipt and the anchor, in one view of the database."""
        return self.verifier.verify()

    def _row(self, column: str) -> str | None:
        with self._store.read() as connection:
            return connection.execute(select(audit_log.c[column])).scalar()


def _links_since(connection: Connection, first: int) -> list[Link]:
    rows = driver(connection).execute(_CHAIN, (max(first - 1, 0),)).fetchall()
    before = bytes.fromhex(NO_RECORD) if first <= 1 else b""  # of what stands before the first one nothing is asked
    links = []
    for seq, found in rows:
        if seq >= first:
            links.append(Link(seq, before, found))
        before = found
    return links


def _size(connection: Connection) -> int:
    return int(connection.execute(_SIZE).scalar_one())


@contextmanager
def _as_storage() -> Iterator[None]:
    """A key that is not the log's own: the log cannot be continued."""
    try:
        yield
    except AuditError as error:
        raise StorageError(error.text, **error.params) from error


def _keys(connection: Connection) -> list[str]:
    """Ids of the keys of our log in their order; the last one signs now. Reads, and verifies nothing."""
    first = connection.execute(select(audit_log.c.key_id)).scalar()
    rolled = connection.execute(select(audit.c.envelope).where(audit.c.event == ROLLED).order_by(audit.c.seq))
    introduced = [str(peek(envelope).event.seen.get("key")) for envelope in rolled.scalars()]
    return [] if first is None else [first, *introduced]


_SIZE = select(func.coalesce(func.max(audit.c.seq), 0))
_HEAD = "SELECT seq, leaf FROM audit ORDER BY seq DESC LIMIT 1"
_CHAIN = "SELECT seq, leaf FROM audit WHERE seq >= ? ORDER BY seq"
_COUNT = "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_INSERT = """INSERT INTO audit (seq, envelope, leaf, at, event, charger, run, actor)
             VALUES (:seq, :envelope, :leaf, :at, :event, :charger, :run, :actor)"""
_NEWEST_RECEIPT = select(receipt).order_by(receipt.c.size.desc()).limit(1)


def _after(*columns: Column[Any]) -> Select[Any]:
    page = select(*columns).where(audit.c.seq > bindparam("after"))
    return page.order_by(audit.c.seq).limit(bindparam("limit"))


_ENVELOPES = _after(audit.c.envelope)
_LEAVES = _after(audit.c.leaf)
