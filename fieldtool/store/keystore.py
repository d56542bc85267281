"""Secrets live in the operating system's keystore, and nowhere else.

The one exception is the throw-away keystore of a training folder (design/trust.md section 3): `fieldtool lab` makes
and marks such a folder, and it opens only with that folder's own root of trust. No variable, flag or setting reaches
it.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file

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

    def get(self, name: str) -> str | None:
        return self._content().secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        self._change(name, secret)

    def remove(self, name: str) -> None:
        self._change(name, None)

    def _change(self, name: str, secret: str | None) -> None:
        with _changing:
            content = self._content()
            secrets = {other: kept for other, kept in content.secrets.items() if other != name}
            if secret is not None:
                secrets[name] = secret
            _write_mark(self._path, content.root, secrets)

    def _content(self) -> "_Mark":
        content = _read_mark(self._path)
        if content is None:
            raise UsageError(Text.THROW_AWAY_MISMATCH, folder=str(self._path.parent))
        return content


@dataclass(frozen=True, slots=True)
class _Mark:
    root: str  # SHA-256 of the root of trust that the folder belongs to
    secrets: dict[str, str]


_changing = Lock()  # the window and its workers share a file, each with an object of its own


def _read_mark(path: Path) -> _Mark | None:
    """None when it is damaged: it then opens nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        root, secrets = content["root"], content["secrets"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(root, str) or len(root) != 64 or not isinstance(secrets, dict):
        return None
    return _Mark(root, {str(name): str(secret) for name, secret in secrets.items()})


def _write_mark(path: Path, root: str, secrets: dict[str, str]) -> None:
    note = "THROW-AWAY KEYS of a training folder. They open no real charger and sign no real record."
    replace_file(path, json.dumps({"note": note, "root": root, "secrets": secrets}, indent=1).encode(), private=True)


def mark_throw_away(folder: Path) -> None:
    """Make `folder` a training folder that belongs to the root of trust it holds now. For `fieldtool lab` only."""
    _write_mark(folder / MARK, hashlib.sha256((folder / ROOT).read_bytes()).hexdigest(), {})


def keystore(folder: Path) -> Keystore:
    """The keystore of a data folder.

    UsageError(THROW_AWAY_MISMATCH) when a marked folder holds another root or none, or its mark is damaged.
    """
    if not (folder / MARK).exists():
        return SystemKeystore(folder)
    if not _own_root(folder):
        raise UsageError(Text.THROW_AWAY_MISMATCH, folder=str(folder))
    return ThrowAwayKeystore(folder)


def training_root(folder: Path) -> str:
    """SHA-256 of the root that the training folder `folder`, or the nearest one around it, belongs to; "" = none."""
    for place in (folder.resolve(), *folder.resolve().parents):
        if (place / MARK).exists():
            return _own_root(place)
    return ""


def _own_root(folder: Path) -> str:
    """The hash in the mark of `folder` if it is the hash of the root there, else ""."""
    mark, root = _read_mark(folder / MARK), folder / ROOT
    if mark is None or not root.exists() or hashlib.sha256(root.read_bytes()).hexdigest() != mark.root:
        return ""
    return mark.root


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
