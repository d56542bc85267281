"""Documents that go up beside the records: journals of runs that have ended, and evidence.

Derived but for the sealed bytes: a run that has ended and has no row here is due, a row without a receipt is pending.
The bytes are sealed once and kept until central confirmed them, so that a lost answer brings no second document. A
confirmed row keeps its hash and its receipt and lets the bytes go.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from fieldtool.audit.dsse import seal
from fieldtool.audit.keys import LaptopSigner
from fieldtool.audit.log import AuditLog
from fieldtool.store.database import Store
from fieldtool.store.tables import journal, outbox, run

JOURNAL = "application/vnd.fieldtool.journal.v1+json"
EVIDENCE = "application/vnd.fieldtool.evidence.v1+json"
MAX_DOCUMENT = 4 * 1024 * 1024  # bytes of an envelope; central takes no larger ones
MAX_PAYLOAD = MAX_DOCUMENT // 4 * 3 - 1024  # bytes: what fits into such an envelope

_NAMES = {"actor", "who"}  # fields of a plan and of journal rows that hold the name of a person


@dataclass(frozen=True, slots=True)
class Document:
    sha256: str  # of the envelope, hex
    payload_type: str
    run: str  # "": of no single run
    envelope: bytes


def queue(unit: Connection, payload_type: str, envelope: bytes, run: str = "") -> str:
    """Send this signed envelope to central as soon as it answers; on disk when the unit of work has ended.

    Returns its SHA-256. Safe to repeat: the same bytes are one document.
    """
    if len(envelope) > MAX_DOCUMENT:
        raise ValueError(f"a document of {len(envelope)} bytes is larger than central takes")
    sha256 = hashlib.sha256(envelope).hexdigest()
    if unit.execute(select(outbox.c.sha256).where(outbox.c.sha256 == sha256)).first() is None:
        unit.execute(insert(outbox).values(sha256=sha256, payload_type=payload_type, run=run, envelope=envelope))
    return sha256


class Outbox:
    """What central has not confirmed, oldest first. Threads may share it. StorageError from everything."""

    def __init__(self, store: Store, audit: AuditLog) -> None:
        self._store = store
        self._audit = audit

    def pending(self) -> int:
        """How many documents there are to send."""
        with self._store.read() as connection:
            queued = connection.execute(select(func.count()).select_from(outbox).where(outbox.c.note.is_(None)))
            due = connection.execute(select(func.count()).select_from(_DUE.subquery()))
            return int(queued.scalar_one()) + int(due.scalar_one())

    def next(self) -> Iterator[Document]:
        """Those that are pending now, one after the other. Journals are sealed on the way.

        StorageError, AuditError and UsageError when the laptop's key is not at hand.
        """
        with self._store.read() as connection:
            waiting = connection.execute(select(outbox.c.sha256).where(outbox.c.note.is_(None)).order_by(outbox.c.id))
            names = waiting.scalars().all()
            due = connection.execute(_DUE.order_by(run.c.ended)).scalars().all()
        for sha256 in names:
            yield from self._waiting(sha256)
        key = self._audit.key() if due else None
        if key is not None:
            for name in due:
                yield from self._waiting(self._sealed(name, key))

    def _waiting(self, sha256: str) -> Iterator[Document]:
        with self._store.read() as connection:
            row = connection.execute(select(outbox).where(outbox.c.sha256 == sha256)).first()
        if row is not None and row.envelope is not None:  # else another process has sent it meanwhile
            yield Document(row.sha256, row.payload_type, row.run, row.envelope)

    def confirmed(self, document: Document, note: str) -> None:
        """Central keeps it. The caller has verified the note."""
        with self._store.write() as unit:
            unit.execute(update(outbox).where(outbox.c.sha256 == document.sha256).values(note=note, envelope=None))

    def _sealed(self, name: str, key: LaptopSigner) -> str:
        """SHA-256 of the journal of this run, queued now or by another process a moment ago."""
        with self._store.read() as connection:
            payload = journal_document(connection, name, self._audit.known_as)
        envelope = seal(JOURNAL, payload, key)  # outside the unit of work: a token may be slow
        journals = (outbox.c.run == name, outbox.c.payload_type == JOURNAL)
        with self._store.write() as unit:
            earlier = unit.execute(select(outbox.c.sha256).where(*journals)).scalar()
            return earlier or queue(unit, JOURNAL, envelope, name)


def journal_document(connection: Connection, name: str, pseudonym: Callable[[str], str]) -> bytes:
    """What happened in the run `name`, row by row, as JSON (guide/central.md). No name of a person."""
    head = connection.execute(select(run).where(run.c.id == name)).mappings().one()
    found = connection.execute(select(journal).where(journal.c.run == name).order_by(journal.c.id)).mappings()
    rows = [_row(row, pseudonym) for row in found]
    content: dict[str, object] = {
        "v": 1,
        "run": name,
        "serial": head["serial"],
        "opened": head["opened"],
        "ended": head["ended"],
        "outcome": head["outcome"],
        "actor": pseudonym(head["actor"]),
        "plan": _without_names(json.loads(head["plan"]), pseudonym),
    }
    keep = len(rows)
    while len(payload := _encoded(content, rows, keep)) > MAX_PAYLOAD and keep:
        keep //= 2
    return payload


def _encoded(content: dict[str, object], rows: list[dict[str, object]], keep: int) -> bytes:
    """With `keep` rows: how it began and how it ended say more than what repeated itself between."""
    if keep < len(rows):
        ends = [*rows[: keep // 2], *rows[len(rows) - (keep - keep // 2) :]]
        content = {**content, "rows": ends, "left_out": len(rows) - keep}
    else:
        content = {**content, "rows": rows}
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _row(row: RowMapping, pseudonym: Callable[[str], str]) -> dict[str, object]:
    columns = {column: row[column] for column in ("at", "component", "phase", "mark")}
    return {**columns, "detail": _without_names(json.loads(row["detail"]), pseudonym)}


def _without_names(value: object, pseudonym: Callable[[str], str]) -> object:
    if isinstance(value, list):
        return [_without_names(one, pseudonym) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: pseudonym(one) if name in _NAMES and isinstance(one, str) and one else _without_names(one, pseudonym)
        for name, one in value.items()
    }


_DUE = select(run.c.id).where(
    run.c.outcome.is_not(None),
    ~select(outbox.c.sha256).where(outbox.c.run == run.c.id, outbox.c.payload_type == JOURNAL).exists(),
)
