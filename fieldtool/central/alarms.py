"""What an operator must know of: forked logs, logs that their own laptop found altered, and what was not taken."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, func, insert, select, update

from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import kept_apart, turned_away
from fieldtool.central.facts import WORDS, line
from fieldtool.central.fleet_tables import fleet_alarm, refused_push
from fieldtool.central.ledger import Answer, Ledger, Push
from fieldtool.central.tables import fork, laptop, log, log_key
from fieldtool.core.clock import Clock, iso, parse_iso
from fieldtool.core.errors import RefusedError, Trouble
from fieldtool.core.texts import Text

MANY = 20  # refusals of one address in a day
MOST = 1000  # kinds of refusals kept, and alarms of laptops shown: strangers choose how many there are
NOT_TAKEN: Mapping[Text, Text] = MappingProxyType(
    {
        Text.LAPTOP_THROW_AWAY: Text.ALARM_THROW_AWAY,
        Text.ROOT_DIFFERS: Text.ALARM_LOST,
        Text.LOG_OF_OTHER: Text.ALARM_OTHER_LOG,
        Text.LOG_WITHOUT_BEGIN: Text.ALARM_RECORD_BAD,
        Text.AUDIT_SIGNATURE_BAD: Text.ALARM_RECORD_BAD,
        Text.AUDIT_RECORD_BAD: Text.ALARM_RECORD_BAD,
        Text.AUDIT_CHAIN_BROKEN: Text.ALARM_RECORD_BAD,
    }
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`since` is the first time, `last` the newest; the laptop's name is the one that central gave it."""

    trouble: Trouble
    laptop: str
    log: str
    since: datetime
    last: datetime
    times: int


def take(store: Database, ledger: Ledger, clock: Clock, push: Push) -> Answer:
    """Ingest, and remember a refusal that an operator must know of. Errors as `Ledger.ingest`."""
    try:
        answer = ledger.ingest(push)
    except RefusedError as error:
        _note(store, clock, push, error.text)
        raise
    if answer.problem is not None:
        _note(store, clock, push, answer.problem.text)
    return answer


def _note(store: Database, clock: Clock, push: Push, why: Text) -> None:
    if why not in NOT_TAKEN:
        return
    with store.write() as tx:
        exclusively(tx, "refused push")
        now, row = iso(clock.now()), refused_push.c
        same = (row.log == line(push.log), row.key_id == line(push.key_id), row.why == why.name)
        if tx.execute(select(row.times).where(*same)).first() is not None:
            tx.execute(update(refused_push).where(*same).values(times=row.times + 1, last=now))
        elif tx.execute(select(func.count()).select_from(refused_push)).scalar_one() < MOST:
            values = {"log": line(push.log), "key_id": line(push.key_id), "why": why.name, "since": now, "last": now}
            tx.execute(insert(refused_push).values(**values, times=1))


def alarms(store: Database) -> tuple[Alarm, ...]:
    """Newest first. StorageError."""
    with store.read() as tx:
        found = [*_forks(tx), *_own(tx), *_not_taken(tx), *_revoked(tx), *_turned_away(tx)]
    return tuple(sorted(found, key=lambda alarm: (alarm.last, alarm.log), reverse=True))


def _forks(tx: Connection) -> list[Alarm]:
    query = select(
        fork.c.log,
        laptop.c.name,
        func.min(fork.c.seq).label("seq"),
        func.count().label("times"),
        func.min(fork.c.received).label("since"),
        func.max(fork.c.received).label("last"),
    ).select_from(fork.join(log, log.c.id == fork.c.log).join(laptop, laptop.c.key_id == log.c.key_id))
    return [
        _alarm(Text.ALARM_FORKED, row.name, row.log, row.since, row.last, row.times, seq=row.seq, count=row.times)
        for row in tx.execute(query.group_by(fork.c.log, laptop.c.name))
    ]


def _own(tx: Connection) -> list[Alarm]:
    query = select(fleet_alarm, laptop.c.name).select_from(
        fleet_alarm.join(log, log.c.id == fleet_alarm.c.log).join(laptop, laptop.c.key_id == log.c.key_id)
    )
    return [
        _alarm(Text.ALARM_OWN, row.name, row.log, row.at, row.at, 1, words=line(row.words or row.trouble, WORDS))
        for row in tx.execute(query.order_by(fleet_alarm.c.at.desc()).limit(MOST))
    ]


def _not_taken(tx: Connection) -> list[Alarm]:
    names = {row.key_id: row.name for row in tx.execute(select(laptop.c.key_id, laptop.c.name))}
    later = select(log_key.c.key_id, laptop.c.name).join(log, log.c.id == log_key.c.log)
    names |= {row.key_id: row.name for row in tx.execute(later.join(laptop, laptop.c.key_id == log.c.key_id))}
    return [
        _alarm(
            NOT_TAKEN[Text[row.why]], names.get(row.key_id, row.key_id[:16]), row.log, row.since, row.last, row.times
        )
        for row in tx.execute(select(refused_push))
        if row.why in Text.__members__ and Text[row.why] in NOT_TAKEN
    ]


def _revoked(tx: Connection) -> list[Alarm]:
    """What revoked laptops brought since is kept apart (standing.py)."""
    first, last = func.min(kept_apart.c.received).label("first"), func.max(kept_apart.c.received).label("last")
    query = select(laptop.c.name, func.count().label("times"), first, last)
    rows = tx.execute(query.select_from(kept_apart.join(laptop)).group_by(laptop.c.key_id, laptop.c.name))
    return [_alarm(Text.ALARM_REVOKED, row.name, "", row.first, row.last, row.times, count=row.times) for row in rows]


def _turned_away(tx: Connection) -> list[Alarm]:
    """Somebody who mistypes is no alarm; somebody who is refused all day is."""
    query = select(turned_away).where(turned_away.c.count >= MANY).order_by(turned_away.c.last.desc()).limit(MOST)
    return [
        _alarm(
            Text.ALARM_TURNED_AWAY, "", "", f"{row['day']}T00:00:00.000Z", row["last"], row["count"], day=row["day"],
            peer=line(row["peer"]) or "other addresses", count=row["count"], why=_why(row["why"]),
        )
        for row in tx.execute(query).mappings()
    ]  # fmt: skip


def _why(name: str) -> str:
    """What a text says before its parameters are known: those of one refusal are not kept."""
    template = Text[name].value[0] if name in Text.__members__ else name
    return re.sub(r"\{\w+\}", "…", template)


def _alarm(text: Text, name: str, log_id: str, since: str, last: str, times: int, **more: str | int) -> Alarm:
    shown = line(name)
    params = tuple(sorted({"laptop": shown, **more}.items()))
    return Alarm(Trouble(text, params), shown, log_id, parse_iso(since), parse_iso(last), times)
