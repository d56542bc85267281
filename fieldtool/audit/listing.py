"""Finding records: the database filters and orders them, so that a log of any length shows its first page at once."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.record import Record, peek
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.core.clock import iso
from fieldtool.core.errors import AuditError
from fieldtool.core.texts import Text
from fieldtool.store.tables import audit, audit_log

MOST = 1000  # records read at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records; each field that is set narrows them further."""

    charger: str = ""  # serial, as in the record
    run: str = ""
    events: tuple[str, ...] = ()  # one of these; empty: any
    actors: tuple[str, ...] = ()  # pseudonyms, one of these; empty: anybody
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    after: int = 0  # only records behind this number
    text: str = ""  # is a part of charger or run, or else …
    text_events: tuple[str, ...] = ()  # … the event is one of these
    text_actors: tuple[str, ...] = ()  # … or the actor is


@dataclass(frozen=True, slots=True)
class Listed:
    """A record as it is listed, with its place in the tree."""

    record: Record
    leaf: bytes


def find(connection: Connection, wanted: Wanted) -> Sequence[int]:
    """Numbers of the records that fit, newest first. Reads no envelope."""
    query = select(audit.c.seq).where(*_conditions(wanted)).order_by(audit.c.seq.desc())
    return array("l", connection.execute(query).scalars())


def read(connection: Connection, numbers: Sequence[int]) -> tuple[Listed, ...]:
    """These records, in the order in which they are asked for; those that are not there are left out.

    Their signatures are not looked at. AuditError when one is unreadable; ValueError for more than MOST.
    """
    if len(numbers) > MOST:
        raise ValueError(f"more than {MOST} records at once")
    query = select(audit.c.seq, audit.c.envelope, audit.c.leaf).where(audit.c.seq.in_(numbers))
    found = {row.seq: Listed(peek(row.envelope), row.leaf) for row in connection.execute(query)}
    return tuple(found[number] for number in numbers if number in found)


def count_events(connection: Connection) -> dict[str, int]:
    """Event -> how many records have it."""
    query = select(audit.c.event, func.count(audit.c.seq)).group_by(audit.c.event)
    return {event: int(number) for event, number in connection.execute(query)}


def check_signature(connection: Connection, number: int) -> None:
    """Did the key whose turn it was sign this record? AuditError otherwise, or when it is not there."""
    first = connection.execute(select(audit_log.c.public_key)).scalar()
    envelope = connection.execute(select(audit.c.envelope).where(audit.c.seq == number)).scalar()
    if first is None or envelope is None:
        raise AuditError(Text.AUDIT_DELETED, seq=number)
    before = select(audit.c.envelope).where(audit.c.event == ROLLED, audit.c.seq < number).order_by(audit.c.seq)
    keys = KeyChain(PublicKey.from_pem(first))
    for introduction in connection.execute(before).scalars():
        keys.open(introduction)
    keys.open(envelope)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [audit.c.seq > wanted.after]
    found += [audit.c.charger == wanted.charger] if wanted.charger else []
    found += [audit.c.run == wanted.run] if wanted.run else []
    found += [audit.c.event.in_(wanted.events)] if wanted.events else []
    found += [audit.c.actor.in_(wanted.actors)] if wanted.actors else []
    found += [audit.c.at >= iso(wanted.since)] if wanted.since is not None else []
    found += [audit.c.at < iso(wanted.until)] if wanted.until is not None else []
    if wanted.text:
        parts = [column.icontains(wanted.text, autoescape=True) for column in (audit.c.charger, audit.c.run)]
        parts += [audit.c.event.in_(wanted.text_events)] if wanted.text_events else []
        parts += [audit.c.actor.in_(wanted.text_actors)] if wanted.text_actors else []
        found.append(or_(*parts))
    return found
