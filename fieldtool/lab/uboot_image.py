"""Firmware as the virtual U-Boot starts it: a signed FIT, whose kernel tells in its first line, in JSON, who it is."""

import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldtool.lab.cms import Authority
from fieldtool.lab.fit import TIME, NotStarted, PrivateKey, PublicKey, make_fit, started

KEY = "maker"  # name of the key that signs
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@dataclass(frozen=True, slots=True)
class Firmware:
    version: str
    speaks: bool = True  # says its name on the console
    resets: bool = False  # restarts as soon as it runs


def fit_key(authority: Authority) -> ec.EllipticCurvePrivateKey:
    """The key of a lab that its U-Boots trust: from the one secret that a lab has."""
    secret = authority.signer_key.private_numbers().private_value.to_bytes(32)
    derived = HKDF(SHA256(), 40, None, b"FIT key of a lab").derive(secret)
    return ec.derive_private_key(int.from_bytes(derived) % (_ORDER - 1) + 1, ec.SECP256R1())


def fit_pem(authority: Authority) -> str:
    """The public part."""
    return fit_key(authority).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def image_of(firmware: Firmware, key: PrivateKey | None, filler: bytes = b"") -> bytes:
    """`key` None: unsigned. The same for the same, always."""
    facts = json.dumps({"version": firmware.version, "speaks": firmware.speaks, "resets": firmware.resets}).encode()
    kind = "ecdsa256" if isinstance(key, ec.EllipticCurvePrivateKey) else "rsa2048"
    signed = {"signature-1": {"algo": f"sha256,{kind}", "key-name-hint": KEY, "sign-images": "kernel"}} if key else {}
    tree = {
        "timestamp": TIME,
        "description": f"CityPost {firmware.version}",
        "#address-cells": 1,
        "images": {
            "fw": {
                "description": "firmware", "data": facts + b"\n" + filler, "type": "kernel", "arch": "arm64",
                "os": "linux", "compression": "none", "load": 0x44200000, "entry": 0x44200000,
                "hash-1": {"algo": "sha256"},
            }
        },
        "configurations": {"default": "conf-1", "conf-1": {"description": "firmware", "kernel": "fw", **signed}},
    }  # fmt: skip
    return make_fit(tree, {KEY: key} if key else {})


def start(memory: bytes, trusted: PublicKey) -> Firmware:
    """What begins at `memory`. NotStarted."""
    kernel = started(memory, trusted)
    try:
        return Firmware(**json.loads(kernel.partition(b"\n")[0]))
    except (ValueError, TypeError) as error:
        raise NotStarted("Bad Linux ARM64 Image magic!") from error
