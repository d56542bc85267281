"""Audit records and documents up, receipts down. The queue is the log itself: what has no receipt yet is pending."""

import binascii
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from threading import Lock
from typing import Any

import urllib3
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout, parse_url

from fieldtool.audit.checkpoint import fingerprint
from fieldtool.audit.log import AuditLog
from fieldtool.audit.receipts import confirms, is_about, keep, opened, said
from fieldtool.core.clock import Clock, SystemClock
from fieldtool.core.errors import SyncError
from fieldtool.core.texts import Text
from fieldtool.sync.enrol import LaptopPass, told
from fieldtool.sync.outbox import Document, Outbox

BATCH = 1000  # records per push, as central allows
BATCH_BYTES = 4 * 1024 * 1024
SMALLEST_BATCH = 16  # records: how far a batch shrinks on a line on which larger ones do not arrive in time
PAGE = 100  # records read at a time
MAX_ANSWER = 64 * 1024  # bytes that we read of an answer
TIMEOUT = Timeout(connect=3.0, read=30.0)

# What central's codes mean here. Others are shown as they came, cut to plain ASCII.
_REFUSALS = {text.name: text for text in (Text.LOG_OF_OTHER, Text.LOG_WITHOUT_BEGIN)}
_DAMAGE = {
    text.name for text in (Text.AUDIT_RECORD_BAD, Text.AUDIT_SIGNATURE_BAD, Text.AUDIT_CHAIN_BROKEN, Text.BODY_ENCODED)
}


_PACKED = {"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"}
_LATER = {408, 429, 502, 503, 504}  # statuses that say nothing about what was sent
_KEPT_BACK = {Text.DOCUMENT_BAD.name, Text.DOCUMENT_FORGED.name, Text.DOCUMENT_TOO_LARGE.name}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a push got confirmed so far."""

    records: int = 0
    documents: int = 0
    bytes: int = 0  # on the line, packed


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
        outbox: Outbox | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Without an `outbox` only records go up."""
        self._log = log
        self.laptop = LaptopPass(log, clock or SystemClock())
        self._outbox = outbox
        self._where = where
        self._settled = settled
        self._lock = Lock()
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)
        self._packer = zstandard.ZstdCompressor(write_checksum=True)  # one thread at a time, under the lock
        self._batch = BATCH
        self._sent = Sent()

    def push(self, each: Callable[[Sent], bool] = lambda _sent: True) -> int:
        """Bring central up to date; returns how many records it confirmed anew. Writes no record of its own.

        Records first, then documents: central takes none of a log that it does not know. `each` is called after every
        confirmed batch and document; False ends the push there.
        SyncError: central is not set, not reachable, not the one we know, or does not take what is sent; AuditError is
        never raised. UsageError, StorageError without the key that signs journals. What was confirmed stays confirmed.
        """
        with self._lock:
            where = self._where()
            if where is None:
                raise SyncError(Text.CENTRAL_NOT_SET)
            key, self._sent = self._key(where), Sent()
            self._let_in(where, key)
            if self._push_records(where, key, each) and self._outbox is not None:
                self._push_documents(where, key, each, self._outbox)
            return self._sent.records

    def enrol(self, where: CentralAddress, name: str) -> None:
        """Ask this central to let the laptop in, under this name ("" = as before). SyncError, ENROL_WAITS above all."""
        with self._lock:
            key = self._key(where)
            self.laptop.anew(where.key, name)
            self._let_in(where, key)

    def check(self, where: CentralAddress) -> None:
        """Is this central the one whose key was typed? SyncError."""
        with self._lock:
            self._key(where)

    def headers(self, url: str) -> Mapping[str, str]:
        """What proves this laptop to central when it gets `url` there; nothing for another server. SyncError."""
        where = self._where()
        if where is None or not url.startswith(where.url.rstrip("/") + "/"):
            return {}
        return self.laptop.head("GET", url, b"", where.key).fields

    def close(self) -> None:
        self._pool.clear()

    def _let_in(self, where: CentralAddress, key: Ed25519PublicKey) -> None:
        def ask(method: str, path: str, body: bytes | None) -> tuple[int, Any]:
            return self._request(method, where, path, body)

        def ask_signed(method: str, path: str, body: bytes | None) -> tuple[int, Any]:
            return self._signed(method, where, key, path, body)

        self.laptop.ready(ask, ask_signed, where.key, key)

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

    def _push_records(self, where: CentralAddress, key: Ed25519PublicKey, each: Callable[[Sent], bool]) -> bool:
        """Until nothing is pending. False: `each` ended it."""
        while step := self._push_batch(where, key):
            self._sent = replace(self._sent, records=self._sent.records + step)
            if not each(self._sent):
                return False
        return True

    def _push_batch(self, where: CentralAddress, key: Ed25519PublicKey) -> int:
        """One push; how many records it got confirmed, 0 when nothing is pending."""
        # Central knows the key that the log began with, and follows the later ones in the records.
        log, first, receipt = self._log.log_id(), self._log.first_key(), self._log.newest_receipt()
        confirmed = 0 if receipt is None else receipt.size
        envelopes = self._next(confirmed)
        if log is None or first is None or not envelopes:
            return 0
        size, nonce = confirmed + len(envelopes), secrets.token_hex(16)
        root = self._log.root(size).hex()
        path = f"/v1/logs/{log}/records?nonce={nonce}&size={size}&root={root}"
        try:
            status, answer = self._signed("POST", where, key, path, b"\n".join(envelopes) + b"\n")
        except SyncError:
            self._batch = max(len(envelopes) // 2, SMALLEST_BATCH)
            raise
        if "note" in answer:
            reached = self._accept(key, answer["note"], nonce, confirmed)
            if status == 200 and reached > confirmed:
                self._batch = min(self._batch + max(self._batch // 8, 1), BATCH)
                return reached - confirmed
        raise _refused(where, status, answer, first.key_id)

    def _next(self, confirmed: int) -> list[bytes]:
        """The next batch, bounded in records and in bytes, read page by page: records may be large."""
        batch: list[bytes] = []
        total = 0
        while page := self._log.envelopes(confirmed + len(batch), min(PAGE, self._batch - len(batch))):
            for envelope in page:
                total += len(envelope) + 1
                if batch and total > BATCH_BYTES:
                    return batch
                batch.append(envelope)
            if len(batch) >= self._batch:
                break
        return batch

    def _push_documents(
        self, where: CentralAddress, key: Ed25519PublicKey, each: Callable[[Sent], bool], outbox: Outbox
    ) -> None:
        """One that central does not want holds up no other; it is told at the end, and stays pending."""
        unwanted: SyncError | None = None
        for document in outbox.next():
            try:
                outbox.confirmed(document, self._push_document(where, key, document))
            except SyncError as error:
                if error.text is not Text.DOCUMENT_KEPT_BACK:
                    raise
                unwanted = unwanted or error
                continue
            self._sent = replace(self._sent, documents=self._sent.documents + 1)
            if not each(self._sent):
                return
        if unwanted is not None:
            raise unwanted

    def _push_document(self, where: CentralAddress, key: Ed25519PublicKey, document: Document) -> str:
        """Returns central's note, verified: it signs these very bytes of this very log."""
        log, nonce = self._log.log_id(), secrets.token_hex(16)
        path = f"/v1/logs/{log}/documents/{document.sha256}?nonce={nonce}"
        status, answer = self._signed("POST", where, key, path, document.envelope)
        if status != 200 or "note" not in answer:
            if answer.get("code") in _KEPT_BACK:
                raise SyncError(Text.DOCUMENT_KEPT_BACK, run=document.run or "-", detail=said(answer.get("what")))
            raise _refused(where, status, answer, "")
        note = str(answer["note"])
        checkpoint = opened(note, key)
        if not is_about(checkpoint, self._log, "document") or checkpoint.nonce != nonce:
            raise SyncError(Text.CENTRAL_OLD_RECEIPT)
        if not confirms(checkpoint, document.envelope):
            raise SyncError(Text.CENTRAL_OTHER_DOCUMENT)
        return note

    def _accept(self, key: Ed25519PublicKey, note: object, nonce: str, confirmed: int) -> int:
        """Keep the receipt if it holds against our own log. Returns the size it confirms."""
        checkpoint = opened(str(note), key)
        if not is_about(checkpoint, self._log) or checkpoint.nonce != nonce:
            raise SyncError(Text.CENTRAL_OLD_RECEIPT)
        keep(self._log, checkpoint, str(note), confirmed, key)
        self._settled(checkpoint.received)
        return checkpoint.size

    def _signed(
        self, method: str, where: CentralAddress, key: Ed25519PublicKey, path: str, body: bytes | None
    ) -> tuple[int, Any]:
        """As this laptop; once more with central's time when our clock is wrong."""
        packed = None if body is None else self._packer.compress(body)
        for _ in range(2):
            head = self.laptop.head(method, where.url.rstrip("/") + path, packed or b"", where.key)
            status, answer = self._send(method, where, path, packed, head.fields)
            if not self.laptop.set_right(answer, head.nonce, key):
                break
        if answer.get("code") in (Text.ENTRY_UNKNOWN.name, Text.ENTRY_EXPIRED.name):
            self.laptop.lost(where.key)
        return status, answer

    def _request(self, method: str, where: CentralAddress, path: str, body: bytes | None = None) -> tuple[int, Any]:
        return self._send(method, where, path, None if body is None else self._packer.compress(body), {})

    def _send(
        self, method: str, where: CentralAddress, path: str, packed: bytes | None, fields: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Status and JSON object. SyncError when there is no such answer."""
        try:
            url = parse_url(where.url)
            if url.scheme not in ("http", "https") or not url.host:
                raise SyncError(Text.CENTRAL_URL_BAD, url=where.url)
            response = self._pool.request(
                method,
                where.url.rstrip("/") + path,
                body=packed,
                headers={**fields, **(_PACKED if packed is not None else {})},
                redirect=False,
                preload_content=False,
            )
            try:
                content = response.read(MAX_ANSWER + 1)
                self._sent = replace(self._sent, bytes=self._sent.bytes + len(packed or b""))
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


def _refused(where: CentralAddress, status: int, answer: dict[str, Any], key_id: str) -> SyncError:
    code = str(answer.get("code", ""))
    if (error := told(answer)) is not None:
        return error
    if status in _LATER and code not in _REFUSALS:
        return SyncError(Text.CENTRAL_LATER, detail=said(answer.get("what")) or f"HTTP {status}")
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
