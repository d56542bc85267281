"""Files that rauc, openssl, cpio and imgtool make are verified as those programs verify them, only more strictly."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import Anchors
from tests.firmware.formats import attacks
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import Sample, cms_anchors, release, swu_sample, tail_of

TOOLS = ("rauc", "openssl", "mksquashfs", "cpio")
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]
PAYLOAD = hashlib.shake_128(b"rootfs").digest(20_480)  # does not compress
# As RAUC's own example of an authority, which has no key usage, and names the issuer's issuer.
EXTENSIONS = """
[ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer:always
basicConstraints = CA:TRUE
[leaf]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer:always
basicConstraints = CA:FALSE
extendedKeyUsage = codeSigning, emailProtection
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
"""


def now() -> datetime:
    """openssl's certificates begin when they are made: releases are published right after that."""
    return datetime.now(UTC)


def run(*words: object, folder: Path) -> str:
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Authority:
    """A root, an authority below it, and its signer, all made by openssl."""

    folder: Path

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())

    @property
    def is_rsa(self) -> bool:
        return "rsa" in self.folder.name

    def anchors(self, format: str = "raucb", purpose: str = "codeSigning") -> Anchors:
        return cms_anchors(format, self.certificate("root"), purposes=(purpose,))

    def issue(self, name: str, issuer: str, section: str, *key: str) -> None:
        run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
            "-subj", f"/O=Maker/CN={name}", folder=self.folder)  # fmt: skip
        by = ["-signkey", f"{name}.key"] if issuer == name else ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
        run("openssl", "x509", "-req", "-in", f"{name}.csr", *by, *([] if issuer == name else ["-CAcreateserial"]),
            "-days", "100", "-extfile", "extensions", "-extensions", section, "-out", f"{name}.pem",
            folder=self.folder)  # fmt: skip


RSA, P256, P384 = (
    ("rsa:2048",),
    ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"),
)


@pytest.fixture(scope="module", params=["rsa", "ecdsa"])
def maker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp(f"maker-{request.param}"))
    (made.folder / "extensions").write_text(EXTENSIONS)
    key = RSA if request.param == "rsa" else P256
    made.issue("root", "root", "ca", *(RSA if request.param == "rsa" else P384))
    made.issue("middle", "root", "ca", *key)
    for name, section in (("release", "leaf"), ("server", "server")):
        made.issue(name, "middle", section, *key)
    return made


def bundle(maker: Authority, folder: Path, format: str, by: str = "release") -> tuple[Path, str]:
    """(bundle made by `rauc bundle`, payload hash)"""
    source = folder / f"source-{format}-{by}"
    source.mkdir()
    (source / "rootfs.img").write_bytes(PAYLOAD)
    manifest = (
        f"[update]\ncompatible=lab\nversion=2.6.0\n[bundle]\nformat={format}\n[image.rootfs]\nfilename=rootfs.img\n"
    )
    (source / "manifest.raucm").write_text(manifest)
    out = folder / f"{format}-{by}.raucb"
    keys = [f"--{kind}={maker.folder / name}" for kind, name in (("cert", f"{by}.pem"), ("key", f"{by}.key"))]
    run("rauc", *keys, f"--intermediate={maker.folder / 'middle.pem'}", "bundle", source, out, folder=folder)
    return out, hashlib.sha256(PAYLOAD).hexdigest()


def sample(maker: Authority, folder: Path, format: str, by: str = "release") -> Sample:
    file, payload_hash = bundle(maker, folder, format, by)
    data = file.read_bytes()
    places = ((0, 96), (tail_of(data) - 64, len(data)))
    return Sample(data, release("raucb", payload_hash, published=now()), maker.anchors(), places)


@pytest.mark.parametrize("format", ["plain", "verity"])
def test_a_bundle_of_rauc_is_accepted_and_its_signer_is_the_one_that_rauc_names(
    maker: Authority, tmp_path: Path, format: str
) -> None:
    made = sample(maker, tmp_path, format)
    verdict = check(tmp_path, made)
    told = run(
        "rauc", f"--keyring={maker.folder / 'root.pem'}", "info", tmp_path / f"{format}-release.raucb", folder=tmp_path
    )
    spki = ":".join(verdict.key_id[at : at + 2].upper() for at in range(0, 64, 2))
    assert f"SPKI sha256: {spki}" in told
    assert verdict.signer == "CN=release,O=Maker"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format", ["plain", "verity"])
def test_every_flip_in_a_bundle_of_rauc_is_refused(maker: Authority, tmp_path: Path, format: str) -> None:
    made = sample(maker, tmp_path, format)
    assert attacks.signed_flips_accepted(tmp_path, made, attacks.one_bit_each(made)) == []


def test_rauc_info_accepts_a_changed_verity_payload_and_we_refuse_it(maker: Authority, tmp_path: Path) -> None:
    """Why the tree is computed here."""
    made = sample(maker, tmp_path, "verity")
    data = bytearray(made.data)
    data[5000] ^= 1
    (tmp_path / "changed.raucb").write_bytes(data)
    run("rauc", f"--keyring={maker.folder / 'root.pem'}", "info", tmp_path / "changed.raucb", folder=tmp_path)
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, made.changed(bytes(data)))


def test_a_bundle_of_rauc_signed_for_another_purpose_or_after_its_release_is_refused(
    maker: Authority, tmp_path: Path
) -> None:
    with refused(Text.NATIVE_PURPOSE):
        check(tmp_path, sample(maker, tmp_path, "plain", "server"))
    made = sample(maker, tmp_path, "plain")
    for days in (-1, 101):
        then = replace(made.release, published=now() + timedelta(days=days))
        with refused(Text.NATIVE_EXPIRED):
            check(tmp_path, replace(made, release=then))


def test_a_big_verity_bundle_of_rauc_has_the_tree_that_we_compute(maker: Authority, tmp_path: Path) -> None:
    """Three levels: more than 128 x 128 blocks."""
    source = tmp_path / "source"
    source.mkdir()
    with (source / "rootfs.img").open("wb") as file:
        for number in range(70 << 20 >> 15):
            file.write(hashlib.shake_128(b"%d" % number).digest(1 << 15))
    manifest = "[update]\ncompatible=lab\nversion=1\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=rootfs.img\n"
    (source / "manifest.raucm").write_text(manifest)
    keys = [f"--cert={maker.folder / 'release.pem'}", f"--key={maker.folder / 'release.key'}"]
    run("rauc", *keys, f"--intermediate={maker.folder / 'middle.pem'}", "bundle", source, tmp_path / "big.raucb",
        folder=tmp_path)  # fmt: skip
    told = run("rauc", f"--keyring={maker.folder / 'root.pem'}", "info", "--output-format=json", tmp_path / "big.raucb",
               folder=tmp_path)  # fmt: skip
    payload_hash = json.loads(told)["images"][0]["rootfs"]["checksum"]
    data = bytearray((tmp_path / "big.raucb").read_bytes())
    made = Sample(bytes(data), release("raucb", payload_hash, published=now()), maker.anchors())
    assert check(tmp_path, made).signed
    data[60 << 20] ^= 1
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, made.changed(bytes(data)))


def test_an_encrypted_bundle_hides_its_signer_and_one_before_encryption_is_refused(
    maker: Authority, tmp_path: Path
) -> None:
    file, payload_hash = bundle(maker, tmp_path, "crypt")
    open_one = Sample(file.read_bytes(), release("raucb", payload_hash, published=now()), maker.anchors())
    with refused(Text.NATIVE_KEY_OPEN):
        check(tmp_path, open_one)
    run("rauc", f"--keyring={maker.folder / 'root.pem'}", "encrypt", "--to", maker.folder / "release.pem", file,
        tmp_path / "secret.raucb", folder=tmp_path)  # fmt: skip
    secret = open_one.changed((tmp_path / "secret.raucb").read_bytes())
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, secret)
    assert check(tmp_path, replace(secret, release=replace(secret.release, encrypted=True))).text is Text.NATIVE_HIDDEN


# ---- SWUpdate -------------------------------------------------------------------------------------------------------


def swu(maker: Authority, folder: Path, kind: str = "crc", *options: str) -> Sample:
    """By openssl and cpio, as SWUpdate's manual tells."""
    (folder / "rootfs.img").write_bytes(PAYLOAD)
    sha256 = hashlib.sha256(PAYLOAD).hexdigest()
    (folder / "sw-description").write_text(
        'software =\n{\n\tversion = "2.6.0";\n\thardware-compatibility: [ "B2" ];\n\timages: (\n'
        f'\t\t{{ filename = "rootfs.img"; type = "raw"; device = "/slot"; sha256 = "{sha256}"; }}\n\t);\n}}\n'
    )
    run("openssl", "cms", "-sign", "-in", "sw-description", "-out", "sw-description.sig", "-signer",
        maker.folder / "release.pem", "-inkey", maker.folder / "release.key", "-certfile", maker.folder / "middle.pem",
        "-outform", "DER", "-nosmimecap", "-binary", *options, folder=folder)  # fmt: skip
    names = "sw-description\nsw-description.sig\nrootfs.img\n"
    out = subprocess.run(["cpio", "-o", "-H", kind, "--quiet"], input=names.encode(), cwd=folder, capture_output=True)
    made = swu_sample(out.stdout, sha256, maker.anchors("swu"))
    return replace(made, release=replace(made.release, published=now()))


@pytest.mark.parametrize("kind", ["crc", "newc"])
@pytest.mark.parametrize("options", [(), ("-md", "sha512"), ("-md", "sha384", "-keyopt", "rsa_padding_mode:pss")])
def test_a_file_signed_by_openssl_is_accepted(
    maker: Authority, tmp_path: Path, kind: str, options: tuple[str, ...]
) -> None:
    options = options if maker.is_rsa else options[:2]
    assert check(tmp_path, swu(maker, tmp_path, kind, *options)).signer == "CN=release,O=Maker"


PSS = ("-keyopt", "rsa_padding_mode:pss")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [(), PSS], ids=["usual", "pss"])
def test_every_flip_in_a_file_signed_by_openssl_is_refused_but_in_the_listed_bytes(
    maker: Authority, tmp_path: Path, options: tuple[str, ...]
) -> None:
    made = swu(maker, tmp_path, "crc", *(options if maker.is_rsa else ()))
    assert attacks.signed_flips_accepted(tmp_path, made, attacks.one_bit_each(made)) == []


@pytest.mark.skipif(shutil.which("swupdate") is None, reason="swupdate is not installed")
def test_swupdate_itself_accepts_what_we_accept(maker: Authority, tmp_path: Path) -> None:
    made = swu(maker, tmp_path)
    (tmp_path / "x.swu").write_bytes(made.data)
    (tmp_path / "chain.pem").write_text(
        "".join((maker.folder / f"{name}.pem").read_text() for name in ("root", "middle"))
    )
    words = ["swupdate", "-v", "-c", "-k", "chain.pem", "-H", "board:B2", "-i", "x.swu"]
    # Its sockets have fixed names there; its exit status in a dry run is not always that of the update.
    alone = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(words, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=60)
    assert "SWUPDATE successful" in done.stdout
    assert check(tmp_path, made).signed
