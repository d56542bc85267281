"""Trust anchors: whose signature a maker's files must carry. A signed file of the image repository, read strictly.

    {"schema": 1, "format": "raucb", "certificates": ["-----BEGIN CERTIFICATE-----..."], "signers": [], "purposes":
     ["emailProtection"], "keys": []}

resources/docs/guide/native-signatures.md says what each field means. Unknown fields are refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text

SCHEMA = 1
LARGEST = 256 << 10  # bytes of the file
MANY = 32  # entries of a list
UNRESTRICTED = "unrestricted"  # as a purpose: the signer's certificate limits itself to none

CMS_FORMATS = frozenset({"raucb", "swu"})
FORMATS = CMS_FORMATS | {"mcuboot", "fit"}
PURPOSES = frozenset({"codeSigning", "emailProtection", UNRESTRICTED})

_KINDS: Mapping[str, tuple[str, ...]] = {  # of keys that can sign a format at all
    "mcuboot": ("Ed25519", "ECDSA on P-256", "RSA-2048", "RSA-3072"),
    "fit": ("ECDSA on P-256", "RSA-2048", "RSA-3072", "RSA-4096"),
}

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_FIELDS = frozenset({"schema", "format", "certificates", "signers", "purposes", "keys"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CERTIFICATE = re.compile(r"\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*")
_KEY = re.compile(r"\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*")


class _WrongError(Exception):
    """Says what is wrong with the file."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """Whom to believe about files of one format."""

    format: str
    certificates: tuple[x509.Certificate, ...] = ()  # CMS: a signer's certificate must lead to one of them
    signers: frozenset[str] = frozenset()  # CMS: hex SHA-256 of SubjectPublicKeyInfo; when not empty, only these
    purposes: frozenset[str] = frozenset()  # CMS: each must be one that the signer's certificate allows
    keys: tuple[PublicKey, ...] = ()  # MCUboot, FIT


def parse_anchors(data: bytes) -> Anchors:
    """The anchors in a verified file. FirmwareError(NATIVE_ANCHOR_BAD, detail), and no other error."""
    try:
        return _parse(data)
    except _WrongError as wrong:
        raise FirmwareError(Text.NATIVE_ANCHOR_BAD, detail=str(wrong)) from wrong
    except Exception as error:  # noqa: BLE001  # whatever json and cryptography raise at hostile input
        raise FirmwareError(Text.NATIVE_ANCHOR_BAD, detail=type(error).__name__) from error


def _parse(data: bytes) -> Anchors:
    _need(len(data) <= LARGEST, "it is too large")
    found = json.loads(data, object_pairs_hook=_table)
    _need(isinstance(found, dict), "it is no table")
    _need(found.keys() == _FIELDS, f"it must have the fields {', '.join(sorted(_FIELDS))} and no others")
    _need(type(found["schema"]) is int and found["schema"] == SCHEMA, f"its schema is not {SCHEMA}")
    format = found["format"]
    _need(isinstance(format, str) and format in FORMATS, f"its format is none of {', '.join(sorted(FORMATS))}")
    anchors = Anchors(
        format,
        tuple(_certificate(pem) for pem in _texts(found, "certificates")),
        frozenset(_texts(found, "signers", lambda one: bool(_SHA256.fullmatch(one)))),
        frozenset(_texts(found, "purposes", lambda one: one in PURPOSES)),
        tuple(_key(pem) for pem in _texts(found, "keys")),
    )
    _check_use(anchors)
    return anchors


def _check_use(anchors: Anchors) -> None:
    """What does nothing for a format would only look like protection."""
    if anchors.format in CMS_FORMATS:
        _need(anchors.certificates, "it names no certificate")
        _need(anchors.purposes, "it names no purpose")
        _need(not anchors.keys, f"bare keys mean nothing for {anchors.format}")
        alone = UNRESTRICTED not in anchors.purposes or len(anchors.purposes) == 1
        _need(alone, f"“{UNRESTRICTED}” stands beside another purpose")
    else:
        _need(anchors.keys, "it names no key")
        rest = (*anchors.certificates, *anchors.signers, *anchors.purposes)
        _need(not rest, f"only keys mean something for {anchors.format}")
        known = _KINDS[anchors.format]
        _need(all(_kind(key) in known for key in anchors.keys), f"a key is neither {_either(known)}")


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _need(len({name for name, _ in pairs}) == len(pairs), "it has a field twice")
    return dict(pairs)


def _texts(found: Mapping[str, Any], name: str, fits: Callable[[str], bool] = bool) -> list[str]:
    value = found[name]
    _need(isinstance(value, list) and len(value) <= MANY, f"{name} is no list of up to {MANY} entries")
    _need(all(isinstance(one, str) and fits(one) for one in value), f"{name} has an entry that is not known")
    _need(len(set(value)) == len(value), f"{name} has an entry twice")
    texts: list[str] = value
    return texts


def _certificate(pem: str) -> x509.Certificate:
    _need(_CERTIFICATE.fullmatch(pem), "an entry of certificates is not exactly one certificate in PEM")
    certificate = x509.load_pem_x509_certificate(pem.encode())
    _need(certificate.serial_number > 0, "a certificate has no positive serial number")
    return certificate


def _key(pem: str) -> PublicKey:
    _need(_KEY.fullmatch(pem), "an entry of keys is not exactly one public key in PEM")
    key = load_pem_public_key(pem.encode())
    if isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return key
    raise _WrongError("a key is of no kind that signs firmware")


def _kind(key: PublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ECDSA on P-256" if isinstance(key.curve, ec.SECP256R1) else key.curve.name
    return "Ed25519"


def _either(kinds: tuple[str, ...]) -> str:
    return f"{', '.join(kinds[:-1])} nor {kinds[-1]}"


def _need(holds: object, detail: str) -> None:
    if not holds:
        raise _WrongError(detail)
