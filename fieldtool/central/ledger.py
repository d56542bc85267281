"""The central system's own opinion of every laptop's log: it believes signatures, links and roots, and nobody.

Ingesting is idempotent on (log, seq, leaf): the same record again is ignored, a different one in its place is a fork
(both are kept), a gap ends what is acknowledged. Each push is one unit of work.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import PublicKey
from fieldtool.audit.log import OPENED
from fieldtool.audit.record import NO_RECORD, Record
from fieldtool.audit.rollover import introduced
from fieldtool.audit.tree import Frontier
from fieldtool.central.database import Database, exclusively
from fieldtool.central.enrolment import admit
from fieldtool.central.identity import Identity
from fieldtool.central.tables import fork, laptop, log, log_key, record
from fieldtool.central.verified import Incoming, Keys, verified
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import AuditError, RefusedError, Trouble
from fieldtool.core.texts import Text
from fieldtool.store.keystore import training_root

MAX_FORKS = 1000  # kept per log: evidence, not a way to fill the disk
PAGE = 20  # forks in one answer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """What a laptop sends. `size` and `root` are what it expects after it; None: it does not say."""

    log: str
    key_id: str  # of the key that the log began with, or of one that it introduced later
    envelopes: Sequence[bytes]
    nonce: str = ""
    size: int | None = None
    root: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What central holds after a push, signed, and why it took no more than that."""

    note: str
    size: int
    problem: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Laptop:
    key_id: str
    name: str
    added: str
    records: int
    forks: int
    signs: tuple[str, ...] = ()  # ids of the keys that its logs introduced last: grants go to these


@dataclass(frozen=True, slots=True)
class Fork:
    """A place of a log that was claimed twice."""

    seq: int
    received: str  # RFC 3339: when the second one came
    second: str  # envelope
    first: str | None  # envelope of the record that we hold there; None: the log has not come so far


@dataclass(slots=True)
class _Head:
    """Where a log stands while a push is worked in."""

    frontier: Frontier
    leaf: bytes

    @property
    def size(self) -> int:
        return self.frontier.size

    @property
    def prev(self) -> str:
        return self.leaf.hex() if self.leaf else NO_RECORD


class Ledger:
    """Laptops and their logs in the database of `store`. Threads may share it."""

    def __init__(self, store: Database, identity: Identity, clock: Clock) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._training = training_root(store.folder)

    # -- laptops

    def add_laptop(self, file: Path, name: str) -> Laptop:
        """Know this laptop from now on. Safe to repeat. AuditError(AUDIT_KEY_BAD)."""
        return add_laptop(self._store, file, name, iso(self._clock.now()))

    # -- records

    def ingest(self, push: Push) -> Answer:
        """Keep what holds, up to the first record that does not, and answer with a signed checkpoint.

        RefusedError, nothing kept: LAPTOP_UNKNOWN, LAPTOP_THROW_AWAY, LOG_OF_OTHER, ROOT_DIFFERS.
        """
        keys = self._keys_of(push)
        incoming, problem = verified(push.log, push.envelopes, keys)  # outside the unit of work: it takes the time
        with self._store.write() as unit:
            head = self._head(unit, push, keys.first)
            problem = self._work_in(unit, push, head, incoming, keys.first) or problem
            root = head.frontier.root()
            if push.root is not None and push.size == head.size and not compare_digest(root, push.root):
                raise RefusedError(Text.ROOT_DIFFERS, size=head.size)
        if problem is not None:
            _log.warning("log %s after record %d: %s", push.log, head.size, problem.what)
        return Answer(self._note(push.log, head.size, root, push.nonce), head.size, problem)

    def checkpoint(self, name: str, nonce: str = "") -> str:
        """What central holds of a log now, signed. RefusedError(LOG_UNKNOWN)."""
        with self._store.read() as connection:
            row = connection.execute(select(log).where(log.c.id == name)).first()
        if row is None:
            raise RefusedError(Text.LOG_UNKNOWN)
        return self._note(name, row.size, _head_of(row).frontier.root(), nonce)

    def forks(self, name: str, skip: int = 0) -> list[Fork]:
        """Alarms of a log with both envelopes, in the order in which they came. RefusedError(LOG_UNKNOWN)."""
        held = record.c.envelope.label("held")
        both = fork.outerjoin(record, (record.c.log == fork.c.log) & (record.c.seq == fork.c.seq))
        query = select(fork.c.seq, fork.c.received, fork.c.envelope, held).select_from(both)
        query = query.where(fork.c.log == name).order_by(fork.c.received, fork.c.leaf).offset(skip).limit(PAGE)
        with self._store.read() as connection:
            if connection.execute(select(log.c.id).where(log.c.id == name)).first() is None:
                raise RefusedError(Text.LOG_UNKNOWN)
            rows = connection.execute(query).all()
        return [
            Fork(row.seq, row.received, row.envelope.decode(), None if row.held is None else row.held.decode())
            for row in rows
        ]

    def keys_of(self, name: str) -> Keys | None:
        """The keys of a log that we hold. None: we hold no record of it."""
        with self._store.read() as connection:
            return _keys_of(connection, name)

    def _keys_of(self, push: Push) -> Keys:
        with self._store.read() as connection:
            own = _keys_of(connection, push.log)
            pem = connection.execute(select(laptop.c.public_key).where(laptop.c.key_id == push.key_id)).scalar()
        if own is None:
            if pem is None:
                raise RefusedError(Text.LAPTOP_UNKNOWN, key=push.key_id[:16])
            return Keys(PublicKey.from_pem(pem))
        if push.key_id not in own.by_id():
            raise RefusedError(Text.LOG_OF_OTHER)
        return own

    def _head(self, unit: Connection, push: Push, first: PublicKey) -> _Head:
        """Where the log stands. Nobody else works in records of this log until the unit of work has ended."""
        query = select(log).where(log.c.id == push.log).with_for_update()
        row = unit.execute(query).first()
        if row is None:  # a row that is not there cannot be locked
            exclusively(unit, f"log {push.log}")
            row = unit.execute(query).first()
        if row is None:
            return _Head(Frontier(), b"")
        if not compare_digest(row.key_id, first.key_id):  # another laptop began it since we looked
            raise RefusedError(Text.LOG_OF_OTHER)
        return _head_of(row)

    def _work_in(
        self, unit: Connection, push: Push, head: _Head, incoming: list[Incoming], first: PublicKey
    ) -> Trouble | None:
        before, known = head.size, _leaves(unit, push.log, incoming, head.size)
        new, odd = _sort_out(head, known, incoming)
        if new:
            if before == 0:
                self._check_first(new[0].record, first.key_id)
                unit.execute(insert(log).values(id=push.log, key_id=first.key_id, size=0, edge=b"", head=b""))
            self._append(unit, push, head, new)
        if odd is None:
            return None
        if head.size == 0:  # nothing to be a fork of
            return AuditError(Text.AUDIT_CHAIN_BROKEN, seq=odd.record.seq).trouble()
        return self._alarm(unit, push.log, odd)

    def _append(self, unit: Connection, push: Push, head: _Head, new: list[Incoming]) -> None:
        state = {"size": head.size, "edge": b"".join(head.frontier.edge), "head": head.leaf}
        unit.execute(update(log).where(log.c.id == push.log).values(**state))
        insert_records(unit, _rows(push.log, new, iso(self._clock.now())))
        for item in new:
            if (key := introduced(item.record)) is not None:
                row = {"log": push.log, "since": item.record.seq + 1, "key_id": key.key_id, "public_key": key.pem}
                unit.execute(insert(log_key).values(**row))

    def _alarm(self, unit: Connection, name: str, item: Incoming) -> Trouble:
        kept = unit.execute(select(func.count()).select_from(fork).where(fork.c.log == name)).scalar_one()
        same = (fork.c.log == name, fork.c.seq == item.record.seq, fork.c.leaf == item.leaf)
        if kept < MAX_FORKS and unit.execute(select(fork.c.seq).where(*same)).first() is None:
            unit.execute(insert(fork), _rows(name, [item], iso(self._clock.now())))
        return AuditError(Text.LOG_FORKED, seq=item.record.seq).trouble()

    def _note(self, name: str, size: int, root: bytes, nonce: str) -> str:
        origin = f"{self._identity.name}/audit/{name}"
        return Checkpoint(origin, size, root, self._clock.now(), nonce).signed(self._identity.key)

    def _check_first(self, first: Record, key_id: str) -> None:
        """The first record says, signed, whether the log's keys are throw-away."""
        seen = first.event.seen
        if first.event.event != OPENED or seen.get("key") != key_id:
            raise RefusedError(Text.LOG_WITHOUT_BEGIN)
        training = str(seen.get("training", "?"))
        if training and not compare_digest(training.encode(), self._training.encode()):
            raise RefusedError(Text.LAPTOP_THROW_AWAY)


def _rows(name: str, items: list[Incoming], received: str) -> list[dict[str, object]]:
    return [
        {"log": name, "seq": item.record.seq, "leaf": item.leaf, "envelope": item.envelope, "received": received}
        for item in items
    ]


def add_laptop(store: Database, file: Path, name: str, added: str) -> Laptop:
    try:
        pem = file.read_text(errors="replace")
    except OSError as error:
        raise AuditError(Text.AUDIT_KEY_BAD) from error
    key = PublicKey.from_pem(pem)
    with store.write() as unit:
        exclusively(unit, "laptops")
        if unit.execute(select(laptop.c.key_id).where(laptop.c.key_id == key.key_id)).first() is None:
            unit.execute(insert(laptop).values(key_id=key.key_id, public_key=key.pem, name=name, added=added))
        admit(unit, key.key_id, "laptop add", added)
    return next(found for found in laptops(store) if found.key_id == key.key_id)


def laptops(store: Database) -> list[Laptop]:
    """Everyone we know, in the order in which they were added."""
    forks = select(func.count()).select_from(fork.join(log)).where(log.c.key_id == laptop.c.key_id).scalar_subquery()
    records = select(func.coalesce(func.sum(log.c.size), 0)).where(log.c.key_id == laptop.c.key_id).scalar_subquery()
    query = select(laptop, records.label("records"), forks.label("forks")).order_by(laptop.c.added, laptop.c.key_id)
    with store.read() as connection:
        rows = connection.execute(query).all()
        signs = _signing(connection)
    return [
        Laptop(row.key_id, row.name, row.added, row.records, row.forks, signs.get(row.key_id, (row.key_id,)))
        for row in rows
    ]


def _signing(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Id of a laptop's first key -> ids of the keys that sign its logs now, for those that rolled over."""
    query = select(log.c.key_id.label("first"), log.c.id, log_key.c.key_id).join(log_key).order_by(log_key.c.since)
    newest = {(row.first, row.id): row.key_id for row in connection.execute(query)}
    found: dict[str, tuple[str, ...]] = {}
    for (first, _), key_id in newest.items():
        found[first] = (*found.get(first, ()), key_id)
    return found


def insert_records(unit: Connection, rows: list[dict[str, object]]) -> None:
    if unit.dialect.name == "postgresql":
        from fieldtool.central.postgres import copy_rows

        copy_rows(unit, record, rows)
    else:
        unit.execute(insert(record), rows)


def _keys_of(connection: Connection, name: str) -> Keys | None:
    began = select(laptop.c.public_key, log.c.size).join(log).where(log.c.id == name)
    later = select(log_key.c.since, log_key.c.public_key).where(log_key.c.log == name).order_by(log_key.c.since)
    own = connection.execute(began).first()
    if own is None:
        return None
    turns = tuple((row.since, PublicKey.from_pem(row.public_key)) for row in connection.execute(later))
    return Keys(PublicKey.from_pem(own.public_key), turns, own.size)


def _head_of(row: Row[Any]) -> _Head:
    return _Head(Frontier(row.size, [row.edge[at : at + 32] for at in range(0, len(row.edge), 32)]), row.head)


def _leaves(unit: Connection, name: str, incoming: list[Incoming], size: int) -> dict[int, bytes]:
    """The leaves that we hold in the places of these records."""
    if not incoming or incoming[0].record.seq > size:
        return {}
    places = record.c.seq.between(incoming[0].record.seq, incoming[-1].record.seq)
    rows = unit.execute(select(record.c.seq, record.c.leaf).where(record.c.log == name, places))
    return {row.seq: row.leaf for row in rows}


def _sort_out(head: _Head, known: dict[int, bytes], incoming: list[Incoming]) -> tuple[list[Incoming], Incoming | None]:
    """What is new and follows `head`, which moves on over it, and the first record that contradicts what we hold."""
    new: list[Incoming] = []
    for item in incoming:
        seq = item.record.seq
        if seq > head.size + 1:
            break  # a gap: what lies before it is acknowledged
        if seq <= head.size:
            if not compare_digest(known[seq], item.leaf):
                return new, item
        elif not compare_digest(item.record.prev, head.prev):
            return new, item
        else:
            head.frontier.add(item.leaf)
            head.leaf = known[seq] = item.leaf
            new.append(item)
    return new, None
