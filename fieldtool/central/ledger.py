"""The central system's own opinion of every laptop's log: it believes signatures, links and roots, and nobody.

Ingesting is idempotent on (log, seq, leaf): the same record again is ignored, a different one in its place is a fork
(both are kept), a gap ends what is acknowledged. Each push is one unit of work.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import PublicKey
from fieldtool.audit.log import OPENED
from fieldtool.audit.record import NO_RECORD, Record, leaf, peek
from fieldtool.audit.rollover import KeyChain, introduced
from fieldtool.audit.tree import Frontier
from fieldtool.central.database import Database
from fieldtool.central.identity import Identity
from fieldtool.central.tables import fork, laptop, log, log_key, record
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import AuditError, RefusedError, Trouble
from fieldtool.core.texts import Text
from fieldtool.store.keystore import training_root

MAX_FORKS = 1000  # kept per log: evidence, not a way to fill the disk

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
class _Incoming:
    """A record whose signature fits."""

    record: Record
    leaf: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of a log as far as we hold it: the first one, and what it introduced."""

    first: PublicKey
    later: tuple[tuple[int, PublicKey], ...] = ()  # (first record that it signs, key), in their order
    size: int = 0  # records that we hold

    def at(self, seq: int) -> KeyChain:
        """Whose turn it is at record `seq`."""
        turns = [self.first, *(key for since, key in self.later if since <= seq)]
        return KeyChain(turns[-1], {key.key_id for key in turns[:-1]})

    def has(self, key_id: str) -> bool:
        return any(compare_digest(key.key_id, key_id) for key in (self.first, *(key for _, key in self.later)))


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
        incoming, problem = _verified(push, keys)  # outside the unit of work: signatures take the time
        with self._store.write() as unit:
            head = self._head(unit, push, keys.first)
            problem = self._work_in(unit, push, head, incoming, keys.first) or problem
            root = head.frontier.root()
            if push.root is not None and push.size == head.size and not compare_digest(root, push.root):
                raise RefusedError(Text.ROOT_DIFFERS, size=head.size)
        if problem is not None:
            _log.warning("log %s after record %d: %s", push.log, head.size, problem.what)
        note = Checkpoint(f"{self._identity.name}/audit/{push.log}", head.size, root, self._clock.now(), push.nonce)
        return Answer(note.signed(self._identity.key), head.size, problem)

    def _keys_of(self, push: Push) -> _Keys:
        with self._store.read() as connection:
            named = select(laptop.c.public_key).where(laptop.c.key_id == push.key_id)
            began = select(laptop.c.public_key, log.c.size).join(log).where(log.c.id == push.log)
            later = select(log_key.c.since, log_key.c.public_key).where(log_key.c.log == push.log)
            own, pem = connection.execute(began).first(), connection.execute(named).scalar()
            rows = connection.execute(later.order_by(log_key.c.since)).all()
        if own is None:
            if pem is None:
                raise RefusedError(Text.LAPTOP_UNKNOWN, key=push.key_id[:16])
            return _Keys(PublicKey.from_pem(pem))
        turns = tuple((row.since, PublicKey.from_pem(row.public_key)) for row in rows)
        keys = _Keys(PublicKey.from_pem(own.public_key), turns, own.size)
        if not keys.has(push.key_id):
            raise RefusedError(Text.LOG_OF_OTHER)
        return keys

    def _head(self, unit: Connection, push: Push, first: PublicKey) -> _Head:
        row = unit.execute(select(log).where(log.c.id == push.log)).first()
        if row is None:
            return _Head(Frontier(), b"")
        if not compare_digest(row.key_id, first.key_id):  # another laptop began it since we looked
            raise RefusedError(Text.LOG_OF_OTHER)
        return _Head(Frontier(row.size, [row.edge[at : at + 32] for at in range(0, len(row.edge), 32)]), row.head)

    def _work_in(
        self, unit: Connection, push: Push, head: _Head, incoming: list[_Incoming], first: PublicKey
    ) -> Trouble | None:
        before, known = head.size, _leaves(unit, push.log, incoming)
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

    def _append(self, unit: Connection, push: Push, head: _Head, new: list[_Incoming]) -> None:
        state = {"size": head.size, "edge": b"".join(head.frontier.edge), "head": head.leaf}
        unit.execute(update(log).where(log.c.id == push.log).values(**state))
        unit.execute(insert(record), [self._row(push.log, item) for item in new])
        for item in new:
            if (key := introduced(item.record)) is not None:
                row = {"log": push.log, "since": item.record.seq + 1, "key_id": key.key_id, "public_key": key.pem}
                unit.execute(insert(log_key).values(**row))

    def _alarm(self, unit: Connection, name: str, item: _Incoming) -> Trouble:
        kept = unit.execute(select(func.count()).select_from(fork).where(fork.c.log == name)).scalar_one()
        same = (fork.c.log == name, fork.c.seq == item.record.seq, fork.c.leaf == item.leaf)
        if kept < MAX_FORKS and unit.execute(select(fork.c.seq).where(*same)).first() is None:
            unit.execute(insert(fork), [self._row(name, item)])
        return AuditError(Text.LOG_FORKED, seq=item.record.seq).trouble()

    def _check_first(self, first: Record, key_id: str) -> None:
        """The first record says, signed, whether the log's keys are throw-away."""
        seen = first.event.seen
        if first.event.event != OPENED or seen.get("key") != key_id:
            raise RefusedError(Text.LOG_WITHOUT_BEGIN)
        training = str(seen.get("training", "?"))
        if training and not compare_digest(training.encode(), self._training.encode()):
            raise RefusedError(Text.LAPTOP_THROW_AWAY)

    def _row(self, name: str, item: _Incoming) -> dict[str, object]:
        now = iso(self._clock.now())
        return {"log": name, "seq": item.record.seq, "leaf": item.leaf, "envelope": item.envelope, "received": now}


def add_laptop(store: Database, file: Path, name: str, added: str) -> Laptop:
    try:
        pem = file.read_text(errors="replace")
    except OSError as error:
        raise AuditError(Text.AUDIT_KEY_BAD) from error
    key = PublicKey.from_pem(pem)
    with store.write() as unit:
        if unit.execute(select(laptop.c.key_id).where(laptop.c.key_id == key.key_id)).first() is None:
            unit.execute(insert(laptop).values(key_id=key.key_id, public_key=key.pem, name=name, added=added))
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


def _verified(push: Push, keys: _Keys) -> tuple[list[_Incoming], Trouble | None]:
    """Records whose signature and log fit, in their order, up to the first that does not fit or leaves a gap.

    Who signs a record is known from those before it: what we hold, and an unbroken row in this very push.
    """
    ordered, problem = _readable(push.envelopes)
    good: list[_Incoming] = []
    last, before, after = 0, keys.at(1), keys.at(1)  # whose turn it was at record `last`, and is after it
    for seq, envelope in ordered:
        if seq > last + 1:
            if seq > keys.size + 1:
                break  # a gap: what lies before it is acknowledged
            after = keys.at(seq)
        if seq != last:  # else a double, or a second record for the same place
            last, before = seq, after
        try:
            chain = before.copy()
            found = chain.open(envelope)
            if found.log != push.log:
                raise AuditError(Text.AUDIT_CHAIN_BROKEN, seq=found.seq)
        except AuditError as error:
            return good, error.trouble()
        after = chain
        good.append(_Incoming(found, leaf(envelope), envelope))
    return good, problem


def _readable(envelopes: Sequence[bytes]) -> tuple[list[tuple[int, bytes]], Trouble | None]:
    """Records with the numbers that they claim, in that order, up to the first that cannot be read."""
    found: list[tuple[int, bytes]] = []
    problem: Trouble | None = None
    for envelope in envelopes:
        try:
            found.append((peek(envelope).seq, envelope))
        except AuditError as error:
            problem = error.trouble()
            break
    return sorted(found, key=lambda item: item[0]), problem


def _leaves(unit: Connection, name: str, incoming: list[_Incoming]) -> dict[int, bytes]:
    if not incoming:
        return {}
    first, last = incoming[0].record.seq, incoming[-1].record.seq
    query = select(record.c.seq, record.c.leaf).where(record.c.log == name, record.c.seq.between(first, last))
    return {row.seq: row.leaf for row in unit.execute(query)}


def _sort_out(
    head: _Head, known: dict[int, bytes], incoming: list[_Incoming]
) -> tuple[list[_Incoming], _Incoming | None]:
    """What is new and follows `head`, which moves on over it, and the first record that contradicts what we hold."""
    new: list[_Incoming] = []
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
