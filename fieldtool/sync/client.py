"""Audit records up, receipts down. One queue, the log itself: what has no receipt yet is pending."""

import binascii
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from threading import Lock
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout, parse_url

from fieldtool.audit.checkpoint import fingerprint
from fieldtool.audit.log import AuditLog
from fieldtool.audit.receipts import is_about, keep, opened, said
from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text

BATCH = 1000  # records per push, as central allows
BATCH_BYTES = 4 * 1024 * 1024
MAX_ANSWER = 64 * 1024  # bytes that we read of an answer
TIMEOUT = Timeout(connect=3.0, read=30.0)

# What central's codes mean here. Others are shown as they came, cut to plain ASCII.
_REFUSALS = {
    text.name: text for text in (Text.LAPTOP_THROW_AWAY, Text.LOG_OF_OTHER, Text.LOG_WITHOUT_BEGIN, Text.PUSH_TOO_OFTEN)
}
_DAMAGE = {text.name for text in (Text.AUDIT_RECORD_BAD, Text.AUDIT_SIGNATURE_BAD, Text.AUDIT_CHAIN_BROKEN)}


@dataclass(frozen=True, slots=True)
class CentralAddress:
    """Where central is, and the fingerprint of the only receipt key that is believed, as a person typed it."""

    url: str
    key: str  # "SHA256:..."; "" = nobody has confirmed one yet: nothing is sent


class SyncClient:
    """Pushes what central has not confirmed. Safe to kill at any point and to call from several threads.

    `where` is asked anew for every push, so a changed setting counts at once; None: no central is set. `settled` is
    told central's time when it was proved fresh (the receipt carries our nonce).
    """

    def __init__(
        self,
        log: AuditLog,
        where: Callable[[], CentralAddress | None],
        settled: Callable[[datetime], object] = lambda _at: None,
    ) -> None:
        self._log = log
        self._where = where
        self._settled = settled
        self._lock = Lock()
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def push(self, each: Callable[[], bool] = lambda: True) -> int:
        """Bring central up to date; returns how many records it confirmed anew. Writes no record of its own.

        `each` is called after every confirmed batch; False ends the push there.
        SyncError: central is not set, not reachable, not the one we know, or does not take the records; AuditError is
        never raised. What was confirmed before the error stays confirmed.
        """
        with self._lock:
            where = self._where()
            if where is None:
                raise SyncError(Text.CENTRAL_NOT_SET)
            key = self._key(where)
            sent = 0
            while step := self._push_batch(where, key):
                sent += step
                if not each():
                    break
            return sent

    def close(self) -> None:
        self._pool.clear()

    def _key(self, where: CentralAddress) -> Ed25519PublicKey:
        """Central's receipt key, believed because its fingerprint is the one that was typed."""
        status, answer = self._request("GET", where, "/v1/key")
        try:
            key = Ed25519PublicKey.from_public_bytes(binascii.a2b_base64(answer["key"], strict_mode=True))
        except (KeyError, TypeError, ValueError) as error:
            raise SyncError(Text.CENTRAL_STRANGE, url=where.url, detail=f"HTTP {status}") from error
        found = fingerprint(key)
        if not where.key:
            raise SyncError(Text.CENTRAL_KEY_NOT_SET, url=where.url, found=found)
        if not compare_digest(found.encode(), where.key.strip().encode()):
            raise SyncError(Text.CENTRAL_KEY_OTHER, url=where.url, expected=where.key, found=found)
        return key

    def _push_batch(self, where: CentralAddress, key: Ed25519PublicKey) -> int:
        """One push; how many records it got confirmed, 0 when nothing is pending."""
        # Central knows the key that the log began with, and follows the later ones in the records.
        log, first, receipt = self._log.log_id(), self._log.first_key(), self._log.newest_receipt()
        confirmed = 0 if receipt is None else receipt.size
        envelopes = _batch(self._log.envelopes(confirmed, BATCH))
        if log is None or first is None or not envelopes:
            return 0
        key_id = first.key_id
        size, nonce = confirmed + len(envelopes), secrets.token_hex(16)
        path = f"/v1/logs/{log}/records?key={key_id}&nonce={nonce}&size={size}&root={self._log.root(size).hex()}"
        status, answer = self._request("POST", where, path, b"\n".join(envelopes) + b"\n")
        if "note" in answer:
            reached = self._accept(key, answer["note"], nonce, confirmed)
            if status == 200 and reached > confirmed:
                return reached - confirmed
        raise _refused(where, status, answer, key_id)

    def _accept(self, key: Ed25519PublicKey, note: object, nonce: str, confirmed: int) -> int:
        """Keep the receipt if it holds against our own log. Returns the size it confirms."""
        checkpoint = opened(str(note), key)
        if not is_about(checkpoint, self._log) or checkpoint.nonce != nonce:
            raise SyncError(Text.CENTRAL_OLD_RECEIPT)
        keep(self._log, checkpoint, str(note), confirmed)
        self._settled(checkpoint.received)
        return checkpoint.size

    def _request(self, method: str, where: CentralAddress, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """Status and JSON object. SyncError when there is no such answer."""
        try:
            url = parse_url(where.url)
            if url.scheme not in ("http", "https") or not url.host:
                raise SyncError(Text.CENTRAL_URL_BAD, url=where.url)
            response = self._pool.request(
                method,
                where.url.rstrip("/") + path,
                body=body,
                headers={"Content-Type": "application/x-ndjson"} if body is not None else None,
                redirect=False,
                preload_content=False,
            )
            try:
                content = response.read(MAX_ANSWER + 1)
            finally:
                response.close()
        except HTTPError as error:
            raise SyncError(Text.CENTRAL_UNREACHABLE, url=where.url, detail=_words(error)) from error
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or len(content) > MAX_ANSWER:
            raise SyncError(Text.CENTRAL_STRANGE, url=where.url, detail=f"HTTP {response.status}")
        return response.status, answer


def _batch(envelopes: list[bytes]) -> list[bytes]:
    total, kept = 0, 0
    for envelope in envelopes:
        total += len(envelope) + 1
        if kept and total > BATCH_BYTES:
            break
        kept += 1
    return envelopes[:kept]


def _refused(where: CentralAddress, status: int, answer: dict[str, Any], key_id: str) -> SyncError:
    code = str(answer.get("code", ""))
    if code == Text.LAPTOP_UNKNOWN.name:
        return SyncError(Text.LAPTOP_UNKNOWN, key=key_id[:16])
    if code in (Text.LOG_FORKED.name, Text.ROOT_DIFFERS.name):
        return SyncError(Text.CENTRAL_FORKED)
    if code in _DAMAGE:
        return SyncError(Text.CENTRAL_DAMAGED, detail=said(answer.get("what")))
    if code in _REFUSALS:
        return SyncError(_REFUSALS[code])
    if code:
        return SyncError(Text.CENTRAL_REFUSES, detail=said(answer.get("what")))
    return SyncError(Text.CENTRAL_STRANGE, url=where.url, detail=f"HTTP {status}")


def _words(error: Exception) -> str:
    cause: BaseException = error
    while isinstance(cause.__cause__ or cause.__context__, OSError | HTTPError):
        cause = cause.__cause__ or cause.__context__ or cause
    return (getattr(cause, "strerror", None) or type(cause).__name__).rstrip(".")
