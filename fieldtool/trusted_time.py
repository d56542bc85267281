"""The one opinion about what time it is, and how sure we are (design/trust.md, offline grace and trusted time).

Expiry is judged at T = max(wall clock, newest signed time, high-water mark). A clock set back therefore never makes
old firmware valid again; a clock set forward only makes things expire, until an authenticated sync says better.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from threading import Lock

from sqlalchemy import Connection, delete, insert, select

from fieldtool.core.clock import Clock, iso, parse_iso
from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.texts import Text
from fieldtool.store.database import Store
from fieldtool.store.tables import mark

MARK, SIGNED = "time.mark", "time.signed"
TOLERANCE = timedelta(minutes=10)  # a wall clock this far below the mark is wrong, not slow
KEEP_SECONDS = 60.0  # the mark is written at most this often
PROVEN_SECONDS = 24 * 3600.0  # an authenticated time proves the clock for a day of uninterrupted running
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Confidence(StrEnum):
    PROVEN = "proven"  # an authenticated time was seen in this process, and the clock has not jumped since
    PLAUSIBLE = "plausible"  # nothing speaks against the clock
    BEHIND = "behind"  # the clock shows less than was already seen: the mark is used instead


@dataclass(frozen=True, slots=True)
class Reading:
    """`at` never goes back, except by an authenticated sync. `trouble` says in words what is wrong, if anything."""

    at: datetime
    confidence: Confidence
    trouble: Trouble | None = None

    @property
    def note(self) -> str:
        return "" if self.trouble is None else self.trouble.what


class TrustedTime:
    """Threads share it. Only `keep`, `witnessed` and `settled` write: never call those inside a unit of work."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        with store.read() as tx:
            self._stored = _load(tx)
        self._mark, self._signed = self._stored
        self._mark_read = clock.monotonic()
        self._kept: float | None = None
        self._proof: tuple[datetime, float] | None = None  # authenticated time, and monotonic seconds then

    def reading(self) -> Reading:
        """Trusted time now. Reads only memory and the clock, so that it may be asked inside a unit of work."""
        with self._lock:
            wall, ticks = self._clock.now(), self._clock.monotonic()
            floor = self._floor(ticks)
            proven = self._proven(ticks)
            at = max(wall, floor)
            if wall < floor - TOLERANCE:
                return Reading(at, Confidence.BEHIND, _wrong(Text.CLOCK_BEHIND, wall, floor))
            if proven is not None and wall > proven + TOLERANCE:
                return Reading(at, Confidence.PLAUSIBLE, _wrong(Text.CLOCK_AHEAD, wall, proven))
            self._mark, self._mark_read = at, ticks
            sure = proven is not None and wall >= proven - TOLERANCE
            return Reading(at, Confidence.PROVEN if sure else Confidence.PLAUSIBLE)

    def keep(self) -> None:
        """Write the mark, unless that was done within the last minute. StorageError when it cannot be."""
        ticks = self._clock.monotonic()
        with self._lock:
            if self._kept is not None and ticks - self._kept < KEEP_SECONDS:
                return
            self._kept = ticks
        self.reading()  # raises the mark to now
        with self._changed(ticks):
            self._mark, self._mark_read = self._floor(ticks), ticks

    def witnessed(self, signed_time: datetime) -> None:
        """Somebody trusted signed that it was `signed_time`: it is at least that late. Raises T, never lowers it."""
        with self._changed(self._clock.monotonic()):
            self._signed = max(self._signed, signed_time)

    def settled(self, signed_time: datetime) -> None:
        """An authenticated peer said just now that it is `signed_time`. The only thing that may lower the mark.

        The caller vouches for "just now" (an answer to this very request). Even so, a replayed older answer cannot
        lower the mark below the newest time that was ever signed.
        """
        ticks = self._clock.monotonic()
        with self._changed(ticks):
            self._signed = max(self._signed, signed_time)
            self._mark, self._mark_read = self._signed, ticks
            self._proof = (self._signed, ticks)

    def _floor(self, ticks: float) -> datetime:
        """The least that T can be. Time has gone on since the mark was read, whatever the wall clock says."""
        if self._mark == NEVER:
            return self._signed
        return max(self._signed, self._mark + timedelta(seconds=ticks - self._mark_read))

    def _proven(self, ticks: float) -> datetime | None:
        """What an authenticated time of this process says it is now. Sleep stops it, so it errs to the past."""
        if self._proof is None or ticks - self._proof[1] > PROVEN_SECONDS:
            return None
        return self._proof[0] + timedelta(seconds=ticks - self._proof[1])

    @contextmanager
    def _changed(self, ticks: float) -> Iterator[None]:
        """Take over what another process has stored, let the block change it, store the result."""
        with self._store.write() as tx, self._lock:  # in this order everywhere: a record asks inside its own unit
            found = _load(tx)
            if found != self._stored:  # another process raised it, or settled it lower
                self._mark, self._signed = found
                self._mark_read = ticks
            yield
            for name, value in ((MARK, self._mark), (SIGNED, self._signed)):
                tx.execute(delete(mark).where(mark.c.name == name))
                tx.execute(insert(mark).values(name=name, value=iso(value)))
            self._stored = _load(tx)


def _load(tx: Connection) -> tuple[datetime, datetime]:
    rows = tx.execute(select(mark.c.name, mark.c.value).where(mark.c.name.in_((MARK, SIGNED))))
    found = {row.name: parse_iso(row.value) for row in rows}
    return found.get(MARK, NEVER), found.get(SIGNED, NEVER)


def _wrong(text: Text, found: datetime, expected: datetime) -> Trouble:
    params = (("expected", f"{expected:%Y-%m-%d %H:%M} UTC"), ("found", f"{found:%Y-%m-%d %H:%M} UTC"))
    return Trouble(text, params, exit_code=ExitCode.TRUST)
