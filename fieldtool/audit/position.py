"""Is the log where its anchor says it was? The look at its end that is cheap enough to take before every run."""

from sqlalchemy import Connection, func, select

from fieldtool.audit.anchor import Anchor, Stored
from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.record import leaf
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text
from fieldtool.store.database import driver
from fieldtool.store.tables import audit, audit_log, mark, receipt

ANCHORED = "audit.anchored"  # mark: number of the record from which on the log has an anchor
CURRENT = "audit-key"  # mark: PEM of the key that signs now; none: the first one still does
LAST = "audit.last"  # mark: number of the newest record, written with it


def check_position(connection: Connection, stored: Stored | None, *, asked: bool = True) -> int:
    """How many records there are, if the log goes on from `stored`, which was read before the database was looked at.

    `stored` is None where there is no anchor, or nobody who could be `asked` for its key.

    AuditError: AUDIT_GONE, AUDIT_OTHER_LOG, AUDIT_CUT, AUDIT_OLD_COPY, AUDIT_TRUNCATED, AUDIT_FORKED, AUDIT_ANCHOR_BAD,
    AUDIT_ANCHOR_KEY_GONE.
    """
    log = connection.execute(select(audit_log)).first()
    size = int(connection.execute(select(func.coalesce(func.max(audit.c.seq), 0))).scalar_one())
    if log is None:
        if stored is not None and stored.anchor.size > 0:
            raise AuditError(Text.AUDIT_GONE)
        return size
    if stored is not None and stored.anchor.log != log.id:
        raise AuditError(Text.AUDIT_OTHER_LOG, expected=stored.anchor.log[:16], found=log.id[:16])
    _check_receipt(connection, size)
    if stored is None and asked and is_anchored(connection):
        raise AuditError(Text.AUDIT_ANCHOR_KEY_GONE)
    if stored is not None:
        _check_anchor(connection, stored, size)
    if _last(connection) > size:
        raise AuditError(Text.AUDIT_CUT, found=size, expected=_last(connection))
    return size


def is_anchored(connection: Connection) -> bool:
    """Has this log an anchor, by its own account?"""
    return connection.execute(select(mark.c.value).where(mark.c.name == ANCHORED)).first() is not None


def signing_key(connection: Connection) -> str | None:
    """PEM of the key that signs now, if it is not the log's first. Asked for every record: below SQLAlchemy."""
    row = driver(connection).execute(_CURRENT).fetchone()
    return None if row is None else str(row[0])


def newest_receipt(connection: Connection) -> Checkpoint | None:
    """What central confirmed last; its signature was verified when it came. AuditError when it is unreadable."""
    note = connection.execute(select(receipt.c.note).order_by(receipt.c.size.desc()).limit(1)).scalar()
    return None if note is None else Checkpoint.read(note)


def _check_anchor(connection: Connection, stored: Stored, size: int) -> None:
    anchor = stored.anchor
    if size < anchor.size:
        old = _last(connection) <= size  # an old copy agrees with itself; who only deletes records forgets this mark
        raise AuditError(Text.AUDIT_OLD_COPY if old else Text.AUDIT_CUT, found=size, expected=anchor.size)
    if anchor.size > 0:
        _check_leaf(connection, anchor)
    if not stored.whole and size == anchor.size:  # a write that was cut leaves the database ahead
        raise AuditError(Text.AUDIT_ANCHOR_BAD)


def _check_leaf(connection: Connection, anchor: Anchor) -> None:
    row = connection.execute(select(audit.c.envelope, audit.c.leaf).where(audit.c.seq == anchor.size)).first()
    if row is None:
        raise AuditError(Text.AUDIT_DELETED, seq=anchor.size)
    if leaf(row.envelope) != anchor.leaf:
        raise AuditError(Text.AUDIT_FORKED, seq=anchor.size)
    if row.leaf != anchor.leaf:
        raise AuditError(Text.AUDIT_INDEX_ALTERED, seq=anchor.size)


def _check_receipt(connection: Connection, size: int) -> None:
    confirmed = newest_receipt(connection)
    if confirmed is not None and confirmed.size > size:
        raise AuditError(Text.AUDIT_TRUNCATED, found=size, expected=confirmed.size)


def _last(connection: Connection) -> int:
    found = connection.execute(select(mark.c.value).where(mark.c.name == LAST)).scalar()
    return int(found) if found is not None and found.isdecimal() else 0


_CURRENT = f"SELECT value FROM mark WHERE name = '{CURRENT}'"
