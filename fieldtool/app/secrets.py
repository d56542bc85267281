"""Secrets and pins of a charger: from the keystore and the database, by serial number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fieldtool.core.model import Link, normal_serial
from fieldtool.store.keystore import Keystore

_KEY_MARK = "PRIVATE KEY-----"  # every PEM and OpenSSH private key has it in its first line


def secret_name(serial: str) -> str:
    """Under which name the keystore has a charger's password or private key."""
    return f"secret:{normal_serial(serial)}"


def is_private_key(secret: str) -> bool:
    return _KEY_MARK in secret.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class ChargerCredentials:
    """Reads the keystore when asked, so that a secret set a moment ago counts at once."""

    serial: str
    keystore: Keystore
    pins: Callable[[], Mapping[str, str]]  # normal serial -> fingerprint

    def password(self, link: Link) -> str | None:
        secret = self.keystore.get(secret_name(self.serial))
        return None if secret is None or is_private_key(secret) else secret

    def private_key(self, link: Link) -> str | None:
        secret = self.keystore.get(secret_name(self.serial))
        return secret if secret is not None and is_private_key(secret) else None

    def pin(self, link: Link) -> str | None:
        return self.pins().get(normal_serial(self.serial))
