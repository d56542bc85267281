"""When a receipt of the central system counts: the same rules, whether it came over the network or on a stick."""

from base64 import b64encode
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import leaf
from fieldtool.core.errors import AuditError, SyncError
from fieldtool.core.texts import Text


def opened(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint that `key` signed. SyncError(RECEIPT_BAD, RECEIPT_FORGED)."""
    try:
        return Checkpoint.opened(note, key)
    except AuditError as error:
        raise SyncError(error.text, **error.params) from error


def is_about(checkpoint: Checkpoint, log: AuditLog, kind: str = "audit") -> bool:
    """Is it of this log? `kind`: of its records, or of a "document" beside them."""
    return checkpoint.origin.endswith(f"/{kind}/{log.log_id()}")


def confirms(checkpoint: Checkpoint, document: bytes) -> bool:
    """Does it confirm these very bytes?"""
    return checkpoint.size == 1 and compare_digest(checkpoint.root, leaf(document))


def keep(log: AuditLog, checkpoint: Checkpoint, note: str, confirmed: int, key: Ed25519PublicKey) -> None:
    """Remember what central confirms, if it is no less than the `confirmed` before, no more than we have, and ours.

    The note's signature by `key` and its origin were checked. SyncError(CENTRAL_HAS_MORE, CENTRAL_FORGOT,
    CENTRAL_OTHER_ROOT): nothing is remembered then.
    """
    local = log.size()
    if checkpoint.size > local:
        raise SyncError(Text.CENTRAL_HAS_MORE, found=checkpoint.size, expected=local)
    if checkpoint.size < confirmed:
        raise SyncError(Text.CENTRAL_FORGOT, found=checkpoint.size, expected=confirmed)
    if not compare_digest(log.root(checkpoint.size), checkpoint.root):
        raise SyncError(Text.CENTRAL_OTHER_ROOT, size=checkpoint.size)
    if checkpoint.size > confirmed:
        log.keep_receipt(checkpoint.size, note, checkpoint.received, b64encode(key.public_bytes_raw()).decode())


def said(text: object) -> str:
    """What the central system says beside its note, as something that may be shown: one line of plain ASCII."""
    return "".join(letter for letter in str(text)[:200] if " " <= letter <= "~").rstrip(".")
