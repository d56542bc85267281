"""Who was refused at the door, counted by day and address: an administrator sees whether somebody tries keys."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import turned_away
from fieldtool.core.clock import Clock, iso
from fieldtool.core.texts import Text

KEPT = timedelta(days=30)
MAX_PEERS = 1000  # of one day; addresses are chosen by strangers, so all others count together
OTHERS = ""


@dataclass(frozen=True, slots=True)
class Refused:
    day: str
    peer: str  # "" = all others
    count: int
    last: str  # RFC 3339
    why: str  # what the last one was told


class TurnedAway:
    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def count(self, peer: str, why: Text) -> None:
        now = iso(self._clock.now())
        with self._store.write() as unit:
            exclusively(unit, "turned_away")
            if self._add(unit, peer, now, why):
                return
            day = turned_away.c.day == now[:10]
            if unit.execute(select(func.count()).select_from(turned_away).where(day)).scalar_one() >= MAX_PEERS:
                peer = OTHERS
                if self._add(unit, peer, now, why):
                    return
            unit.execute(insert(turned_away).values(day=now[:10], peer=peer, count=1, last=now, why=why.name))
            oldest = iso(self._clock.now() - KEPT)[:10]
            unit.execute(delete(turned_away).where(turned_away.c.day < oldest))

    def _add(self, unit: Connection, peer: str, now: str, why: Text) -> bool:
        mine = (turned_away.c.day == now[:10], turned_away.c.peer == peer)
        more = update(turned_away).where(*mine).values(count=turned_away.c.count + 1, last=now, why=why.name)
        return unit.execute(more).rowcount > 0

    def all(self) -> list[Refused]:
        """Of the last 30 days, newest first."""
        query = select(turned_away).order_by(turned_away.c.last.desc(), turned_away.c.peer).limit(MAX_PEERS)
        with self._store.read() as connection:
            return [Refused(**row) for row in connection.execute(query).mappings()]
