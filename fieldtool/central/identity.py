"""Who the central system is: its data folder, its name, and the Ed25519 key that signs receipts.

A server has no desktop keyring, so the key is a file of its data folder that only its owner may read
(resources/docs/guide/central.md).
"""

import os
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from sqlalchemy import insert, select, update

from fieldtool.audit.checkpoint import fingerprint
from fieldtool.central.database import Database, exclusively
from fieldtool.central.tables import identity
from fieldtool.central.where import check_owner_only, open_named
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.database import Schema

SCHEMA = Schema("central.sqlite3", Path(__file__).parent / "migrations", "0006")
KEY_FILE = "receipt-key.pem"
NAME = "fieldtool-central"


@dataclass(frozen=True, slots=True)
class Identity:
    name: str
    key: Ed25519PrivateKey

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key.public_key())


def open_store(folder: Path, url: str = "") -> Database:
    """Central's database, wherever it is. Errors as `open_named`."""
    return open_named(folder, SCHEMA, url)


def open_identity(store: Database, name: str = NAME) -> Identity:
    """The identity of the database, with the key in the store's folder; made at first start and never again.

    UsageError: CENTRAL_KEY_GONE (receipts were signed with a key that is not there), CENTRAL_KEY_SECOND (with another
    one), CENTRAL_KEY_OPEN (others may read it), CENTRAL_KEY_BAD.
    """
    path = store.folder / KEY_FILE
    with store.write() as unit:
        exclusively(unit, "identity")  # or two workers make two
        found = unit.execute(select(identity)).first()
        if found is None:
            if not path.exists():
                _write_key(path)
            mine = Identity(name, read_key(path))
            unit.execute(insert(identity).values(name=name, key=mine.fingerprint))
            return mine
        if not path.exists():
            raise UsageError(Text.CENTRAL_KEY_GONE, file=str(path))
        mine = Identity(found.name, read_key(path))
        if found.key is None:
            unit.execute(update(identity).values(key=mine.fingerprint))
        elif not compare_digest(found.key, mine.fingerprint):
            raise UsageError(Text.CENTRAL_KEY_SECOND, file=str(path), expected=found.key)
        return mine


def _write_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_key(path: Path) -> Ed25519PrivateKey:
    """UsageError: CENTRAL_KEY_OPEN (others may read it), CENTRAL_KEY_BAD."""
    check_owner_only(path, Text.CENTRAL_KEY_OPEN)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise UsageError(Text.CENTRAL_KEY_BAD, file=str(path)) from None  # the cause may quote the secret
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(Text.CENTRAL_KEY_BAD, file=str(path))
    return key
