"""Central's own log of decisions: who directed what and when. Append-only and chained, so that a change shows.

A decision is written down before anything happens (ASKED), and once more at its end. The caller holds the turn of
`directing.py`: one entry follows the other on every database.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, func, insert, select

from fieldtool.central.tables import METADATA
from fieldtool.core.errors import StorageError
from fieldtool.core.texts import Text as Words

FIRST = "0" * 64  # what the first entry follows
MOST_TOLD = 1000

decision = Table(
    "decision",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("what", Text, nullable=False),  # order, grant, revoke, deny, allow, withdraw, import, renew
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("stage", Text, nullable=False),
    Column("asked", Integer, nullable=False),  # entry that this one ends; of an ASKED one 0
    Column("snapshot", Integer, nullable=False),  # version of the director's snapshot that was served then
    Column("hash", Text, nullable=False),  # SHA-256 over the hash before and all of the above
)


class Stage(StrEnum):
    ASKED = "asked"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"  # central was stopped in the middle, and nothing came into force


@dataclass(frozen=True, slots=True)
class By:
    """Who decides."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Decision:
    by: By
    what: str
    subject: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: str
    decision: Decision
    stage: Stage
    asked: int
    snapshot: int


def append(unit: Connection, at: str, decided: Decision, stage: Stage, snapshot: int, asked: int = 0) -> int:
    """Returns the number of the new entry."""
    last = unit.execute(select(decision.c.seq, decision.c.hash).order_by(decision.c.seq.desc()).limit(1)).first()
    seq, before = (1, FIRST) if last is None else (last.seq + 1, last.hash)
    row: dict[str, object] = {
        "seq": seq,
        "at": at,
        "who": decided.by.name,
        "role": decided.by.role,
        "what": decided.what,
        "subject": decided.subject,
        "detail": json.dumps(decided.detail, sort_keys=True, ensure_ascii=False),
        "stage": stage.value,
        "asked": asked,
        "snapshot": snapshot,
    }
    unit.execute(insert(decision).values(**row, hash=_hash(before, row)))
    return seq


def unfinished(unit: Connection) -> tuple[Entry, ...]:
    """What was asked and has no end."""
    ended = select(decision.c.asked).where(decision.c.asked > 0)
    query = select(decision).where(decision.c.stage == Stage.ASKED.value, decision.c.seq.not_in(ended))
    return tuple(_entry(row) for row in unit.execute(query.order_by(decision.c.seq)))


def newest(unit: Connection, most: int = MOST_TOLD) -> tuple[Entry, ...]:
    """The last entries, newest first."""
    query = select(decision).order_by(decision.c.seq.desc()).limit(most)
    return tuple(_entry(row) for row in unit.execute(query))


def check(unit: Connection) -> int:
    """How many entries there are, after each was seen to follow the one before. StorageError(DECISIONS_BROKEN).

    Entries taken off the end are not seen by this: the signed snapshot that each entry names is (see the guide).
    """
    before = FIRST
    for expected, row in enumerate(unit.execute(select(decision).order_by(decision.c.seq)), 1):
        said = {name: value for name, value in row._mapping.items() if name != "hash"}
        before = _hash(before, said)
        if row.seq != expected or row.hash != before:
            raise StorageError(Words.DECISIONS_BROKEN, seq=expected)
    return int(unit.execute(select(func.count()).select_from(decision)).scalar_one())


def told(entries: tuple[Entry, ...]) -> Iterator[dict[str, object]]:
    """As an API and a log tell them."""
    for one in entries:
        made = one.decision
        yield {
            "seq": one.seq, "at": one.at, "who": made.by.name, "role": made.by.role, "what": made.what,
            "subject": made.subject, "detail": dict(made.detail), "stage": one.stage.value, "asked": one.asked,
            "snapshot": one.snapshot,
        }  # fmt: skip


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    found = row._mapping
    made = Decision(By(found["who"], found["role"]), found["what"], found["subject"], json.loads(found["detail"]))
    return Entry(found["seq"], found["at"], made, Stage(found["stage"]), found["asked"], found["snapshot"])


def _hash(before: str, row: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps([before, *(row[name] for name in sorted(row))]).encode()).hexdigest()
