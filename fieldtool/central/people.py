"""People at central: a name, a role, and a token that is shown once and kept as a hash."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import person, session
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import RefusedError, UsageError
from fieldtool.core.texts import Text

MAX_NAME = 100  # characters
SESSION = timedelta(hours=12)
SESSIONS = 10  # of one person at a time; the oldest ends when another begins
_SEEN = timedelta(minutes=1)  # how exactly `last_seen` is kept: not every request is a write
_TOKEN = re.compile(r"fieldtool-([0-9a-f]{16})-([A-Za-z0-9_-]{43})")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()  # compared with when there is no such person


class Role(StrEnum):
    """Everybody may look. A dispatcher directs sites, an approver lets laptops in, an admin may do everything."""

    VIEWER, DISPATCHER, APPROVER, ADMIN = "viewer", "dispatcher", "approver", "admin"

    def covers(self, wanted: "Role") -> bool:
        return self in (wanted, Role.ADMIN) or wanted is Role.VIEWER


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    role: Role
    added: str  # RFC 3339
    last_seen: str | None  # to the minute


class People:
    """In the database of `store`; a person who is removed is out at once, for every worker."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # -- who there is

    def add(self, name: str, role: Role) -> tuple[Person, str]:
        """A new person, and the token, which is never shown again. UsageError(PERSON_NAME_BAD, PERSON_EXISTS)."""
        if not name.isprintable() or not 0 < len(name.strip()) <= MAX_NAME:
            raise UsageError(Text.PERSON_NAME_BAD, most=MAX_NAME)
        made = Person(secrets.token_hex(8), name.strip(), role, iso(self._clock.now()), None)
        secret = secrets.token_urlsafe(32)
        with self._store.write() as unit:
            exclusively(unit, "people")
            if unit.execute(select(person.c.id).where(person.c.name == made.name)).first() is not None:
                raise UsageError(Text.PERSON_EXISTS, name=made.name)
            row = {"id": made.id, "name": made.name, "role": role.value, "token": _hash(secret), "added": made.added}
            unit.execute(insert(person).values(**row))
        return made, f"fieldtool-{made.id}-{secret}"

    def all(self) -> list[Person]:
        with self._store.read() as connection:
            return [_person(row) for row in connection.execute(select(person).order_by(person.c.name))]

    def remove(self, name: str) -> None:
        """His token and his sessions end with this. UsageError(PERSON_NOT_FOUND)."""
        with self._store.write() as unit:
            found = unit.execute(select(person.c.id).where(person.c.name == name)).scalar()
            if found is None:
                raise UsageError(Text.PERSON_NOT_FOUND, name=name[:MAX_NAME])
            unit.execute(delete(session).where(session.c.person == found))
            unit.execute(delete(person).where(person.c.id == found))

    # -- who comes

    def by_token(self, token: str) -> Person:
        """RefusedError(ENTRY_TOKEN_BAD)."""
        match = _TOKEN.fullmatch(token)
        named = match[1] if match else ""
        with self._store.read() as connection:
            row = connection.execute(select(person).where(person.c.id == named)).first()
        right = compare_digest(row.token if row else _NOBODY, _hash(match[2] if match else ""))
        if row is None or not right:
            raise RefusedError(Text.ENTRY_TOKEN_BAD)
        return self._seen(_person(row))

    def by_session(self, secret: str) -> Person | None:
        """None: it has ended, or never was."""
        if not _SECRET.fullmatch(secret):
            return None
        query = select(person).join(session).where(session.c.id == _hash(secret), session.c.until > self._now())
        with self._store.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else self._seen(_person(row))

    def open_session(self, who: Person) -> str:
        """The secret of a new session of 12 hours, for a cookie."""
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        with self._store.write() as unit:
            unit.execute(delete(session).where(session.c.until <= iso(now)))
            self._end_oldest(unit, who)
            unit.execute(insert(session).values(id=_hash(secret), person=who.id, until=iso(now + SESSION)))
        return secret

    def close_session(self, secret: str) -> None:
        """Safe to repeat."""
        with self._store.write() as unit:
            unit.execute(delete(session).where(session.c.id == _hash(secret)))

    def _end_oldest(self, unit: Connection, who: Person) -> None:
        query = select(session.c.id).where(session.c.person == who.id).order_by(session.c.until.desc(), session.c.id)
        surplus = unit.execute(query.offset(SESSIONS - 1)).scalars().all()
        unit.execute(delete(session).where(session.c.id.in_(surplus)))

    def _seen(self, who: Person) -> Person:
        now = self._clock.now()
        if who.last_seen is None or who.last_seen < iso(now - _SEEN):
            with self._store.write() as unit:
                unit.execute(update(person).where(person.c.id == who.id).values(last_seen=iso(now)))
        return who

    def _now(self) -> str:
        return iso(self._clock.now())


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, Role(row.role), row.added, row.last_seen)


def _hash(secret: str) -> str:
    """Of 256 random bits: nobody can try them out, so a slow hash would only cost central time."""
    return hashlib.sha256(secret.encode()).hexdigest()
