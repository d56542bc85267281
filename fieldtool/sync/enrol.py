"""This laptop's pass at central: it asks to be let in, keeps its certificate fresh, and signs its requests with it.

Nothing here is believed that central's key, whose fingerprint a person typed, does not vouch for.
"""

import hashlib
import json
import logging
import platform
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, insert, or_, select
from urllib3.util import parse_url

from fieldtool.audit.keys import LaptopSigner
from fieldtool.audit.log import AuditLog
from fieldtool.audit.receipts import said
from fieldtool.audit.rollover import ROLLED
from fieldtool.core.clock import Clock, parse_iso
from fieldtool.core.errors import RefusedError, SyncError, UsageError
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.texts import Text
from fieldtool.store.tables import audit, mark
from fieldtool.sync.certificates import (
    LaptopCertificate,
    certificate_of,
    code_of,
    introduced,
    request_for,
    told_time,
)
from fieldtool.sync.signed_request import signed

_log = logging.getLogger(__name__)

RENEW_BELOW = timedelta(days=10)  # left of the certificate
_MARK = "central-pass"

# What central says about who asks, with its parameters. Others are shown as they came.
_TOLD = {
    text.name: text
    for text in (
        Text.ENTRY_UNSIGNED, Text.ENTRY_SIGNATURE_BAD, Text.ENTRY_CLOCK, Text.ENTRY_REPLAYED, Text.ENTRY_UNKNOWN,
        Text.ENTRY_EXPIRED, Text.ENTRY_FAILED_OFTEN, Text.LAPTOP_REVOKED, Text.LAPTOP_THROW_AWAY, Text.ENROL_OTHER_KEY,
        Text.ENROL_FULL, Text.ENROL_REQUEST_BAD, Text.PUSH_TOO_OFTEN,
    )
}  # fmt: skip

Ask = Callable[[str, str, bytes | None], tuple[int, Any]]
"""One unsigned request to central: method, path, body -> status and JSON object. SyncError."""


@dataclass(frozen=True, slots=True)
class PassState:
    """How it stands with this laptop at central."""

    state: str  # none, waiting, approved, refused, ended
    code: str = ""  # of the request that waits: read it to whoever approves
    until: datetime | None = None  # end of the certificate
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database remembers."""

    central: str  # fingerprint of central's key: another central, another pass
    name: str
    request: str = ""  # id of the one that was made last
    request_der: str = ""  # base64
    request_key: str = ""  # id of the key that it is for
    refused_by: str = ""
    certificate: str = ""  # PEM
    authority: str = ""  # PEM, introduced by central's key


@dataclass(frozen=True, slots=True)
class SignedHead:
    fields: Mapping[str, str]
    nonce: str


class LaptopPass:
    """Of one data folder. Threads may share it; SyncError is all that escapes, StorageError apart."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._offset = timedelta()  # central's clock minus ours, as central proved; only signatures are dated with it

    # -- for those who ask something of central

    def head(self, method: str, url: str, body: bytes, central: str) -> SignedHead:
        """Header fields that sign a request to central (whose fingerprint is `central`). SyncError: not let in yet."""
        kept, key = self._load(central), self._key()
        certificate = self._certificate(kept, key)
        if certificate is None:
            raise SyncError(Text.ENTRY_UNSIGNED)
        nonce = secrets.token_hex(16)
        target = parse_url(url).request_uri
        created = int((self._clock.now() + self._offset).timestamp())
        with _locally():
            return SignedHead(signed(key, certificate.id, method, target, body, created, nonce), nonce)

    def set_right(self, answer: Mapping[str, Any], nonce: str, receipts: Ed25519PublicKey) -> bool:
        """Does central say, under its signature, that our clock is wrong? Then sign once more."""
        told = answer.get("params")
        if answer.get("code") != Text.ENTRY_CLOCK.name or not isinstance(told, dict):
            return False
        now, proof = str(told.get("now")), str(answer.get("proof"))
        try:
            receipts.verify(b64decode(proof, validate=True), told_time(now, nonce))
            self._offset = parse_iso(now) - self._clock.now()
        except (ValueError, InvalidSignature):
            return False
        return True

    def state(self, central: str) -> PassState:
        """Reads the database only."""
        kept = self._load(central)
        certificate = None if not kept.certificate else self._certificate(kept, self._key())
        if kept.refused_by:
            return PassState("refused", code_of(kept.request), name=kept.name)
        if certificate is not None and certificate.until > self._now():
            return PassState("approved", until=certificate.until, name=kept.name)
        code = code_of(kept.request) if kept.request else ""
        if certificate is not None:
            return PassState("ended", code, certificate.until, kept.name)
        return PassState("waiting" if code else "none", code, name=kept.name)

    # -- being let in

    def ready(self, ask: Ask, ask_signed: Ask, central: str, receipts: Ed25519PublicKey) -> None:
        """Have a certificate for the key that signs now: ask to be let in, or whether it was granted, or renew.

        SyncError: ENROL_WAITS (with the code to read out), ENROL_REFUSED, and what central says against it.
        """
        if self._log.log_id() is None:
            return  # nothing was ever recorded: there is nothing to send
        kept, key = self._load(central), self._key()
        certificate = self._certificate(kept, key)
        if certificate is None:
            self._ask_in(ask, kept, key, receipts)
        elif certificate.until <= self._now():
            self._ask_meanwhile(ask, kept, key, receipts)
        elif certificate.until - self._now() < RENEW_BELOW:
            self._renew(ask, ask_signed, kept, key, receipts)

    def anew(self, central: str, name: str) -> None:
        """The next `ready` makes another request if the last one was refused. `name`: "" = as it was called before."""
        kept = self._load(central)
        if kept.refused_by or name not in ("", kept.name):
            kept = replace(kept, request="", request_der="", request_key="", refused_by="")
        self._save(replace(kept, name=name or kept.name))

    def lost(self, central: str) -> None:
        """Central does not let this certificate in any more: the next `ready` asks for another one."""
        self._save(replace(self._load(central), certificate=""))

    def _ask_in(self, ask: Ask, kept: _Kept, key: LaptopSigner, receipts: Ed25519PublicKey) -> None:
        if kept.request_key != key.key_id:
            kept = self._request(kept, key)
            answer = self._apply(ask, kept)
        elif kept.refused_by:
            raise SyncError(Text.ENROL_REFUSED, by=kept.refused_by)
        else:
            answer = ask("GET", f"/v1/enrolments/{kept.request}", None)[1]
            if answer.get("code") == Text.ENROL_UNKNOWN.name:  # nobody decided in time
                answer = self._apply(ask, kept)
        state = answer.get("state")
        if state == "approved":
            return self._accept(ask, kept, key, receipts, str(answer.get("certificate")))
        if state == "refused":
            by = said(answer.get("by"))
            self._save(replace(kept, refused_by=by))
            raise SyncError(Text.ENROL_REFUSED, by=by)
        raise told(answer) or SyncError(Text.ENROL_WAITS, code=code_of(kept.request))

    def _request(self, kept: _Kept, key: LaptopSigner) -> _Kept:
        """A new request, kept before it is sent: its code stays the same whatever happens."""
        with _locally():
            der = request_for(key, key.public, kept.name)
        made = hashlib.sha256(der).hexdigest()
        kept = replace(kept, request=made, request_der=b64encode(der).decode(), request_key=key.key_id, refused_by="")
        self._save(kept)
        return kept

    def _apply(self, ask: Ask, kept: _Kept) -> dict[str, Any]:
        first = self._log.first_key()
        with self._log.store.read() as connection:
            lead = or_(audit.c.seq == 1, audit.c.event == ROLLED)
            records = connection.execute(select(audit.c.envelope).where(lead).order_by(audit.c.seq)).scalars().all()
        said_ = {
            "csr": kept.request_der,
            "first": "" if first is None else first.spki,
            "records": [bytes(envelope).decode() for envelope in records],
        }
        answer: dict[str, Any] = ask("POST", "/v1/enrolments", json.dumps(said_).encode())[1]
        return answer

    def _ask_meanwhile(self, ask: Ask, kept: _Kept, key: LaptopSigner, receipts: Ed25519PublicKey) -> None:
        """The certificate has ended. Records still go up with it for a while, so what holds us up is shown only."""
        try:
            self._ask_in(ask, kept, key, receipts)
        except SyncError as error:
            if error.text not in (Text.ENROL_WAITS, Text.ENROL_REFUSED):
                raise

    def _renew(self, ask: Ask, ask_signed: Ask, kept: _Kept, key: LaptopSigner, receipts: Ed25519PublicKey) -> None:
        """The old certificate goes on for days: that a new one cannot be had now keeps nobody from work."""
        try:
            with _locally():
                der = request_for(key, key.public, kept.name)
            answer = ask_signed("POST", "/v1/certificates", json.dumps({"csr": b64encode(der).decode()}).encode())[1]
            if "certificate" not in answer:
                raise told(answer) or SyncError(Text.CERTIFICATE_BAD)
            self._accept(ask, kept, key, receipts, str(answer["certificate"]))
        except SyncError as error:
            _log.info("the certificate is not renewed: %s", error.what)

    def _accept(self, ask: Ask, kept: _Kept, key: LaptopSigner, receipts: Ed25519PublicKey, pem: str) -> None:
        """Keep a certificate if central's authority signed it for our key. SyncError(CERTIFICATE_BAD)."""
        answer = ask("GET", "/v1/authority", None)[1]
        authority = str(answer.get("certificate"))
        try:
            introduced(authority, b64decode(str(answer.get("signature")), validate=True), receipts)
            found = _opened(pem, authority)
        except (RefusedError, ValueError) as error:
            raise SyncError(Text.CERTIFICATE_BAD) from error
        if found.key.key_id != key.key_id:
            raise SyncError(Text.CERTIFICATE_BAD)
        self._save(replace(kept, certificate=pem, authority=authority, request="", request_der="", request_key=""))

    # -- inside

    def _now(self) -> datetime:
        return self._clock.now() + self._offset

    def _key(self) -> LaptopSigner:
        with _locally():
            key = self._log.key()
        if key is None:
            raise SyncError(Text.AUDIT_KEY_GONE)
        return key

    def _certificate(self, kept: _Kept, key: LaptopSigner) -> LaptopCertificate | None:
        """That of the key which signs now."""
        if not kept.certificate:
            return None
        found = _opened(kept.certificate, kept.authority)
        return found if found.key.key_id == key.key_id else None

    def _load(self, central: str) -> _Kept:
        with self._log.store.read() as connection:
            text = connection.execute(select(mark.c.value).where(mark.c.name == _MARK)).scalar()
        try:
            kept = from_plain(_Kept, json.loads(text)) if text else None
        except (ValueError, KeyError, TypeError):  # damaged: the worst that follows is that somebody approves once more
            kept = None
        if kept is None or kept.central != central:
            return _Kept(central, platform.node() or "laptop")
        return kept

    def _save(self, kept: _Kept) -> None:
        with self._log.store.write() as unit:
            unit.execute(delete(mark).where(mark.c.name == _MARK))
            unit.execute(insert(mark).values(name=_MARK, value=json.dumps(to_plain(kept))))


def told(answer: Mapping[str, Any]) -> SyncError | None:
    """What central says about who asks. None: it says something else."""
    text, params = _TOLD.get(str(answer.get("code"))), answer.get("params")
    if text is None:
        return None
    try:
        return SyncError(text, **{str(name): said(value) for name, value in dict(params or {}).items()})
    except (KeyError, ValueError, TypeError):  # not the parameters of this text
        return None


@lru_cache(maxsize=8)
def _opened(pem: str, authority: str) -> LaptopCertificate:
    return LaptopCertificate.opened(pem, certificate_of(authority))


@contextmanager
def _locally() -> Iterator[None]:
    """A keystore or token that does not sign keeps us from central, and from nothing else."""
    try:
        yield
    except UsageError as error:
        raise SyncError(error.text, **error.params) from error
