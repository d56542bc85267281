"""Laptops are let in: they ask, a person approves what its code says, and central issues certificates for 30 days."""

import binascii
import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from fieldtool.audit.keys import PublicKey
from fieldtool.audit.log import OPENED
from fieldtool.audit.rollover import ROLLED, KeyChain
from fieldtool.central.certificates import Authority
from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import admission, certificate, enrolment, revocation
from fieldtool.central.standing import KnownLaptop, Standing
from fieldtool.central.tables import laptop, log, log_key
from fieldtool.core.clock import Clock, iso, parse_iso
from fieldtool.core.errors import AuditError, RefusedError
from fieldtool.core.texts import Text
from fieldtool.store.keystore import training_root
from fieldtool.sync.certificates import CertificateRequest, code_of, laptop_name, plain_code

WAITS = timedelta(days=7)  # a request that nobody decides about
ADMITTED = timedelta(days=30)  # a key that an administrator made known may ask so long
RENEWED = timedelta(days=15)  # a certificate that lasts longer is handed out again instead of another one
MAX_WAITING = 1000
MAX_APPLICATION = 256 * 1024  # bytes
MAX_RECORDS = 100  # roll-overs of one log
_SHOWN = 16  # digits of an id that people see


@dataclass(frozen=True, slots=True)
class Application:
    """A request whose signatures hold: the key that asks goes back to the one that its log began with."""

    request: CertificateRequest
    log: str
    chain: tuple[PublicKey, ...]  # the keys of the log in their order; the last one asks
    training: str  # the root of trust of a training folder, as the log's first record says; "" = a real laptop

    @property
    def first(self) -> PublicKey:
        return self.chain[0]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that somebody has to decide about."""

    id: str
    code: str
    name: str  # as the laptop calls itself
    key_id: str
    laptop: str  # id of the key that its log began with
    known: bool  # it had a certificate before
    peer: str
    asked: str
    until: str


@dataclass(frozen=True, slots=True)
class Decision:
    """How it stands with a request."""

    state: str  # waiting, approved, refused
    code: str
    certificate: str = ""  # PEM, when approved
    by: str = ""  # who refused

    def answer(self) -> dict[str, str]:
        told = {"state": self.state, "code": self.code, "certificate": self.certificate, "by": self.by}
        return {name: value for name, value in told.items() if value}


def application_of(content: bytes) -> Application:
    """A laptop's request: {"csr": DER in base64, "first": SPKI in base64, "records": [envelope, ...]}.

    The records are the log's first one, and each that introduced a key, in their order.
    RefusedError(ENROL_REQUEST_BAD).
    """
    try:
        told = json.loads(content)
        csr, first, records = told["csr"], told["first"], told["records"]
        if told.keys() != {"csr", "first", "records"} or not isinstance(records, list) or len(records) > MAX_RECORDS:
            raise ValueError("other fields, or too many records")
        request = CertificateRequest.opened(b64decode(csr, validate=True))
        log_id, training, chain = _chain(PublicKey.from_spki(first), [one.encode() for one in records])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error, AuditError) as error:
        raise RefusedError(Text.ENROL_REQUEST_BAD) from error
    if chain[-1].key_id != request.key.key_id:
        raise RefusedError(Text.ENROL_REQUEST_BAD)
    return Application(request, log_id, chain, training)


def _chain(first: PublicKey, envelopes: list[bytes]) -> tuple[str, str, tuple[PublicKey, ...]]:
    """Log, training root and keys, as signed records say them. ValueError, AuditError."""
    turn, keys = KeyChain(first), [first]
    opened = turn.open(envelopes[0]) if envelopes else None
    if (
        opened is None
        or opened.seq != 1
        or opened.event.event != OPENED
        or opened.event.seen.get("key") != first.key_id
    ):
        raise ValueError("not the first record of a log")
    last = 1
    for envelope in envelopes[1:]:
        record = turn.open(envelope)
        if record.event.event != ROLLED or record.log != opened.log or record.seq <= last:
            raise ValueError("not the next introduction of this log")
        keys.append(turn.current)
        last = record.seq
    return opened.log, str(opened.event.seen.get("training", "?")), tuple(keys)


def admit(unit: Connection, key_id: str, by: str, now: str) -> None:
    """An administrator knows this key: when it asks within 30 days, nobody needs to approve."""
    unit.execute(delete(admission).where(admission.c.key_id == key_id))
    until = iso(parse_iso(now) + ADMITTED)
    unit.execute(insert(admission).values(key_id=key_id, given_by=by, until=until))


class Enrolments:
    """Requests and certificates in the database of `store`. Workers may share it."""

    def __init__(self, store: Database, authority: Authority, clock: Clock) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._training = training_root(store.folder)

    # -- laptops ask

    def ask(self, asks: Application, peer: str) -> Decision:
        """Let in at once who has been approved in one way or another; all others wait. Safe to repeat.

        RefusedError, nothing kept: LAPTOP_THROW_AWAY, LAPTOP_REVOKED, ENROL_OTHER_KEY, ENROL_FULL.
        """
        if asks.training and asks.training != self._training:
            raise RefusedError(Text.LAPTOP_THROW_AWAY)
        with self._store.write() as unit:
            exclusively(unit, "enrolment")
            self._check(unit, asks)
            row = unit.execute(select(enrolment).where(enrolment.c.id == asks.request.id)).first()
            if row is not None and (row.state != "waiting" or row.until > self._now()):
                return self._told(unit, row)
            by = self._approved_before(unit, asks)
            self._keep(unit, asks, peer, again=row is not None)
            row = unit.execute(select(enrolment).where(enrolment.c.id == asks.request.id)).one()
            return self._let_in(unit, row, by) if by else self._told(unit, row)

    def decision(self, request: str) -> Decision:
        """How it stands with a request. RefusedError(ENROL_UNKNOWN): it was never made, or nobody decided in time."""
        with self._store.read() as connection:
            row = connection.execute(select(enrolment).where(enrolment.c.id == request)).first()
            if row is None or (row.state == "waiting" and row.until <= self._now()):
                raise RefusedError(Text.ENROL_UNKNOWN, code=code_of(request))
            if row.state != "waiting" or not self._admitted(connection, (row.first, row.key_id)):
                return self._told(connection, row)
        with self._store.write() as unit:  # an administrator made its key known after it had asked
            exclusively(unit, "enrolment")
            self._check_revoked(unit, row.first)
            row = unit.execute(select(enrolment).where(enrolment.c.id == request)).one()
            by = self._use_admission(unit, (row.first, row.key_id)) if row.state == "waiting" else ""
            return self._let_in(unit, row, by) if by else self._told(unit, row)

    def renew(self, who: KnownLaptop, request: CertificateRequest) -> str:
        """A certificate for the same key, when little is left of the one that the laptop came with. PEM."""
        if request.key.key_id != who.certificate.key.key_id or who.standing is not Standing.VALID:
            raise RefusedError(Text.ENROL_REQUEST_BAD)
        with self._store.write() as unit:
            exclusively(unit, "enrolment")
            self._check_revoked(unit, who.id)
            lasting = self._valid(unit, who.id, (request.key.key_id,), self._clock.now() + RENEWED)
            return lasting or self._issue(unit, who.id, request.key, who.name, "renewal")

    def _check(self, unit: Connection, asks: Application) -> None:
        """Is this the laptop of that log, as far as the log has come up to us?"""
        self._check_revoked(unit, asks.first.key_id)
        began = unit.execute(select(log.c.key_id).where(log.c.id == asks.log)).scalar()
        later = select(log_key.c.key_id).where(log_key.c.log == asks.log).order_by(log_key.c.since)
        held = [] if began is None else [began, *unit.execute(later).scalars()]
        if held != [key.key_id for key in asks.chain][: len(held)]:
            raise RefusedError(Text.ENROL_OTHER_KEY)

    def _check_revoked(self, unit: Connection, laptop_id: str) -> None:
        row = unit.execute(select(revocation).where(revocation.c.laptop == laptop_id)).first()
        if row is not None:
            raise RefusedError(Text.LAPTOP_REVOKED, at=row.at, why=row.why)

    def _approved_before(self, unit: Connection, asks: Application) -> str:
        """Who or what lets this key in without a further approval; "" = nobody."""
        ids = [key.key_id for key in asks.chain]
        if self._valid(unit, asks.first.key_id, tuple(ids[-1:]), self._clock.now()):
            return "renewal"
        if self._valid(unit, asks.first.key_id, tuple(ids[:-1]), self._clock.now()):
            return "roll-over"  # a key that we let in introduced this one
        return self._use_admission(unit, ids)

    def _admitted(self, connection: Connection, keys: Sequence[str]) -> str:
        """Who made one of these keys known; "" = nobody."""
        query = select(admission.c.given_by).where(admission.c.key_id.in_(keys), admission.c.until > self._now())
        return str(connection.execute(query).scalar() or "")

    def _use_admission(self, unit: Connection, keys: Sequence[str]) -> str:
        """It counts once."""
        by = self._admitted(unit, keys)
        unit.execute(delete(admission).where(admission.c.key_id.in_(keys)))
        return by

    def _valid(self, unit: Connection, laptop_id: str, keys: tuple[str, ...], at: datetime) -> str:
        """The certificate of one of these keys that lasts longest, if it is valid at `at`; PEM, "" = none."""
        query = (
            select(certificate.c.pem)
            .where(certificate.c.laptop == laptop_id, certificate.c.key_id.in_(keys), certificate.c.ended.is_(None))
            .where(certificate.c.until > iso(at))
            .order_by(certificate.c.until.desc())
        )
        return str(unit.execute(query).scalar() or "")

    def _keep(self, unit: Connection, asks: Application, peer: str, *, again: bool) -> None:
        now = self._clock.now()
        waiting = select(func.count()).select_from(enrolment)
        waiting = waiting.where(enrolment.c.state == "waiting", enrolment.c.until > iso(now))
        if unit.execute(waiting).scalar_one() >= MAX_WAITING:
            raise RefusedError(Text.ENROL_FULL)
        request, first = asks.request, asks.first
        row = {
            "code": request.code, "name": request.name, "first": first.key_id, "first_key": first.pem,
            "key_id": request.key.key_id, "public_key": request.key.pem, "peer": peer,
            "asked": iso(now), "until": iso(now + WAITS), "state": "waiting",
        }  # fmt: skip
        if again:
            unit.execute(update(enrolment).where(enrolment.c.id == request.id).values(**row))
        else:
            unit.execute(insert(enrolment).values(id=request.id, **row))

    # -- people decide

    def waiting(self) -> list[Waiting]:
        """In the order in which they asked."""
        return waiting_in(self._store, self._now())

    def approve(self, named: str, by: str) -> Waiting:
        """Let the laptop in that shows this code (or whose request has this id).

        RefusedError: ENROL_UNKNOWN, ENROL_AMBIGUOUS, LAPTOP_REVOKED.
        """
        with self._store.write() as unit:
            exclusively(unit, "enrolment")
            row = self._named(unit, named)
            self._check_revoked(unit, row.first)
            self._let_in(unit, row, by)
            return _waiting(row)

    def refuse(self, named: str, by: str) -> Waiting:
        """RefusedError: ENROL_UNKNOWN, ENROL_AMBIGUOUS."""
        with self._store.write() as unit:
            exclusively(unit, "enrolment")
            row = self._named(unit, named)
            decided = {"state": "refused", "decided": self._now(), "decided_by": by}
            unit.execute(update(enrolment).where(enrolment.c.id == row.id).values(**decided))
            return _waiting(row)

    def _named(self, unit: Connection, named: str) -> Row[Any]:
        typed = named.strip().lower()
        fits = enrolment.c.code == plain_code(named)
        if len(typed) >= _SHOWN and all(digit in "0123456789abcdef" for digit in typed):
            fits = or_(fits, enrolment.c.id.startswith(typed, autoescape=True))
        query = (
            select(enrolment, laptop.c.key_id.label("known"))
            .outerjoin(laptop, laptop.c.key_id == enrolment.c.first)
            .where(fits, enrolment.c.state == "waiting", enrolment.c.until > self._now())
        )
        rows = unit.execute(query).all()
        if len(rows) != 1:
            raise RefusedError(Text.ENROL_AMBIGUOUS if rows else Text.ENROL_UNKNOWN, code=plain_code(named)[:40])
        return rows[0]

    def _let_in(self, unit: Connection, row: Row[Any], by: str) -> Decision:
        if unit.execute(select(laptop.c.key_id).where(laptop.c.key_id == row.first)).first() is None:
            known = {"key_id": row.first, "public_key": row.first_key, "name": row.name, "added": self._now()}
            unit.execute(insert(laptop).values(**known))
        name = unit.execute(select(laptop.c.name).where(laptop.c.key_id == row.first)).scalar_one()
        key = PublicKey.from_pem(row.public_key)
        pem = self._valid(unit, row.first, (key.key_id,), self._clock.now() + RENEWED)
        pem = pem or self._issue(unit, row.first, key, name, by)
        issued = self._authority.opened(pem).id
        decided = {"state": "approved", "decided": self._now(), "decided_by": by, "certificate": issued}
        unit.execute(update(enrolment).where(enrolment.c.id == row.id).values(**decided))
        return Decision("approved", row.code, pem)

    def _issue(self, unit: Connection, laptop_id: str, key: PublicKey, name: str, by: str) -> str:
        pem = self._authority.issue(key, laptop_name(name), laptop_id, self._clock.now())
        made = self._authority.opened(pem)
        other = (certificate.c.laptop == laptop_id, certificate.c.key_id != key.key_id, certificate.c.ended.is_(None))
        unit.execute(update(certificate).where(*other).values(ended=self._now()))  # a laptop signs with one key
        row = {"id": made.id, "laptop": laptop_id, "key_id": key.key_id, "pem": pem, "issued_by": by}
        unit.execute(insert(certificate).values(since=iso(made.since), until=iso(made.until), **row))
        return pem

    def _told(self, connection: Connection, row: Row[Any]) -> Decision:
        if row.state == "refused":
            return Decision(row.state, row.code, by=row.decided_by)
        if row.state == "waiting":
            return Decision(row.state, row.code)
        pem = connection.execute(select(certificate.c.pem).where(certificate.c.id == row.certificate)).scalar_one()
        return Decision(row.state, row.code, pem)

    # -- out again

    def revoke(self, named: str, by: str, why: str) -> str:
        """Shut a laptop out for good, from this moment on and at every worker. Returns its id. Safe to repeat.

        `named`: its name, or the beginning of its key's id. RefusedError(LAPTOP_NOT_FOUND).
        """
        with self._store.write() as unit:
            exclusively(unit, "enrolment")
            found = self._laptop(unit, named)
            if unit.execute(select(revocation.c.at).where(revocation.c.laptop == found)).first() is None:
                row = {"laptop": found, "at": self._now(), "revoked_by": by, "why": " ".join(why.split())[:200]}
                unit.execute(insert(revocation).values(**row))
            return found

    def _laptop(self, unit: Connection, named: str) -> str:
        fits = laptop.c.name == named
        if len(named) >= 8 and all(digit in "0123456789abcdef" for digit in named):
            fits = or_(fits, laptop.c.key_id.startswith(named, autoescape=True))
        found = unit.execute(select(laptop.c.key_id).where(fits)).scalars().all()
        if len(found) != 1:
            raise RefusedError(Text.LAPTOP_NOT_FOUND, name=named[:64])
        return str(found[0])

    def _now(self) -> str:
        return iso(self._clock.now())


def waiting_in(store: Database, now: str) -> list[Waiting]:
    """Requests that somebody has to decide about at `now` (RFC 3339), in the order in which they were made."""
    query = (
        select(enrolment, laptop.c.key_id.label("known"))
        .outerjoin(laptop, laptop.c.key_id == enrolment.c.first)
        .where(enrolment.c.state == "waiting", enrolment.c.until > now)
        .order_by(enrolment.c.asked, enrolment.c.id)
    )
    with store.read() as connection:
        return [_waiting(row) for row in connection.execute(query)]


def _waiting(row: Row[Any]) -> Waiting:
    known = row.known is not None
    return Waiting(row.id, row.code, row.name, row.key_id, row.first, known, row.peer, row.asked, row.until)
