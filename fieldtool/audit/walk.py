"""Go through the records of a log in their order: each is signed, follows the one before it, and is listed as it is."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from fieldtool.audit.anchor import Anchor
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import NO_RECORD, Record, leaf
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.audit.tree import Frontier
from fieldtool.core.clock import iso
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text
from fieldtool.store.tables import audit

PAGE = 1000  # rows read at a time
INDEX = ("seq", "at", "event", "charger", "run", "actor")


def index(record: Record) -> dict[str, Any]:
    """The columns that repeat a record's fields, for paging and filters."""
    event = record.event
    return dict(
        zip(INDEX, (record.seq, iso(record.at), event.event, event.charger, event.run, record.actor), strict=True)
    )


def walk(
    connection: Connection,
    log: Row[Any],
    current: PublicKey,
    frontier: Frontier,
    confirmed: Checkpoint | None,
    anchor: Anchor | None = None,
    checked: int = 0,
    pause: Callable[[], object] = lambda: None,
) -> None:
    """Add to `frontier` every record that holds. A receipt and the anchor speak for all before them by their roots.

    Of the records up to `checked` only the hashes are looked at: the root of `anchor` must cover them. `pause` is
    called after each page. AuditError names the first record that does not hold, and how.
    """
    keys, prev = KeyChain(PublicKey.from_pem(log.public_key)), NO_RECORD
    for row in _rows(connection, pause):
        expected, found = frontier.size + 1, leaf(row.envelope)
        if row.seq != expected:
            raise AuditError(Text.AUDIT_DELETED, seq=expected)
        if expected <= checked and row.leaf == found:
            if row.event == ROLLED:
                _opened(keys, row)
        else:
            _check(row, _opened(keys, row), log.id, prev, found)
        frontier.add(found)
        prev = found.hex()
        if confirmed is not None and confirmed.size == expected and confirmed.root != frontier.root():
            raise AuditError(Text.AUDIT_RECEIPT_DIFFERS, seq=row.seq)
        if anchor is not None and anchor.size == expected and anchor.edge != tuple(frontier.edge):
            raise AuditError(Text.AUDIT_FORKED, seq=row.seq)
    if keys.current.key_id != current.key_id:
        raise AuditError(Text.AUDIT_KEY_MARK, expected=keys.current.key_id[:16], found=current.key_id[:16])


def _opened(keys: KeyChain, row: Row[Any]) -> Record:
    """An envelope that is damaged does not say which it is; its place does."""
    try:
        return keys.open(row.envelope)
    except AuditError as error:
        if error.params.get("seq") != "?":
            raise
        raise AuditError(error.text, **{**error.params, "seq": row.seq}) from error


def _check(row: Row[Any], record: Record, log: str, prev: str, found: bytes) -> None:
    if record.log != log:
        raise AuditError(Text.AUDIT_FOREIGN, seq=row.seq, found=record.log[:16])
    if record.seq != row.seq:
        raise AuditError(Text.AUDIT_SWAPPED, seq=row.seq, found=record.seq)
    if record.prev != prev:
        raise AuditError(Text.AUDIT_CHAIN_BROKEN, seq=row.seq)
    if row.leaf != found or {name: getattr(row, name) for name in INDEX} != index(record):
        raise AuditError(Text.AUDIT_INDEX_ALTERED, seq=row.seq)


def _rows(connection: Connection, pause: Callable[[], object]) -> Iterator[Row[Any]]:
    last = 0
    while rows := connection.execute(_ROWS, {"after": last, "limit": PAGE}).all():
        yield from rows
        last = rows[-1].seq
        pause()


_ROWS = select(*audit.c).where(audit.c.seq > bindparam("after")).order_by(audit.c.seq).limit(bindparam("limit"))
