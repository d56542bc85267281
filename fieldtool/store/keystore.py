"""Secrets live in the operating system's keystore, and nowhere else.

The one exception is the throw-away keystore of a training folder (design/trust.md section 3): `fieldtool lab` makes
and marks such a folder, and it opens only with that folder's own root of trust. No variable, flag or setting reaches
it.
"""

import hashlib
import json
import os
from pathlib import Path
from threading import Lock
from typing import Protocol

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

MARK = "THROW-AWAY.json"  # in the data folder: made by `fieldtool lab`, names the folder's own root
ROOT = Path("trust") / "root.json"  # the accepted root of trust, in every data folder
SERVICE = "fieldtool"


class Keystore(Protocol):
    """Named secrets. UsageError(NO_KEYSTORE or KEYSTORE_FAILED) when the system gives none."""

    @property
    def throw_away(self) -> bool:
        """True only for a training folder: shown in the status bar and on every report."""
        ...

    def get(self, name: str) -> str | None: ...
    def put(self, name: str, secret: str) -> None: ...
    def remove(self, name: str) -> None: ...


class SystemKeystore:
    """The desktop's keyring through the `keyring` package. Backends that write plain files are refused."""

    throw_away = False

    def __init__(self, folder: Path) -> None:
        # Two data folders on one laptop must not share a signing key: their logs would fork each other.
        self._service = f"{SERVICE}:{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"

    def get(self, name: str) -> str | None:
        from keyring.errors import KeyringError

        try:
            return _backend().get_password(self._service, name)
        except KeyringError as error:
            raise UsageError(Text.KEYSTORE_FAILED, detail=_words(error)) from error

    def put(self, name: str, secret: str) -> None:
        from keyring.errors import KeyringError

        try:
            _backend().set_password(self._service, name, secret)
        except KeyringError as error:
            raise UsageError(Text.KEYSTORE_FAILED, detail=_words(error)) from error

    def remove(self, name: str) -> None:
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            _backend().delete_password(self._service, name)
        except PasswordDeleteError:
            return  # it is not there: what was asked for
        except KeyringError as error:
            raise UsageError(Text.KEYSTORE_FAILED, detail=_words(error)) from error


class ThrowAwayKeystore:
    """Secrets of a training folder, in its own file. Central knows its keys only when started from that folder."""

    throw_away = True

    def __init__(self, folder: Path) -> None:
        self._path = folder / MARK
        self._lock = Lock()

    def get(self, name: str) -> str | None:
        secret = self._secrets().get(name)
        return None if secret is None else str(secret)

    def put(self, name: str, secret: str) -> None:
        self._change(name, secret)

    def remove(self, name: str) -> None:
        self._change(name, None)

    def _secrets(self) -> dict[str, str]:
        secrets: dict[str, str] = json.loads(self._path.read_text())["secrets"]
        return secrets

    def _change(self, name: str, secret: str | None) -> None:
        with self._lock:
            content = json.loads(self._path.read_text())
            content["secrets"].pop(name, None)
            if secret is not None:
                content["secrets"][name] = secret
            _replace(self._path, content)


def mark_throw_away(folder: Path) -> None:
    """Make `folder` a training folder that belongs to the root of trust it holds now. For `fieldtool lab` only."""
    root = (folder / ROOT).read_bytes()
    _replace(
        folder / MARK,
        {
            "note": "THROW-AWAY KEYS of a training folder. They open no real charger and sign no real record.",
            "root": hashlib.sha256(root).hexdigest(),
            "secrets": {},
        },
    )


def keystore(folder: Path) -> Keystore:
    """The keystore of a data folder. UsageError(THROW_AWAY_MISMATCH) when a marked folder holds another root."""
    mark = folder / MARK
    if not mark.exists():
        return SystemKeystore(folder)
    root = folder / ROOT
    found = hashlib.sha256(root.read_bytes()).hexdigest() if root.exists() else ""
    if json.loads(mark.read_text())["root"] != found:
        raise UsageError(Text.THROW_AWAY_MISMATCH, folder=str(folder))
    return ThrowAwayKeystore(folder)


def training_root(folder: Path) -> str:
    """SHA-256 of the root that the marked training folder `folder`, or one around it, belongs to; "" outside any."""
    for place in (folder.resolve(), *folder.resolve().parents):
        if (place / MARK).exists():
            return str(json.loads((place / MARK).read_text())["root"])
    return ""


class _Backend(Protocol):
    def get_password(self, service: str, name: str) -> str | None: ...
    def set_password(self, service: str, name: str, secret: str) -> None: ...
    def delete_password(self, service: str, name: str) -> None: ...


# Only these keep secrets in a vault of the system; keyring may find others (plain text files, null) first.
_VAULTS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.Windows",
    "keyring.backends.macOS",
)


def _backend() -> _Backend:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    found = keyring.get_keyring()
    candidates = found.backends if isinstance(found, ChainerBackend) else [found]
    for backend in candidates:
        if type(backend).__module__.startswith(_VAULTS):
            chosen: _Backend = backend
            return chosen
    raise UsageError(Text.NO_KEYSTORE, detail=type(found).__module__)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _replace(path: Path, content: object) -> None:
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
