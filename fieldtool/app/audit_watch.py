"""The audit log is looked at by itself: all of it once after the start, its end every few seconds and before a run."""

import logging
from datetime import datetime
from threading import Event as Flag
from threading import Lock

from sqlalchemy import insert, select

from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event
from fieldtool.audit.watch import Standing, glance, look
from fieldtool.core.clock import Clock
from fieldtool.core.errors import AuditError, FieldtoolError, Trouble
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.tables import mark

LOG = logging.getLogger(__name__)
AT_ONCE = 5_000  # records that a run may wait for; of a longer log it waits for the end only
PAUSE_SECONDS = 0.01  # between pages: the window shares the interpreter


class _Stopped(Exception):  # noqa: N818  # the program closes while a long log is gone through
    pass


class AuditWatch:
    """Thread-safe. An alarm stays until the program is started anew and finds the log whole again.

    With an alarm no new run begins: its record would stand in a log that nobody can believe. What has begun may be
    brought to its end, since a charger must not be left half updated for the sake of a log.
    """

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._lock = Lock()
        self._standing = Standing()
        self.checked: datetime | None = None  # when every record was looked at last

    def standing(self) -> Standing:
        """What the last look found. No I/O."""
        return self._standing

    def trouble(self) -> Trouble | None:
        """What a person must know: an alarm, or why nobody can say whether there is one."""
        return self._standing.alarm or self._standing.unchecked

    def round(self, stop: Flag) -> None:
        """(slow, the first time) Look again. StorageError when the database cannot be read.

        Where nothing was ever written, the keystore is not asked either: it might ask a person.
        """
        if self._audit.is_untouched():
            return

        def pause() -> None:
            if self._clock.wait(stop, PAUSE_SECONDS):
                raise _Stopped

        try:
            self._take(glance(self._audit) if self._standing.whole else look(self._audit, pause))
        except _Stopped:
            return

    def glance(self) -> Standing:
        """Look at its end now."""
        self._take(glance(self._audit))
        return self._standing

    def look(self) -> Standing:
        """(slow) Look at all of it now."""
        self._take(look(self._audit))
        return self._standing

    def gate(self) -> None:
        """AuditError when the log is not what it was: nothing new may begin."""
        found = glance(self._audit)
        if found.alarm is None and not self._standing.whole and found.records <= AT_ONCE:
            found = look(self._audit)
        self._take(found)
        if (alarm := self._standing.alarm) is not None:
            raise AuditError(alarm.text, **dict(alarm.params))

    def _take(self, found: Standing) -> None:
        with self._lock:
            if found.whole:
                self.checked = self._clock.now()
            before = self._standing
            if before.alarm is not None:
                return
            self._standing = Standing(found.records, found.alarm, found.unchecked, found.whole or before.whole)
        if found.alarm is not None:
            LOG.warning("audit log: %s", found.alarm.what)
            self._record(found.alarm)

    def _record(self, alarm: Trouble) -> None:
        """The log itself tells of its alarm, once: so that the central system hears of it."""
        if alarm.text is Text.AUDIT_GONE:
            return  # there is no log to write to, and none may begin
        name = f"audit.alarm.{alarm.text.name}"
        try:
            self._audit.ready()
            with self._store.write() as unit:
                if unit.execute(select(mark.c.name).where(mark.c.name == name)).first() is None:
                    unit.execute(insert(mark).values(name=name, value="1"))
                    self._audit.append(unit, Event("log-alarm", seen={"trouble": alarm.text.name, "words": alarm.what}))
        except FieldtoolError as error:
            LOG.warning("the alarm could not be recorded: %s", error.what)
