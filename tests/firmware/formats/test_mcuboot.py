"""MCUboot images, made by imgtool and then changed as an attacker would."""

import hashlib
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fieldtool.core.texts import Text
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import Sample, key_anchors, mcuboot, mcuboot_file, mcuboot_key, tags_of, with_tags

KEY_HASH, SHA256, ECDSA, ED25519, SECURITY_COUNTER = 0x01, 0x10, 0x22, 0x24, 0x50


@pytest.fixture
def ed25519(tmp_path: Path) -> Sample:
    return mcuboot(tmp_path, "ed25519")


@pytest.fixture
def p256(tmp_path: Path) -> Sample:
    return mcuboot(tmp_path, "p256")


def retagged(sample: Sample, change: Callable[[dict[int, bytes]], dict[int, bytes]]) -> Sample:
    begin, tags = tags_of(sample.data)
    return sample.changed(with_tags(sample.data[:begin], change(tags)))


def without(*tags: int) -> Callable[[dict[int, bytes]], dict[int, bytes]]:
    return lambda found: {tag: value for tag, value in found.items() if tag not in tags}


def test_an_unsigned_image_is_refused_by_name(ed25519: Sample, tmp_path: Path) -> None:
    """`imgtool verify` without a key takes it: its hash is right."""
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, ed25519.changed(mcuboot_file(tmp_path, None)))
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, retagged(ed25519, without(ED25519)))


def test_an_image_of_an_unknown_key_is_refused_by_name(ed25519: Sample, p256: Sample, tmp_path: Path) -> None:
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, replace(ed25519, anchors=p256.anchors))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, retagged(ed25519, without(KEY_HASH)))


def test_a_strangers_signature_beside_the_hash_of_a_known_key_is_refused(p256: Sample, tmp_path: Path) -> None:
    begin, tags = tags_of(p256.data)
    forged = ec.generate_private_key(ec.SECP256R1()).sign(p256.data[:begin], ec.ECDSA(hashes.SHA256()))
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, p256.changed(with_tags(p256.data[:begin], {**tags, ECDSA: forged})))


def test_bytes_after_the_end_are_refused(ed25519: Sample, tmp_path: Path) -> None:
    """`imgtool verify` takes them."""
    for more in (b"\0", b"\xff" * 16, ed25519.data):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, ed25519.changed(ed25519.data + more))


def test_a_changed_image_with_the_right_hash_is_refused_by_its_signature(ed25519: Sample, tmp_path: Path) -> None:
    begin, tags = tags_of(ed25519.data)
    body = bytearray(ed25519.data[:begin])
    body[1000] ^= 1
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, ed25519.changed(with_tags(bytes(body), tags)))
    digest = hashlib.sha256(body).digest()
    told = replace(ed25519.release, payload_hash=digest.hex())
    forged = ed25519.changed(with_tags(bytes(body), {**tags, SHA256: digest}))
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, replace(forged, release=told))


def test_a_changed_protected_mark_is_refused(ed25519: Sample, tmp_path: Path) -> None:
    """The security counter, say: who lowers it takes the way back to old firmware."""
    begin, _ = tags_of(ed25519.data)
    assert struct.unpack_from("<HHI", ed25519.data, begin - 8) == (SECURITY_COUNTER, 4, 3)
    lowered = ed25519.data[: begin - 4] + struct.pack("<I", 1) + ed25519.data[begin:]
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, ed25519.changed(lowered))


def test_a_mark_beside_the_signed_ones_is_refused(ed25519: Sample, tmp_path: Path) -> None:
    """Whatever it may mean to a boot loader, nobody signed it."""
    for tag in (0x02, 0x40, SECURITY_COUNTER, 0x60, 0xA0, 0x30):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, retagged(ed25519, lambda found, tag=tag: {**found, tag: b"\1\0\0\0"}))


def test_two_hashes_two_signatures_or_one_mark_twice_are_refused(ed25519: Sample, tmp_path: Path) -> None:
    begin, tags = tags_of(ed25519.data)
    for more in ({0x11: bytes(48)}, {ECDSA: bytes(70)}):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, ed25519.changed(with_tags(ed25519.data[:begin], {**tags, **more})))
    area = ed25519.data[begin + 4 :]
    doubled = ed25519.data[:begin] + struct.pack("<HH", 0x6907, 4 + 2 * len(area)) + area + area
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, ed25519.changed(doubled))


def test_an_image_without_a_hash_is_refused(ed25519: Sample, tmp_path: Path) -> None:
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, retagged(ed25519, without(SHA256)))


def test_a_signature_of_another_kind_than_its_key_is_refused(p256: Sample, tmp_path: Path) -> None:
    begin, tags = tags_of(p256.data)
    for kind in (0x20, 0x23, ED25519):
        moved = {KEY_HASH: tags[KEY_HASH], SHA256: tags[SHA256], kind: tags[ECDSA]}
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, p256.changed(with_tags(p256.data[:begin], moved)))


def test_a_padded_p256_signature_is_accepted_with_zeros_only(p256: Sample, tmp_path: Path) -> None:
    """As imgtool made them for MCUboot before 1.5."""
    begin, tags = tags_of(p256.data)
    exact = tags[ECDSA].rstrip(b"\0") if len(tags[ECDSA]) == 72 else tags[ECDSA]
    padded = exact.ljust(72, b"\0")
    assert check(tmp_path, p256.changed(with_tags(p256.data[:begin], {**tags, ECDSA: padded}))).signed
    for odd in (exact.ljust(73, b"\0"), exact + b"\1", b"", b"0"):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, p256.changed(with_tags(p256.data[:begin], {**tags, ECDSA: odd})))
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, p256.changed(with_tags(p256.data[:begin], {**tags, ECDSA: exact[:-1]})))


def test_the_image_must_be_the_one_that_the_release_names(ed25519: Sample, tmp_path: Path) -> None:
    with refused(Text.NATIVE_OTHER_RELEASE):
        check(tmp_path, replace(ed25519, release=replace(ed25519.release, payload_hash="0" * 64)))


@pytest.mark.parametrize("flag", [0x04, 0x08])
def test_an_encrypted_image_is_refused_by_name(ed25519: Sample, tmp_path: Path, flag: int) -> None:
    """Its hash and signature are over what only the device can read."""
    data = ed25519.data[:16] + struct.pack("<I", flag) + ed25519.data[20:]
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, ed25519.changed(data))
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, replace(ed25519, release=replace(ed25519.release, encrypted=True)))


@pytest.mark.parametrize(("place", "value"), [(8, 0), (8, 31), (8, 0xFFFF), (10, 0), (10, 13), (12, 0), (12, 1 << 31)])
def test_sizes_that_do_not_fit_are_refused(ed25519: Sample, tmp_path: Path, place: int, value: int) -> None:
    data = bytearray(ed25519.data)
    struct.pack_into("<I" if place == 12 else "<H", data, place, value)
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, ed25519.changed(bytes(data)))


def test_a_pure_signature_is_not_taken_for_one_over_the_hash_or_the_reverse(ed25519: Sample, tmp_path: Path) -> None:
    pure = mcuboot(tmp_path, "ed25519-pure")
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, retagged(pure, without(0x25)))
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, retagged(ed25519, lambda found: {**found, 0x25: b"\1"}))
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, retagged(pure, lambda found: {**found, 0x25: b"\0"}))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256", "rsa-2048", "rsa-3072"])
def test_what_the_imgtool_command_makes_is_accepted(tmp_path: Path, kind: str) -> None:
    """Keys and image by the program itself, from the command line, as a maker's build does it."""
    imgtool = [sys.executable, "-c", "from imgtool.main import imgtool; imgtool()"]
    key, plain, signed = tmp_path / "key.pem", tmp_path / "plain.bin", tmp_path / "signed.bin"
    plain.write_bytes(bytes(range(256)) * 100)
    for words in (
        ["keygen", "-k", str(key), "-t", kind],
        ["sign", "-k", str(key), "--version", "2.6.0+7", "--header-size", "0x200", "--pad-header", "--slot-size",
         "0x20000", "--security-counter", "5", "-d", "(1, 1.2.3+0)", str(plain), str(signed)],
    ):  # fmt: skip
        subprocess.run([*imgtool, *words], check=True, capture_output=True, timeout=30)
    public = serialization.load_pem_private_key(key.read_bytes(), None).public_key()
    data = signed.read_bytes()
    told = replace(mcuboot(tmp_path, "p256").release, payload_hash=tags_of(data)[1][SHA256].hex())
    assert check(tmp_path, Sample(data, told, key_anchors(public))).signed


def test_several_keys_may_be_named_and_the_one_used_is_told(ed25519: Sample, tmp_path: Path) -> None:
    keys = [mcuboot_key(kind).key.public_key() for kind in ("p256", "rsa2048", "ed25519")]
    assert check(tmp_path, replace(ed25519, anchors=key_anchors(*keys))).key_id == check(tmp_path, ed25519).key_id
