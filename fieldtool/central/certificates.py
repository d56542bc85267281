"""Central's authority: the key that signs the certificates of laptops, a file beside the one that signs receipts."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import insert, select

from fieldtool.audit.keys import PublicKey
from fieldtool.central.database import Database, exclusively
from fieldtool.central.entry_tables import authority as authority_table
from fieldtool.central.identity import Identity
from fieldtool.central.where import check_owner_only
from fieldtool.core.clock import Clock
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.files import replace_file
from fieldtool.sync.certificates import LAPTOP_URI, MAX_NAME, LaptopCertificate, introduction_of

KEY_FILE = "authority-key.pem"
LASTS = timedelta(days=30)  # a laptop's certificate
LASTS_ITSELF = timedelta(days=3650)
EARLIER = timedelta(minutes=10)  # a laptop whose clock is behind may use its certificate at once


@dataclass(frozen=True, slots=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def introduced_by(self, identity: Identity) -> dict[str, str]:
        """What a laptop gets to see of it."""
        signature = identity.key.sign(introduction_of(self.certificate))
        return {"certificate": pem_of(self.certificate), "signature": base64.b64encode(signature).decode()}

    def issue(self, key: PublicKey, name: str, laptop: str, now: datetime) -> str:
        """A certificate of 30 days for `key`, PEM. `laptop`: id of the key that its log began with."""
        public = load_pem_public_key(key.pem.encode())
        assert isinstance(public, ec.EllipticCurvePublicKey)
        until = min(now + LASTS, self.certificate.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self.certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLIER)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(_alternative(laptop), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        return pem_of(builder.sign(self.key, hashes.SHA256()))

    def opened(self, pem: str) -> LaptopCertificate:
        """A certificate as the database holds it: whoever can write there, but has not this key, lets nobody in."""
        return _opened(pem, self.certificate)


@lru_cache(maxsize=10_000)
def _opened(pem: str, certificate: x509.Certificate) -> LaptopCertificate:
    return LaptopCertificate.opened(pem, certificate)


def open_authority(store: Database, identity: Identity, clock: Clock) -> Authority:
    """The authority of this central, made at the first start and never again.

    UsageError: AUTHORITY_GONE (the database knows one whose key is not here), AUTHORITY_BAD, CENTRAL_KEY_OPEN.
    """
    path = store.folder / KEY_FILE
    with store.write() as unit:
        exclusively(unit, "authority")
        found = unit.execute(select(authority_table.c.certificate)).scalar()
        if found is None:
            if not path.exists():  # else a start before this one was cut off here
                _write_key(path, ec.generate_private_key(ec.SECP256R1()))
            found = pem_of(_self_signed(_key(path), identity.name, clock.now()))
            unit.execute(insert(authority_table).values(certificate=found))
        elif not path.exists():
            raise UsageError(Text.AUTHORITY_GONE, file=str(path))
    key, certificate = _key(path), x509.load_pem_x509_certificate(found.encode())
    if certificate.public_key() != key.public_key():
        raise UsageError(Text.AUTHORITY_BAD, file=str(path))
    return Authority(key, certificate)


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    replace_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), private=True)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    check_owner_only(path, Text.CENTRAL_KEY_OPEN)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise UsageError(Text.AUTHORITY_BAD, file=str(path)) from None  # the cause may quote the secret
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(Text.AUTHORITY_BAD, file=str(path))
    return key


def _self_signed(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    own, public = _named(f"{name} laptops"), key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LASTS_ITSELF)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:MAX_NAME])])


def _alternative(laptop: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(LAPTOP_URI + laptop)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
