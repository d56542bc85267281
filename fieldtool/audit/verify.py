"""Does the log hold? The whole check that somebody asks for, and the two that the program makes by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from fieldtool.audit.anchor import Head, Stored
from fieldtool.audit.keys import LaptopKey, PublicKey
from fieldtool.audit.position import check_position, newest_receipt, signing_key
from fieldtool.audit.tree import Frontier
from fieldtool.audit.walk import walk
from fieldtool.core.errors import AuditError, FieldtoolError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.tables import audit_log


@dataclass(frozen=True, slots=True)
class ChainState:
    """What `Verifier.verify` found. `size` and `root` cover the records up to the first that does not hold."""

    size: int
    root: bytes
    key_confirmed: bool  # the keystore has the key that the log names; False: no keystore, or nothing written yet
    problem: Trouble | None = None
    unanchored: Trouble | None = None  # why nobody could say whether the end of the log is missing

    @property
    def ok(self) -> bool:
        return self.problem is None


class Verifier:
    """Reads only. StorageError from all of it when the database cannot be read."""

    def __init__(self, store: Store, key: LaptopKey, head: Head) -> None:
        self._store = store
        self._key = key
        self._head = head

    def verify(self) -> ChainState:
        """Check every signature, link, list entry, the newest receipt and the anchor, in one view of the database."""
        frontier, confirmed = Frontier(), False
        told = self._told()
        with self._store.read() as connection:
            try:
                row = connection.execute(select(audit_log)).first()
                if row is not None:
                    current = PublicKey.from_pem(signing_key(connection) or row.public_key)
                    confirmed = self._confirm(row, current)
                    anchor = told.anchor if isinstance(told, Stored) and told.anchor.log == row.id else None
                    walk(connection, row, current, frontier, newest_receipt(connection), anchor)
                self._compare(connection, told)
            except AuditError as error:
                return ChainState(frontier.size, frontier.root(), confirmed, error.trouble())
        unanchored = told.trouble() if isinstance(told, UsageError) else None
        return ChainState(frontier.size, frontier.root(), confirmed, unanchored=unanchored)

    def check_end(self) -> int:
        """Compare the end of the log with its anchor; how many records there are. Some milliseconds.

        AuditError as check_position; UsageError: the keystore does not say whether the anchor may be believed.
        """
        told = self._told()
        with self._store.read() as connection:
            size = self._compare(connection, told)
        if isinstance(told, UsageError) and size > 0:
            raise told
        return size

    def check(self, pause: Callable[[], object] = lambda: None) -> int:
        """As `verify`, but of records that an earlier check has seen only the hashes, which the anchor covers.

        Returns how many records there are. `pause` is called now and then. Errors as check_end, and those of `walk`.
        """
        told = self._told()
        anchor = told.anchor if isinstance(told, Stored) else None
        with self._store.read() as connection:
            size = self._compare(connection, told)
            row = connection.execute(select(audit_log)).first()
            if row is not None:
                current = PublicKey.from_pem(signing_key(connection) or row.public_key)
                confirmed, checked = newest_receipt(connection), 0 if anchor is None else anchor.checked
                try:
                    walk(connection, row, current, Frontier(), confirmed, anchor, checked, pause)
                except AuditError:
                    walk(connection, row, current, Frontier(), confirmed, anchor, 0, pause)  # names the very record
                    raise
        if isinstance(told, UsageError) and size > 0:
            raise told
        self._head.has_checked(size)
        return size

    def _told(self) -> Stored | FieldtoolError | None:
        """What the anchor says, or why it says nothing. Ask it before the database is looked at: that may be ahead."""
        try:
            return self._head.stored()
        except (AuditError, UsageError) as error:
            return error

    def _compare(self, connection: Connection, told: Stored | FieldtoolError | None) -> int:
        if isinstance(told, AuditError):
            begun = connection.execute(select(audit_log.c.id)).first() is not None
            if begun or told.text is not Text.AUDIT_ANCHOR_GONE:
                raise told
            if not self.may_begin():
                raise AuditError(Text.AUDIT_GONE)
            return 0
        stored = told if isinstance(told, Stored) else None
        return check_position(connection, stored, asked=not isinstance(told, UsageError))

    def may_begin(self) -> bool:
        """Does nothing tell of an earlier log? A start that was cut leaves an empty anchor, or only its key."""
        if self._head.exists():
            return self._head.is_empty()
        return not self._head.has_key() or self._key.get() is None

    def _confirm(self, row: Row[Any], current: PublicKey) -> bool:
        """Is the key that the log names the one in the keystore? False: the keystore cannot say."""
        if PublicKey.from_pem(row.public_key).key_id != row.key_id:
            raise AuditError(Text.AUDIT_KEY_BAD)
        try:
            return self._key.get(current) is not None
        except UsageError:
            return False  # no keystore here: the chain can be checked all the same, and the state says so
