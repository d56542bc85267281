"""Settings of chargers, saved before an update: encrypted files, their key in the keystore of the system.

A file: one line of JSON (format, id of its key), a nonce of 12 bytes, then AES-256-GCM of the settings, bound to the
file's name and its run, so that no file passes for another's. Settings may hold passwords: none is ever on disk in
plain text, in an error or in a log.
"""

import base64
import json
import os
import re
import secrets
from collections.abc import Collection
from pathlib import Path
from threading import Lock

from fieldtool.core.errors import StorageError
from fieldtool.core.model import Configuration
from fieldtool.core.plain import from_plain, to_plain
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file
from fieldtool.store.keystore import Keystore

FORMAT = "fieldtool-settings-1"
KEY_NAME = "settings-key-"  # and its id: two programs that each make one on first use do not lock each other out
KEY_ID = Path("key-id")  # of the key that is used for new files
KEY_BYTES, NONCE_BYTES = 32, 12
_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.[a-z0-9][a-z0-9._-]{0,63}\.[0-9a-f]{8}")


class Backups:
    """Saved settings in one folder. Thread-safe; several programs may use the folder at once.

    UsageError(NO_KEYSTORE, KEYSTORE_FAILED) from `save` and `load` when the system gives no keystore.
    """

    def __init__(self, folder: Path, keystore: Keystore) -> None:
        self._folder = folder
        self._keystore = keystore
        self._making = Lock()

    def save(self, run: str, component: str, settings: Configuration) -> str:
        """On disk when this returns. Returns the name to load it by. StorageError(BACKUP_UNWRITABLE)."""
        name = f"{run}.{component}.{secrets.token_hex(4)}"
        if not _RUN.fullmatch(run) or not _NAME.fullmatch(name):
            raise ValueError("no name of a run and a component")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        content = json.dumps(to_plain(settings)).encode()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key_id, key = self._key_for_new()
            head, nonce = _head(key_id), os.urandom(NONCE_BYTES)
            sealed = AESGCM(key).encrypt(nonce, content, _bound(head, name))
            replace_file(self._folder / name, head + nonce + sealed, private=True)
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise StorageError(Text.BACKUP_UNWRITABLE, folder=str(self._folder), detail=detail) from error
        return name

    def load(self, name: str) -> Configuration:
        """What was saved under `name`. StorageError: BACKUP_GONE, BACKUP_DAMAGED, BACKUP_KEY_GONE."""
        if not _NAME.fullmatch(name):
            raise StorageError(Text.BACKUP_GONE, name=name[:80], detail="no such name")
        try:
            sealed = (self._folder / name).read_bytes()
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise StorageError(Text.BACKUP_GONE, name=name, detail=detail) from error
        head, _, rest = sealed.partition(b"\n")
        key = self._key(_key_id(head), name)
        try:
            return _opened(key, head + b"\n", rest, name)
        except ValueError:
            raise StorageError(Text.BACKUP_DAMAGED, name=name) from None  # the cause may quote a secret

    def forget(self, runs: Collection[str]) -> int:
        """Delete what was saved for these runs. Returns how many files. StorageError(BACKUP_UNWRITABLE)."""
        count = 0
        try:
            for path in self._files():
                if path.name.partition(".")[0] in runs:
                    path.unlink(missing_ok=True)
                    count += 1
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise StorageError(Text.BACKUP_UNWRITABLE, folder=str(self._folder), detail=detail) from error
        return count

    def _files(self) -> list[Path]:
        """Of runs, unfinished ones too; not the key's id."""
        if not self._folder.exists():
            return []
        return [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name.removesuffix(".part"))]

    def _key_for_new(self) -> tuple[str, bytes]:
        """The key for new files, made on first use, and again where the keystore has lost it."""
        with self._making:
            path = self._folder / KEY_ID
            key_id = path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""
            secret = self._keystore.get(KEY_NAME + key_id) if _is_key_id(key_id) else None
            if secret is None or (key := _decoded(secret)) is None:
                key_id, key = secrets.token_hex(8), os.urandom(KEY_BYTES)
                self._keystore.put(KEY_NAME + key_id, base64.b64encode(key).decode())
                replace_file(path, f"{key_id}\n".encode(), private=True)
            return key_id, key

    def _key(self, key_id: str | None, name: str) -> bytes:
        if key_id is None:
            raise StorageError(Text.BACKUP_DAMAGED, name=name)
        secret = self._keystore.get(KEY_NAME + key_id)
        key = _decoded(secret) if secret is not None else None
        if key is None:
            raise StorageError(Text.BACKUP_KEY_GONE, name=name)
        return key


def _head(key_id: str) -> bytes:
    return json.dumps({"format": FORMAT, "key": key_id}).encode() + b"\n"


def _key_id(head: bytes) -> str | None:
    """None when this is no head of ours."""
    try:
        told = json.loads(head)
        key_id = str(told["key"])
        known = told["format"] == FORMAT and _is_key_id(key_id)
    except (ValueError, TypeError, KeyError):
        return None
    return key_id if known else None


def _is_key_id(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{16}", text) is not None


def _decoded(secret: str) -> bytes | None:
    try:
        key = base64.b64decode(secret, validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _bound(head: bytes, name: str) -> bytes:
    """What a file is tied to without being told in secret: its head, its name, its run."""
    return head + f"{name}\n{name.partition('.')[0]}".encode()


def _opened(key: bytes, head: bytes, rest: bytes, name: str) -> Configuration:
    """ValueError when a bit of it is another than it was."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        content = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(head, name))
        return from_plain(Configuration, json.loads(content))
    except (InvalidTag, KeyError, TypeError, ValueError):
        raise ValueError("not what was saved") from None
