"""Documents beside the records of a log: journals of runs and evidence, each signed by one of the log's keys.

Kept as they came, once: the same bytes again are the same document.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import insert, select

from fieldtool.audit.checkpoint import Checkpoint
from fieldtool.audit.dsse import Sealed, pae, split
from fieldtool.audit.record import leaf
from fieldtool.central.database import Database, exclusively
from fieldtool.central.identity import Identity
from fieldtool.central.tables import document
from fieldtool.central.verified import Keys
from fieldtool.core.clock import Clock, iso
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.outbox import EVIDENCE, JOURNAL

TYPES = (JOURNAL, EVIDENCE)
_MAX_RUN = 64  # characters of a run's id


class Archive:
    """Threads may share it. StorageError when the database does not take or give."""

    def __init__(
        self, store: Database, identity: Identity, clock: Clock, keys_of: Callable[[str], Keys | None]
    ) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._keys_of = keys_of

    def keep(self, log: str, sha256: str, envelope: bytes, nonce: str = "") -> str:
        """Keep a document of a log whose records we hold. Returns a signed note of a tree of this one leaf.

        RefusedError, nothing kept: LOG_UNKNOWN, DOCUMENT_DIFFERS (from its hash), DOCUMENT_BAD, DOCUMENT_FORGED.
        """
        keys = self._keys_of(log)
        if keys is None:
            raise RefusedError(Text.LOG_UNKNOWN)
        if not compare_digest(hashlib.sha256(envelope).hexdigest(), sha256):
            raise RefusedError(Text.DOCUMENT_DIFFERS)
        payload_type, sealed = _taken_apart(envelope)
        key = keys.by_id().get(sealed.key_id)
        if key is None or not key.fits(sealed.signature, pae(payload_type, sealed.payload)):
            raise RefusedError(Text.DOCUMENT_FORGED)
        run, now = _run(sealed.payload), self._clock.now()
        row = {"log": log, "sha256": sha256, "payload_type": payload_type, "run": run, "key_id": sealed.key_id}
        with self._store.write() as unit:
            exclusively(unit, f"document {log}")
            same = (document.c.log == log, document.c.sha256 == sha256)
            if unit.execute(select(document.c.sha256).where(*same)).first() is None:
                unit.execute(insert(document).values(**row, envelope=envelope, received=iso(now)))
        return self._note(log, envelope, now, nonce)

    def _note(self, log: str, envelope: bytes, now: datetime, nonce: str) -> str:
        origin = f"{self._identity.name}/document/{log}"
        return Checkpoint(origin, 1, leaf(envelope), now, nonce).signed(self._identity.key)


def _taken_apart(envelope: bytes) -> tuple[str, Sealed]:
    for payload_type in TYPES:
        try:
            return payload_type, split(payload_type, envelope)
        except ValueError:
            continue
    raise RefusedError(Text.DOCUMENT_BAD)


def _run(payload: bytes) -> str:
    """The run that it says it is about; "" when it is of no single run."""
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        raise RefusedError(Text.DOCUMENT_BAD) from None
    run = content.get("run") if isinstance(content, dict) else None
    plain = isinstance(run, str) and run.isascii() and run.isprintable() and len(run) <= _MAX_RUN
    return str(run) if plain else ""
