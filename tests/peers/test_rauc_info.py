"""`fieldtool publish add` and the real RAUC agree about what is in a bundle."""

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fieldtool.core.texts import Text
from fieldtool.publish.raucb import payload_hash
from tests.firmware.site import refused

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("rauc") is None, reason="rauc is not installed"),
    pytest.mark.skipif(shutil.which("mksquashfs") is None, reason="squashfs-tools are not installed"),
]
PAYLOAD = b"rootfs" * 5000


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("right", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key.pem").write_bytes(private)
    return folder


@pytest.fixture(scope="module")
def bundle(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _bundle(keys, tmp_path_factory.mktemp("bundle"), ["rootfs"])


def _bundle(keys: Path, folder: Path, images: list[str]) -> Path:
    content = folder / "content"
    content.mkdir()
    manifest = "[update]\ncompatible=lab\nversion=2.6.0\n"
    for name in images:
        (content / f"{name}.img").write_bytes(PAYLOAD)
        manifest += f"\n[image.{name}]\nfilename={name}.img\n"
    (content / "manifest.raucm").write_text(manifest)
    made = folder / "made.raucb"
    options = [f"--cert={keys / 'right.pem'}", f"--key={keys / 'right.key.pem'}"]
    subprocess.run(["rauc", *options, "bundle", str(content), str(made)], check=True, capture_output=True)
    return made


def test_the_hash_is_that_of_the_image_in_the_manifest(bundle: Path, keys: Path) -> None:
    expected = hashlib.sha256(PAYLOAD).hexdigest()
    assert payload_hash(bundle) == payload_hash(bundle, expected) == expected
    assert payload_hash(bundle, expected, keys / "right.pem") == expected


def test_a_hash_that_disagrees_with_the_bundle_is_refused(bundle: Path) -> None:
    with refused(Text.PUBLISH_HASH_DISAGREES):
        payload_hash(bundle, "0" * 64)


def test_a_bundle_of_another_signer_is_refused_when_certificates_are_given(bundle: Path, keys: Path) -> None:
    with refused(Text.PUBLISH_FILE_BAD):
        payload_hash(bundle, "", keys / "other.pem")


def test_a_file_that_is_no_bundle_and_a_bundle_with_two_images_are_refused(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "no.raucb").write_bytes(b"no bundle")
    with refused(Text.PUBLISH_FILE_BAD):
        payload_hash(tmp_path / "no.raucb")
    with refused(Text.PUBLISH_HASH_MISSING):
        payload_hash(_bundle(keys, tmp_path, ["rootfs", "appfs"]))
