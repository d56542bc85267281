import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.lab.cms import authority_from_json, authority_to_json, new_authority
from fieldtool.lab.raucb import BundleFile, Image, Refused, make_bundle
from fieldtool.lab.squashfs import BadImage, Reader, write_squashfs
from tests.lab_chargers import authority

ROOTS = [authority("Lab").certificate]


def bundle(tmp_path, **options):
    return make_bundle(tmp_path / "x.raucb", authority("Lab"), "lab", Image("2.0", security_epoch=3), **options)


def test_a_bundle_tells_what_is_in_it(tmp_path):
    made = bundle(tmp_path, size=300_000, description="with words", build="7")
    with BundleFile(made.path) as opened:
        opened.verify(ROOTS)
        manifest = opened.manifest()
        digest = hashlib.sha256(b"".join(opened.payload(manifest))).hexdigest()
        assert opened.image(manifest) == Image("2.0", made.payload_hash, 300_000, security_epoch=3)
    assert (manifest.compatible, manifest.version, manifest.description, manifest.build) == (
        "lab", "2.0", "with words", "7",
    )  # fmt: skip
    assert digest == manifest.sha256 == made.payload_hash
    assert (made.length, made.sha256) == (
        made.path.stat().st_size,
        hashlib.sha256(made.path.read_bytes()).hexdigest(),
    )


def test_the_same_image_has_the_same_payload_in_every_bundle(tmp_path):
    assert bundle(tmp_path).payload_hash == bundle(tmp_path / "again").payload_hash


def test_no_byte_of_the_signed_part_can_be_changed(tmp_path):
    made = bundle(tmp_path, size=5_000)
    whole = made.path.read_bytes()
    with BundleFile(made.path) as opened:
        body, _ = opened.signature_place()
    for at in range(0, body, 61):
        made.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        with BundleFile(made.path) as opened, pytest.raises(Refused, match="verification failure"):
            opened.verify(ROOTS)


def test_a_changed_or_cut_signature_is_refused_or_means_the_same(tmp_path):
    """A CMS has bytes that nobody signed; what must not happen is another error than a refusal."""
    made = bundle(tmp_path, size=2_000)
    whole = made.path.read_bytes()
    with BundleFile(made.path) as opened:
        body, length = opened.signature_place()
    accepted = 0
    for at in range(body, body + length + 8):
        made.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            with BundleFile(made.path) as opened:
                opened.verify(ROOTS)
        except Refused:
            continue
        accepted += 1
    assert accepted < length // 2


def test_another_authority_with_the_same_name_is_a_stranger(tmp_path):
    with BundleFile(bundle(tmp_path).path) as opened, pytest.raises(Refused, match="local issuer"):
        opened.verify([new_authority("Lab").certificate])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4096))
def test_arbitrary_bytes_are_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("x") / "x.raucb"
    path.write_bytes(content)
    with BundleFile(path) as opened, pytest.raises(Refused):
        opened.verify(ROOTS)
    with BundleFile(path) as opened, pytest.raises(Refused):
        opened.manifest()


@pytest.mark.parametrize("size", [0, 1, 131_071, 131_072, 131_073, 400_000])
def test_files_of_every_size_come_back_from_a_squashfs(size):
    content, file = bytes(i % 251 for i in range(size)), io.BytesIO()
    write_squashfs(file, {"b": content, "a": b"first"})
    reader = Reader(file)
    assert sorted(reader.entries) == ["a", "b"]
    assert b"".join(reader.chunks("b")) == content
    assert reader.read("a") == b"first"


def test_many_files_spread_over_several_metadata_blocks():
    contents, file = {f"file-{i:04}": str(i).encode() for i in range(700)}, io.BytesIO()
    write_squashfs(file, contents)
    reader = Reader(file)
    assert {name: reader.read(name) for name in reader.entries} == contents


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1200), st.integers(0, 255))
def test_a_damaged_squashfs_is_read_or_refused(at, value):
    file = io.BytesIO()
    write_squashfs(file, {"manifest.raucm": b"[update]", "x": b"y" * 900})
    damaged = bytearray(file.getvalue())
    damaged[at] = value
    try:
        reader = Reader(io.BytesIO(bytes(damaged)))
        reader.read("manifest.raucm")
    except BadImage:
        pass


def test_an_authority_survives_being_kept():
    kept = authority_from_json(authority_to_json(authority("Lab")))
    assert kept.certificate == authority("Lab").certificate
    assert kept.signer_key_pem == authority("Lab").signer_key_pem


def test_a_forged_digest_or_signature_value_is_refused(tmp_path):
    """Whoever changes the content can put its digest into the signed attributes, but cannot sign them."""
    made = bundle(tmp_path, size=5_000)
    whole = made.path.read_bytes()
    with BundleFile(made.path) as opened:
        body, length = opened.signature_place()
    signed, signature = bytearray(whole[:body]), whole[body : body + length]
    before = hashlib.sha256(signed).digest()
    signed[3_000] ^= 1
    forged = signature.replace(before, hashlib.sha256(signed).digest())
    assert forged != signature
    for content, value in ((bytes(signed), forged), (whole[:body], signature[:-1] + bytes([signature[-1] ^ 1]))):
        made.path.write_bytes(content + value + whole[body + length :])
        with BundleFile(made.path) as opened, pytest.raises(Refused, match="verification failure|wrong tag"):
            opened.verify(ROOTS)
