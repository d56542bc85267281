"""SWUpdate files: an archive that may not say one thing to us and another to SWUpdate."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.texts import Text
from fieldtool.lab.swu import make_cpio
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import Sample, cms_anchors, headers, release, root, sign, signer, swu_sample

ROOTFS, SCRIPT = b"rootfs" * 500, b"#!/bin/sh\n"
DESCRIPTION = (
    'software = {{ version = "2.6.0"; /* two */ stable = {{ copy1: {{ images: ( {{ filename = "rootfs.img"; '
    'sha256 = "{rootfs}"; installed-directly = true; offset = 0x10; }} ); }}; }}; // sets\n'
    'scripts: ( {{ filename = "post.sh"; type = "postinstall"; sha256 = "{script}"; }} ); }}'
)


def described(rootfs: bytes = ROOTFS, script: bytes = SCRIPT) -> str:
    hashes = {"rootfs": hashlib.sha256(rootfs).hexdigest(), "script": hashlib.sha256(script).hexdigest()}
    return DESCRIPTION.format(**hashes)


def made(text: str | None = None, signature: bytes | None = None, **files: bytes) -> Sample:
    """Signed by the maker; `files`: instead of, or added to, those that belong there ("post_sh" is "post.sh")."""
    content = (described() if text is None else text).encode()
    payloads = {"rootfs.img": ROOTFS, "post.sh": SCRIPT}
    payloads |= {name.replace("_", "."): data for name, data in files.items()}
    whole = {"sw-description": content, "sw-description.sig": signature or sign(content, signer()), **payloads}
    anchors = cms_anchors("swu", root().certificate)
    return Sample(make_cpio(whole), release("swu", hashlib.sha256(ROOTFS).hexdigest()), anchors)


def test_files_of_every_set_and_scripts_are_checked(tmp_path: Path) -> None:
    assert check(tmp_path, made()).signed


@pytest.mark.parametrize("name", ["rootfs_img", "post_sh"])
def test_a_file_that_was_changed_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, made(**{name: b"other"}))


def test_a_changed_description_names_the_signer_whose_signature_does_not_belong_to_it(tmp_path: Path) -> None:
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, made(described() + " ", sign(described().encode(), signer())))


def test_a_file_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, made(extra_sh=b"#!/bin/sh\n"))
    assert "not those that were signed" in told.value.what


def test_a_signed_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    content = described().encode()
    files = {"sw-description": content, "sw-description.sig": sign(content, signer()), "rootfs.img": ROOTFS}
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, made().changed(make_cpio(files)))
    assert "not those that were signed" in told.value.what


def test_a_file_that_is_named_without_its_hash_is_refused(tmp_path: Path) -> None:
    text = described().replace(f'sha256 = "{hashlib.sha256(SCRIPT).hexdigest()}";', "")
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(text))


def test_a_file_with_two_hashes_is_refused(tmp_path: Path) -> None:
    text = described().replace('"post.sh"', '"rootfs.img"')
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(text))


def test_an_archive_without_a_signature_is_refused_by_name(tmp_path: Path) -> None:
    good = made()
    bare = make_cpio({"sw-description": described().encode(), "rootfs.img": ROOTFS, "post.sh": SCRIPT})
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, good.changed(bare))


def test_a_signature_that_carries_its_own_content_is_refused(tmp_path: Path) -> None:
    content = described().encode()
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(signature=sign(content, signer(), carried=True)))


def test_an_archive_that_begins_with_something_else_is_refused(tmp_path: Path) -> None:
    content = described().encode()
    files = {"rootfs.img": ROOTFS, "sw-description": content, "sw-description.sig": sign(content, signer())}
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made().changed(make_cpio({**files, "post.sh": SCRIPT})))


def twice(data: bytes, name: str, other: str) -> bytes:
    """The file `name` under the same name as `other`: both names are as long."""
    assert len(name) == len(other)
    return data.replace(name.encode() + b"\0", other.encode() + b"\0")


def test_a_second_file_of_the_same_name_is_refused(tmp_path: Path) -> None:
    """SWUpdate would take the first or the last; nobody should have to know which."""
    sample = made(post_sg=b"evil")
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, sample.changed(twice(sample.data, "post.sg", "post.sh")))
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, sample.changed(twice(sample.data, "post.sg", "POST.SH")))


@pytest.mark.parametrize("name", ["../post.sh", "/post.sh", ".post", "a b", "-rf", "p\xf6st", "x" * 129])
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    content = described().replace("post.sh", name).encode()
    files = {"sw-description": content, "sw-description.sig": sign(content, signer()), "rootfs.img": ROOTFS}
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made().changed(make_cpio({**files, name: SCRIPT})))


def header(data: bytes, name: str, field: int, value: bytes) -> bytes:
    at = headers(data)[name] + 6 + 8 * field
    return data[:at] + value + data[at + 8 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: header(data, "post.sh", 1, b"0000A1ED"),  # a link
        lambda data: header(data, "post.sh", 1, b"000041ED"),  # a folder
        lambda data: header(data, "post.sh", 6, b"FFFFFFFF"),
        lambda data: header(data, "post.sh", 6, b"00000009"),
        lambda data: header(data, "post.sh", 6, b"-0000001"),
        lambda data: header(data, "post.sh", 11, b"00000000"),
        lambda data: header(data, "post.sh", 11, b"FFFFFFFF"),
        lambda data: header(data, "post.sh", 11, b"00000007"),
        lambda data: header(data, "sw-description", 12, b"00000000"),
        lambda data: data.replace(b"070702", b"070707"),
        lambda data: data.replace(b"070702", b"070701"),  # this kind has no checksums
        lambda data: data.replace(b"TRAILER!!!", b"TRAILED!!!"),
        lambda data: data[: data.index(b"TRAILER!!!")],
        lambda data: data + bytes(512),
        lambda data: data[:-1] + b"x",
        lambda data: data[:-1],
    ],
)
def test_an_archive_that_may_be_read_in_two_ways_is_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    sample = made()
    assert change(sample.data) != sample.data
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, sample.changed(change(sample.data)))


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(**{f"f{number}": b"" for number in range(300)}))


def test_the_payload_must_be_the_one_that_the_release_names(tmp_path: Path) -> None:
    sample = made()
    other = replace(sample, release=replace(sample.release, payload_hash="0" * 64))
    with refused(Text.NATIVE_OTHER_RELEASE):
        check(tmp_path, other)
    packed = made(described().replace("installed-directly = true", 'compressed = "zlib"'))
    assert check(tmp_path, replace(packed, release=other.release)).signed  # its hash on the device is another


def test_a_description_in_json_is_read_as_well(tmp_path: Path) -> None:
    files = [{"filename": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in
             (("rootfs.img", ROOTFS), ("post.sh", SCRIPT))]  # fmt: skip
    text = json.dumps({"software": {"version": "2.6.0", "images": files}})
    assert check(tmp_path, made(text)).signed
    for bad in (text.replace('"version"', '"images": [], "version"'), text[:-1], "{" * 5000, "[" + text + "]"):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, made(bad))


def test_a_description_that_is_not_signed_is_never_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldtool.firmware.formats.swu._description", lambda content: pytest.fail("was parsed"))
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, made("}" * 100, sign(described().encode(), signer())))


def test_the_list_of_unsigned_bytes_has_no_digit_of_a_size_or_a_name() -> None:
    sample = made()
    listed = swu_sample(sample.data, sample.release.payload_hash, sample.anchors).unsigned
    for at in headers(sample.data).values():
        sizes = {*range(at + 54, at + 62), *range(at + 94, at + 102)}
        assert all(sample.data[place] in b"ABCDEFabcdef" for place in sizes & listed)
        assert not set(range(at, at + 6)) & listed
