"""FIT images that the real mkimage makes, and what the real U-Boot says of them: never less strict than it.

Debian's U-Boot knows RSA-2048 with PKCS #1 v1.5; of what mkimage signs otherwise only our verdict is looked at.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fieldtool.core.errors import FirmwareError
from fieldtool.core.texts import Text
from fieldtool.lab.fit import make_fit
from tests.firmware.formats import attacks
from tests.firmware.formats.attacks import Flip, check, refused
from tests.firmware.formats.samples import (
    Sample,
    fit_properties,
    fit_tree,
    key_anchors,
    release,
    unsigned_in_fit,
)
from tests.peers import uboot_qemu
from tests.peers.fit_maker import KERNEL_ONLY, MISSING, Maker, Verdicts, maker_of, signature
from tests.peers.uboot_qemu import Board, Kit, kernel

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}"),
    pytest.mark.filterwarnings("ignore"),  # what a warning of cryptography stops here, nothing would stop in the field
]
WAYS = {"inside": (), "behind": ("-E",), "aligned": ("-E", "-B", "0x200"), "placed": ("-E", "-p", "0x1000")}
HASH_OF_KERNEL = hashlib.sha256(kernel("3.1.0")[:600]).hexdigest()
# Where U-Boot takes a flipped bit and we do not: nothing in its way of looking depends on it.
LOOSER = (
    "header",
    "names",
    "filling",
    "/configurations:",
    "/configurations/conf-1/signature-1",
    "/configurations/conf-2",
)


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("maker"))


def sample(maker: Maker, data: bytes, *keys: str) -> Sample:
    anchors = key_anchors(*(maker.key(one).public_key() for one in keys or ("maker",)), format="fit")
    return Sample(data, release("fit", HASH_OF_KERNEL), anchors, ((0, len(data)),), unsigned_in_fit(data))


@pytest.mark.parametrize("way", WAYS)
def test_what_mkimage_makes_is_accepted_and_tightly(maker: Maker, tmp_path: Path, way: str) -> None:
    made = sample(maker, maker.make(*WAYS[way]))
    assert check(tmp_path, made).signed
    free = [(offset, bit) for offset in made.unsigned for bit in (0, 1)]
    assert {offset for offset, _ in attacks.accepted(tmp_path, made, free)} == made.unsigned


@pytest.mark.parametrize("way", WAYS)
def test_every_flip_but_in_the_listed_bytes_is_refused(
    maker: Maker, tmp_path: Path, way: str, sweep_cases: Callable[..., Sequence[Flip]]
) -> None:
    made = sample(maker, maker.make(*WAYS[way]))
    flips = sweep_cases(f"flips in a FIT by mkimage, {way}", attacks.all_bits(made), share=1 / 40)
    assert attacks.signed_flips_accepted(tmp_path, made, flips) == []


@pytest.mark.parametrize(
    ("algorithm", "key", "more"),
    [
        ("sha512,rsa2048", "maker", ""),
        ("sha256,rsa3072", "rsa3072", ""),
        ("sha256,rsa4096", "rsa4096", ""),
        ("sha256,rsa2048", "maker", 'padding = "pss";'),
        ("sha384,rsa4096", "rsa4096", 'padding = "pss";'),
        ("sha256,ecdsa256", "p256", ""),
    ],
)
def test_every_kind_of_key_is_accepted(maker: Maker, tmp_path: Path, algorithm: str, key: str, more: str) -> None:
    signed = signature(algorithm, key, more=more)
    other = signature(algorithm, key, KERNEL_ONLY, more)
    data = maker.make(keys=(key,), signature=f"signature-1 {signed}", other=f"signature-1 {other}")
    assert check(tmp_path, sample(maker, data, key)).signed
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, sample(maker, data, "stranger", "stranger-p256", "stranger-3072", "stranger-4096"))


def test_what_was_signed_again_or_taken_apart_is_accepted(maker: Maker, tmp_path: Path) -> None:
    inside, behind = maker.make(), maker.make("-E")
    for data in (maker.again(inside), maker.again(inside, "-E"), maker.again(behind, "-E")):
        assert check(tmp_path, sample(maker, data)).signed


def test_two_signatures_need_both_keys(maker: Maker, tmp_path: Path) -> None:
    both = f"signature-1 {signature()} signature-2 {signature('sha256,ecdsa256', 'p256')}"
    data = maker.make(keys=("maker", "p256"), signature=both)
    assert check(tmp_path, sample(maker, data, "maker", "p256")).signed
    with refused(Text.NATIVE_KEY_UNKNOWN):
        check(tmp_path, sample(maker, data, "maker"))


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"signature": ""}, Text.NATIVE_UNSIGNED),
        ({"other": ""}, Text.NATIVE_UNSIGNED),
        ({"signature": f"signature-1 {signature('sha1,rsa2048')}"}, Text.NATIVE_DAMAGED),
        ({"signature": f"signature-1 {signature(images=KERNEL_ONLY)}"}, Text.NATIVE_DAMAGED),
        ({"hash": 'hash-1 { algo = "sha1"; };'}, Text.NATIVE_DAMAGED),
        ({"hash": f'hash-1 {{ algo = "sha256"; }}; signature-1 {signature()}'}, Text.NATIVE_DAMAGED),
    ],
    ids=["unsigned", "one of two", "sha1", "not over all", "weak hash", "each by itself"],
)
def test_what_protects_too_little_is_refused(maker: Maker, tmp_path: Path, parts: dict[str, str], text: Text) -> None:
    with refused(text):
        check(tmp_path, sample(maker, maker.make(**parts)))


# ---- with the real U-Boot --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    if uboot_qemu.MISSING:
        pytest.skip(f"needs {uboot_qemu.MISSING}")
    made = Kit(tmp_path_factory.mktemp("kit"))
    made.make()
    return made


@pytest.fixture
def uboot(kit: Kit, tmp_path: Path) -> Iterator[Verdicts]:
    board = Board(kit, tmp_path)
    try:
        board.on()
        with board.recovery() as recovery:
            asked = Verdicts(board, recovery)
            asked.begin()
            yield asked
    finally:
        board.close()


def part_of(data: bytes, offset: int) -> str:
    """What the byte belongs to, as LOOSER says it."""
    strings, size = int.from_bytes(data[12:16]), int.from_bytes(data[32:36])
    for name, (begin, length) in fit_properties(data).items():
        if begin - 12 <= offset < begin + length + -length % 4:
            return name
    if offset < 56:
        return "header"
    return "structure" if offset < strings else "names" if offset < strings + size else "filling"


def accepts(folder: Path, made: Sample) -> bool:
    try:
        return check(folder, made).signed
    except FirmwareError:
        return False


def changed(made: Sample, flip: Flip) -> tuple[dict[int, int], Sample]:
    offset, bit = flip
    data = bytearray(made.data)
    data[offset] ^= 1 << bit
    return {offset: data[offset]}, made.changed(bytes(data))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["inside", "behind", "placed"])
def test_what_we_accept_the_real_u_boot_accepts(
    kit: Kit, uboot: Verdicts, tmp_path: Path, way: str, sweep_cases: Callable[..., Sequence[Flip]]
) -> None:
    maker = maker_of(kit)
    made = sample(maker, maker.make(*WAYS[way]))
    uboot.put(made.data)
    assert uboot.starts({}) and uboot.starts({}, "conf-2")
    flips = [one for one in attacks.one_bit_each(made) if any(made.data[one[0] : one[0] + 16])]
    looser = set()
    for flip in sweep_cases(f"verdicts of the real U-Boot, images {way}", flips):
        change, other = changed(made, flip)
        ours, theirs = accepts(tmp_path, other), uboot.starts(change)
        if ours and not theirs:  # a file before it may have spoilt the bootloader's memory
            uboot.restart()
            theirs = uboot.starts(change)
        assert theirs or not ours, f"we accept what U-Boot refuses: {part_of(made.data, flip[0])} {flip}"
        if theirs and not ours:
            looser.add(part_of(made.data, flip[0]))
    assert all(one.startswith((*LOOSER, "structure")) for one in looser), looser


@pytest.mark.parametrize("key", ["", "stranger"], ids=["unsigned", "wrong key"])
def test_both_refuse_what_the_maker_did_not_sign(kit: Kit, uboot: Verdicts, tmp_path: Path, key: str) -> None:
    maker = maker_of(kit)
    signed = f"signature-1 {signature(key=key)}" if key else ""
    other = f"signature-1 {signature(key=key, images=KERNEL_ONLY)}" if key else ""
    made = sample(maker, maker.make(keys=("maker", *filter(None, [key])), signature=signed, other=other))
    uboot.put(made.data)
    assert not uboot.starts({})
    with refused(Text.NATIVE_KEY_UNKNOWN if key else Text.NATIVE_UNSIGNED):
        check(tmp_path, made)


def test_u_boot_starts_one_signed_configuration_beside_one_that_nobody_signed(
    kit: Kit, uboot: Verdicts, tmp_path: Path
) -> None:
    """Why each must be: which of them starts is a word in the file that nobody signed, or in a profile."""
    maker = maker_of(kit)
    made = sample(maker, maker.make(other=""))
    uboot.put(made.data)
    assert uboot.starts({}) and not uboot.starts({}, "conf-2")
    with refused(Text.NATIVE_UNSIGNED):
        check(tmp_path, made)


def test_the_real_u_boot_starts_what_the_lab_makes(kit: Kit, uboot: Verdicts, tmp_path: Path) -> None:
    """So the lab's files are faithful where our verifier is tested without mkimage."""
    key = maker_of(kit).key("maker")
    tree = fit_tree(algo="sha256,rsa2048")
    for name in ("conf-1", "conf-2"):
        del tree["configurations"][name]["fdt"]
    tree["images"] = {"fw": {**tree["images"]["fw"], "data": kernel("3.1.0")[:600]}}
    for align in (0, 4, 512):
        data = make_fit(tree, {"maker": key}, align)
        made = replace(sample(maker_of(kit), data), release=release("fit", HASH_OF_KERNEL))
        uboot.put(data)
        assert uboot.starts({}) and check(tmp_path, made).signed
