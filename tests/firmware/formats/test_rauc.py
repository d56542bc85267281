"""RAUC bundles: what the signature of a verity bundle stands for, encrypted bundles, and impossible sizes."""

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import (
    Sample,
    plain_bundle,
    sign,
    signer,
    tail_of,
    verity_body,
    verity_bundle,
    verity_tree,
    with_tail,
)


@pytest.fixture
def verity(tmp_path: Path) -> Sample:
    return verity_bundle(tmp_path)


@pytest.mark.parametrize("blocks", [1, 2, 127, 128, 129, 130])
def test_trees_of_every_shape_are_computed_as_the_kernel_does(tmp_path: Path, blocks: int) -> None:
    """With 128 digests to a block: one level, exactly full, and one more."""
    sample = verity_bundle(tmp_path, max(1, blocks * 4096 - 8000))
    assert check(tmp_path, sample).signed


def test_a_changed_payload_of_a_verity_bundle_is_refused_by_name(verity: Sample, tmp_path: Path) -> None:
    """The signature itself still holds: `rauc info` accepts such a bundle."""
    data = bytearray(verity.data)
    data[10_000] ^= 1
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, verity.changed(bytes(data)))


@pytest.mark.parametrize("place", ["first digest", "filling", "last byte"])
def test_a_changed_hash_tree_is_refused_by_name(verity: Sample, tmp_path: Path, place: str) -> None:
    tail = tail_of(verity.data)
    data = bytearray(verity.data)
    data[{"first digest": tail - 4096, "filling": tail - 100, "last byte": tail - 1}[place]] ^= 1
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, verity.changed(bytes(data)))


def test_a_payload_with_a_new_tree_is_refused_because_its_root_is_signed(verity: Sample, tmp_path: Path) -> None:
    tail = tail_of(verity.data)
    tree = 4096
    payload = bytearray(verity.data[: tail - tree])
    payload[10_000] ^= 1
    grown, _ = verity_tree(bytes(payload), hashlib.sha256(b"salt").digest())
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, verity.changed(bytes(payload) + grown + verity.data[tail:]))


def resigned(folder: Path, old: str, new: str) -> bytes:
    """A verity bundle whose maker signed a manifest with `new` instead of `old`."""
    body, manifest, _ = verity_body(folder)
    assert old.encode() in manifest
    changed = manifest.replace(old.encode(), new.encode("latin-1"))
    return with_tail(body, sign(changed, signer(), carried=True))


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("verity-size=4096", "verity-size=8192", Text.NATIVE_DAMAGED),
        ("verity-size=4096", "verity-size=4095", Text.NATIVE_DAMAGED),
        ("verity-size=4096", "verity-size=-4096", Text.NATIVE_DAMAGED),
        ("verity-size=4096", "verity-size=999999999999", Text.NATIVE_DAMAGED),
        ("verity-size=4096", "", Text.NATIVE_DAMAGED),
        ("verity-hash=", "verity-hash=00", Text.NATIVE_DAMAGED),
        ("verity-salt=", "verity-salt=0x", Text.NATIVE_DAMAGED),
        ("format=verity", "format=plain", Text.NATIVE_DAMAGED),
        ("[bundle]\nformat", "[bumble]\nformat", Text.NATIVE_DAMAGED),
        ("[update]", "update]", Text.NATIVE_DAMAGED),
        ("version=2.6.0", "version=2.6.0\nversion=2.6.1", Text.NATIVE_DAMAGED),
        ("compatible=lab", "compatible=\xff", Text.NATIVE_DAMAGED),
        ("[image.rootfs]", "[slot.rootfs]", Text.NATIVE_OTHER_RELEASE),
        ("format=verity", "format=crypt", Text.NATIVE_KEY_OPEN),
        ("format=verity", "format=verity\ncrypt-key=" + "00" * 32, Text.NATIVE_KEY_OPEN),
    ],
)
def test_a_signed_manifest_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, text: Text) -> None:
    with refused(text):
        check(tmp_path, verity_bundle(tmp_path).changed(resigned(tmp_path, old, new)))


def test_a_verity_bundle_with_another_image_than_the_release_says_is_refused(verity: Sample, tmp_path: Path) -> None:
    other = replace(verity, release=replace(verity.release, payload_hash="0" * 64))
    with refused(Text.NATIVE_OTHER_RELEASE):
        check(tmp_path, other)


def test_a_verity_signature_on_another_squashfs_is_refused(tmp_path: Path) -> None:
    """The manifest and its signature are genuine; what they are attached to is not."""
    good, other = verity_bundle(tmp_path), verity_bundle(tmp_path, 24_000)
    mixed = other.data[: tail_of(other.data)] + good.data[tail_of(good.data) :]
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, good.changed(mixed))


def test_a_bundle_without_a_signature_is_refused_by_name(tmp_path: Path) -> None:
    sample = plain_bundle(tmp_path)
    body = sample.data[: tail_of(sample.data)]
    assert body.endswith(bytes(8))  # as a squashfs ends
    for data in (body, body + bytes(8)):
        with refused(Text.NATIVE_UNSIGNED):
            check(tmp_path, sample.changed(data))


@pytest.mark.parametrize("size", [1, 7, 1 << 20, 1 << 40, (1 << 64) - 1])
def test_an_impossible_size_of_the_signature_is_refused_without_reading_it(tmp_path: Path, size: int) -> None:
    sample = plain_bundle(tmp_path)
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, sample.changed(sample.data[:-8] + struct.pack(">Q", size)))


def test_a_changed_plain_bundle_names_the_signer_whose_signature_does_not_belong_to_it(tmp_path: Path) -> None:
    sample = plain_bundle(tmp_path)
    data = bytearray(sample.data)
    data[10_000] ^= 1
    with refused(Text.NATIVE_SIGNATURE_BAD) as told:
        check(tmp_path, sample.changed(bytes(data)))
    assert "THROW-AWAY signer" in str(told.value.params["signer"])


# ---- encrypted ------------------------------------------------------------------------------------------------------

# ContentInfo { enveloped-data, [0] { SEQUENCE {} } }: as much as is looked at without the charger's key
ENVELOPE = bytes.fromhex("300f06092a864886f70d010703a0023000")


def test_an_encrypted_bundle_is_told_as_one_whose_signer_cannot_be_seen(verity: Sample, tmp_path: Path) -> None:
    secret = Sample(with_tail(bytes(8192), ENVELOPE), replace(verity.release, encrypted=True), verity.anchors)
    verdict = check(tmp_path, secret)
    assert (verdict.signed, verdict.text, verdict.signer) == (False, Text.NATIVE_HIDDEN, "")


def test_encrypted_where_the_release_says_plain_or_the_reverse_is_refused(verity: Sample, tmp_path: Path) -> None:
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, verity.changed(with_tail(bytes(8192), ENVELOPE)))
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, replace(verity, release=replace(verity.release, encrypted=True)))


@pytest.mark.parametrize("body", [b"x" * 8191, b"x" * 4096])
def test_an_encrypted_bundle_that_is_cut_off_is_refused(verity: Sample, tmp_path: Path, body: bytes) -> None:
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, Sample(with_tail(body, ENVELOPE), replace(verity.release, encrypted=True), verity.anchors))
