"""FIT images, made by the lab and then changed as an attacker would who has every key of the catalogue."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.firmware.formats.anchors import parse_anchors
from fieldtool.lab.fit import make_fit, started
from tests.firmware.formats.attacks import check, refused
from tests.firmware.formats.samples import (
    BOARD_TREE,
    KERNEL,
    Sample,
    anchors_file,
    fit_key,
    fit_properties,
    fit_sample,
    fit_tree,
    public_pem,
)

Tree = dict[str, Any]
STRANGER = ec.derive_private_key(0x5EED, ec.SECP256R1())


def made(tree: Tree, align: int = 0) -> Sample:
    """Signed by its maker, and by the stranger where a signature says so."""
    key = fit_key("p256")
    return replace(fit_sample(make_fit(tree, {"maker": key, "stranger": STRANGER}, align), key), unsigned=frozenset())


@cache
def good() -> Sample:
    return made(fit_tree())


def filled() -> Tree:
    """The tree of the good file, with its hashes and signatures as they are in it: whoever changes it cannot sign."""
    tree, properties = fit_tree(), fit_properties(good().data)
    for path, (begin, length) in properties.items():
        node, _, name = path.partition(":")
        at: Any = tree
        for part in node.strip("/").split("/"):
            at = at[part] if part else at
        at[name] = good().data[begin : begin + length]
    return tree


def forged(change: Callable[[Tree], object]) -> Sample:
    """The good file taken apart, changed, and put together again, without the maker's key."""
    tree = filled()
    change(tree)
    return good().changed(make_fit(tree, {}))


def conf(tree: Tree, name: str = "conf-1") -> Tree:
    found: Tree = tree["configurations"][name]
    return found


def test_taken_apart_and_put_together_again_it_is_still_good(tmp_path: Path) -> None:
    """Else the attacks below would be refused for another reason than theirs."""
    assert check(tmp_path, forged(lambda tree: None)).signed


def test_an_unsigned_configuration_is_refused_by_name_also_beside_signed_ones(tmp_path: Path) -> None:
    for name in ("conf-1", "conf-2"):
        with refused(Text.NATIVE_UNSIGNED):
            check(
                tmp_path,
                forged(
                    lambda tree, name=name: [
                        conf(tree, name).pop(n) for n in list(conf(tree, name)) if n.startswith("sig")
                    ]
                ),
            )
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, forged(lambda tree: tree["configurations"].update({"conf-3": {"kernel": "fw"}})))
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, forged(lambda tree: conf(tree)["signature-1"].pop("value")))


def test_a_stranger_is_refused_by_name(tmp_path: Path) -> None:
    with refused(Text.NATIVE_KEY_UNKNOWN) as told:
        check(tmp_path, made(fit_tree(**{"key-name-hint": "stranger"})))
    assert "stranger" in told.value.what


def test_a_strangers_signature_beside_the_makers_is_refused(tmp_path: Path) -> None:
    """Nobody could say what it is for; who rolls a key over names both in the anchor."""
    tree = fit_tree()
    conf(tree)["signature-2"] = {"algo": "sha256,ecdsa256", "key-name-hint": "stranger"}
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, made(tree))
    both = parse_anchors(anchors_file("fit", keys=[public_pem(key) for key in (STRANGER, fit_key("p256"))]))
    assert check(tmp_path, replace(made(tree), anchors=both)).signed


def test_changed_content_under_a_makers_rsa_key_is_told_apart_from_a_strangers(tmp_path: Path) -> None:
    key = fit_key("rsa2048")
    data = make_fit(fit_tree(algo="sha256,rsa2048"), {"maker": key}).replace(b"CityPost\0", b"CityP0st\0")
    with refused(Text.NATIVE_SIGNATURE_BAD):
        check(tmp_path, fit_sample(data, key))


@pytest.mark.parametrize("image", ["fw", "fdt-1", "fdt-2"])
def test_another_image_with_its_own_hash_is_refused(tmp_path: Path, image: str) -> None:
    def swap(tree: Tree) -> None:
        tree["images"][image]["data"] = b"evil"
        for name, below in tree["images"][image].items():
            if name.startswith("hash"):
                below["value"] = hashlib.new(below["algo"].decode().rstrip("\0"), b"evil").digest()

    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, forged(swap))


def test_content_that_fits_no_hash_is_refused_by_name(tmp_path: Path) -> None:
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, forged(lambda tree: tree["images"]["fw"].update(data=KERNEL[:-1] + b"x")))


def test_genuine_images_that_are_mixed_anew_are_refused(tmp_path: Path) -> None:
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, forged(lambda tree: conf(tree).update(fdt="fdt-2")))
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, forged(lambda tree: conf(tree, "conf-2").update(fdt=["fdt-2", "fdt-1"])))


def hidden(tree: Tree) -> None:
    """CVE-2026-46728: the genuine image moves into a node that nothing uses, and is what the signature is said over."""
    images = tree["images"]
    evil = b'{"version": "6.6.6"}\n'
    value = hashlib.sha256(evil).digest()
    images["zzz"] = {"fw": images["fw"]}
    tree["images"] = {
        "fw": {**images["fw"], "data": evil, "hash-1": {**images["fw"]["hash-1"], "value": value}},
        **{name: images[name] for name in ("zzz", "fdt-1", "fdt-2")},
    }
    for told in (conf(tree)["signature-1"], conf(tree, "conf-2")["signature"]):
        told["hashed-nodes"] = told["hashed-nodes"].replace(b"/images/fw", b"/images/zzz/fw")


def test_the_attack_that_u_boot_fell_for_until_2026_is_refused(tmp_path: Path) -> None:
    """The lab's bootloader is an old one: it starts the evil image. Ours is not asked whether it would."""
    attack = forged(hidden)
    assert started(attack.data, fit_key("p256").public_key()).startswith(b'{"version": "6.6.6"}')
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, attack)


def test_a_signed_property_is_not_renamed_behind_the_signed_names(tmp_path: Path) -> None:
    """Of the table of names only the first bytes are signed: a shorter piece would leave "kernel" to anybody."""
    tree = fit_tree()
    tree["images"] = {"fw": tree["images"]["fw"]}
    for name in ("conf-1", "conf-2"):
        del conf(tree, name)["fdt"]
    conf(tree)["signature-1"]["hashed-strings"] = struct.pack(">II", 0, 12)
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, made(tree))
    assert "name" in str(told.value.params["detail"])


def test_names_that_nothing_uses_are_refused(tmp_path: Path) -> None:
    """There would be room for anything, behind the names that are signed."""
    data, more = good().data, b"hidden-payload\0"
    total, size = len(data) + len(more), number(bytearray(data), 32) + len(more)
    header = data[:4] + struct.pack(">I", total) + data[8:32] + struct.pack(">I", size) + data[36:]
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, good().changed(header + more))
    assert "name" in str(told.value.params["detail"])


Change = Callable[[Tree], object]
ODD: dict[str, Change] = {
    "an image that nothing uses": lambda t: t["images"].update({"more": t["images"]["fw"]}),
    "a unit address": lambda t: t["images"].update({"fw@1": t["images"]["fw"]}),
    "another part": lambda t: t.update({"more": {"data": b"x"}}),
    "no images": lambda t: t.update({"images": {}}),
    "no configurations": lambda t: t.update({"configurations": {}}),
    "something beside the images": lambda t: t["images"].update({"default": "fw"}),
    "something beside the configurations": lambda t: t["configurations"].update({"compatible": "x"}),
    "a default that is not there": lambda t: t["configurations"].update({"default": "conf-9"}),
    "two defaults": lambda t: t["configurations"].update({"default": ["conf-1", "conf-2"]}),
    "no time": lambda t: t.pop("timestamp"),
    "data at the root": lambda t: t.update({"data": b"x"}),
    "data in a configuration": lambda t: conf(t).update({"data-size": 4}),
    "data in a hash": lambda t: t["images"]["fw"]["hash-1"].update({"data": b"x"}),
    "a hash that is to be ignored": lambda t: t["images"]["fw"]["hash-1"].update({"uboot-ignore": 1}),
    "an unknown node in an image": lambda t: t["images"]["fw"].update({"more": {}}),
    "an image signed by itself": lambda t: t["images"]["fw"].update({"signature-1": {"algo": "sha256,rsa2048"}}),
    "an unknown node in a configuration": lambda t: conf(t).update({"more": {}}),
    "a node in a signature": lambda t: conf(t)["signature-1"].update({"more": {}}),
    "an image that is not there": lambda t: conf(t).update({"ramdisk": "more"}),
    "no image at all": lambda t: [conf(t).pop(one) for one in ("kernel", "fdt")],
    "content in two places": lambda t: t["images"]["fw"].update({"data-size": 4, "data-offset": 0}),
    "content nowhere": lambda t: t["images"]["fw"].pop("data"),
    "empty content": lambda t: t["images"]["fw"].update({"data": b""}),
    "no hash": lambda t: t["images"]["fw"].pop("hash-1"),
    "an unknown hash": lambda t: t["images"]["fw"]["hash-1"].update({"algo": "crc16"}),
    "two hashes of a kind": lambda t: t["images"]["fw"].update({"hash-2": t["images"]["fw"]["hash-1"]}),
    "an unknown word of a signature": lambda t: conf(t)["signature-1"].update({"more": "x"}),
    "nodes that are not there": lambda t: conf(t)["signature-1"].update({"hashed-nodes": ["/", "/x"]}),
    "other nodes": lambda t: conf(t)["signature-1"].update(
        {"hashed-nodes": conf(t)["signature-1"]["hashed-nodes"].replace(b"fw/hash-1", b"fw/hash-2")}
    ),
    "no nodes": lambda t: conf(t)["signature-1"].pop("hashed-nodes"),
    "no names": lambda t: conf(t)["signature-1"].pop("hashed-strings"),
    "names that begin elsewhere": lambda t: conf(t)["signature-1"].update({"hashed-strings": struct.pack(">II", 1, 9)}),
    "too many names": lambda t: conf(t)["signature-1"].update({"hashed-strings": struct.pack(">II", 0, 1 << 20)}),
    "SHA-1": lambda t: conf(t)["signature-1"].update({"algo": "sha1,ecdsa256"}),
    "RSA-1024": lambda t: conf(t)["signature-1"].update({"algo": "sha256,rsa1024"}),
    "no algorithm": lambda t: conf(t)["signature-1"].pop("algo"),
    "an unknown padding": lambda t: conf(t)["signature-1"].update({"padding": "none"}),
    "a short signature": lambda t: conf(t)["signature-1"].update({"value": bytes(63)}),
    "what was to be signed is not there": lambda t: conf(t)["signature-1"].update({"sign-images": "more"}),
    "a comment that is no text": lambda t: conf(t)["signature-1"].update({"comment": b"\x1b[2J\0"}),
    "a comment without an end": lambda t: conf(t)["signature-1"].update({"comment": b"hello"}),
    "a long time": lambda t: conf(t)["signature-1"].update({"timestamp": bytes(8)}),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_what_nobody_signed_or_what_may_be_read_in_two_ways_is_refused(tmp_path: Path, odd: str) -> None:
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, forged(ODD[odd]))


SIGNED_ODD = (
    "another part", "data in a hash", "a hash that is to be ignored", "an unknown node in an image", "no hash",
    "an unknown hash", "an unknown node in a configuration", "an image that is not there", "data at the root",
)  # fmt: skip


@pytest.mark.parametrize("odd", SIGNED_ODD)
def test_it_is_refused_also_where_its_maker_signed_it(tmp_path: Path, odd: str) -> None:
    """A maker's slip is no way in either."""
    tree = fit_tree()
    for image in tree["images"].values():
        image["hash-1"] = {"algo": "sha256", "value": hashlib.sha256(image["data"]).digest()}
    ODD[odd](tree)
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(tree))


def test_an_image_that_its_configuration_uses_and_does_not_sign_is_refused(tmp_path: Path) -> None:
    for name in ("ramdisk", "loadables", "script", "firmware", "x-anything"):
        with refused(Text.NATIVE_DAMAGED):
            check(tmp_path, forged(lambda tree, name=name: conf(tree).update({name: "fdt-2"})))


def test_an_image_with_weak_hashes_only_is_refused_and_a_weak_one_beside_a_strong_one_must_fit(tmp_path: Path) -> None:
    weak, wrong = fit_tree(), fit_tree()
    weak["images"]["fw"]["hash-1"] = {"algo": "sha1"}
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, made(weak))
    wrong["images"]["fdt-1"]["hash-2"] = {"algo": "crc32", "value": b"\0\0\0\1"}
    with refused(Text.NATIVE_PAYLOAD):
        check(tmp_path, made(wrong))


def test_an_encrypted_image_is_refused_by_name(tmp_path: Path) -> None:
    tree = fit_tree()
    tree["images"]["fw"]["cipher"] = {"algo": "aes256"}
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, made(tree))
    with refused(Text.NATIVE_ENCRYPTED):
        check(tmp_path, replace(good(), release=replace(good().release, encrypted=True)))


def test_the_file_must_be_the_one_that_the_release_names(tmp_path: Path) -> None:
    with refused(Text.NATIVE_OTHER_RELEASE):
        check(tmp_path, replace(good(), release=replace(good().release, payload_hash="0" * 64)))
    whole = hashlib.sha256(good().data).hexdigest()
    assert check(tmp_path, replace(good(), release=replace(good().release, payload_hash=whole))).signed


# ---- images behind the tree ------------------------------------------------------------------------------------------


def behind(change: Callable[[bytearray, dict[str, int]], object]) -> Sample:
    """Images behind the tree, and places changed: {"fw:data-offset": where that number is}."""
    sample = made(fit_tree(), align=4)
    data = bytearray(sample.data)
    places = {name.removeprefix("/images/"): at for name, (at, _) in fit_properties(sample.data).items()}
    change(data, places)
    return sample.changed(bytes(data))


def put(data: bytearray, at: int, number: int) -> None:
    struct.pack_into(">I", data, at, number)


def number(data: bytearray, at: int) -> int:
    return int.from_bytes(data[at : at + 4])


def test_images_behind_the_tree_are_accepted_at_any_alignment(tmp_path: Path) -> None:
    for align in (4, 8, 512, 4096):
        assert check(tmp_path, made(fit_tree(), align)).signed


@pytest.mark.parametrize(
    "change",
    [
        lambda data, at: put(data, at["fw:data-offset"], 0xFFFFFFFC),
        lambda data, at: put(data, at["fw:data-offset"], len(data)),
        lambda data, at: put(data, at["fw:data-size"], 0xFFFFFFFF),
        lambda data, at: put(data, at["fw:data-size"], 0),
        lambda data, at: put(data, at["fdt-1:data-offset"], number(data, at["fdt-2:data-offset"])),
        lambda data, at: put(data, at["fdt-1:data-offset"], number(data, at["fdt-1:data-offset"]) - 4),
        lambda data, at: put(data, at["fdt-2:data-size"], len(BOARD_TREE) + 4),
        lambda data, at: put(data, 4, number(data, 4) + 4),
        lambda data, at: put(data, 4, number(data, 4) + 2),
        lambda data, at: data.extend(b"evil"),
        lambda data, at: data.extend(b"\0"),
        lambda data, at: data.__delitem__(slice(len(data) - 4, None)),
        lambda data, at: put(data, at["fw:data-offset"] - 12 + 8, number(data, at["fw:data-size"] - 12 + 8)),
    ],
)
def test_images_that_lie_elsewhere_or_one_over_another_are_refused(
    tmp_path: Path, change: Callable[[bytearray, dict[str, int]], object]
) -> None:
    with pytest.raises(FirmwareError) as told:
        check(tmp_path, behind(change))
    assert told.value.text in (Text.NATIVE_DAMAGED, Text.NATIVE_PAYLOAD)


def test_an_image_that_two_share_is_refused(tmp_path: Path) -> None:
    """Same content, same hash, one place: nothing wrong but that no tool makes it."""
    tree = fit_tree()
    tree["images"]["fdt-2"]["data"] = tree["images"]["fdt-1"]["data"]
    sample = made(tree, align=4)
    data = bytearray(sample.data)
    places = {name: at for name, (at, _) in fit_properties(sample.data).items()}
    put(data, places["/images/fdt-2:data-offset"], number(data, places["/images/fdt-1:data-offset"]))
    with refused(Text.NATIVE_DAMAGED) as told:
        check(tmp_path, sample.changed(bytes(data)))
    assert "one over another" in str(told.value.params["detail"])


def test_something_hidden_between_the_images_is_refused(tmp_path: Path) -> None:
    sample = made(fit_tree(), align=512)
    at = sample.data.index(BOARD_TREE) + len(BOARD_TREE)
    with refused(Text.NATIVE_DAMAGED):
        check(tmp_path, sample.changed(sample.data[:at] + b"evil" + sample.data[at + 4 :]))


# ---- anchors and anything else ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)), ec.derive_private_key(5, ec.SECP384R1()),
     rsa.generate_private_key(65537, 1024)],
    ids=["Ed25519", "P-384", "RSA-1024"],
)  # fmt: skip
def test_a_key_that_signs_no_fit_is_refused_in_an_anchor(key: Any) -> None:
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(anchors_file("fit", keys=[public_pem(key)]))


def test_an_rsa_4096_key_is_for_fit_only() -> None:
    pem = public_pem(rsa.generate_private_key(65537, 4096))
    assert parse_anchors(anchors_file("fit", keys=[pem])).keys
    with refused(Text.NATIVE_ANCHOR_BAD):
        parse_anchors(anchors_file("mcuboot", keys=[pem]))


@settings(deadline=None)
@given(data=st.data())
def test_any_change_to_its_tree_is_refused_or_changes_nothing_that_counts(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Random values anywhere in the tree: what passes has the very images and configurations of the good file."""
    tree = filled()
    free = {"timestamp", "signer-name", "signer-version", "comment", "key-name-hint"}
    paths = sorted(path for path in fit_properties(good().data))
    path = data.draw(st.sampled_from(paths))
    node, _, name = path.partition(":")
    at: Any = tree
    for part in node.strip("/").split("/"):
        at = at[part] if part else at
    at[name] = data.draw(st.binary(max_size=80) | st.sampled_from([at[name][:-1], at[name] + b"\0", at[name] * 2]))
    same = at[name] == filled_value(path)
    try:
        check(tmp_path_factory.getbasetemp(), good().changed(make_fit(tree, {})))
    except FirmwareError as error:
        assert error.text.name.startswith("NATIVE_") and not same
    else:
        assert same or ("/signature" in node and name in free)


def filled_value(path: str) -> bytes:
    begin, length = fit_properties(good().data)[path]
    return good().data[begin : begin + length]
