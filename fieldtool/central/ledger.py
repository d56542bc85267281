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
from fieldtool.audit.record import NO_RECORD, Record, leaf, unseal
from fieldtool.audit.tree import Frontier
from fieldtool.central.identity import Identity
from fieldtool.central.tables import fork, laptop, log, record
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import AuditError, RefusedError, Trouble
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.keystore import training_root

MAX_FORKS = 1000  # kept per log: evidence, not a way to fill the disk

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Push:
    """What a laptop sends. `size` and `root` are what it expects after it; None: it does not say."""

    log: str
    key_id: str
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


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A record whose signature fits."""

    record: Record
    leaf: bytes
    envelope: bytes


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

    def __init__(self, store: Store, identity: Identity, clock: Clock) -> None:
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
        key = self._key_of(push)
        incoming, problem = _verified(push, key)  # outside the unit of work: signatures take the time
        with self._store.write() as unit:
            head = self._head(unit, push)
            problem = self._work_in(unit, push, head, incoming) or problem
            root = head.frontier.root()
            if push.root is not None and push.size == head.size and not compare_digest(root, push.root):
                raise RefusedError(Text.ROOT_DIFFERS, size=head.size)
        if problem is not None:
            _log.warning("log %s after record %d: %s", push.log, head.size, problem.what)
        note = Checkpoint(f"{self._identity.name}/audit/{push.log}", head.size, root, self._clock.now(), push.nonce)
        return Answer(note.signed(self._identity.key), head.size, problem)

    def _key_of(self, push: Push) -> PublicKey:
        with self._store.read() as connection:
            pem = connection.execute(select(laptop.c.public_key).where(laptop.c.key_id == push.key_id)).scalar()
        if pem is None:
            raise RefusedError(Text.LAPTOP_UNKNOWN, key=push.key_id[:16])
        return PublicKey.from_pem(pem)

    def _head(self, unit: Connection, push: Push) -> _Head:
        row = unit.execute(select(log).where(log.c.id == push.log)).first()
        if row is None:
            return _Head(Frontier(), b"")
        if not compare_digest(row.key_id, push.key_id):
            raise RefusedError(Text.LOG_OF_OTHER)
        return _Head(Frontier(row.size, [row.edge[at : at + 32] for at in range(0, len(row.edge), 32)]), row.head)

    def _work_in(self, unit: Connection, push: Push, head: _Head, incoming: list[_Incoming]) -> Trouble | None:
        before, known = head.size, _leaves(unit, push.log, incoming)
        new, odd = _sort_out(head, known, incoming)
        if new:
            if before == 0:
                self._check_first(new[0].record, push.key_id)
            self._append(unit, push, before, head, new)
        if odd is None:
            return None
        if head.size == 0:  # nothing to be a fork of
            return AuditError(Text.AUDIT_CHAIN_BROKEN, seq=odd.record.seq).trouble()
        return self._alarm(unit, push.log, odd)

    def _append(self, unit: Connection, push: Push, before: int, head: _Head, new: list[_Incoming]) -> None:
        state = {"size": head.size, "edge": b"".join(head.frontier.edge), "head": head.leaf}
        if before == 0:
            unit.execute(insert(log).values(id=push.log, key_id=push.key_id, **state))
        else:
            unit.execute(update(log).where(log.c.id == push.log).values(**state))
        unit.execute(insert(record), [self._row(push.log, item) for item in new])

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


def add_laptop(store: Store, file: Path, name: str, added: str) -> Laptop:
    try:
        pem = file.read_text(errors="replace")
    except OSError as error:
        raise AuditError(Text.AUDIT_KEY_BAD) from error
    key = PublicKey.from_pem(pem)
    with store.write() as unit:
        if unit.execute(select(laptop.c.key_id).where(laptop.c.key_id == key.key_id)).first() is None:
            unit.execute(insert(laptop).values(key_id=key.key_id, public_key=key.pem, name=name, added=added))
    return next(found for found in laptops(store) if found.key_id == key.key_id)


def laptops(store: Store) -> list[Laptop]:
    """Everyone we know, in the order in which they were added."""
    forks = select(func.count()).select_from(fork.join(log)).where(log.c.key_id == laptop.c.key_id).scalar_subquery()
    records = select(func.coalesce(func.sum(log.c.size), 0)).where(log.c.key_id == laptop.c.key_id).scalar_subquery()
    query = select(laptop, records.label("records"), forks.label("forks")).order_by(laptop.c.added, laptop.c.key_id)
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [Laptop(row.key_id, row.name, row.added, row.records, row.forks) for row in rows]


def _verified(push: Push, key: PublicKey) -> tuple[list[_Incoming], Trouble | None]:
    """Records whose signature and log fit, in their order, up to the first that does not fit."""
    good: list[_Incoming] = []
    for envelope in push.envelopes:
        try:
            found = unseal(envelope, key)
            if found.log != push.log:
                raise AuditError(Text.AUDIT_CHAIN_BROKEN, seq=found.seq)
        except AuditError as error:
            return _in_order(good), error.trouble()
        good.append(_Incoming(found, leaf(envelope), envelope))
    return _in_order(good), None


def _in_order(incoming: list[_Incoming]) -> list[_Incoming]:
    return sorted(incoming, key=lambda item: item.record.seq)


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
