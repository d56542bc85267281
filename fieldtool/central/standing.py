"""What a laptop's certificate is worth at this moment. Asked for every request, so that a revocation counts at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from fieldtool.audit.record import leaf
from fieldtool.central.certificates import Authority
from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import certificate, kept_apart, revocation, used_nonce
from fieldtool.central.tables import laptop, log
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.certificates import LaptopCertificate
from fieldtool.sync.signed_request import WINDOW

LATE = timedelta(days=90)  # an ended certificate still brings records: they are evidence, and late is not lost
MAX_APART = 5000  # records of one revoked laptop: evidence, not a way to fill the disk
_SWEEP_SECONDS = 60.0  # between looks for nonces that nobody needs any more


class Standing(Enum):
    VALID = "valid"
    LATE = "late"  # ended less than 90 days ago
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Revocation:
    at: str  # RFC 3339
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class KnownLaptop:
    """The laptop that a certificate was issued to."""

    id: str  # of the key that its log began with: names the laptop, whatever key signs now
    name: str
    certificate: LaptopCertificate
    standing: Standing
    revoked: Revocation | None = None


def refusal(revoked: Revocation) -> RefusedError:
    """What a laptop that was shut out is told."""
    return RefusedError(Text.LAPTOP_REVOKED, at=revoked.at, why=revoked.why)


class Standings:
    def __init__(self, store: Database, authority: Authority, clock: Clock) -> None:
        self._store = store
        self._authority = authority
        self._clock = clock
        self._swept = clock.monotonic()

    def of(self, certificate_id: str) -> KnownLaptop | None:
        """None: it was not issued here. RefusedError(CERTIFICATE_BAD): the database holds what we never signed."""
        query = (
            select(certificate, laptop.c.name, revocation.c.at, revocation.c.revoked_by, revocation.c.why)
            .join(laptop, laptop.c.key_id == certificate.c.laptop)
            .outerjoin(revocation, revocation.c.laptop == certificate.c.laptop)
            .where(certificate.c.id == certificate_id)
        )
        with self._store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        found = self._authority.opened(row.pem)
        if found.id != certificate_id or found.laptop != row.laptop:
            raise RefusedError(Text.CERTIFICATE_BAD)
        revoked = _revocation(row)
        standing = self._standing(found, row.ended is not None, revoked)
        return KnownLaptop(row.laptop, row.name, found, standing, revoked)

    def _standing(self, found: LaptopCertificate, ended: bool, revoked: Revocation | None) -> Standing:
        if revoked is not None:
            return Standing.REVOKED
        now = self._clock.now()
        if ended or now >= found.until + LATE or now < found.since:  # a key that was rolled over does not come back
            return Standing.EXPIRED
        return Standing.VALID if now < found.until else Standing.LATE

    def use_nonce(self, certificate_id: str, nonce: str, created: int) -> None:
        """RefusedError(ENTRY_REPLAYED): this request has come before, here or to another worker."""
        try:
            with self._store.write() as unit:
                row = {"certificate": certificate_id, "nonce": nonce, "until": created + WINDOW}
                unit.execute(insert(used_nonce).values(**row))
        except IntegrityError as error:
            raise RefusedError(Text.ENTRY_REPLAYED) from error
        if self._clock.monotonic() - self._swept >= _SWEEP_SECONDS:
            self._sweep()

    def _sweep(self) -> None:
        """Forget nonces of requests that are too old to be let in."""
        self._swept = self._clock.monotonic()
        before = int(self._clock.now().timestamp()) - 1
        with self._store.write() as unit:
            exclusively(unit, "used_nonce")  # or two workers wait for each other's rows
            unit.execute(delete(used_nonce).where(used_nonce.c.until < before))


def keep_apart(store: Database, clock: Clock, laptop_id: str, log_id: str, envelopes: Sequence[bytes]) -> int:
    """What a revoked laptop brings, as evidence; nothing of it is acknowledged. Returns how many records are new."""
    found = {leaf(envelope): envelope for envelope in envelopes}
    mine, received = kept_apart.c.laptop == laptop_id, iso(clock.now())
    with store.write() as unit:
        exclusively(unit, "kept_apart")
        count = unit.execute(select(func.count()).select_from(kept_apart).where(mine)).scalar_one()
        known = unit.execute(select(kept_apart.c.leaf).where(mine, kept_apart.c.leaf.in_(list(found)))).scalars()
        had = {bytes(one) for one in known}
        new = [one for one in found if one not in had][: max(0, MAX_APART - count)]
        same = {"laptop": laptop_id, "log": log_id, "received": received}
        rows = [{"leaf": one, "envelope": found[one], **same} for one in new]
        if rows:
            unit.execute(insert(kept_apart), rows)
    return len(rows)


def shut_out(store: Database, log_id: str, key_id: str) -> tuple[str, Revocation] | None:
    """The laptop that a log (or a key, of a log that is new) belongs to, if it was shut out: its id, and why."""
    owner = select(log.c.key_id).where(log.c.id == log_id).scalar_subquery()
    query = select(revocation).where(revocation.c.laptop == func.coalesce(owner, key_id))
    with store.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else (row.laptop, Revocation(row.at, row.revoked_by, row.why))


@dataclass(frozen=True, slots=True)
class Admitted:
    """How it stands with a laptop, for lists."""

    until: str | None = None  # RFC 3339: end of the certificate that lasts longest
    revoked: Revocation | None = None
    apart: int = 0  # records that it brought after it was shut out


def admitted(store: Database) -> dict[str, Admitted]:
    """Id of a laptop -> how it stands with it."""
    until = select(func.max(certificate.c.until)).where(
        certificate.c.laptop == laptop.c.key_id, certificate.c.ended.is_(None)
    )
    apart = select(func.count()).select_from(kept_apart).where(kept_apart.c.laptop == laptop.c.key_id)
    query = select(
        laptop.c.key_id, revocation, until.scalar_subquery().label("until"), apart.scalar_subquery().label("apart")
    ).outerjoin(revocation, revocation.c.laptop == laptop.c.key_id)
    with store.read() as connection:
        return {row.key_id: Admitted(row.until, _revocation(row), row.apart) for row in connection.execute(query)}


def _revocation(row: Row[Any]) -> Revocation | None:
    return None if row.at is None else Revocation(row.at, row.revoked_by, row.why)
