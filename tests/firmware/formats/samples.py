"""Signed files of every kind, small, and made without the code under test: by the lab, by imgtool, and by hand.

tests/peers/test_native.py has the same with the makers' own tools.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from imgtool.image import Image as McubootImage
from imgtool.keys.ecdsa import ECDSA256P1
from imgtool.keys.ed25519 import Ed25519
from imgtool.keys.rsa import RSA
from imgtool.version import decode_version

from fieldtool.core.model import Release
from fieldtool.firmware.formats.anchors import Anchors, parse_anchors
from fieldtool.lab.fit import TIME, make_fit
from fieldtool.lab.raucb import Image, make_bundle
from fieldtool.lab.swu import make_swu
from tests.lab_chargers import authority

PUBLISHED = datetime(2026, 3, 2, tzinfo=UTC)
PURPOSES = (ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING)
Span = tuple[int, int]  # begin, end


@dataclass(frozen=True)
class Sample:
    """A good file, what its catalogue says, and which of its bytes matter how."""

    data: bytes
    release: Release
    anchors: Anchors
    structure: tuple[Span, ...] = ()  # where every byte is flipped; elsewhere some are
    unsigned: frozenset[int] = frozenset()  # bytes that the format leaves to the catalogue's hash

    def changed(self, data: bytes) -> "Sample":
        return replace(self, data=data)


def release(format: str, payload_hash: str, **fields: Any) -> Release:
    known: dict[str, Any] = {"published": PUBLISHED, **fields}
    return Release(
        "lab/file", 1, "0" * 64, "Lab", ("CityPost 22",), ("R4",), "main", "2.6.0", format, payload_hash, **known
    )


def anchors_file(format: str, **fields: object) -> bytes:
    whole: dict[str, object] = {
        "schema": 1, "format": format, "certificates": [], "signers": [], "purposes": [], "keys": [],
    }  # fmt: skip
    return json.dumps({**whole, **fields}).encode()


def cms_anchors(format: str, *certificates: x509.Certificate, purposes: tuple[str, ...] = ("codeSigning",)) -> Anchors:
    pem = [one.public_bytes(Encoding.PEM).decode() for one in certificates]
    return parse_anchors(anchors_file(format, certificates=pem, purposes=list(purposes)))


def public_pem(key: Any) -> str:
    """Of a private key."""
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def key_anchors(*keys: Any, format: str = "mcuboot") -> Anchors:
    pem = [key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for key in keys]
    return parse_anchors(anchors_file(format, keys=pem))


# ---- certificates ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: Any

    @property
    def spki(self) -> str:
        der = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    key: Any = None,
    ca: bool = False,
    path_length: int | None = None,
    purposes: tuple[ObjectIdentifier, ...] = PURPOSES,
    begins: datetime = PUBLISHED - timedelta(days=400),
    until: datetime = PUBLISHED + timedelta(days=400),
    usage: x509.KeyUsage | None = None,
    extra: x509.ExtensionType | None = None,
) -> Issued:
    """A certificate that says little, as authorities made with openssl do."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(until)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, path_length), critical=True)
    elif purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if usage:
        builder = builder.add_extension(usage, critical=True)
    if extra:
        builder = builder.add_extension(extra, critical=True)
    signing = issuer.key if issuer else key
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(builder.sign(signing, digest), key)


@cache
def root() -> Issued:
    return issue("Maker CA", ca=True)


@cache
def signer() -> Issued:
    return issue("Release 1", root())


def sign(content: bytes, by: Issued, *along: x509.Certificate, carried: bool = False) -> bytes:
    """A CMS signature by cryptography's own maker; `carried`: with the content in it."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(by.certificate, by.key, hashes.SHA256())
    for certificate in along:
        builder = builder.add_certificate(certificate)
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
    return builder.sign(Encoding.DER, options if carried else [*options, pkcs7.PKCS7Options.DetachedSignature])


# ---- RAUC -----------------------------------------------------------------------------------------------------------


def with_tail(body: bytes, signature: bytes) -> bytes:
    return body + signature + struct.pack(">Q", len(signature))


def plain_bundle(folder: Path) -> Sample:
    made = make_bundle(folder / "plain.raucb", authority("Lab"), "lab", Image("2.6.0"), size=20_000)
    data = made.path.read_bytes()
    trusted = cms_anchors("raucb", authority("Lab").certificate)
    return Sample(data, release("raucb", made.payload_hash), trusted, ((0, 96), (tail_of(data), len(data))))


def tail_of(data: bytes) -> int:
    """Where the signature of a bundle begins."""
    size: int = struct.unpack(">Q", data[-8:])[0]
    return len(data) - 8 - size


def verity_tree(data: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """(tree as it lies on disk, root hash), level by level as the kernel's documentation of dm-verity tells it."""
    levels = [data]
    while len(levels[-1]) > 4096 or len(levels) == 1:
        hashed = b"".join(
            hashlib.sha256(salt + levels[-1][at : at + 4096]).digest() for at in range(0, len(levels[-1]), 4096)
        )
        levels.append(hashed + bytes(-len(hashed) % 4096))
    return b"".join(reversed(levels[1:])), hashlib.sha256(salt + levels[-1]).digest()


def verity_body(folder: Path, size: int = 20_000) -> tuple[bytes, bytes, str]:
    """(squashfs and tree, manifest, payload hash)"""
    made = make_bundle(folder / "inner.raucb", authority("Lab"), "lab", Image("2.6.0"), size=size)
    whole = made.path.read_bytes()
    data = whole[: tail_of(whole)]
    data += bytes(-len(data) % 4096)
    salt = hashlib.sha256(b"salt").digest()
    tree, top = verity_tree(data, salt)
    manifest = (
        f"[update]\ncompatible=lab\nversion=2.6.0\n\n[bundle]\nformat=verity\nverity-hash={top.hex()}\n"
        f"verity-salt={salt.hex()}\nverity-size={len(tree)}\n\n"
        f"[image.rootfs]\nsha256={made.payload_hash}\nsize={size}\nfilename=rootfs.img\n"
    )
    return data + tree, manifest.encode(), made.payload_hash


def verity_bundle(folder: Path, size: int = 20_000) -> Sample:
    body, manifest, payload_hash = verity_body(folder, size)
    data = with_tail(body, sign(manifest, signer(), carried=True))
    places = ((0, 96), (len(body) - 4096, len(body) - 3900), (len(body), len(data)))
    return Sample(data, release("raucb", payload_hash), cms_anchors("raucb", root().certificate), places)


# ---- SWUpdate -------------------------------------------------------------------------------------------------------

# Fields of a cpio header that only the catalogue's hash protects, by their place among the thirteen.
FREE_FIELDS = {0: "inode", 2: "user", 3: "group", 4: "links", 5: "time", 7: "device", 8: "device", 9: "device",
               10: "device", 12: "checksum"}  # fmt: skip
_LETTERS = frozenset(b"ABCDEFabcdef")


def headers(data: bytes) -> dict[str, int]:
    """File name -> where its header begins."""
    found: dict[str, int] = {}
    at = 0
    while "TRAILER!!!" not in found:
        length, name = (int(data[at + place : at + place + 8], 16) for place in (54, 94))
        found[data[at + 110 : at + 110 + name - 1].decode()] = at
        at += (110 + name + 3 & ~3) + (length + 3 & ~3)
    return found


def unsigned_in_cpio(data: bytes) -> frozenset[int]:
    """Owner, time and numbers of each file, permissions, and whether a digit is written small or large."""
    free: set[int] = set()
    for name, at in headers(data).items():
        for field in range(13):
            digits = range(at + 6 + 8 * field, at + 14 + 8 * field)
            if field in FREE_FIELDS and not (field == 12 and name.startswith("sw-description")):
                free |= set(digits)
            free |= {place for place in digits if data[place] in _LETTERS}
        mode = at + 14
        free |= set(range(mode + (0 if name == "TRAILER!!!" else 5), mode + 8))  # the kind of file is looked at
    return frozenset(free)


def swu_sample(data: bytes, payload_hash: str, anchors: Anchors) -> Sample:
    found = headers(data)
    places = [(at, at + 130) for at in found.values()] + [(0, found[next(n for n in found if "sw-desc" not in n)])]
    return Sample(data, release("swu", payload_hash), anchors, tuple(places), unsigned_in_cpio(data))


def swu(folder: Path) -> Sample:
    made = make_swu(folder / "x.swu", authority("Lab"), "B2", Image("2.6.0"), size=20_000)
    return swu_sample(made.path.read_bytes(), made.payload_hash, cms_anchors("swu", authority("Lab").certificate))


# ---- MCUboot, by imgtool ---------------------------------------------------------------------------------------------


@cache
def mcuboot_key(kind: str) -> Any:
    if kind == "ed25519":
        return Ed25519.generate()
    return ECDSA256P1.generate() if kind == "p256" else RSA.generate(int(kind.removeprefix("rsa")))


def mcuboot_file(folder: Path, key: Any, pure: bool = False, security_counter: int | None = 3) -> bytes:
    """As `imgtool sign` makes it."""
    plain = folder / "plain.bin"
    plain.write_bytes(bytes(range(256)) * 40)
    image = McubootImage(
        version=decode_version("2.6.0"), header_size=32, pad_header=True, slot_size=1 << 20,
        security_counter=security_counter,
    )  # fmt: skip
    image.load(str(plain))
    image.create(key, "hash", None, is_pure=pure)
    image.save(str(folder / "signed.bin"))
    return (folder / "signed.bin").read_bytes()


def tags_of(data: bytes) -> tuple[int, dict[int, bytes]]:
    """Where the unprotected area begins, and what is in it."""
    header, protected, size = struct.unpack_from("<8xHHI", data)
    begin = header + size + protected
    at, found = begin + 4, {}
    while at < len(data):
        tag, length = struct.unpack_from("<HH", data, at)
        found[tag] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return begin, found


def with_tags(signed: bytes, tags: Mapping[int, bytes]) -> bytes:
    area = b"".join(struct.pack("<HH", tag, len(value)) + value for tag, value in tags.items())
    return signed + struct.pack("<HH", 0x6907, 4 + len(area)) + area


def mcuboot(folder: Path, kind: str) -> Sample:
    key = mcuboot_key(kind.removesuffix("-pure"))
    data = mcuboot_file(folder, key, kind.endswith("-pure"))
    begin, tags = tags_of(data)
    public = key.key.public_key()
    payload_hash = next(tags[tag] for tag in (0x10, 0x12) if tag in tags).hex()
    return Sample(data, release("mcuboot", payload_hash), key_anchors(public), ((0, 40), (begin - 12, len(data))))


# ---- FIT, by the lab -------------------------------------------------------------------------------------------------

KERNEL, BOARD_TREE = b"kernel" * 700 + b"\n", hashlib.shake_128(b"board").digest(150)
FIT_TEXTS = frozenset({"key-name-hint", "signer-name", "signer-version", "comment"})


@cache
def fit_key(kind: str) -> Any:
    """By the name of the sample."""
    return ec.generate_private_key(ec.SECP256R1()) if "p256" in kind else rsa.generate_private_key(65537, 2048)


def fit_tree(**signature: Any) -> dict[str, Any]:
    """Two boards with one kernel; its configurations are signed alike."""
    told = {"algo": "sha256,ecdsa256", "key-name-hint": "maker", **signature}
    common = {"description": "all", "arch": "arm64", "compression": "none"}
    tree = {"description": "board", "type": "flat_dt", **common}
    return {
        "timestamp": TIME, "description": "CityPost", "#address-cells": 1,
        "images": {
            "fw": {"data": KERNEL, "type": "kernel", "os": "linux", "load": 0x44200000, "entry": 0x44200000, **common,
                   "hash-1": {"algo": "sha256"}},
            "fdt-1": {"data": BOARD_TREE, **tree, "hash-1": {"algo": "sha512"}, "hash-2": {"algo": "sha1"}},
            "fdt-2": {"data": BOARD_TREE[::-1], **tree, "hash": {"algo": "sha256"}},
        },
        "configurations": {
            "default": "conf-1",
            "conf-1": {"description": "one", "kernel": "fw", "fdt": "fdt-1", "signature-1": dict(told)},
            "conf-2": {"kernel": "fw", "fdt": ["fdt-1", "fdt-2"], "signature": dict(told)},
        },
    }  # fmt: skip


def fit_sample(data: bytes, *keys: Any) -> Sample:
    told = release("fit", hashlib.sha256(KERNEL).hexdigest())
    anchors = key_anchors(*(key.public_key() for key in keys), format="fit")
    begin = data.index(KERNEL)
    places = ((0, begin + 16), (begin + len(KERNEL) - 16, len(data)))
    return Sample(data, told, anchors, places, unsigned_in_fit(data))


def fit(folder: Path, kind: str) -> Sample:
    key = fit_key(kind)
    algorithm = {"rsa2048": "sha256,rsa2048", "pss": "sha384,rsa2048"}.get(kind.partition("-")[0], "sha256,ecdsa256")
    more = {"padding": "pss"} if "pss" in kind else {"comment": "by hand"}
    tree = fit_tree(algo=algorithm, **more)
    return fit_sample(make_fit(tree, {"maker": key}, align=4 if "behind" in kind else 0), key)


def fit_properties(data: bytes) -> dict[str, tuple[int, int]]:
    """ "/node:property" -> offset and length of its value, told by nothing but the tags."""
    at, strings = struct.unpack_from(">II", data, 8)
    found, path = {}, [""]
    while (tag := struct.unpack_from(">I", data, at)[0]) != 9:
        if tag == 1:
            end = data.index(b"\0", at + 4)
            path.append(data[at + 4 : end].decode())
            at = end + 4 & ~3
        elif tag == 2:
            path.pop()
            at += 4
        else:
            length, name = struct.unpack_from(">II", data, at + 4)
            name = data[strings + name : data.index(b"\0", strings + name)].decode()
            found["/".join([*path[1:]]) + ":" + name] = (at + 12, length)
            at = at + 12 + length + 3 & ~3
    return found


def unsigned_in_fit(data: bytes) -> frozenset[int]:
    """What mkimage notes about itself, filling behind values that nobody signs, and behind the tree of a `-E`."""
    total, _, strings, *_, names = struct.unpack_from(">8I", data, 4)
    free = set(range(strings + names, total)) if total < len(data) else set()
    for name, (begin, length) in fit_properties(data).items():
        node, _, name = name.partition(":")
        if "/signature" in node or node in ("/configurations", "/images") or name.startswith("data"):
            free |= set(range(begin + length, begin + length + -length % 4))
        if "/signature" in node and (name in FIT_TEXTS or name == "timestamp"):
            free |= set(range(begin, begin + length - (name in FIT_TEXTS)))  # but for the NUL of a text
    return frozenset(free)


SAMPLES: dict[str, Callable[[Path], Sample]] = {
    "rauc-plain": plain_bundle,
    "rauc-verity": verity_bundle,
    "swu": swu,
    **{
        f"mcuboot-{kind}": lambda folder, kind=kind: mcuboot(folder, kind)
        for kind in ("ed25519", "ed25519-pure", "p256", "rsa2048", "rsa3072")
    },
    **{f"fit-{kind}": lambda folder, kind=kind: fit(folder, kind) for kind in ("p256", "pss", "rsa2048-behind")},
}
